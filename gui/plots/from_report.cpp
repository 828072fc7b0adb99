// Adapters from sim/report to PlotSpec.
#include "gui/plots/from_report.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "gui/plots/numbers.hpp"
#include "gui/plots/words.hpp"
#include "sim/report/metric_table.hpp"

namespace kvfoot::plots {
namespace {

constexpr double kGiB = 1024.0 * 1024.0 * 1024.0;
constexpr std::size_t kMostOwnTicks = 10;

std::string tokens(std::int64_t count) {
  return format_quantity(static_cast<double>(count), Quantity::kTokens);
}

void join(std::string& text, const std::string& part) {
  if (!part.empty()) {
    text += text.empty() ? part : " · " + part;
  }
}

std::string chunk_words(const RunLengths& run) {
  return run.chunk_rows() == run.prefill_rows()
             ? words(QT_TRANSLATE_NOOP("Plot", "one chunk"))
             : words(QT_TRANSLATE_NOOP("Plot", "chunk %1"), {tokens(run.chunk_rows())});
}

std::string prompt_words(const RunInputs& inputs) {
  return words(QT_TRANSLATE_NOOP("Plot", "prompt %1"), {tokens(inputs.run.prompt)});
}

std::string output_words(const RunInputs& inputs) {
  return words(QT_TRANSLATE_NOOP("Plot", "output %1"), {tokens(inputs.run.output)});
}

std::string source_words(const RunInputs& inputs) {
  return inputs.trace.empty() ? inputs.shape.name : inputs.trace;
}

// What all rows have in common, but for the axis.
std::string common_words(std::span<const RunResult> rows, std::string_view axis) {
  std::string text;
  const auto add_if_common = [&](const auto& words_of) {
    const std::string first = words_of(rows.front().inputs);
    const bool common = std::ranges::all_of(
        rows, [&](const RunResult& row) { return words_of(row.inputs) == first; });
    if (common) {
      join(text, first);
    }
  };
  add_if_common(source_words);
  if (axis != "prompt") {
    add_if_common(prompt_words);
  }
  if (axis != "output") {
    add_if_common(output_words);
  }
  if (axis != "chunk") {
    add_if_common([](const RunInputs& in) { return chunk_words(in.run); });
  }
  return text;
}

Quantity quantity_of(MetricUnit unit) {
  switch (unit) {
    case MetricUnit::kShare:
      return Quantity::kPercent;
    case MetricUnit::kBytes:
      return Quantity::kBytes;
    case MetricUnit::kByteSeconds:
      return Quantity::kByteSeconds;
    case MetricUnit::kSeconds:
      return Quantity::kSeconds;
    case MetricUnit::kCount:
      break;
  }
  return Quantity::kCount;
}

Axis x_axis(const LineChart& chart) {
  // Parameters of policies that count tokens; the others are plain numbers.
  constexpr std::array<std::string_view, 5> kTokenParams = {"budget", "heavy", "recent", "sinks",
                                                            "window"};
  Axis axis{chart.x.label};
  if (chart.x.unit == "tokens" ||
      std::ranges::find(kTokenParams, chart.x.label) != kTokenParams.end()) {
    axis.quantity = Quantity::kTokens;
  } else if (chart.x.unit == "bytes") {
    axis.quantity = Quantity::kBytes;
  }
  axis.scale = chart.log_x ? Scale::kLog2 : Scale::kLinear;
  return axis;
}

// The chunk size that takes the whole prompt, if that is the same for all rows.
std::optional<double> whole_prompt(std::span<const RunResult> rows) {
  const std::int64_t prompt = rows.front().inputs.run.prefill_rows();
  const bool common = std::ranges::all_of(
      rows, [&](const RunResult& row) { return row.inputs.run.prefill_rows() == prompt; });
  return common ? std::optional(static_cast<double>(prompt)) : std::nullopt;
}

// A few values are marked where they were measured; of many, the axis chooses round ones.
std::vector<AxisTick> own_ticks(const LinePlot& plot, std::optional<double> all) {
  std::set<double> values;
  for (const LineSeries& series : plot.series) {
    values.insert(series.x.begin(), series.x.end());
  }
  std::vector<AxisTick> ticks;
  if (values.size() <= kMostOwnTicks && plot.x.quantity != Quantity::kBytes) {
    for (const double value : values) {
      ticks.push_back({value, value == all ? "all" : format_quantity(value, plot.x.quantity)});
    }
  }
  return ticks;
}

// "Prefill chunk" within a sentence; "KV budget" stays.
std::string within_sentence(std::string label) {
  if (label.size() > 1 && std::islower(static_cast<unsigned char>(label[1])) != 0) {
    label[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(label[0])));
  }
  return label;
}

std::vector<float> to_floats(const std::vector<double>& values, double scale) {
  std::vector<float> floats(values.size());
  std::ranges::transform(values, floats.begin(),
                         [&](double value) { return static_cast<float>(value * scale); });
  return floats;
}

}  // namespace

