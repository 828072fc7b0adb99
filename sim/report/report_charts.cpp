// Choosing axes, fixing the rest.
#include "sim/report/report_charts.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "sim/report/result_columns.hpp"

namespace kvfoot {
namespace {

constexpr std::size_t kMostLines = 7;  // colours of the palette
constexpr std::size_t kMostBars = 12;
constexpr std::size_t kMostAxes = 3;

using Cells = std::vector<std::string>;  // inputs and parameters of a run; empty: not there

struct Rows {
  std::vector<std::string> names;  // of the columns: inputs, then parameters
  std::size_t inputs = 0;
  std::vector<const RunResult*> results;
  std::vector<Cells> cells;
};

Rows rows_of(std::span<const RunResult> results) {
  const ResultColumns columns = result_columns(results);
  const std::size_t count = columns.inputs + columns.params.size();
  Rows rows;
  rows.inputs = columns.inputs;
  for (std::size_t i = 0; i < count; ++i) {
    rows.names.push_back(columns.columns[i].name);
  }
  for (const RunResult& result : results) {
    const auto row = result_row(result, columns);
    Cells& cells = rows.cells.emplace_back();
    for (std::size_t i = 0; i < count; ++i) {
      cells.push_back(cell_text(row[i]));
    }
    rows.results.push_back(&result);
  }
  return rows;
}

// What a policy is called follows from its parameters, chunk_rows from chunk.
bool is_free(std::string_view column) {
  return column != "policy" && column != "spec" && column != "chunk_rows";
}

// Values of a column. Those of parameters are told apart by policy: one name, several meanings.
using Values = std::map<std::string, std::vector<std::string>>;  // in the order of the rows

Values values_of(const Rows& rows, std::size_t column) {
  Values values;
  std::set<std::pair<std::string, std::string>> known;
  for (std::size_t i = 0; i < rows.cells.size(); ++i) {
    const std::string& value = rows.cells[i][column];
    if (value.empty()) {
      continue;
    }
    const std::string owner = column < rows.inputs ? "" : rows.results[i]->inputs.policy;
    if (known.emplace(owner, value).second) {
      values[owner].push_back(value);
    }
  }
  return values;
}

// A row that does not have the setting (a policy without the parameter) stays.
void keep_first(Rows& rows, std::size_t column, const Values& values) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < rows.cells.size(); ++i) {
    const std::string& value = rows.cells[i][column];
    const std::string owner = column < rows.inputs ? "" : rows.results[i]->inputs.policy;
    if (value.empty() || value == values.at(owner).front()) {
      rows.cells[kept] = rows.cells[i];
      rows.results[kept] = rows.results[i];
      ++kept;
    }
  }
  rows.cells.resize(kept);
  rows.results.resize(kept);
}

std::size_t column_of(const Rows& rows, std::string_view name) {
  return static_cast<std::size_t>(std::ranges::find(rows.names, name) - rows.names.begin());
}

// Fixes settings, but for `axis`, until `crowd` is at most `limit`; says which in words. Those
// named in `before` are fixed first.
std::string thin_out(Rows& rows, std::string_view axis, std::vector<std::string> before,
                     std::size_t limit, const std::function<std::size_t(const Rows&)>& crowd) {
  before.insert(before.end(), rows.names.begin(), rows.names.end());
  std::string words;
  for (const std::string& name : before) {
    if (crowd(rows) <= limit) {
      break;
    }
    if (!is_free(name) || name == axis) {
      continue;
    }
    const std::size_t column = column_of(rows, name);
    const Values values = values_of(rows, column);
    bool several = false;
    for (const auto& [owner, list] : values) {
      if (list.size() > 1) {
        several = true;
        std::string words_of_name = name;  // "device_model"
        std::ranges::replace(words_of_name, '_', ' ');
        words += (words.empty() ? "Here " : ", ") + owner + (owner.empty() ? "" : " ") +
                 words_of_name + " " + list.front();
      }
    }
    if (several) {
      keep_first(rows, column, values);
    }
  }
  return words.empty() ? "" : words + "; the table has the other values.";
}

