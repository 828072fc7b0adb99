// Results for people: what differs goes into columns, what is shared into one line.
#include <algorithm>
#include <array>
#include <map>

#include "sim/core/text.hpp"
#include "sim/report/metric_table.hpp"
#include "sim/report/sweep_export.hpp"
#include "sim/report/units.hpp"

namespace kvfoot {
namespace {

struct Setting {
  std::string_view header;
  std::string_view phrase;  // "prompt %", % is the value
  bool right;
  std::string (*get)(const RunInputs&);
  std::string_view quiet = {};  // a value that goes without saying where all rows share it
};

constexpr std::array<Setting, 17> kSettings = {{
    {"model", "%", false,
     [](const RunInputs& in) { return in.trace.empty() ? in.shape.name : in.trace; }},
    {"prompt", "prompt %", true, [](const RunInputs& in) { return format_count(in.run.prompt); }},
    {"output", "output %", true, [](const RunInputs& in) { return format_count(in.run.output); }},
    {"batch", "batch of %", true, [](const RunInputs& in) { return format_count(in.batch); }, "1"},
    {"chunk", "chunk %", true,
     [](const RunInputs& in) {
       return in.run.chunk == kWholePrompt ? std::string("all") : format_count(in.run.chunk);
     }},
    {"accounting", "% accounting", false,
     [](const RunInputs& in) { return std::string(to_string(in.accounting)); }},
    {"dtype", "%", false, [](const RunInputs& in) { return std::string(to_string(in.kv_dtype)); }},
    {"quantised", "KV in %", false, [](const RunInputs& in) { return to_string(in.layout.quant); },
     "none"},
    {"index", "index %", false, [](const RunInputs& in) { return to_string(in.layout.index); },
     "none"},
    {"allocation", "% allocation", false,
     [](const RunInputs& in) { return std::string(to_string(in.layout.alloc)); }, "ragged"},
    {"copies", "a copy per % head", false,
     [](const RunInputs& in) { return std::string(to_string(in.layout.copies)); }, "kv"},
    {"page", "pages of %", true,
     [](const RunInputs& in) { return std::to_string(in.block_size) + " entries"; }},
    {"last prompt token", "last prompt token: %", false,
     [](const RunInputs& in) { return std::string(to_string(in.run.last_prompt_token)); }},
    {"device", "on %", false, [](const RunInputs& in) { return in.device_model; }},
    {"weights", "weights in %", false,
     [](const RunInputs& in) {
       return in.device_model.empty() ? "" : std::string(to_string(in.weight_dtype));
     }},
    {"logits", "logits of % rows", false,
     [](const RunInputs& in) {
       return in.device_model.empty() || in.logits == LogitsRows::kLast
                  ? ""
                  : std::string(to_string(in.logits));
     }},
    {"seed", "seed %", true, [](const RunInputs& in) { return std::to_string(in.seed); }, "0"},
}};

bool differs(const Setting& setting, std::span<const RunResult> results) {
  return std::ranges::any_of(results, [&](const RunResult& result) {
    return setting.get(result.inputs) != setting.get(results.front().inputs);
  });
}

// The rest is for files: a table should fit a terminal.
constexpr std::array<std::string_view, 12> kOnlyInFiles = {"rows",
                                                           "peak_total_weight_bytes",
                                                           "peak_total_kv_bytes",
                                                           "peak_total_activation_bytes",
                                                           "peak_total_workspace_bytes",
                                                           "peak_total_logits_bytes",
                                                           "entry_rows",
                                                           "peak_entries",
                                                           "peak_kv_bytes_pass",
                                                           "page_waste_bytes",
                                                           "retained_mass_p5",
                                                           "retained_mass_decode"};

bool shown(const MetricInfo& metric, std::span<const RunResult> results) {
  if (std::ranges::find(kOnlyInFiles, metric.name) != kOnlyInFiles.end()) {
    return false;
  }
  return std::ranges::any_of(results, [&](const RunResult& result) {
    const auto value = metric.get(result.metrics);
    return value && (metric.name != "patch_rows" || as_double(*value) > 0);
  });
}

}  // namespace

Table results_table(std::span<const RunResult> results) {
  Table table;
  table.columns.push_back({"policy", false});
  std::vector<const Setting*> settings;
  for (const Setting& setting : kSettings) {
    if (!results.empty() && differs(setting, results)) {
      settings.push_back(&setting);
      table.columns.push_back({std::string(setting.header), setting.right});
    }
  }
  std::vector<const MetricInfo*> metrics;
  for (const MetricInfo& metric : metric_table()) {
    if (shown(metric, results)) {
      metrics.push_back(&metric);
      table.columns.push_back({std::string(metric.label), true});
    }
  }
  for (const RunResult& result : results) {
    std::vector<std::string> row = {short_spec(result.inputs)};
    for (const Setting* setting : settings) {
      row.push_back(setting->get(result.inputs));
    }
    for (const MetricInfo* metric : metrics) {
      const auto value = metric->get(result.metrics);
      row.push_back(value ? format_metric(*metric, *value) : "");
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string shared_inputs(std::span<const RunResult> results) {
  std::string text;
  if (results.empty()) {
    return text;
  }
  for (const Setting& setting : kSettings) {
    const std::string value = setting.get(results.front().inputs);
    if (value.empty() || value == setting.quiet || differs(setting, results)) {
      continue;
    }
    std::string phrase(setting.phrase);
    phrase.replace(phrase.find('%'), 1, value);
    text += (text.empty() ? "" : ", ") + phrase;
  }
  return text;
}

std::vector<WarningCount> distinct_warnings(std::span<const RunResult> results) {
  std::vector<WarningCount> seen;
  for (const RunResult& result : results) {
    for (const Warning& warning : result.warnings) {
      const auto known = std::ranges::find_if(seen, [&](const WarningCount& entry) {
        return entry.warning.code == warning.code && entry.warning.text == warning.text;
      });
      if (known == seen.end()) {
        seen.push_back({warning, 1});
      } else {
        ++known->rows;
      }
    }
  }
  return seen;
}

std::string warnings_text(std::span<const RunResult> results) {
  std::string text;
  for (const auto& [warning, rows] : distinct_warnings(results)) {
    text += "warning (" + warning.code + ")";
    if (results.size() > 1) {
      text += ", " + std::to_string(rows) + " of " + std::to_string(results.size()) + " rows";
    }
    text += ": " + warning.text + "\n";
  }
  return text;
}

std::string sweep_to_text(const SweepResult& sweep) {
  std::string text = sweep.title.empty() ? "" : sweep.title + "\n";
  if (!sweep.results.empty()) {
    text += shared_inputs(sweep.results) + "\n\n" + table_to_text(results_table(sweep.results));
  }
  const std::string warnings = warnings_text(sweep.results);
  text += warnings.empty() ? "" : "\n" + warnings;
  for (const FailedPoint& failed : sweep.failed) {
    text += "\nfailed: " + failed.run + "\n  " + failed.error + "\n";
  }
  return text;
}

std::string sweep_to_markdown(const SweepResult& sweep) {
  std::string text = sweep.title.empty() ? "" : "# " + sweep.title + "\n\n";
  text += sweep.teaches.empty() ? "" : sweep.teaches + "\n\n";
  if (!sweep.results.empty()) {
    text += "Shared by all rows: " + shared_inputs(sweep.results) + ".\n\n" +
            table_to_markdown(results_table(sweep.results));
  }
  const std::string warnings = warnings_text(sweep.results);
  text += warnings.empty() ? "" : "\n```\n" + warnings + "```\n";
  for (const FailedPoint& failed : sweep.failed) {
    text += "\n- failed: " + failed.run + ": " + failed.error + "\n";
  }
  return text;
}

std::string result_to_text(const RunResult& result) {
  const std::span<const RunResult> one(&result, 1);
  std::string text = short_spec(result.inputs) + "\n" + shared_inputs(one) + "\n\n";
  std::size_t width = 0;
  for (const MetricInfo& metric : metric_table()) {
    width = std::max(width, metric.label.size());
  }
  for (const MetricInfo& metric : metric_table()) {
    if (const auto value = metric.get(result.metrics)) {
      text += "  " + std::string(metric.label) + std::string(width - metric.label.size() + 2, ' ') +
              format_metric(metric, *value) + "\n";
    }
  }
  const std::string warnings = warnings_text(one);
  return warnings.empty() ? text : text + "\n" + warnings;
}

}  // namespace kvfoot
