// Draws the plots that the commands offer; says so when the program was built without Qt.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "sim/core/result.hpp"
#include "sim/report/plot_data.hpp"
#include "sim/report/report_charts.hpp"
#include "sim/report/run_result.hpp"
#include "sim/run/replay.hpp"

namespace kvfoot::cli {

struct DrawOptions {
  std::int32_t layer = 0;        // states
  std::int32_t head = 0;         // states
  std::string unit = "entries";  // timeline: entries, share or bytes
  int width = 0;                 // logical pixels, 0: what suits the plot
  int height = 0;
  bool dark = false;
};

// Whether this build can draw; the error says what to install.
[[nodiscard]] Status can_draw();
// For scenario files: known plot names.
[[nodiscard]] Status check_plot_name(std::string_view name);

// "<metric>_vs_<axis>" over results.
[[nodiscard]] Status draw_lines(std::span<const RunResult> results, const PlotName& name,
                                const DrawOptions& options, const std::string& path);
// The same for a page, as it looks on light and on dark ground.
struct DrawnSvg {
  std::string light;
  std::string dark;
};
[[nodiscard]] Result<DrawnSvg> lines_svg(const LineFigure& figure);
[[nodiscard]] Result<DrawnSvg> bars_svg(const BarFigure& figure);
// Timeline, heads or states of one schedule, which is replayed for it.
[[nodiscard]] Status draw_replay(ReplayRequest request, const PlotName& name,
                                 const DrawOptions& options, const std::string& path);

}  // namespace kvfoot::cli
