// The pool of threads behind a sweep. Only the journal sees the order in which points finish.
#include "sim/run/sweep.hpp"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "sim/core/threads.hpp"
#include "sim/io/file.hpp"
#include "sim/report/sweep_export.hpp"

namespace kvfoot {
namespace {

class Session final : public SweepQueue {
 public:
  Session(const Scenario& scenario, const SweepRunner& runner, const SweepOptions& options,
          Journal& journal, PointOutcomes& outcomes, std::int64_t total)
      : scenario_(scenario),
        runner_(runner),
        options_(options),
        journal_(journal),
        outcomes_(outcomes),
        total_(total),
        start_(std::chrono::steady_clock::now()) {}

  Status run(std::vector<SweepBatch> batches, std::int64_t jobs) {
    batches_ = std::move(batches);
    report(0);
    {
      const auto useful = std::min(jobs, static_cast<std::int64_t>(batches_.size()));
      const auto worker = [this]() noexcept { work([this] { run_batches(); }); };
      const auto threads = start_threads(useful, worker);
      if (options_.team) {
        work([this] { options_.team->work(*this); });
      }
      if (threads.empty()) {
        worker();
      }
    }
    if (error_) {
      return *error_;
    }
    return journal_.sync();
  }

  [[nodiscard]] bool stopped() const override {
    return failed_ || (options_.cancel != nullptr && *options_.cancel);
  }

  [[nodiscard]] std::optional<SweepBatch> next() override {
    if (!stopped()) {
      if (const std::size_t mine = next_.fetch_add(1); mine < batches_.size()) {
        return batches_[mine];
      }
    }
    return std::nullopt;
  }

  void finish(BatchOutcome outcome) override {
    for (auto& [point, finished] : outcome.finished) {
      if (auto* result = std::get_if<RunResult>(&finished)) {
        result->provenance.program = options_.provenance.program;
        result->provenance.machine = options_.provenance.machine;
        result->provenance.scenario_hash = scenario_.hash;
      }
    }
    const std::lock_guard lock(mutex_);
    if (Status status = journal_.append(outcome.finished); !status) {
      outcome.fatal = std::move(status).error();
    } else {
      const auto count = static_cast<std::int64_t>(outcome.finished.size());
      outcomes_.merge(outcome.finished);
      report(count);
    }
    if (outcome.fatal) {
      end_with(*std::move(outcome.fatal));
    }
  }

 private:
  // What a runner throws must not leave its thread.
  template <class Work>
  void work(const Work& body) noexcept {
    if (auto error = memory_error(body)) {
      const std::lock_guard lock(mutex_);
      end_with(*std::move(error));
    }
  }

  void run_batches() {
    while (const auto batch = next()) {
      finish(run_batch(scenario_, runner_, *batch));
    }
  }

  // Under the lock. An interruption is no error here: whether it left anything undone shows.
  void end_with(Error error) {
    if (error.kind != ErrorKind::kInterrupted && !error_) {
      error_ = std::move(error);
    }
    failed_ = true;
  }

  // Called under the lock, or before there are threads.
  void report(std::int64_t more) {
    session_done_ += more;
    if (!options_.on_progress) {
      return;
    }
    SweepProgress progress{static_cast<std::int64_t>(outcomes_.size()), total_, 0, 0};
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start_;
    if (session_done_ > 0 && passed.count() > 0) {
      progress.per_second = static_cast<double>(session_done_) / passed.count();
      progress.seconds_left =
          static_cast<double>(progress.total - progress.done) / progress.per_second;
    }
    options_.on_progress(progress);
  }

