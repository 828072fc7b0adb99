// What a plot shows, as plain structs: no Qt, no files. Whoever has results fills a PlotSpec,
// gui/plots/save.hpp writes it to a file, gui/plots/plot.hpp paints it on any QPainter.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "gui/plots/axis.hpp"
#include "gui/plots/stacked_series.hpp"

namespace kvfoot::plots {

// Colours by meaning, so that live is the same blue in every picture.
enum class Role : std::uint8_t { kLive, kInactive, kEvicted, kOther1, kOther2, kOther3, kOther4 };

struct AreaLayer {
  std::string name;
  Role role = Role::kLive;
};

// A horizontal line across the picture, e.g. {0.9, "90 % of full attention"}.
struct ReferenceLine {
  double y = 0;
  std::string label;
  bool alarm = false;  // the data are beyond what this allows
};

// (1) Areas stacked from the bottom: live, inactive, evicted over rows.
struct StackedAreas {
  std::shared_ptr<const StackedSeries> series;
  std::vector<AreaLayer> layers;  // one per layer of `series`, bottom first
  Axis x;
  Axis y;
  std::vector<double> boundaries{};      // x where a pass begins: chunk boundaries
  std::optional<double> decode_begin{};  // x of the first decode row
  std::optional<Mark> peak{};
  std::vector<ReferenceLine> references{};  // within the range of y unless that is given
};

struct LineSeries {
  std::string name;
  std::vector<double> x;  // drawn in the given order
  std::vector<double> y;
  std::optional<std::size_t> style{};  // colour and marker in the palette; else its place
};

// (2) Lines with markers: footprint against budget, chunk size, output length.
struct LinePlot {
  Axis x;
  Axis y;
  std::vector<LineSeries> series;
  std::vector<ReferenceLine> references{};
  // Amounts are compared from nothing; shares close to one (retained mass) need the room.
  bool y_from_zero = true;
  std::vector<Mark> marks{};
};

// (3) One number per (row, column) cell; NaN is drawn as "no value".
struct HeatMap {
  std::int64_t rows = 0;      // layers
  std::int64_t columns = 0;   // heads
  std::vector<float> values;  // [rows][columns]
  std::string row_label = "Layer";
  std::string column_label = "KV head";
  Axis colour;  // label, quantity and range of the colour bar
  // Draws the longer side horizontally, which fits a page; false keeps rows vertical.
  bool longer_side_across = true;
  // Whether rows run horizontally: x of the plot is then a row.
  [[nodiscard]] bool turned() const { return longer_side_across && rows > columns; }
};

// When each key of one stream is freed: first row that no longer sees it, `rows` if it stays.
struct KeyLives {
  std::shared_ptr<const std::vector<std::int32_t>> evicted_at;  // [rows], evicted_at[j] > j
  // Of a sliding layer: rows see their last `window` keys, older ones are inactive. 0: all keys.
  std::int32_t window = 0;
};
// Whether any key goes before the last row.
[[nodiscard]] bool evicts(const KeyLives& lives, std::int64_t rows);
class StateSum;  // many streams added up (gui/plots/state_sum.hpp)

// Resident but not attended: rows [row_begin, row_end) x keys [key_begin, key_end). Only the part
// below the diagonal and not evicted counts; rectangles of one stream must not overlap each other
// or what a sliding layer leaves inactive.
struct InactiveRect {
  std::int32_t stream = 0;
  std::int32_t row_begin = 0;
  std::int32_t row_end = 0;
  std::int32_t key_begin = 0;
  std::int32_t key_end = 0;
};

// (4) Query x key picture: the state of every entry at every row. Several streams are averaged.
struct StateMap {
  std::int64_t rows = 0;
  std::vector<KeyLives> streams;
  std::shared_ptr<const StateSum> sum{};       // stands for `streams`, which is empty then
  std::optional<bool> any_evicted{};           // of `streams`; absent: every painting looks it up
  std::vector<InactiveRect> inactive{};        // of `streams`
  std::vector<std::int64_t> boundaries{};      // first row of each pass after the first
  std::optional<std::int64_t> decode_begin{};  // first decode row
  Axis key{"Key position", Quantity::kTokens};
  Axis query{"Query position (row)", Quantity::kTokens};
  bool square = true;  // false: fills the area, a row may be taller than a key is wide
};

struct BarPart {
  std::string name;
  Role role = Role::kOther1;
};

struct Bar {
  std::string name;
  std::vector<double> values;  // [parts]
};

// (5) Horizontal stacked bars: what is resident at the peak, per scenario.
struct BarChart {
  Axis x;
  std::vector<BarPart> parts;
  std::vector<Bar> bars;
};

struct PlotSpec {
  std::string title;
  std::string subtitle;
  std::variant<StackedAreas, LinePlot, HeatMap, StateMap, BarChart> content;
};

// The value in whose unit a picture writes its amounts (y; of bars x), on the axis and beside it:
// unit_of of the axis, or else the largest one drawn.
[[nodiscard]] double unit_value(const StackedAreas& areas);
[[nodiscard]] double unit_value(const LinePlot& plot);
[[nodiscard]] double unit_value(const BarChart& chart);

// Empty data, lengths that disagree, values that are not finite or do not fit a log axis.
[[nodiscard]] Status check_spec(const PlotSpec& spec);
// The same but for when each key of a state map goes: of a long run that costs more than painting.
[[nodiscard]] Status check_to_paint(const PlotSpec& spec);

}  // namespace kvfoot::plots
