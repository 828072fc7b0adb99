// Planning, timing and medians.
#include "cli/measurement.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string>
#include <utility>

#include "cli/command.hpp"
#include "sim/core/hash.hpp"
#include "sim/report/units.hpp"
#include "sim/run/policy_for_run.hpp"

namespace kvfoot::cli {
namespace {

constexpr std::int64_t kShortest = 32;
constexpr std::int64_t kWarmUp = 64;

// How far the middle half of the repetitions reaches, relative to their median.
double spread(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t quarter = values.size() / 4;
  return (values[values.size() - 1 - quarter] - values[quarter]) / values[values.size() / 2];
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::vector<std::int32_t> random_tokens(std::int64_t count, std::int64_t vocab) {
  std::vector<std::int32_t> tokens;
  for (std::int64_t i = 0; i < count; ++i) {
    tokens.push_back(
        static_cast<std::int32_t>(below(hash_words(i), static_cast<std::uint64_t>(vocab))));
  }
  return tokens;
}

}  // namespace

Status Measurement::plan() {
  std::vector<std::int64_t> lengths = options_.prompts;
  if (lengths.empty()) {
    const std::int64_t most =
        std::min<std::int64_t>(2048, model_.config.max_position_embeddings - options_.output);
    for (std::int64_t length = 64; length <= most; length *= 2) {
      lengths.push_back(length);
    }
  }
  std::ranges::sort(lengths);
  lengths.erase(std::unique(lengths.begin(), lengths.end()), lengths.end());
  if (lengths.size() < 2 || lengths.front() < kShortest) {
    return Error{"--prompt",
                 "needs at least two lengths of " + std::to_string(kShortest) + " tokens or more",
                 "one half is fitted, the other half says how good the fit is"};
  }
  if (lengths.back() + options_.output > model_.config.max_position_embeddings) {
    return Error{"--prompt", std::to_string(lengths.back()) + " tokens are more than the model's " +
                                 std::to_string(model_.config.max_position_embeddings) +
                                 " positions"};
  }
  KVFOOT_TRY(shorten(lengths));
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    // From the longest down: the fit must not extrapolate.
    const bool held_out = (lengths.size() - 1 - i) % 2 == 1;
    for (const std::int64_t chunk : held_out
                                        ? std::vector<std::int64_t>{48, 192, kWholePrompt}
                                        : std::vector<std::int64_t>{32, 128, 512, kWholePrompt}) {
      if (chunk < lengths[i]) {
        runs_.push_back({lengths_of(lengths[i], chunk), held_out, {}});
      }
    }
  }
  return {};
}

Status Measurement::measure() {
  ProgressLine progress("calibrate");
  const auto begin = std::chrono::steady_clock::now();
  const auto total = static_cast<std::int64_t>(runs_.size()) * options_.repeat;
  std::int64_t done = 0;
  for (rounds_ = 0; rounds_ < options_.repeat; ++rounds_) {
    for (PlannedRun& planned : runs_) {
      progress.update(done++, total);
      const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
      if (rounds_ > 0 && spent.count() > options_.seconds) {
        return {};
      }
      KVFOOT_ASSIGN(const SessionResult result, run(planned.run));
      note(result, planned);
    }
  }
  return {};
}

Result<std::vector<MeasuredPass>> Measurement::passes(Phase phase, bool held_out) const {
  std::vector<MeasuredPass> all;
  for (const PlannedRun& planned : runs_) {
    if (planned.held_out != held_out) {
      continue;
    }
    std::vector<PassTime> times;
    for (const auto& [pass, seconds] : planned.seconds) {
      if (pass_at(planned.run, pass, 0).phase == phase) {
        times.push_back({pass, median(seconds)});
      }
    }
    KVFOOT_ASSIGN(std::vector<MeasuredPass> some,
                  measured_passes({.shape = model_.backend->shape(),
                                   .policy = "full",
                                   .run = planned.run,
                                   .weight_dtype = model_.weight_dtype,
                                   .kv_dtype = DType::kF32,
                                   .cpu = model_.cpu},
                                  times));
    std::ranges::move(some, std::back_inserter(all));
  }
  return all;
}

double Measurement::noise() const {
  std::vector<double> spreads;
  for (const PlannedRun& planned : runs_) {
    for (const auto& [pass, seconds] : planned.seconds) {
      spreads.push_back(spread(seconds));
    }
  }
  return median(std::move(spreads));
}

Result<SessionResult> Measurement::run(const RunLengths& lengths) {
  KVFOOT_ASSIGN(const auto policy,
                policy_for_run("full", model_.backend->shape(), lengths, DType::kF32, 0));
  const std::vector<std::int32_t> prompt = random_tokens(lengths.prompt, model_.config.vocab_size);
  SessionRequest request;
  request.prompt = prompt;
  request.run = lengths;
  request.policy = policy.get();
  request.run_last_token = false;  // its pass has no logits
  request.cancel = &interrupted();
  return run_session(*model_.backend, request);
}

Status Measurement::shorten(std::vector<std::int64_t>& lengths) {
  const auto probe = [&] { return run(lengths_of(kWarmUp, kWholePrompt)); };
  for (int i = 0; i < 2; ++i) {  // pages of the weights are read, threads are awake
    KVFOOT_ASSIGN(const SessionResult ignored, probe());
    (void)ignored;
  }
  KVFOOT_ASSIGN(const SessionResult probed, probe());
  const double row = probed.prefill_s / static_cast<double>(kWarmUp);
  const double token = probed.decode_s / static_cast<double>(options_.output - 1);
  const auto cost = [&](std::int64_t length) {
    constexpr double kChunkSizes = 3.5;
    return kChunkSizes *
           (row * static_cast<double>(length) + token * static_cast<double>(options_.output));
  };
  double spent = 0;
  std::size_t kept = 0;
  while (kept < lengths.size() && spent + cost(lengths[kept]) <= options_.seconds) {
    spent += cost(lengths[kept++]);
  }
  if (kept < 2) {
    return Error{"--seconds",
                 "the model is too slow to be measured in " + format_seconds(options_.seconds),
                 "give more, or shorter prompts"};
  }
  if (kept < lengths.size()) {
    warn("fewer_lengths", "prompts of " + std::to_string(lengths[kept]) +
                              " tokens and more are left out: no time for them in " +
                              format_seconds(options_.seconds));
  }
  lengths.resize(kept);
  return {};
}

void Measurement::note(const SessionResult& result, PlannedRun& planned) {
  const auto passes = static_cast<std::int64_t>(result.wall_ns.size());
  const std::int64_t decode = planned.run.prefill_passes();
  for (std::int64_t pass = 0; pass < passes; ++pass) {
    std::int64_t of = pass;
    if (pass >= decode) {
      const std::int64_t group = (pass - decode) / kDecodeGroup;
      if (group == 0) {
        continue;  // prefill has left its own data in the caches
      }
      of = decode + group * kDecodeGroup + kDecodeGroup / 2;
      if (of >= passes) {
        continue;  // half a group
      }
    }
    const auto at = static_cast<std::size_t>(pass);
    planned.seconds[of].push_back(1e-9 *
                                  static_cast<double>(result.wall_ns[at] + result.sample_ns[at]));
  }
}

}  // namespace kvfoot::cli
