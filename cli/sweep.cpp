// kvfoot sweep: every run of a scenario file, in parallel, resumable.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/command_line.hpp"
#include "cli/draw.hpp"
#include "cli/mpi/launch.hpp"
#include "cli/version.hpp"
#include "sim/io/shape_file.hpp"
#include "sim/report/machine.hpp"
#include "sim/report/sweep_export.hpp"
#include "sim/run/sweep.hpp"
#include "sim/run/sweep_ranks.hpp"
#include "sim/run/sweep_replay.hpp"

namespace kvfoot::cli {
namespace {

struct Options {
  std::string scenario;
  std::int64_t jobs = 0;
  std::string shard;
  std::string journal = ".";
  bool fresh = false;
  bool quiet = false;
  bool yes = false;
};

// With --yes, as many runs as fit into memory: a run, its result and its rows in all outputs take
// about 8 KiB.
RunLimit run_limit(bool yes) {
  constexpr std::int64_t kBytesPerRun = 8192;
  if (!yes) {
    return {};
  }
  const std::int64_t memory = std::int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE);
  return {std::max(kMaxScenarioPoints, memory / kBytesPerRun),
          "that is what the memory of this machine holds: split the scenario"};
}

// The schedule of one finished run, to be replayed for its picture.
Result<ReplayRequest> request_of(const RunResult& result, const Scenario& scenario) {
  const RunInputs& inputs = result.inputs;
  ReplayRequest request;
  if (inputs.trace.empty()) {
    request.shape = inputs.shape;
    request.prompt = inputs.run.prompt;
  } else {
    KVFOOT_ASSIGN(request.trace,
                  TraceReader::open((scenario.file.parent_path() / inputs.trace).string()));
  }
  KVFOOT_ASSIGN(request.policy, make_spec(inputs.policy, inputs.params));
  request.output = inputs.run.output;
  request.chunk = inputs.run.chunk;
  request.last_prompt_token = inputs.run.last_prompt_token;
  request.batch = inputs.batch;
  request.block = inputs.block_size;
  request.layout = inputs.layout;
  request.kv_dtype = inputs.kv_dtype;
  request.seed = inputs.seed;
  return request;
}

Result<std::vector<std::string>> draw_all(const Scenario& scenario, const SweepResult& sweep) {
  std::vector<std::string> files;
  const std::filesystem::path folder = scenario.report.plot_folder;
  const std::string stem = scenario.file.stem().string();
  for (const std::string& text : scenario.report.plots) {
    KVFOOT_ASSIGN(const PlotName name, parse_plot_name(text));
    const auto file = [&](const std::string& suffix) {
      return (folder / (stem + "-" + text + suffix + "." + scenario.report.plot_format)).string();
    };
    if (name.kind == PlotName::Kind::kLines) {
      files.push_back(file(""));
      KVFOOT_TRY(draw_lines(sweep.results, name, {}, files.back()));
      continue;
    }
    for (std::size_t i = 0; i < sweep.results.size(); ++i) {
      if (sweep.results[i].inputs.accounting == Accounting::kPaper) {
        continue;  // closed forms have no timeline
      }
      KVFOOT_ASSIGN(ReplayRequest request, request_of(sweep.results[i], scenario));
      files.push_back(file("-" + std::to_string(i + 1)));
      KVFOOT_TRY(draw_replay(std::move(request), name, {}, files.back()));
    }
  }
  return files;
}

// The table, the files that the scenario asks for, and the end of the journals.
Result<int> finish(const Scenario& scenario, const SweepOutcome& outcome, bool quiet) {
  const SweepResult& result = outcome.result;
  for (const std::filesystem::path& path : outcome.other_versions) {
    warn("other_version", path.string() +
                              " is of another version of this scenario and was not used; finish it "
                              "with the file as it was then, or delete it");
  }
  if (!quiet) {
    std::printf("%s\n%s\n\n%s%s", result.title.c_str(), shared_inputs(result.results).c_str(),
                table_to_text(results_table(result.results)).c_str(),
                warnings_text(result.results).c_str());
  }
  KVFOOT_ASSIGN(std::vector<std::string> files, write_sweep(scenario, result));
  if (!scenario.report.plots.empty() && !result.results.empty()) {
    if (const Status drawing = can_draw(); !drawing) {
      warn("no_plots", drawing.error().message());
    } else {
      KVFOOT_ASSIGN(const std::vector<std::string> plots, draw_all(scenario, result));
      files.insert(files.end(), plots.begin(), plots.end());
    }
  }
  remove_journals(outcome);
  for (const std::string& file : files) {
    std::printf("wrote %s\n", file.c_str());
  }
  for (const FailedPoint& failed : result.failed) {
    std::fprintf(stderr, "failed: %s: %s\n", printable(failed.run).c_str(),
                 printable(failed.error).c_str());
  }
  return result.failed.empty() ? kDone : kCheckFailed;
}

// A scenario with all that it needs, and what every session of it says of itself.
struct Plan {
  Scenario scenario;
  ReplaySweep replays;
  SweepOptions sweep;
};

Result<Plan> plan(const Options& options, const std::atomic<bool>& cancel) {
  Plan plan;
  KVFOOT_ASSIGN(plan.scenario,
                load_scenario(options.scenario, check_plot_name, run_limit(options.yes)));
  KVFOOT_ASSIGN(plan.replays, replay_sweep(plan.scenario, &cancel));
  plan.sweep.provenance.program = kVersionText;
  plan.sweep.provenance.machine = machine_description();
  plan.sweep.inputs_hash = plan.replays.inputs_hash;
  plan.sweep.cancel = &interrupted();
  plan.sweep.jobs = options.jobs;
  plan.sweep.fresh = options.fresh;
  plan.sweep.journal_folder = options.journal;
  if (!options.shard.empty()) {
    KVFOOT_ASSIGN(plan.sweep.shard, parse_shard(options.shard));
  }
  return plan;
}

// A rank that runs what rank 0 hands out; what goes wrong is told there, and said by it.
void serve(const Options& options, MpiMessenger& ranks) {
  std::atomic<bool> cancel{false};
  std::optional<Result<Plan>> made;
  if (const auto error = memory_error([&] { made.emplace(plan(options, cancel)); })) {
    return decline_sweep(ranks, *error);
  }
  if (!*made) {
    return decline_sweep(ranks, made->error());
  }
  Plan& mine = **made;
  if (options.jobs == 0) {
    mine.sweep.jobs = jobs_of_rank(ranks);
  }
  serve_sweep(ranks, mine.scenario, mine.replays.runner, mine.sweep, cancel);
}

Result<int> run(const Options& options) {
  KVFOOT_ASSIGN(const std::unique_ptr<MpiMessenger> ranks, join_ranks());
  if (ranks && ranks->rank() > 0) {
    serve(options, *ranks);
    return kDone;
  }
  std::optional<SweepRanks> others;
  if (ranks) {
    others.emplace(*ranks);
  }
  KVFOOT_ASSIGN(Plan made, plan(options, interrupted()));
  SweepOptions& sweep = made.sweep;
  if (others) {
    sweep.jobs = options.jobs > 0 ? options.jobs : jobs_of_rank(*ranks);
    KVFOOT_ASSIGN(sweep.team, others->gather(made.scenario, sweep, interrupted()));
  }
  // A launcher keeps the terminal to itself.
  ProgressLine progress("sweep",
                        ranks ? ProgressLine::Elsewhere::kLines : ProgressLine::Elsewhere::kSilent);
  sweep.on_progress = [&](const SweepProgress& at) { progress.update(at.done, at.total); };
  KVFOOT_ASSIGN(const SweepOutcome outcome, run_sweep(made.scenario, made.replays.runner, sweep));
  progress.clear();
  if (outcome.resumed > 0) {
    std::fprintf(stderr, "%lld runs were done before\n", static_cast<long long>(outcome.resumed));
  }
  if (!outcome.complete) {
    std::printf("this shard is done; when all are, put them together with kvfoot merge\n");
    return kDone;
  }
  return finish(made.scenario, outcome, options.quiet);
}

// What shards left in their journals.
Result<int> merge(const Options& options, const std::vector<std::string>& folders) {
  if (launched_ranks() > 1) {
    return Error{"kvfoot merge",
                 "was started " + std::to_string(launched_ranks()) +
                     " times by a launcher, and would write the same files",
                 "run it once, without mpirun"};
  }
  KVFOOT_ASSIGN(Plan made, plan(options, interrupted()));
  made.sweep.gather.assign(folders.begin(), folders.end());
  KVFOOT_ASSIGN(const SweepOutcome outcome,
                run_sweep(made.scenario, made.replays.runner, made.sweep));
  return finish(made.scenario, outcome, options.quiet);
}

}  // namespace

