// Plot data of "a metric against an axis, one line per policy".
#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "sim/core/text.hpp"
#include "sim/report/metric_table.hpp"
#include "sim/report/plot_data.hpp"

namespace kvfoot {
namespace {

// Parameters that say how much a policy may keep, in the order in which "budget" looks for them.
constexpr std::array<std::string_view, 6> kBudgetParams = {"sparsity", "budget", "bytes",
                                                           "heavy",    "window", "sinks"};
constexpr std::array<std::string_view, 4> kRunAxes = {"chunk", "output", "prompt", "batch"};

const std::string* param(const RunInputs& inputs, std::string_view key) {
  for (const auto& [name, value] : inputs.params) {
    if (name == key) {
      return &value;
    }
  }
  return nullptr;
}

std::optional<double> number(const std::string& text) {
  if (const auto plain = parse_double(text)) {
    return plain;
  }
  const auto bytes = parse_bytes(text);
  return bytes ? std::optional(static_cast<double>(*bytes)) : std::nullopt;
}

std::optional<double> coordinate(const RunInputs& inputs, std::string_view axis) {
  if (axis == "chunk") {
    return static_cast<double>(inputs.run.chunk_rows());
  }
  if (axis == "output") {
    return static_cast<double>(inputs.run.output);
  }
  if (axis == "prompt") {
    return static_cast<double>(inputs.run.prompt);
  }
  if (axis == "batch") {
    return static_cast<double>(inputs.batch);
  }
  const std::string* text = param(inputs, axis);
  return text == nullptr ? std::nullopt : number(*text);
}

bool is_run_axis(std::string_view axis) {
  return std::ranges::find(kRunAxes, axis) != kRunAxes.end();
}

Result<std::string> resolve_axis(std::span<const RunResult> rows, std::string_view axis) {
  if (is_run_axis(axis)) {
    return std::string(axis);
  }
  std::map<std::string, std::set<std::string>> values;
  for (const RunResult& row : rows) {
    for (const auto& [name, value] : row.inputs.params) {
      values[name].insert(value);
    }
  }
  if (axis == "budget") {
    for (const std::string_view candidate : kBudgetParams) {
      const auto found = values.find(std::string(candidate));
      if (found != values.end() && found->second.size() > 1) {
        return std::string(candidate);
      }
    }
    return Error{"", "no budget varies between the rows",
                 "list several values of sparsity, budget or bytes"};
  }
  if (values.contains(std::string(axis))) {
    return std::string(axis);
  }
  std::vector<std::string> known(kRunAxes.begin(), kRunAxes.end());
  known.emplace_back("budget");
  for (const auto& [name, unused] : values) {
    known.push_back(name);
  }
  return Error{"", "no axis '" + std::string(axis) + "'", suggestion(axis, known)};
}

using Parts = std::vector<std::pair<std::string, std::string>>;

// One line of the chart: rows that agree in everything but the axis.
struct Line {
  std::string policy;
  Parts params;    // without the axis
  Parts settings;  // present for every run, in this order
  std::vector<std::pair<double, double>> points;
  std::optional<double> reference;
  bool merged = false;  // stands for references that differ in their settings
};

Line line_of(const RunInputs& inputs, std::string_view axis) {
  Line line;
  line.policy = inputs.policy;
  for (const auto& [name, value] : inputs.params) {
    if (name != axis) {
      line.params.emplace_back(name, value);
    }
  }
  const RunLengths& run = inputs.run;
  line.settings = {
      {"on", inputs.trace.empty() ? inputs.shape.name : inputs.trace},
      {"prompt", axis == "prompt" ? "" : std::to_string(run.prompt)},
      {"output", axis == "output" ? "" : std::to_string(run.output)},
      {"chunk", axis == "chunk" ? "" : chunk_text(run)},
      {"accounting", std::string(to_string(inputs.accounting))},
      {"last prompt token", std::string(to_string(run.last_prompt_token))},
      {"batch", axis == "batch" ? "" : std::to_string(inputs.batch)},
      {"block", std::to_string(inputs.block_size)},
      {"dtype", std::string(to_string(inputs.kv_dtype))},
      {"KV", to_string(inputs.layout.quant)},
      {"index", to_string(inputs.layout.index)},
      {"allocation", std::string(to_string(inputs.layout.alloc))},
      {"copies per head of", std::string(to_string(inputs.layout.copies))},
      {"device", inputs.device_model},
      {"seed", std::to_string(inputs.seed)},
  };
  return line;
}

bool same_line(const Line& a, const Line& b) {
  return a.policy == b.policy && a.params == b.params && a.settings == b.settings;
}

bool same_reference(const Line& a, const Line& b) {
  return a.points.empty() && b.points.empty() && a.policy == b.policy && a.params == b.params &&
         a.reference == b.reference;
}

// Full attention is 100 % at every chunk size: one horizontal line says so. The first of several
// equal ones stays and forgets the settings in which they differ.
void merge_references(std::vector<Line>& lines) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (std::size_t k = lines.size() - 1; k > i; --k) {
      if (same_reference(lines[i], lines[k])) {
        lines[i].merged = true;
        lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(k));
      }
    }
  }
}

