// Lockstep over schedules, and the replay of recorded answers.
#include "sim/engine/replay.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "sim/cache/decision_list.hpp"
#include "sim/engine/counts.hpp"
#include "sim/trace/source.hpp"

namespace kvfoot {
namespace {

// A schedule with its view of the trace; an error takes it out of the running.
struct Lane {
  std::unique_ptr<TraceAttention> attention;
  std::unique_ptr<ScheduleRun> run;
  std::optional<Error> error;
};

Status open_lane(const std::shared_ptr<TraceScores>& scores, const ModelShape& shape,
                 const TraceSchedule& schedule, Lane& lane) {
  const Policy& policy = *schedule.policy;
  KVFOOT_TRY(check_countable(shape, schedule.run, storage_heads(policy, shape), schedule.block,
                             schedule.batch, schedule.layout));
  TraceRequest request;
  request.policy = schedule.spec;
  request.run = schedule.run;
  request.storage = policy.storage();
  request.needs = policy.needs();
  request.patch_window = policy.patch_window();
  request.retained_mass = schedule.retained_mass;
  KVFOOT_ASSIGN(lane.attention, TraceAttention::create(scores, request));

  ScheduleOptions options;
  options.page = page_size(shape, storage_heads(policy, shape), schedule.kv_dtype, schedule.block,
                           schedule.batch, schedule.layout);
  options.profile = schedule.profile;
  options.memory = schedule.memory;
  options.sink = schedule.sink;
  lane.run =
      std::make_unique<ScheduleRun>(policy, shape, schedule.run, options, lane.attention.get());
  return {};
}

// The lanes whose next pass ends first; among those, the ones with the same rows as the first.
std::vector<Lane*> next_together(std::vector<Lane>& lanes) {
  std::vector<Lane*> together;
  std::optional<Pass> first;
  for (Lane& lane : lanes) {
    if (lane.error || lane.run->done()) {
      continue;
    }
    const Pass pass = lane.run->next_pass();
    if (!first || std::pair(pass.end, pass.begin) < std::pair(first->end, first->begin)) {
      first = pass;
      together.clear();
    }
    if (pass.end == first->end && pass.begin == first->begin) {
      together.push_back(&lane);
    }
  }
  return together;
}

TraceAttention::LayerOf layer_of(const Lane& lane) {
  return {lane.attention.get(), lane.run->pass(), lane.run->resident()};
}

// Tells the sources of all lanes at once, so that they share the rows of the layer.
void begin_layers(std::span<Lane* const> together, std::int32_t layer) {
  std::vector<TraceAttention::LayerOf> layers;
  for (Lane* lane : together) {
    if (!lane->error) {
      lane->run->append(layer);
      layers.push_back(layer_of(*lane));
    }
  }
  if (TraceAttention::begin_layers(layers, layer)) {
    return;
  }
  // Somebody's error: each lane alone says whose.
  for (Lane* lane : together) {
    if (!lane->error) {
      const TraceAttention::LayerOf alone = layer_of(*lane);
      if (Status status = TraceAttention::begin_layers({&alone, 1}, layer); !status) {
        lane->error = std::move(status).error();
      }
    }
  }
}

// Layers outside, lanes inside: what one lane decoded of a layer is still at hand for the next.
void run_pass(std::span<Lane* const> together, std::int32_t layers) {
  for (Lane* lane : together) {
    lane->run->begin_pass();
  }
  for (std::int32_t layer = 0; layer < layers; ++layer) {
    begin_layers(together, layer);
    for (Lane* lane : together) {
      if (!lane->error) {
        if (Status status = lane->run->decide(layer); !status) {
          lane->error = std::move(status).error();
        }
      }
    }
  }
  for (Lane* lane : together) {
    if (!lane->error) {
      lane->run->end_pass();
    }
  }
}

Result<TraceOutcome> close_lane(Lane& lane) {
  if (lane.error) {
    return *std::move(lane.error);
  }
  TraceOutcome outcome;
  outcome.schedule = lane.run->finish();
  if (const auto mass = lane.attention->retained_mass()) {
    outcome.schedule.metrics.retained_mass = mass->mean;
    outcome.schedule.metrics.retained_mass_decode = mass->decode_mean;
    outcome.schedule.metrics.retained_mass_p5 = mass->p5;
  }
  outcome.stream_mass = lane.attention->stream_mass();
  outcome.warnings = lane.attention->warnings();
  outcome.bytes_touched = lane.attention->bytes_touched();
  return outcome;
}

std::string describe(const DecisionRecord& record) {
  std::string text = "pass " + std::to_string(record.pass) + ", layer " +
                     std::to_string(record.layer) + ", head " + std::to_string(record.head) +
                     " keeps " + std::to_string(record.kept) + ", evicts";
  constexpr std::size_t kShown = 4;
  for (std::size_t i = 0; i < std::min(kShown, record.evicted.size()); ++i) {
    text += " [" + std::to_string(record.evicted[i].begin) + "," +
            std::to_string(record.evicted[i].end) + ")";
  }
  return record.evicted.size() > kShown ? text + " ..." : text;
}

std::string describe(const PassMemory& memory) {
  return "pass " + std::to_string(memory.pass) + ": " + std::to_string(memory.resident_entries) +
         " entries, " + std::to_string(memory.pages) + " pages, " + std::to_string(memory.bytes) +
         " bytes, peak " + std::to_string(memory.peak_bytes);
}

template <class Record>
std::string first_difference(std::span<const Record> replayed, std::span<const Record> recorded) {
  const std::size_t shared = std::min(replayed.size(), recorded.size());
  for (std::size_t i = 0; i < shared; ++i) {
    if (!(replayed[i] == recorded[i])) {
      return "replayed " + describe(replayed[i]) + "; recorded " + describe(recorded[i]);
    }
  }
  if (replayed.size() == recorded.size()) {
    return {};
  }
  const bool more = replayed.size() > recorded.size();
  return std::string(more ? "only replayed: " : "only recorded: ") +
         describe(more ? replayed[shared] : recorded[shared]);
}

}  // namespace

Result<std::vector<Result<TraceOutcome>>> replay_trace(std::shared_ptr<const TraceReader> trace,
                                                       std::span<const TraceSchedule> schedules,
                                                       const ReplayControl& control) {
  const ModelShape& shape = trace->header().shape;
  const auto scores = std::make_shared<TraceScores>(trace);
  std::vector<Lane> lanes(schedules.size());
  std::int64_t rows_total = 0;
  for (std::size_t i = 0; i < schedules.size(); ++i) {
    if (Status status = open_lane(scores, shape, schedules[i], lanes[i]); !status) {
      lanes[i].error = std::move(status).error();
    } else {
      rows_total += schedules[i].run.rows();
    }
  }
  std::int64_t rows_done = 0;
  while (true) {
    const std::vector<Lane*> together = next_together(lanes);
    if (together.empty()) {
      break;
    }
    KVFOOT_TRY(control.check());
    rows_done +=
        static_cast<std::int64_t>(together.size()) * together.front()->run->next_pass().rows();
    run_pass(together, shape.layers);
    control.tell(rows_done, rows_total);
  }
  std::vector<Result<TraceOutcome>> outcomes;
  for (Lane& lane : lanes) {
    outcomes.push_back(close_lane(lane));
  }
  return outcomes;
}

Result<RecordedReplay> replay_recorded_answers(std::shared_ptr<const TraceReader> trace,
                                               const Policy& policy) {
  const TraceHeader& header = trace->header();
  if (Status sound = check_countable(header.shape, header.run, storage_heads(policy, header.shape),
                                     header.block);
      !sound) {
    Error error = std::move(sound).error();
    error.where = trace->path() + ": " + error.where;
    return error;
  }
  RecordedAnswers answers(trace);
  DecisionList log;
  ScheduleOptions options;
  options.page = page_size(header.shape, header.kv_dtype, header.block);
  options.memory = true;
  options.sink = &log;
  ScheduleRun run(policy, header.shape, header.run, options, &answers);
  while (!run.done()) {
    run.begin_pass();
    for (std::int32_t layer = 0; layer < header.shape.layers; ++layer) {
      run.append(layer);
      answers.begin_layer(run.pass(), layer, run.resident());
      KVFOOT_TRY(run.decide(layer));
    }
    run.end_pass();
  }
  RecordedReplay replay;
  replay.schedule = run.finish();
  replay.decisions = log.records();
  KVFOOT_ASSIGN(const std::vector<DecisionRecord> recorded, trace->decisions());
  replay.recorded_decisions = static_cast<std::int64_t>(recorded.size());
  replay.decision_difference = first_difference<DecisionRecord>(replay.decisions, recorded);
  replay.memory_difference = first_difference<PassMemory>(replay.schedule.memory, trace->memory());
  return replay;
}

}  // namespace kvfoot
