// kvfoot fit: the largest prompt, output, chunk, budget or batch that fits into a memory.
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/clock_options.hpp"
#include "cli/command.hpp"
#include "cli/command_line.hpp"
#include "cli/given.hpp"
#include "cli/replay_options.hpp"
#include "cli/tokens.hpp"
#include "sim/core/text.hpp"
#include "sim/report/metric_table.hpp"
#include "sim/report/table.hpp"
#include "sim/report/units.hpp"
#include "sim/run/fit.hpp"

namespace kvfoot::cli {
namespace {

struct Options {
  ReplayOptions replay;
  ClockOptions clock;
  std::string memory;
  std::string solve = "prompt";
  std::int64_t most = 0;
};

// The metrics of both points; what makes up the peak first.
std::string points_table(const FitOutcome& found) {
  Table table;
  table.columns.push_back({"", false});
  const FitPoint* points[] = {found.fits ? &*found.fits : nullptr,
                              found.too_large ? &*found.too_large : nullptr};
  const char* titles[] = {"fits", "does not"};
  for (std::size_t i = 0; i < 2; ++i) {
    if (points[i] != nullptr) {
      table.columns.push_back({titles[i], true});
    }
  }
  for (const char* name :
       {"peak_total_bytes", "peak_total_weight_bytes", "peak_total_kv_bytes",
        "peak_total_activation_bytes", "peak_total_workspace_bytes", "peak_total_logits_bytes",
        "peak_kv_bytes", "footprint", "ttft_s", "tpot_s", "total_s"}) {
    const MetricInfo* metric = find_metric(name);
    std::vector<std::string> row{std::string(metric->label)};
    for (const FitPoint* point : points) {
      if (point != nullptr) {
        const auto value = metric->get(point->outcome.metrics);
        row.push_back(value ? format_metric(*metric, *value) : "");
      }
    }
    table.rows.push_back(std::move(row));
  }
  return table_to_text(table);
}

Result<int> run(const Command& command, const Options& options) {
  FitRequest request;
  auto variable = parse_fit_variable(options.solve);
  if (!variable) {
    Error error = std::move(variable).error();
    error.where = "--solve";
    return error;
  }
  request.variable = *variable;
  if (request.variable != FitVariable::kBudget) {  // a budget is a parameter of the policy
    const std::string flag = "--" + options.solve;
    KVFOOT_TRY(check_not_given(command, {flag.c_str()},
                               "is what --solve " + options.solve + " looks for",
                               "leave it out, or solve for something else"));
  }
  if (options.clock.device.empty()) {
    return Error{"kvfoot fit", "no device", "add for example --device-model h100-sxm"};
  }
  KVFOOT_ASSIGN(request.replay, replay_request(options.replay));
  KVFOOT_TRY(apply(options.clock, request.replay));
  request.replay.profile = false;
  request.memory = request.replay.device->memory;
  if (!options.memory.empty()) {
    KVFOOT_ASSIGN(request.memory, parse_bytes(options.memory));
  }
  if (request.variable == FitVariable::kPrompt) {
    request.replay.prompt = 1;
  }
  request.most = options.most;
  // Nothing is written, so an interruption need not wait for the run at hand.
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  KVFOOT_ASSIGN(const FitOutcome found, fit(request));
  const std::string asked = options.memory.empty() ? "" : options.memory + " = ";
  const std::string memory = asked + format_bytes(request.memory) + " of " + options.clock.device;
  if (!found.fits) {
    std::printf("not even %s 1 fits into %s\n\n%s", options.solve.c_str(), memory.c_str(),
                points_table(found).c_str());
    return kCheckFailed;
  }
  std::printf("%s %s fits into %s%s\n\n%s", options.solve.c_str(),
              format_count(found.fits->value).c_str(), memory.c_str(),
              found.too_large ? ", one more does not" : ", the largest that was tried",
              points_table(found).c_str());
  if (request.variable == FitVariable::kChunk) {
    std::printf("\nLarger chunks can fit again where they cut the prompt evenly.\n");
  }
  for (const Warning& warning : found.fits->outcome.warnings) {
    warn(warning.code, warning.text);
  }
  return kDone;
}

}  // namespace

void add_fit(Command& root, int& exit_code) {
  auto options = std::make_shared<Options>();
  Command* command = root.add_subcommand(
      "fit", "Find the largest prompt, output, chunk, budget or batch that fits into a memory");
  add_replay_flags(*command, options->replay);
  command->add_option("--device-model", options->clock.device,
                      "Device: a built-in name or a YAML file");
  command->add_option("--weight-dtype", options->clock.weight_dtype,
                      "Type of weights and activations; default bf16");
  command
      ->add_option("--logits", options->clock.logits, "Rows of a pass that get logits: last, all")
      ->check(one_of({"last", "all"}));
  command->add_option("--memory", options->memory,
                      "Bytes for everything, e.g. 40GB or 40GiB; default: what the device has");
  command->add_option("--solve", options->solve, "prompt, output, chunk, budget or batch")
      ->capture_default_str();
  command
      ->add_option(
          "--at-most", options->most,
          "Largest value to try; default 16777216, where passes are counted one by one 131072")
      ->transform(tokens())
      ->check(in_range(std::int64_t{1}, std::int64_t{1} << 30U));
  command->callback([=, &exit_code] {
    const Result<int> result = run(*command, *options);
    exit_code = result ? *result : fail(result.error());
  });
}

}  // namespace kvfoot::cli