// The lines over an axis: rows that have it and agree in everything else, with their values of it.
std::map<Cells, std::set<std::string>> lines_over(const Rows& rows, std::size_t axis) {
  std::map<Cells, std::set<std::string>> lines;
  for (const Cells& cells : rows.cells) {
    if (cells[axis].empty()) {
      continue;
    }
    Cells rest = cells;
    for (std::size_t i = 0; i < rest.size(); ++i) {
      // The specification says the axis too when it is a parameter.
      if (i == axis || rows.names[i] == "spec" || rows.names[i] == "chunk_rows") {
        rest[i].clear();
      }
    }
    lines[std::move(rest)].insert(cells[axis]);
  }
  return lines;
}

// Points of the longest line; 0 without the column.
std::size_t longest_line(const Rows& rows, std::string_view axis) {
  const std::size_t column = column_of(rows, axis);
  std::size_t longest = 0;
  if (column < rows.names.size()) {
    for (const auto& [line, values] : lines_over(rows, column)) {
      longest = std::max(longest, values.size());
    }
  }
  return longest;
}

struct AxisChoice {
  std::string name;
  std::size_t points = 0;
};

// Lengths and a policy parameter that change along a line, the one with most points first.
std::vector<AxisChoice> axes_of(const Rows& rows) {
  // Of parameters, the first that says how much is kept.
  constexpr auto kBudgets =
      std::to_array<std::string_view>({"sparsity", "budget", "bytes", "heavy", "window", "sinks"});
  constexpr auto kLengths = std::to_array<std::string_view>({"chunk", "output", "prompt"});
  std::vector<AxisChoice> axes;
  for (const std::string_view name : kBudgets) {
    if (const std::size_t points = longest_line(rows, name); points > 1) {
      axes.push_back({std::string(name), points});
      break;  // a second one mostly varies with the first
    }
  }
  for (const std::string_view name : kLengths) {
    if (const std::size_t points = longest_line(rows, name); points > 1) {
      axes.push_back({std::string(name), points});
    }
  }
  std::ranges::stable_sort(axes, std::ranges::greater{}, &AxisChoice::points);
  axes.resize(std::min(axes.size(), kMostAxes));
  return axes;
}

bool has(const Rows& rows, std::string_view metric) {
  const MetricInfo* info = find_metric(metric);
  return std::ranges::any_of(
      rows.results, [&](const RunResult* row) { return info->get(row->metrics).has_value(); });
}

std::vector<std::string> metrics_for(const Rows& rows, bool main_axis) {
  std::vector<std::string> metrics = {"footprint"};
  if (!main_axis) {
    return metrics;
  }
  metrics.emplace_back(has(rows, "peak_total_bytes") ? "peak_total_bytes" : "peak_kv_bytes");
  for (const char* metric : {"retained_mass", "ttft_s", "tpot_s"}) {
    if (has(rows, metric)) {
      metrics.emplace_back(metric);
    }
  }
  return metrics;
}

std::vector<RunResult> copies(const Rows& rows) {
  std::vector<RunResult> results;
  for (const RunResult* row : rows.results) {
    results.push_back(*row);
  }
  return results;
}

void add_lines(const Rows& all, std::vector<LineFigure>& figures) {
  bool main_axis = true;
  std::vector<std::string> shown;  // the pictures before say how these act
  for (const AxisChoice& axis : axes_of(all)) {
    Rows rows = all;
    const std::size_t column = column_of(rows, axis.name);
    const auto crowd = [&](const Rows& now) { return lines_over(now, column).size(); };
    const std::string caption = thin_out(rows, axis.name, shown, kMostLines, crowd);
    if (crowd(rows) > 2 * kMostLines || longest_line(rows, axis.name) < 2) {
      continue;  // as many policies as that are for the table
    }
    for (const std::string& metric : metrics_for(rows, main_axis)) {
      if (has(rows, metric)) {
        LineFigure figure;
        figure.name = PlotName{PlotName::Kind::kLines, metric, axis.name};
        figure.rows = copies(rows);
        figure.caption = caption;
        figures.push_back(std::move(figure));
      }
    }
    main_axis = false;
    shown.push_back(axis.name);
  }
}