std::vector<std::int64_t> inner_boundaries(const RunLengths& run) {
  std::vector<std::int64_t> boundaries;
  for (std::int64_t pass = 1; pass < run.prefill_passes(); ++pass) {
    boundaries.push_back(pass * run.chunk_rows());
  }
  return boundaries;
}

Result<PlotSpec> timeline_plot(std::span<const TimelinePoint> points, const RunInputs& inputs,
                               std::int64_t streams, EntryUnit unit, std::vector<double> x) {
  StackedArea data = stacked_area(points, inputs, streams, unit);
  const bool bytes = unit == EntryUnit::kGiB;
  const double scale = bytes ? kGiB : 1;  // the axis picks its own unit, small models need MiB
  StackedAreas areas;
  areas.layers = {{words(QT_TRANSLATE_NOOP("Plot", "live")), Role::kLive},
                  {words(QT_TRANSLATE_NOOP("Plot", "inactive")), Role::kInactive},
                  {words(QT_TRANSLATE_NOOP("Plot", "evicted")), Role::kEvicted}};
  areas.x = {words(data.x.label.c_str()), Quantity::kTokens};
  areas.y = {bytes ? words(QT_TRANSLATE_NOOP("Plot", "KV entries, all layers and heads"))
                   : words(data.y.label.c_str()),
             bytes                       ? Quantity::kBytes
             : unit == EntryUnit::kShare ? Quantity::kPercent
                                         : Quantity::kCount};
  for (std::size_t i = 0; i < data.row.size(); ++i) {
    const double resident = (data.live[i] + data.inactive[i]) * scale;
    if (!areas.peak || resident > areas.peak->y) {
      areas.peak = Mark{data.row[i], resident, ""};
    }
  }
  for (const std::int64_t row : inner_boundaries(inputs.run)) {
    areas.boundaries.push_back(static_cast<double>(row));
  }
  if (inputs.run.decode_rows() > 0 && inputs.run.prefill_rows() > 0) {
    areas.decode_begin = data.prefill_end;
  }
  KVFOOT_ASSIGN(StackedSeries series,
                StackedSeries::make(x.empty() ? std::move(data.row) : std::move(x),
                                    {to_floats(data.live, scale), to_floats(data.inactive, scale),
                                     to_floats(data.evicted, scale)}));
  areas.series = std::make_shared<const StackedSeries>(std::move(series));
  if (areas.peak) {
    areas.peak->label = words(QT_TRANSLATE_NOOP("Plot", "peak %1 at row %2"),
                              {format_quantity(areas.peak->y, areas.y.quantity, unit_value(areas)),
                               format_fixed(areas.peak->x, 0)});
  }
  return PlotSpec{short_spec(inputs), run_words(inputs), std::move(areas)};
}

Result<PlotSpec> line_plot(std::span<const RunResult> rows, std::string_view x,
                           std::string_view y) {
  KVFOOT_ASSIGN(LineChart chart, line_chart(rows, x, y));
  LinePlot plot;
  plot.x = x_axis(chart);
  plot.y = {chart.y.label, quantity_of(find_metric(y)->unit)};
  plot.y_from_zero = !y.starts_with("retained_mass");
  for (auto& series : chart.series) {
    if (series.reference) {
      plot.references.push_back({series.y.front(), std::move(series.name)});
    } else {
      plot.series.push_back({std::move(series.name), std::move(series.x), std::move(series.y)});
    }
  }
  plot.x.ticks = own_ticks(plot, x == "chunk" ? whole_prompt(rows) : std::nullopt);
  std::string title = chart.y.label + " against " + within_sentence(chart.x.label);
  return PlotSpec{std::move(title), common_words(rows, x), std::move(plot)};
}

