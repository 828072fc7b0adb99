// Devices on the command line: --device-model and what hangs on it.
#include "cli/clock_options.hpp"

#include <array>
#include <utility>

#include "cli/command_line.hpp"
#include "sim/io/device_file.hpp"
#include "sim/io/file.hpp"
#include "sim/run/schedule_export.hpp"

namespace kvfoot::cli {

void add_clock_flags(Command& command, ClockOptions& options) {
  command.add_option("--device-model", options.device,
                     "Time the run on a device: a built-in name or a YAML file");
  command.add_option("--weight-dtype", options.weight_dtype,
                     "Type of weights and activations, with --device-model; default bf16");
  command
      .add_option("--logits", options.logits,
                  "Rows of a pass that get logits, with --device-model: last (default) or all")
      ->check(one_of({"last", "all"}));
  command.add_option("--perfetto", options.perfetto,
                     "Write the schedule as trace events that Perfetto opens");
  command.add_option("--graph", options.graph, "Write the operator graph of one pass for Graphviz");
  command.add_flag("--gantt", options.gantt, "Print how the time of one pass is spent");
  command.add_option("--pass", options.pass,
                     "The pass of --graph and --gantt; default: the last prefill pass");
}

Status apply(const ClockOptions& options, ReplayRequest& request) {
  if (options.device.empty()) {
    const std::array<std::pair<const char*, bool>, 6> needy{
        {{"--weight-dtype", !options.weight_dtype.empty()},
         {"--logits", !options.logits.empty()},
         {"--perfetto", !options.perfetto.empty()},
         {"--graph", !options.graph.empty()},
         {"--gantt", options.gantt},
         {"--pass", options.pass.has_value()}}};
    for (const auto& [flag, given] : needy) {
      if (given) {
        return Error{flag, "needs a device", "add for example --device-model h100-sxm"};
      }
    }
    return {};
  }
  KVFOOT_ASSIGN(request.device, resolve_device(options.device, "."));
  request.device_name = options.device;
  if (!options.weight_dtype.empty()) {
    KVFOOT_ASSIGN(request.weight_dtype, parse_dtype(options.weight_dtype));
  }
  request.logits = options.logits == "all" ? LogitsRows::kAll : LogitsRows::kLast;
  const bool draws = !options.perfetto.empty() || !options.graph.empty() || options.gantt;
  if (draws && request.accounting == Accounting::kPaper) {
    return Error{"--accounting paper", "has no schedule", "use --accounting exact"};
  }
  if (options.pass && options.graph.empty() && !options.gantt) {
    return Error{"--pass", "chooses a pass for --graph and --gantt", "add one of them"};
  }
  request.profile = true;
  return {};
}

Result<std::string> export_schedule(const ClockOptions& options, const ReplayRequest& request,
                                    const ReplayOutcome& outcome) {
  if (!outcome.clock) {
    return std::string();
  }
  const ClockRequest timed = clock_request(request, outcome);
  const std::int64_t pass = options.pass.value_or(default_pass(outcome.inputs.run));
  std::string text = "\n" + peak_text(timed, outcome.clock->peak) + "\n";
  // Both before anything is written: a pass that does not exist writes nothing.
  std::string gantt;
  std::string dot;
  if (options.gantt) {
    KVFOOT_ASSIGN(gantt, pass_to_gantt(timed, pass));
    text += "\n" + gantt;
  }
  if (!options.graph.empty()) {
    KVFOOT_ASSIGN(dot, pass_to_dot(timed, pass));
    KVFOOT_TRY(write_file(options.graph, dot));
  }
  if (!options.perfetto.empty()) {
    KVFOOT_TRY(write_file(options.perfetto, to_trace_events(timed, outcome.clock->pass_end_ns)));
  }
  return text;
}

std::vector<double> times_of(const ReplayOutcome& outcome, const std::vector<std::int64_t>& rows) {
  std::vector<double> times;
  if (!outcome.clock) {
    return times;
  }
  for (const std::int64_t row : rows) {
    const auto pass = static_cast<std::size_t>(outcome.inputs.run.pass_of(row));
    times.push_back(static_cast<double>(outcome.clock->pass_end_ns[pass]) / 1e9);
  }
  return times;
}

}  // namespace kvfoot::cli
