// The runs that `kvfoot calibrate` times.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "cli/model_options.hpp"
#include "executor/run/session.hpp"
#include "sim/core/result.hpp"
#include "sim/core/schedule.hpp"
#include "sim/run/measured_pass.hpp"

namespace kvfoot::cli {

constexpr std::int64_t kDecodeGroup = 8;  // decode passes that are one observation

struct MeasurementOptions {
  std::vector<std::int64_t> prompts;  // at least two lengths; empty: 64, 128, ... 2048
  std::int64_t output = 4 * kDecodeGroup;
  int repeat = 9;
  double seconds = 60;  // no further repetition after this time
};

// Real runs that do not record, of full attention on random tokens. `model` outlives it.
class Measurement {
 public:
  Measurement(const MeasurementOptions& options, LoadedModel& model)
      : options_(options), model_(model) {}

  // Every second length is held out, and with it chunk sizes of its own. Errors: lengths that are
  // too few, too short, longer than the model's positions, or too slow for the time that there is.
  [[nodiscard]] Status plan();
  [[nodiscard]] Status measure();

  // Medians over repetitions, as the simulator sees the passes.
  [[nodiscard]] Result<std::vector<MeasuredPass>> passes(Phase phase, bool held_out) const;
  // The median of all spreads: how much the machine did besides.
  [[nodiscard]] double noise() const;
  [[nodiscard]] std::size_t runs() const { return runs_.size(); }
  [[nodiscard]] int rounds() const { return rounds_; }

 private:
  // One run of the plan, and the times of its passes in every repetition.
  struct PlannedRun {
    RunLengths run;
    bool held_out = false;
    std::map<std::int64_t, std::vector<double>> seconds;  // by pass, the middle one of a group
  };

  [[nodiscard]] RunLengths lengths_of(std::int64_t prompt, std::int64_t chunk) const {
    return {.prompt = prompt, .output = options_.output, .chunk = chunk};
  }
  Result<SessionResult> run(const RunLengths& lengths);
  // Leaves out lengths that one round of the plan has no time for.
  Status shorten(std::vector<std::int64_t>& lengths);
  static void note(const SessionResult& result, PlannedRun& planned);

  MeasurementOptions options_;
  LoadedModel& model_;
  std::vector<PlannedRun> runs_;
  int rounds_ = 0;
};

}  // namespace kvfoot::cli
