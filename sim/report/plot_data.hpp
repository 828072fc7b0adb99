// What each plot shows, as pure functions of results. Drawing is elsewhere; nothing here has
// colours or pixels, so the GUI, `kvfoot plot` and the tests look at the same numbers.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/metrics.hpp"
#include "sim/core/records.hpp"
#include "sim/core/result.hpp"
#include "sim/report/run_result.hpp"

namespace kvfoot {

struct AxisText {
  std::string label;  // "Row (query position)"
  std::string unit;   // "tokens", "GiB", "%"; empty for plain numbers
};

// ---- (a) live / inactive / evicted over rows ------------------------------------------------

enum class EntryUnit : std::uint8_t {
  kEntries,           // summed over streams
  kEntriesPerStream,  // mean over streams
  kGiB,               // entries times the bytes of one, without page rounding; under a layout
                      // what is allocated, and beside it what eviction saves of full attention's
  kShare,             // of what full attention holds at the last row
};

// Stacked from below: live, inactive, evicted. All vectors have the same length; rows ascend.
struct StackedArea {
  std::string title;
  AxisText x;
  AxisText y;
  std::vector<double> row;
  std::vector<double> live;
  std::vector<double> inactive;
  std::vector<double> evicted;
  double prefill_end = 0;  // x of the boundary between prefill and decoding
};

// `points` as the replay gives them; `streams` = layers * storage heads.
[[nodiscard]] StackedArea stacked_area(std::span<const TimelinePoint> points,
                                       const RunInputs& inputs, std::int64_t streams,
                                       EntryUnit unit);

// ---- (b) a metric against an axis, one line per policy --------------------------------------

struct LineSeries {
  std::string name;  // policy, and whatever else differs between the lines
  std::vector<double> x;
  std::vector<double> y;
  // The policy has no such parameter ("full" against sparsity): y holds one value, to be drawn as a
  // horizontal line over the whole width; x is empty.
  bool reference = false;
};

struct LineChart {
  std::string title;
  AxisText x;
  AxisText y;
  bool log_x = false;  // suggested: all x positive and spread over a factor of 16 or more
  std::vector<LineSeries> series;
};

// `x`: "budget" (the first of sparsity, budget, bytes, heavy, window that varies), "chunk",
// "output", "prompt", or the name of a policy parameter. `y`: a numeric metric (metric_names()).
// Rows without the metric are left out; an error if nothing is left or a name is unknown.
[[nodiscard]] Result<LineChart> line_chart(std::span<const RunResult> rows, std::string_view x,
                                           std::string_view y);

// A plot that a scenario or `kvfoot plot` asks for by name: "timeline", "heads", "states", or
// "<metric>_vs_<axis>" such as "footprint_vs_budget", "peak_kv_bytes_vs_chunk".
struct PlotName {
  enum class Kind : std::uint8_t { kTimeline, kHeads, kStates, kLines };
  Kind kind = Kind::kTimeline;
  std::string metric;  // kLines only
  std::string axis;    // kLines only
};
// The error's `what` suggests a near name; its `where` is left to the caller.
[[nodiscard]] Result<PlotName> parse_plot_name(std::string_view text);

// ---- (c) layers x heads heat map ------------------------------------------------------------

struct HeatMap {
  std::string title;
  std::string value_label;  // "Kept of the prompt"
  std::int32_t layers = 0;
  std::int32_t heads = 0;
  std::vector<double> value;  // (layers, heads), layer-major; NaN: unknown
  double low = 0;             // range of the colour scale
  double high = 1;
};

// Share of the prompt that each stream still holds when the row `at_row` begins: its last point at
// or before that row. at_row = inputs.run.prefill_rows() is what prefill left behind.
[[nodiscard]] HeatMap kept_share_map(std::span<const StreamPoint> points, std::int32_t layers,
                                     std::int32_t heads, std::int64_t at_row);

// ---- (d) query x key states (Figure 1 of arXiv 2506.17121) ----------------------------------

// The picture is made from the decision log of a run: an entry is live from its own row until the
// pass that evicted it ends. Besides, resident entries that the rows [row_begin, row_end) do not
// attend to (selection policies, streaming heads inside a chunk).
struct InactiveRange {
  std::int64_t row_begin = 0;
  std::int64_t row_end = 0;
  PosRange keys;
};

}  // namespace kvfoot
