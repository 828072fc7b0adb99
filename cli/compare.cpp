// kvfoot compare: two results, sweeps or traces side by side.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/command_line.hpp"
#include "sim/report/compare.hpp"
#include "sim/report/table.hpp"
#include "sim/report/units.hpp"
#include "sim/run/compare_traces.hpp"

namespace kvfoot::cli {
namespace {

struct Options {
  std::string first;
  std::string second;
  bool check = false;
  // Of traces.
  std::vector<std::string> policies;
  std::vector<std::string> chunks;
  std::optional<double> at_least;  // per cent
  bool markdown = false;
};

void print_list(const char* title, const std::vector<std::string>& lines) {
  if (lines.empty()) {
    return;
  }
  std::printf("%s\n", title);
  for (const std::string& line : lines) {
    std::printf("  %s\n", line.c_str());
  }
}

Result<int> compare_result_files(const Options& options) {
  if (!options.policies.empty() || !options.chunks.empty() || options.at_least ||
      options.markdown) {
    return Error{options.first,
                 "is a result; --policy, --chunk, --at-least and --markdown are for traces",
                 "give two traces, or drop them"};
  }
  KVFOOT_ASSIGN(const SweepResult first, load_results(options.first));
  KVFOOT_ASSIGN(const SweepResult second, load_results(options.second));
  const Comparison comparison = compare_results(first, second);
  std::printf("first:  %s\nsecond: %s\n\n", options.first.c_str(), options.second.c_str());
  print_list("inputs that differ (first | second):", comparison.inputs);
  print_list("not everything compares:", comparison.cautions);
  if (!comparison.metrics.rows.empty()) {
    std::printf("%s\n", table_to_text(comparison.metrics).c_str());
  }
  print_list("only in the first:", comparison.only_first);
  print_list("only in the second:", comparison.only_second);
  std::printf("%lld runs equal, %lld differ, %zu without a partner\n",
              static_cast<long long>(comparison.same), static_cast<long long>(comparison.different),
              comparison.only_first.size() + comparison.only_second.size());
  return options.check && !comparison.equal() ? kCheckFailed : kDone;
}

// Every policy at about half of the prompt.
Result<std::vector<PolicySpec>> wanted_policies(const Options& options, std::int64_t prompt) {
  std::vector<std::string> texts = options.policies;
  if (texts.empty()) {
    for (const PolicyDescriptor* descriptor : builtin_policies()) {
      if (descriptor->name != "full") {
        texts.push_back(descriptor->example(prompt));
      }
    }
  }
  std::vector<PolicySpec> specs;
  for (const std::string& text : texts) {
    KVFOOT_ASSIGN(PolicySpec spec, parse_policy(text));
    specs.push_back(std::move(spec));
  }
  return specs;
}

Table table_of(const std::vector<TraceComparison>& comparisons) {
  Table table{.columns = {{"policy"},
                          {"chunk", true},
                          {"decisions", true},
                          {"differ", true},
                          {"kept by both", true},
                          {"in the worst", true},
                          {"mass, first", true},
                          {"mass, second", true},
                          {"second's choice in first", true}},
              .rows = {}};
  const auto mass = [](std::optional<double> share) {
    return share ? format_percent(*share) : std::string("-");
  };
  for (const TraceComparison& one : comparisons) {
    table.rows.push_back({one.policy, one.chunk == kWholePrompt ? "all" : std::to_string(one.chunk),
                          std::to_string(one.log.decisions), std::to_string(one.log.different),
                          format_percent(one.log.overlap()), format_percent(one.log.worst),
                          mass(one.first.retained_mass), mass(one.second.retained_mass),
                          mass(one.second_in_first)});
  }
  return table;
}

Result<int> compare_trace_files(const Options& options) {
  KVFOOT_ASSIGN(const auto first, TraceReader::open(options.first));
  KVFOOT_ASSIGN(const auto second, TraceReader::open(options.second));
  KVFOOT_ASSIGN(const std::vector<PolicySpec> policies,
                wanted_policies(options, first->header().run.prompt));
  std::vector<std::int64_t> chunks;
  for (const std::string& text : options.chunks) {
    KVFOOT_ASSIGN(const std::int64_t chunk, parse_chunk(text));
    chunks.push_back(chunk);
  }
  ReplayControl control;
  control.cancel = &interrupted();
  KVFOOT_ASSIGN(const std::vector<TraceComparison> comparisons,
                compare_traces(first, second, policies, chunks, control));
  const Table table = table_of(comparisons);
  std::fputs((options.markdown ? table_to_markdown(table) : table_to_text(table)).c_str(), stdout);
  const auto least = std::min_element(
      comparisons.begin(), comparisons.end(),
      [](const auto& a, const auto& b) { return a.log.overlap() < b.log.overlap(); });
  const bool any = least != comparisons.end();
  if (options.at_least && any && 100 * least->log.overlap() < *options.at_least) {
    std::printf("\n%s at chunk %s keeps %s of the entries in both, less than %g %%\n",
                least->policy.c_str(),
                least->chunk == kWholePrompt ? "all" : std::to_string(least->chunk).c_str(),
                format_percent(least->log.overlap()).c_str(), *options.at_least);
    return kCheckFailed;
  }
  const bool equal = std::all_of(comparisons.begin(), comparisons.end(),
                                 [](const auto& one) { return one.log.equal(); });
  return options.check && !equal ? kCheckFailed : kDone;
}

Result<int> run(const Options& options) {
  const auto is_result = [](const std::string& path) {
    return path == "-" || std::filesystem::path(path).extension() == ".json";
  };
  if (is_result(options.first) != is_result(options.second)) {
    return Error{options.second, "cannot be compared with " + options.first,
                 "give two results (.json) or two traces"};
  }
  return is_result(options.first) ? compare_result_files(options) : compare_trace_files(options);
}

}  // namespace

void add_compare(Command& root, int& exit_code) {
  auto options = std::make_shared<Options>();
  Command* command =
      root.add_subcommand("compare", "Put two results, sweeps or traces of one run side by side");
  command->add_option("FIRST", options->first, "result.json, sweep.json or a trace")->required();
  command->add_option("SECOND", options->second, "Another of the same kind")->required();
  command->add_flag("--check", options->check,
                    "Exit code 1 when any metric, or any kept set, differs");
  command->add_option("--policy", options->policies,
                      "Traces: replay this policy, may be repeated; default: every policy at about "
                      "half of the prompt");
  command
      ->add_option("--chunk", options->chunks,
                   "Traces: chunk sizes; default: as the first recorded")
      ->delimiter(',');
  command
      ->add_option("--at-least", options->at_least,
                   "Traces: exit code 1 when a schedule keeps less than this share in both, in per "
                   "cent")
      ->check(in_range(0.0, 100.0));
  command->add_flag("--markdown", options->markdown, "Traces: print the table as Markdown");
  command->callback([=, &exit_code] {
    const Result<int> result = run(*options);
    exit_code = result ? *result : fail(result.error());
  });
}

}  // namespace kvfoot::cli