// The policy and whatever else differs between the rows.
std::string bar_name(const Rows& rows, std::size_t row) {
  std::string name = short_spec(rows.results[row]->inputs);
  for (std::size_t column = 0; column < rows.names.size(); ++column) {
    const bool param = std::ranges::any_of(rows.results[row]->inputs.params, [&](const auto& p) {
      return p.first == rows.names[column];
    });
    if (is_free(rows.names[column]) && !param && !rows.cells[row][column].empty() &&
        values_of(rows, column).begin()->second.size() > 1) {
      name += ", " + rows.names[column] + " " + rows.cells[row][column];
    }
  }
  return name;
}

struct Part {
  std::string_view metric;
  std::string_view name;
};

std::optional<BarFigure> bars_of(const Rows& all, std::string title, MetricUnit unit,
                                 std::span<const Part> parts) {
  Rows rows = all;
  const auto crowd = [](const Rows& now) { return now.results.size(); };
  BarFigure figure{std::move(title),
                   std::string(find_metric(parts.front().metric)->label),
                   unit,
                   {},
                   {},
                   thin_out(rows, "", {"device_model", "seed"}, kMostBars, crowd)};
  if (rows.results.size() < 2 || rows.results.size() > kMostBars) {
    return std::nullopt;
  }
  for (const Part& part : parts) {
    figure.parts.emplace_back(part.name);
  }
  for (std::size_t i = 0; i < rows.results.size(); ++i) {
    BarFigure::Bar bar{bar_name(rows, i), {}};
    for (const Part& part : parts) {
      const auto value = find_metric(part.metric)->get(rows.results[i]->metrics);
      bar.values.push_back(value ? as_double(*value) : 0);
    }
    figure.bars.push_back(std::move(bar));
  }
  return figure;
}

}  // namespace

ReportCharts report_charts(std::span<const RunResult> results) {
  ReportCharts charts;
  if (results.size() < 2) {
    return charts;
  }
  const Rows rows = rows_of(results);
  add_lines(rows, charts.lines);
  if (charts.lines.empty()) {
    constexpr Part kFootprint[] = {{"footprint", "KV footprint"}};
    if (auto figure = bars_of(rows, "KV footprint", MetricUnit::kShare, kFootprint)) {
      charts.bars.push_back(*std::move(figure));
    }
    constexpr Part kMass[] = {{"retained_mass", "retained mass"}};
    const bool known = std::ranges::all_of(
        results, [](const RunResult& result) { return result.metrics.retained_mass.has_value(); });
    if (auto figure = bars_of(rows, "Retained mass", MetricUnit::kShare, kMass); figure && known) {
      charts.bars.push_back(*std::move(figure));
    }
  }
  const bool whole = std::ranges::all_of(
      results, [](const RunResult& result) { return result.metrics.peak_total_bytes.has_value(); });
  if (whole) {
    constexpr Part kMemory[] = {{"peak_total_weight_bytes", "weights"},
                                {"peak_total_kv_bytes", "KV"},
                                {"peak_total_activation_bytes", "activations"},
                                {"peak_total_workspace_bytes", "workspace"},
                                {"peak_total_logits_bytes", "logits"}};
    if (auto figure = bars_of(rows, "Peak memory by what it holds", MetricUnit::kBytes, kMemory)) {
      figure->axis = "Peak memory";
      charts.bars.push_back(*std::move(figure));
    }
  }
  return charts;
}

}  // namespace kvfoot
