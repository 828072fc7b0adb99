// Which pictures a page shows of a set of results: what varies most, in as few lines as an eye can
// tell apart. Data only; drawing is elsewhere.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sim/report/metric_table.hpp"
#include "sim/report/plot_data.hpp"
#include "sim/report/run_result.hpp"

namespace kvfoot {

// A metric against an axis over some of the results.
struct LineFigure {
  PlotName name;
  std::vector<RunResult> rows;
  std::string caption;  // which values were fixed, if any
};

// One bar per run, of one part or of several that add up.
struct BarFigure {
  std::string title;
  std::string axis;
  MetricUnit unit = MetricUnit::kShare;
  std::vector<std::string> parts;
  struct Bar {
    std::string name;
    std::vector<double> values;  // [parts]
  };
  std::vector<Bar> bars;
  std::string caption;
};

struct ReportCharts {
  std::vector<LineFigure> lines;
  std::vector<BarFigure> bars;
};

// Lines: the axis with most values gets footprint, peak memory, retained mass and seconds where
// known, the other axes the footprint. Bars: footprint and retained mass where no axis varies,
// and what the peak memory is made of; both where all runs know them. Settings that would take more
// lines (or bars) than fit are fixed at their first value, and the caption says so.
[[nodiscard]] ReportCharts report_charts(std::span<const RunResult> results);

}  // namespace kvfoot