  const Scenario& scenario_;
  const SweepRunner& runner_;
  const SweepOptions& options_;
  Journal& journal_;
  PointOutcomes& outcomes_;
  std::int64_t total_;
  std::chrono::steady_clock::time_point start_;
  std::vector<SweepBatch> batches_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::int64_t session_done_ = 0;
  std::optional<Error> error_;
};

SweepResult in_order(const Scenario& scenario, const SweepOptions& options,
                     PointOutcomes outcomes) {
  SweepResult result;
  result.title = scenario.title;
  result.teaches = scenario.teaches;
  result.provenance = options.provenance;
  result.provenance.scenario_hash = scenario.hash;
  result.results.reserve(outcomes.size());
  for (auto& [index, outcome] : outcomes) {
    if (auto* run = std::get_if<RunResult>(&outcome)) {
      result.results.push_back(std::move(*run));
    } else {
      result.failed.push_back(std::get<FailedPoint>(std::move(outcome)));
    }
  }
  return result;
}

// A result that cannot be written should be known before hours of work, not after.
Status check_outputs(const ReportOptions& report) {
  for (const std::string& file :
       {report.csv, report.jsonl, report.hdf5, report.json, report.markdown}) {
    const std::filesystem::path folder = std::filesystem::path(file).parent_path();
    std::error_code code;
    if (!folder.empty() && !std::filesystem::is_directory(folder, code)) {
      return Error{file, "its folder '" + folder.string() + "' does not exist",
                   "make it, or start the sweep elsewhere: outputs are relative to the current "
                   "folder"};
    }
  }
  return {};
}

// Adds what these journals hold to `outcomes`; returns the whole bytes of `own`, 0 without it.
Result<std::int64_t> read_journals(const std::vector<std::filesystem::path>& journals,
                                   const JournalKey& key, const std::filesystem::path& own,
                                   PointOutcomes& outcomes) {
  std::int64_t own_bytes = 0;
  for (const std::filesystem::path& path : journals) {
    KVFOOT_ASSIGN(std::optional<JournalContents> contents, read_journal(path, key));
    if (contents) {
      own_bytes = path == own ? contents->whole_bytes : own_bytes;
      outcomes.merge(contents->outcomes);
    }
  }
  return own_bytes;
}

// Why runs may be in no journal.
std::string missing_hint(const std::vector<std::filesystem::path>& other_versions) {
  std::string hint = "finish the missing shards, or name the folder of their journals";
  if (!other_versions.empty()) {
    hint += "; " + other_versions.front().string() +
            " is of another version of this scenario: merge with the file as it was then";
  }
  return hint;
}

// What journals hold together; every point of the scenario must be there.
Result<SweepOutcome> gather(const Scenario& scenario, const SweepOptions& options,
                            const JournalKey& key) {
  SweepOutcome outcome;
  PointOutcomes outcomes;
  for (const std::filesystem::path& folder : options.gather) {
    const auto others = journals_of_other_versions(folder, scenario.file, key);
    outcome.other_versions.insert(outcome.other_versions.end(), others.begin(), others.end());
    const auto journals = all_journals(folder, scenario.file, key);
    KVFOOT_TRY(read_journals(journals, key, {}, outcomes));
    outcome.journals.insert(outcome.journals.end(), journals.begin(), journals.end());
  }
  std::int64_t first = 0;  // that no journal has
  while (first < key.points && outcomes.contains(first)) {
    ++first;
  }
  if (first < key.points) {
    return Error{scenario.file.string(),
                 std::to_string(key.points - static_cast<std::int64_t>(outcomes.size())) + " of " +
                     std::to_string(key.points) + " runs are in no journal, the first of them " +
                     describe(scenario.points[static_cast<std::size_t>(first)]),
                 missing_hint(outcome.other_versions)};
  }
  outcome.resumed = key.points;
  outcome.complete = true;
  outcome.result = in_order(scenario, options, std::move(outcomes));
  return outcome;
}

}  // namespace

std::int64_t sweep_jobs(const SweepOptions& options) {
  return options.jobs > 0 ? options.jobs
                          : std::max<std::int64_t>(1, std::thread::hardware_concurrency());
}

Result<SweepOutcome> run_sweep(const Scenario& scenario, const SweepRunner& runner,
                               const SweepOptions& options) {
  KVFOOT_TRY(check_outputs(scenario.report));
  const auto points = static_cast<std::int64_t>(scenario.points.size());
  const JournalKey key{options.provenance.program, scenario.hash, options.inputs_hash, points};
  if (!options.gather.empty()) {
    return gather(scenario, options, key);
  }
  const auto path = journal_path(options.journal_folder, scenario.file, key, options.shard);

  PointOutcomes outcomes;
  std::int64_t keep_bytes = 0;
  std::vector<std::filesystem::path> journals =
      all_journals(options.journal_folder, scenario.file, key);
  if (!options.fresh) {
    KVFOOT_ASSIGN(keep_bytes, read_journals(journals, key, path, outcomes));
  }
  std::erase_if(outcomes, [&](const auto& entry) { return !options.shard.has(entry.first); });
  if (std::ranges::find(journals, path) == journals.end()) {
    journals.push_back(path);
  }

  std::vector<std::int64_t> open;
  std::int64_t total = 0;
  for (std::int64_t point = 0; point < points; ++point) {
    if (options.shard.has(point)) {
      ++total;
      if (!outcomes.contains(point)) {
        open.push_back(point);
      }
    }
  }
  SweepOutcome outcome;
  outcome.resumed = static_cast<std::int64_t>(outcomes.size());
  outcome.journals = journals;
  outcome.other_versions = journals_of_other_versions(options.journal_folder, scenario.file, key);
  KVFOOT_ASSIGN(Journal journal, Journal::open(path, key, keep_bytes));
  const std::int64_t jobs = sweep_jobs(options);
  Session session(scenario, runner, options, journal, outcomes, total);
  const std::int64_t slots = jobs + (options.team ? options.team->slots : 0);
  Status status = session.run(make_batches(scenario.points, open, slots), jobs);
  const std::string again = "run the same command again to go on from " + path.string();
  if (!status) {
    Error error = std::move(status).error();
    error.hint = error.hint.empty() ? again : error.hint + "; " + again;
    return error;
  }
  if (static_cast<std::int64_t>(outcomes.size()) < total) {
    return Error{scenario.file.string(),
                 "interrupted after " + std::to_string(outcomes.size()) + " of " +
                     std::to_string(total) + " runs",
                 again, ErrorKind::kInterrupted};
  }
  outcome.complete = options.shard.count == 1;
  outcome.result = in_order(scenario, options, std::move(outcomes));
  return outcome;
}

Result<std::vector<std::string>> write_sweep(const Scenario& scenario, const SweepResult& result) {
  const ReportOptions& report = scenario.report;
  std::vector<std::string> written;
  const auto put = [&](const std::string& file, const auto& text) -> Status {
    if (!file.empty()) {
      KVFOOT_TRY(write_file(file, text()));
      written.push_back(file);
    }
    return {};
  };
  KVFOOT_TRY(put(report.csv, [&] { return results_to_csv(result.results); }));
  KVFOOT_TRY(put(report.jsonl, [&] { return results_to_jsonl(result.results); }));
  if (!report.hdf5.empty()) {
    KVFOOT_ASSIGN(const std::string bytes, sweep_to_hdf5(result));
    KVFOOT_TRY(put(report.hdf5, [&] { return std::string_view(bytes); }));
  }
  KVFOOT_TRY(put(report.json, [&] { return sweep_to_json(result); }));
  KVFOOT_TRY(put(report.markdown, [&] { return sweep_to_markdown(result); }));
  return written;
}

void remove_journals(const SweepOutcome& outcome) {
  for (const std::filesystem::path& path : outcome.journals) {
    std::error_code ignored;  // one that stays only speeds up the next run
    std::filesystem::remove(path, ignored);
  }
}

}  // namespace kvfoot