PlotSpec bar_plot(const BarFigure& figure) {
  constexpr std::array<Role, 5> kRoles = {Role::kOther4, Role::kLive, Role::kInactive,
                                          Role::kOther1, Role::kOther2};
  BarChart chart;
  chart.x = {figure.axis, quantity_of(figure.unit)};
  for (std::size_t i = 0; i < figure.parts.size(); ++i) {
    const Role role = figure.parts.size() == 1 ? Role::kLive : kRoles[i % kRoles.size()];
    chart.parts.push_back({figure.parts[i], role});
  }
  for (const BarFigure::Bar& bar : figure.bars) {
    chart.bars.push_back({bar.name, bar.values});
  }
  return PlotSpec{figure.title, "", std::move(chart)};
}

std::string run_words(const RunInputs& inputs) {
  std::string text;
  // A picture names the file, not where it lay.
  join(text, inputs.trace.empty() ? source_words(inputs)
                                  : std::filesystem::path(inputs.trace).filename().string());
  join(text, prompt_words(inputs));
  join(text, output_words(inputs));
  join(text, chunk_words(inputs.run));
  if (inputs.batch > 1) {
    join(text, words(QT_TRANSLATE_NOOP("Plot", "batch %1"), {tokens(inputs.batch)}));
  }
  if (inputs.layout.quant != KvQuant{}) {
    join(text, to_string(inputs.layout.quant));
  }
  return text;
}

std::string head_label(const RunInputs& inputs, std::int32_t storage_heads) {
  return storage_heads == inputs.shape.kv_heads ? "KV head" : "query head";
}

Result<PlotSpec> heads_plot(const ::kvfoot::HeatMap& map, std::string head_label) {
  HeatMap heat;
  head_label[0] =
      static_cast<char>(std::toupper(static_cast<unsigned char>(head_label[0])));  // of an axis
  heat.column_label = std::move(head_label);
  heat.rows = map.layers;
  heat.columns = map.heads;
  heat.values = to_floats(map.value, 1);
  const bool share = map.low == 0 && map.high == 1;
  heat.colour = {map.value_label, share ? Quantity::kPercent : Quantity::kPlain};
  heat.colour.range = Range{map.low, map.high};
  PlotSpec spec{map.title, "", std::move(heat)};
  KVFOOT_TRY(check_spec(spec));
  return spec;
}

Result<PlotSpec> state_plot(std::span<const DecisionRecord> decisions,
                            std::span<const InactiveRange> inactive, const RunLengths& run,
                            std::int32_t layer, std::int32_t head, std::string_view head_label) {
  StateMap map;
  map.rows = run.rows();
  const auto rows = static_cast<std::int32_t>(map.rows);
  std::vector<std::int32_t> evicted_at(static_cast<std::size_t>(map.rows), rows);
  for (const DecisionRecord& record : decisions) {
    if (record.layer != layer || record.head != head) {
      continue;
    }
    if (record.pass < 0 || record.pass >= run.passes()) {
      return Error{"decision log", "pass " + std::to_string(record.pass) + " is not in the run"};
    }
    // Freed when the pass ends: its own rows still see the key.
    const auto freed = static_cast<std::int32_t>(pass_at(run, record.pass, 0).end);
    for (const PosRange& range : record.evicted) {
      if (range.begin < 0 || range.begin > range.end || range.end > freed) {
        return Error{"decision log",
                     "pass " + std::to_string(record.pass) + " evicts keys that it has not seen"};
      }
      std::fill(evicted_at.begin() + range.begin, evicted_at.begin() + range.end, freed);
    }
  }
  double resident = 0;
  for (std::size_t key = 0; key < evicted_at.size(); ++key) {
    resident += static_cast<double>(evicted_at[key]) - static_cast<double>(key);
  }
  for (const InactiveRange& range : inactive) {
    map.inactive.push_back({0, static_cast<std::int32_t>(range.row_begin),
                            static_cast<std::int32_t>(range.row_end), range.keys.begin,
                            range.keys.end});
  }
  map.streams.push_back({std::make_shared<const std::vector<std::int32_t>>(std::move(evicted_at))});
  map.boundaries = inner_boundaries(run);
  if (run.decode_rows() > 0 && run.prefill_rows() > 0) {
    map.decode_begin = run.prefill_rows();
  }
  std::string title = "Layer " + std::to_string(layer) + ", " + std::string(head_label) + " " +
                      std::to_string(head);
  const double share = resident / static_cast<double>(triangle(map.rows));
  std::string subtitle = "footprint " + format_quantity(share, Quantity::kPercent);
  PlotSpec spec{std::move(title), std::move(subtitle), std::move(map)};
  KVFOOT_TRY(check_spec(spec));
  return spec;
}

}  // namespace kvfoot::plots
