// Schedules over a trace: who may ask, and the walk over rows that schedules share.
#include <algorithm>
#include <string>

#include "sim/trace/lane.hpp"

namespace kvfoot {

TraceScores::TraceScores(std::shared_ptr<const TraceReader> trace)
    : impl_(std::make_unique<Impl>(std::move(trace))) {}
TraceScores::~TraceScores() = default;
const TraceReader& TraceScores::trace() const { return *impl_->trace; }

namespace {

// What a trace of an evicting run cannot serve.
Status serves(const TraceReader& trace, const TraceRequest& request) {
  const TraceHeader& header = trace.header();
  const RunLengths& run = request.run;
  if (Status sound = validate(run); !sound) {
    return sound;
  }
  if (run.prompt != header.run.prompt) {
    return Error{trace.path(),
                 "the recorded prompt has " + std::to_string(header.run.prompt) +
                     " tokens, the schedule " + std::to_string(run.prompt),
                 "leave the prompt length out when replaying a trace"};
  }
  if (trace.full_cache()) {
    return {};
  }
  const std::string evicted =
      "it was recorded while '" + header.policy + "' evicted entries, whose attention is lost";
  if (request.policy != header.policy) {
    return Error{trace.path(), evicted + "; '" + request.policy + "' cannot be replayed on it",
                 "record with --policy full to replay other policies"};
  }
  if (run.chunk_rows() != header.run.chunk_rows() ||
      run.last_prompt_token != header.run.last_prompt_token) {
    return Error{trace.path(),
                 evicted + " after chunks of " + std::to_string(header.run.chunk_rows()) + " rows",
                 "replay the recorded chunk size, or record with --policy full"};
  }
  if (run.output > header.run.output) {
    return Error{trace.path(),
                 evicted + "; it has " + std::to_string(header.run.output) +
                     " output tokens, not " + std::to_string(run.output),
                 "replay at most the recorded output, or record with --policy full"};
  }
  if (request.storage != header.storage || request.patch_window != header.patch_window) {
    return Error{trace.path(), evicted + " from other heads or with other patch rows",
                 "replay the recorded policy unchanged"};
  }
  return {};
}

}  // namespace

TraceAttention::TraceAttention(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TraceAttention::~TraceAttention() = default;

Result<std::unique_ptr<TraceAttention>> TraceAttention::create(std::shared_ptr<TraceScores> scores,
                                                               const TraceRequest& request) {
  KVFOOT_TRY(serves(scores->trace(), request));
  return std::unique_ptr<TraceAttention>(
      new TraceAttention(std::make_unique<Impl>(std::move(scores), request)));
}

Status TraceAttention::begin_layer(const Pass& pass, std::int32_t layer,
                                   std::span<const std::span<const TokenPos>> resident) {
  const LayerOf one{this, pass, resident};
  return begin_layers({&one, 1}, layer);
}

Status TraceAttention::begin_layers(std::span<const LayerOf> schedules, std::int32_t layer) {
  if (schedules.empty()) {
    return {};
  }
  TraceScores::Impl& scores = *schedules.front().source->impl_->scores().impl_;
  const Pass& pass = schedules.front().pass;
  scores.enter(pass, layer);
  std::vector<Impl*> lanes;  // those that follow every row
  for (const LayerOf& schedule : schedules) {
    KVFOOT_CHECK(schedule.pass.begin == pass.begin && schedule.pass.end == pass.end &&
                 schedule.source->impl_->scores().impl_.get() == &scores);
    KVFOOT_TRY(schedule.source->impl_->enter(schedule.pass, layer, schedule.resident));
    if (schedule.source->impl_->follows_rows()) {
      lanes.push_back(schedule.source->impl_.get());
    }
  }
  if (lanes.empty()) {
    return {};
  }
  RowAccess& access = scores.access;
  const std::int32_t q_heads = scores.trace->header().shape.q_heads;
  const bool in_blocks = scores.trace->header().fidelity == TraceFidelity::kBlocks &&
                         pass.end <= access.recorded_rows();
  if (!in_blocks) {
    for (std::int32_t q = 0; q < q_heads; ++q) {
      for (std::int64_t row = 0; row < pass.rows(); ++row) {
        const std::int64_t before = access.bytes();
        KVFOOT_ASSIGN(const std::span<const float> mass, access.row(pass.begin + row, layer, q));
        for (Impl* lane : lanes) {
          lane->add_row(q, row, mass, access.bytes() - before);
        }
      }
    }
    for (Impl* lane : lanes) {
      lane->end_rows();
    }
    return {};
  }

  const auto blocks = access.blocks();
  const auto first =
      std::lower_bound(blocks.begin(), blocks.end(), pass.begin,
                       [](const BlockPlace& b, std::int64_t row) { return b.begin < row; });
  auto last = first;
  std::int64_t reached = pass.begin;
  for (; last != blocks.end() && last->begin == reached && last->end <= pass.end; ++last) {
    reached = last->end;
  }
  if (reached != pass.end) {
    return schedules.front().source->impl_->not_served("rows [" + std::to_string(pass.begin) +
                                                       ", " + std::to_string(pass.end) +
                                                       ") do not consist of recorded row blocks");
  }
  const bool full = scores.trace->full_cache();
  const bool weighs =
      std::any_of(lanes.begin(), lanes.end(), [](const Impl* lane) { return lane->weighs(); });
  // A few blocks are decoded, then each lane adds them all: what a lane adds to stays in cache.
  auto& batch = scores.batch;
  for (std::int32_t q = 0; q < q_heads; ++q) {
    for (auto place = first; place != last;) {
      std::size_t count = 0;
      for (; place != last && count < batch.size(); ++place, ++count) {
        TraceScores::Impl::Decoded& to = batch[count];
        KVFOOT_ASSIGN(const RowAccess::Block found, access.block(*place, layer, q, to.block));
        const std::int64_t past_keys = full ? pass.begin : found.keys - (place->end - pass.begin);
        weigh_block(to.block, found.keys, place->end - place->begin, past_keys,
                    scores.trace->coding().key_block, weighs, to.mass);
        to.bytes = found.bytes;
      }
      for (Impl* lane : lanes) {
        for (const TraceScores::Impl::Decoded& from : std::span(batch).first(count)) {
          lane->add_block(q, from.mass, from.bytes);
        }
      }
    }
  }
  for (Impl* lane : lanes) {
    lane->end_rows();
  }
  return {};
}

Result<std::span<const float>> TraceAttention::answer(const AttentionQuery& query,
                                                      std::int32_t head) {
  return impl_->answer(query, head);
}
void TraceAttention::retain(std::int32_t head, std::span<const std::int32_t> kept) {
  impl_->retain(head, kept);
}
std::optional<RetainedMass> TraceAttention::retained_mass() const { return impl_->retained_mass(); }
std::vector<double> TraceAttention::stream_mass() const { return impl_->stream_mass(); }
std::vector<Warning> TraceAttention::warnings() const { return impl_->warnings(); }
std::int64_t TraceAttention::bytes_touched() const { return impl_->bytes_touched(); }

}  // namespace kvfoot