void add_sweep(Command& root, int& exit_code) {
  auto options = std::make_shared<Options>();
  Command* command = root.add_subcommand(
      "sweep", "Run every combination of a scenario file in parallel; resumes after a kill");
  command->add_option("FILE", options->scenario, "Scenario file (YAML)")->required();
  command->add_option("--jobs", options->jobs, "Parallel runs; 0 takes all cores")
      ->check(in_range(0, 4096))
      ->capture_default_str();
  command->add_option("--shard", options->shard, "Run only part i of n, written i/n");
  command->add_option("--journal", options->journal, "Folder of the file that a resume reads")
      ->capture_default_str();
  command->add_flag("--fresh", options->fresh, "Forget what an earlier, killed sweep has done");
  command->add_flag("--quiet", options->quiet, "No table");
  command->add_flag("--yes", options->yes, "Even when the lists cross to more than 1000000 runs");
  command->callback([=, &exit_code] {
    const Result<int> result = run(*options);
    exit_code = result ? *result : fail(result.error());
  });
}

void add_merge(Command& root, int& exit_code) {
  auto options = std::make_shared<Options>();
  auto folders = std::make_shared<std::vector<std::string>>(std::vector<std::string>{"."});
  Command* command =
      root.add_subcommand("merge", "Put the shards of a sweep together from their journals");
  command->add_option("FILE", options->scenario, "Scenario file (YAML)")->required();
  command->add_option("--journal", *folders, "Folders with the journals of the shards")
      ->delimiter(',')
      ->capture_default_str();
  command->add_flag("--quiet", options->quiet, "No table");
  command->add_flag("--yes", options->yes, "Even when the lists cross to more than 1000000 runs");
  command->callback([=, &exit_code] {
    const Result<int> result = merge(*options, *folders);
    exit_code = result ? *result : fail(result.error());
  });
}

}  // namespace kvfoot::cli
