// kvfoot plot: draw results, or one schedule, to PNG, SVG or PDF.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "cli/command.hpp"
#include "cli/command_line.hpp"
#include "cli/draw.hpp"
#include "cli/given.hpp"
#include "cli/replay_options.hpp"
#include "sim/report/result_json.hpp"

namespace kvfoot::cli {
namespace {

struct Options {
  ReplayOptions replay;
  DrawOptions draw;
  std::string kind = "timeline";
  std::string out;
};

// What was asked of another kind of plot.
Status check_flags(const Command& command, const PlotName& name, const std::string& kind) {
  const std::string here = ", and --kind is " + kind;
  const std::string hint = "leave it out";
  if (name.kind == PlotName::Kind::kLines) {
    KVFOOT_TRY(check_not_given(command,
                               {"--shape", "--prompt", "--output", "--batch", "--chunk", "--policy",
                                "--block-size", "--last-prompt-token", "--accounting", "--kv-dtype",
                                "--kv-quant", "--kv-index", "--kv-alloc", "--kv-copies", "--seed"},
                               "is about one schedule" + here, hint));
  }
  if (name.kind != PlotName::Kind::kTimeline) {
    KVFOOT_TRY(check_not_given(command, {"--unit"}, "is about a timeline" + here, hint));
  }
  if (name.kind != PlotName::Kind::kStates) {
    KVFOOT_TRY(check_not_given(command, {"--layer", "--head"},
                               "is about a picture of states" + here, hint));
  }
  return {};
}

Status run_plot(const Command& command, Options options) {
  const auto name = parse_plot_name(options.kind);
  if (!name) {
    return Error{"--kind", name.error().what, name.error().hint};
  }
  KVFOOT_TRY(check_flags(command, *name, options.kind));
  KVFOOT_TRY(can_draw());
  if (name->kind == PlotName::Kind::kLines) {
    if (options.replay.trace.empty()) {
      return Error{"kvfoot plot", "a line plot needs the results of a sweep",
                   "give its JSON file, for example out/sweep.json"};
    }
    if (options.replay.trace.ends_with(".h5")) {
      return Error{options.replay.trace, "is a trace, a line plot needs the results of a sweep",
                   "give the JSON file of a sweep, or ask for --kind timeline, heads or states"};
    }
    KVFOOT_ASSIGN(const SweepResult sweep, load_results(options.replay.trace));
    KVFOOT_TRY(draw_lines(sweep.results, *name, options.draw, options.out));
  } else {
    KVFOOT_ASSIGN(ReplayRequest request, replay_request(options.replay));
    KVFOOT_TRY(draw_replay(std::move(request), *name, options.draw, options.out));
  }
  std::printf("%s\n", options.out.c_str());
  return {};
}

}  // namespace

void add_plot(Command& root, int& exit_code) {
  auto options = std::make_shared<Options>();
  Command* command = root.add_subcommand(
      "plot",
      "Draw a schedule (timeline, heads, states) or sweep results (footprint_vs_budget, ...)");
  add_replay_flags(*command, options->replay);
  command
      ->add_option("--kind", options->kind,
                   "timeline, heads, states, or METRIC_vs_AXIS over the JSON of a sweep")
      ->capture_default_str();
  command->add_option("--out", options->out, "File to write: .png, .svg or .pdf")->required();
  command->add_option("--layer", options->draw.layer, "Layer of a state picture")
      ->check(not_negative())
      ->capture_default_str();
  command->add_option("--head", options->draw.head, "Storage head of a state picture")
      ->check(not_negative())
      ->capture_default_str();
  command
      ->add_option("--unit", options->draw.unit,
                   "Of a timeline: entries, per-stream, percent or bytes")
      ->check(one_of({"entries", "per-stream", "percent", "bytes"}))
      ->capture_default_str();
  command->add_option("--width", options->draw.width, "Logical pixels; 0: what suits the plot")
      ->check(in_range(0, 16384));
  command->add_option("--height", options->draw.height, "Logical pixels; 0: what suits the plot")
      ->check(in_range(0, 16384));
  command->add_flag("--dark", options->draw.dark, "Light on dark");
  command->callback([=, &exit_code] {
    const Status status = run_plot(*command, *options);
    exit_code = status ? kDone : fail(status.error());
  });
}

}  // namespace kvfoot::cli
