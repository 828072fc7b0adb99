// From results and replays to picture files.
#include "cli/draw.hpp"

#include <algorithm>

#include "cli/command.hpp"
#include "sim/cache/decision_list.hpp"

#ifdef KVFOOT_HAVE_PLOTS
#include "gui/plots/from_report.hpp"
#include "gui/plots/save.hpp"
#endif

namespace kvfoot::cli {

Status check_plot_name(std::string_view name) {
  const auto parsed = parse_plot_name(name);
  return parsed ? Status{} : Status{parsed.error()};
}

#ifdef KVFOOT_HAVE_PLOTS

namespace {

Status save(const plots::PlotSpec& spec, const DrawOptions& options, const std::string& path) {
  return plots::save_plot(
      spec, path,
      plots::PlotOptions{.width = options.width,
                         .height = options.height,
                         .look = options.dark ? plots::Look::kDark : plots::Look::kLight});
}

Result<DrawnSvg> both_looks(const plots::PlotSpec& spec) {
  DrawnSvg drawn;
  KVFOOT_ASSIGN(drawn.light, plots::render_plot(spec, "svg", {.look = plots::Look::kLight}));
  KVFOOT_ASSIGN(drawn.dark, plots::render_plot(spec, "svg", {.look = plots::Look::kDark}));
  return drawn;
}

Result<EntryUnit> entry_unit(const std::string& unit) {
  if (unit == "entries") {
    return EntryUnit::kEntries;
  }
  if (unit == "per-stream") {
    return EntryUnit::kEntriesPerStream;
  }
  if (unit == "percent") {
    return EntryUnit::kShare;
  }
  return EntryUnit::kGiB;
}

Result<plots::PlotSpec> replay_spec(const ReplayOutcome& outcome,
                                    std::span<const DecisionRecord> decisions, const PlotName& name,
                                    const DrawOptions& options) {
  const RunInputs& inputs = outcome.inputs;
  const auto streams = outcome.profile->streams();
  const auto heads = static_cast<std::int32_t>(streams / inputs.shape.layers);
  switch (name.kind) {
    case PlotName::Kind::kTimeline: {
      KVFOOT_ASSIGN(const EntryUnit unit, entry_unit(options.unit));
      return plots::timeline_plot(outcome.profile->timeline(), inputs, streams, unit);
    }
    case PlotName::Kind::kHeads: {
      HeatMap map = kept_share_map(outcome.profile->stream_points(), inputs.shape.layers, heads,
                                   inputs.run.prefill_rows());
      map.title = short_spec(inputs);
      KVFOOT_ASSIGN(plots::PlotSpec spec, plots::heads_plot(map, plots::head_label(inputs, heads)));
      spec.subtitle = plots::run_words(inputs);
      return spec;
    }
    case PlotName::Kind::kStates: {
      if (options.layer >= inputs.shape.layers || options.head >= heads) {
        return Error{"--layer and --head",
                     "the run has layers 0 to " + std::to_string(inputs.shape.layers - 1) +
                         " and storage heads 0 to " + std::to_string(heads - 1)};
      }
      KVFOOT_ASSIGN(plots::PlotSpec spec,
                    plots::state_plot(decisions, {}, inputs.run, options.layer, options.head,
                                      plots::head_label(inputs, heads)));
      spec.subtitle =
          short_spec(inputs) + " · chunk " + chunk_text(inputs.run) + " · " + spec.subtitle;
      return spec;
    }
    case PlotName::Kind::kLines:
      break;
  }
  return Error{"plot", "a line plot needs results, not a replay", "give the JSON of a sweep"};
}

}  // namespace

Status can_draw() { return {}; }

Status draw_lines(std::span<const RunResult> results, const PlotName& name,
                  const DrawOptions& options, const std::string& path) {
  KVFOOT_ASSIGN(const plots::PlotSpec spec, plots::line_plot(results, name.axis, name.metric));
  return save(spec, options, path);
}

Result<DrawnSvg> lines_svg(const LineFigure& figure) {
  KVFOOT_ASSIGN(const plots::PlotSpec spec,
                plots::line_plot(figure.rows, figure.name.axis, figure.name.metric));
  return both_looks(spec);
}

Result<DrawnSvg> bars_svg(const BarFigure& figure) { return both_looks(plots::bar_plot(figure)); }

Status draw_replay(ReplayRequest request, const PlotName& name, const DrawOptions& options,
                   const std::string& path) {
  DecisionList decisions;
  request.profile = true;
  request.retained_mass = false;
  request.sink = request.trace != nullptr ? &decisions : nullptr;
  if (name.kind == PlotName::Kind::kStates && request.trace == nullptr) {
    return Error{"plot states", "needs a trace: a shape alone does not say which entries go",
                 "record one with kvfoot record"};
  }
  ReplayControl control;
  control.cancel = &interrupted();
  KVFOOT_ASSIGN(const ReplayOutcome outcome, replay(request, control));
  KVFOOT_ASSIGN(const plots::PlotSpec spec,
                replay_spec(outcome, decisions.records(), name, options));
  return save(spec, options, path);
}

#else

Status can_draw() {
  return Error{"plot", "this kvfoot was built without Qt and cannot draw",
               "install qt6-base-dev, libqt6opengl6-dev and qt6-svg-dev, and build again",
               ErrorKind::kEnvironment};
}

Status draw_lines(std::span<const RunResult> /*results*/, const PlotName& /*name*/,
                  const DrawOptions& /*options*/, const std::string& /*path*/) {
  return can_draw();
}

Result<DrawnSvg> lines_svg(const LineFigure& /*figure*/) { return can_draw().error(); }

Result<DrawnSvg> bars_svg(const BarFigure& /*figure*/) { return can_draw().error(); }

Status draw_replay(ReplayRequest /*request*/, const PlotName& /*name*/,
                   const DrawOptions& /*options*/, const std::string& /*path*/) {
  return can_draw();
}

#endif

}  // namespace kvfoot::cli