// A layout ("kivi:bits=2,group=32") without the parameters that every line of that layout has.
std::string short_setting(const std::string& text, std::size_t index,
                          const std::vector<Line>& all) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) {
    return text;
  }
  const std::string name = text.substr(0, colon + 1);
  std::string out = text.substr(0, colon);
  for (const std::string_view part : split(std::string_view(text).substr(colon + 1), ',')) {
    const bool shared = std::ranges::all_of(all, [&](const Line& other) {
      const std::string& theirs = other.settings[index].second;
      if (!theirs.starts_with(name)) {
        return true;
      }
      const auto parts = split(std::string_view(theirs).substr(colon + 1), ',');
      return std::ranges::find(parts, part) != parts.end();
    });
    if (!shared) {
      out += " " + std::string(part);
    }
  }
  return out;
}

// The policy, then what is not the same on every line (parameters: every line of that policy).
std::string line_name(const Line& line, const std::vector<Line>& all) {
  std::string name = line.policy;
  for (const auto& part : line.params) {
    const bool shared = std::ranges::all_of(all, [&](const Line& other) {
      return other.policy != line.policy ||
             std::ranges::find(other.params, part) != other.params.end();
    });
    if (!shared) {
      name += ", " + part.first + " " + part.second;
    }
  }
  for (std::size_t i = 0; i < line.settings.size() && !line.merged; ++i) {
    const bool shared = std::ranges::all_of(
        all, [&](const Line& other) { return other.settings[i] == line.settings[i]; });
    if (!shared) {
      const auto& [key, value] = line.settings[i];
      const bool layout = key == "KV" || key == "index";
      name += ", " + key + " " + (layout ? short_setting(value, i, all) : value);
    }
  }
  return name;
}

AxisText axis_text(std::string_view axis) {
  if (axis == "chunk") {
    return {"Prefill chunk", "tokens"};
  }
  if (axis == "output") {
    return {"Output length", "tokens"};
  }
  if (axis == "prompt") {
    return {"Prompt length", "tokens"};
  }
  if (axis == "batch") {
    return {"Batch", "requests"};
  }
  if (axis == "sparsity") {
    return {"Sparsity (evicted share)", ""};
  }
  if (axis == "bytes") {
    return {"Budget, whole model", "bytes"};
  }
  return {std::string(axis), ""};
}

AxisText metric_text(const MetricInfo& metric) {
  constexpr std::array<std::string_view, 5> kUnits = {"", "", "bytes", "byte s", "s"};
  return {std::string(metric.label), std::string(kUnits[static_cast<std::size_t>(metric.unit)])};
}

}  // namespace

Result<LineChart> line_chart(std::span<const RunResult> rows, std::string_view x,
                             std::string_view y) {
  const MetricInfo* metric = find_metric(y);
  if (metric == nullptr) {
    return Error{"", "no metric '" + std::string(y) + "'", suggestion(y, metric_names())};
  }
  KVFOOT_ASSIGN(const std::string axis, resolve_axis(rows, x));

  std::vector<Line> lines;
  for (const RunResult& row : rows) {
    const auto value = metric->get(row.metrics);
    if (!value) {
      continue;
    }
    Line candidate = line_of(row.inputs, axis);
    auto line = std::ranges::find_if(lines, [&](const Line& l) { return same_line(l, candidate); });
    if (line == lines.end()) {
      lines.push_back(std::move(candidate));
      line = lines.end() - 1;
    }
    if (const auto at = coordinate(row.inputs, axis)) {
      line->points.emplace_back(*at, as_double(*value));
    } else {
      line->reference = as_double(*value);
    }
  }
  if (lines.empty()) {
    return Error{"", "no row has the metric '" + std::string(y) + "'", ""};
  }
  merge_references(lines);

  LineChart chart;
  chart.x = axis_text(axis);
  chart.y = metric_text(*metric);
  std::string against = chart.x.label;
  if (!against.empty() && against[0] >= 'A' && against[0] <= 'Z') {
    against[0] = static_cast<char>(against[0] - 'A' + 'a');
  }
  chart.title = chart.y.label + " against " + against;
  double low = std::numeric_limits<double>::infinity();
  double high = 0;
  for (Line& line : lines) {
    LineSeries series;
    series.name = line_name(line, lines);
    series.reference = line.points.empty();
    if (series.reference) {
      series.y.push_back(*line.reference);
    }
    std::ranges::stable_sort(line.points, {}, &std::pair<double, double>::first);
    for (const auto& [px, py] : line.points) {
      series.x.push_back(px);
      series.y.push_back(py);
      low = std::min(low, px);
      high = std::max(high, px);
    }
    chart.series.push_back(std::move(series));
  }
  chart.log_x = low > 0 && high >= 16 * low;
  return chart;
}

}  // namespace kvfoot
