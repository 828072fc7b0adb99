// kvfoot compare: two results or sweeps side by side.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/command.hpp"
#include "sim/report/compare.hpp"

namespace kvfoot::cli {
namespace {

struct Options {
  std::string first;
  std::string second;
  bool check = false;
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

Result<int> run(const Options& options) {
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

}  // namespace

void add_compare(CLI::App& root, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = root.add_subcommand(
      "compare", "Put two results or sweeps side by side, and say what does not compare");
  command->add_option("FIRST", options->first, "result.json or sweep.json")->required();
  command->add_option("SECOND", options->second, "result.json or sweep.json")->required();
  command->add_flag("--check", options->check, "Exit code 1 when any metric differs");
  command->callback([=, &exit_code] {
    const Result<int> result = run(*options);
    exit_code = result ? *result : fail(result.error());
  });
}

}  // namespace kvfoot::cli
