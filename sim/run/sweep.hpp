// Runs every point of a scenario, in parallel, resumable, with the same result for any number of
// threads and interruptions.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/result.hpp"
#include "sim/report/result_json.hpp"
#include "sim/run/sweep_batch.hpp"
#include "sim/run/sweep_journal.hpp"
#include "sim/scenario/scenario.hpp"

namespace kvfoot {

struct SweepProgress {
  std::int64_t done = 0;  // with those that a journal had
  std::int64_t total = 0;
  double per_second = 0;    // of this session; 0: not known yet
  double seconds_left = 0;  // only if per_second is known
};

// The batches of a running sweep; any thread may call.
class SweepQueue {
 public:
  virtual ~SweepQueue() = default;
  // One that nobody has yet, to be finished by the caller. Nothing: all are handed out, or the
  // sweep has been stopped.
  [[nodiscard]] virtual std::optional<SweepBatch> next() = 0;
  virtual void finish(BatchOutcome outcome) = 0;
  [[nodiscard]] virtual bool stopped() const = 0;
};

// Who works on a sweep besides the threads of this process: other processes.
struct SweepTeam {
  std::int64_t slots = 0;  // batches at a time
  // Called once, by the thread that called run_sweep; returns when what it took is finished or the
  // sweep was stopped.
  std::function<void(SweepQueue& queue)> work;
};

struct SweepOptions {
  std::int64_t jobs = 0;  // threads; 0: one per core
  std::optional<SweepTeam> team;
  SweepShard shard;
  bool fresh = false;  // forget what earlier sessions did
  std::filesystem::path journal_folder = ".";
  // Runs nothing: gathers what the journals of these folders hold, all shards; a point that none of
  // them has is an error.
  std::vector<std::filesystem::path> gather;
  Provenance provenance;    // program and machine
  std::string inputs_hash;  // of what the scenario's hash does not cover: the traces
  const std::atomic<bool>* cancel = nullptr;              // looked at between batches
  std::function<void(const SweepProgress&)> on_progress;  // one call at a time, from any thread
};

struct SweepOutcome {
  SweepResult result;     // of every finished point, in the order of the scenario
  bool complete = false;  // false: a shard, whose rows wait in its journal
  std::int64_t resumed = 0;
  std::vector<std::filesystem::path> journals;
  // Left by other versions of the scenario; they were not used and stay.
  std::vector<std::filesystem::path> other_versions;
};

// Threads that the options ask for, at least one.
[[nodiscard]] std::int64_t sweep_jobs(const SweepOptions& options);

// Finished points go to a journal at once. A later call with the same scenario, program and inputs
// takes over every journal of the folder, those of shards too, and runs what is missing.
// A runner that runs out of memory ends the sweep with a kEnvironment error; what was finished
// stays in the journal. Refuses to begin when the folder of an output is missing. kInterrupted when
// `cancel` was set: the journal is whole, its name is in the hint.
[[nodiscard]] Result<SweepOutcome> run_sweep(const Scenario& scenario, const SweepRunner& runner,
                                             const SweepOptions& options);

// Writes the files that the scenario asks for (not its plots), each in one step, relative to the
// current folder; returns their names.
[[nodiscard]] Result<std::vector<std::string>> write_sweep(const Scenario& scenario,
                                                           const SweepResult& result);

// When everything is written, the journals have done their duty.
void remove_journals(const SweepOutcome& outcome);

}  // namespace kvfoot
