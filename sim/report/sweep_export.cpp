// Flat rows: the same columns for CSV and JSON lines.
#include "sim/report/sweep_export.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "sim/io/csv.hpp"
#include "sim/io/json.hpp"
#include "sim/report/metric_table.hpp"

namespace kvfoot {
namespace {

// Null: the run cannot know. Every row has the same number of cells.
using Row = std::vector<JsonValue>;

const std::vector<std::string>& input_columns() {
  static const std::vector<std::string> names = {
      "policy",     "spec",     "shape",        "trace",      "prompt",
      "output",     "chunk",    "chunk_rows",   "accounting", "last_prompt_token",
      "block_size", "kv_dtype", "device_model", "seed",       "weight_dtype",
      "logits"};
  return names;
}

// Parameter text as a number where it is one, so that columns of numbers stay numbers.
JsonValue param_value(const std::string& text) {
  if (text == "true" || text == "false") {
    return text == "true";
  }
  if (const auto number = parse_json(text, "")) {
    if (number->get_if<std::int64_t>() != nullptr || number->get_if<double>() != nullptr) {
      return *number;
    }
  }
  return text;
}

// A number where 63 bits hold it.
JsonValue seed_value(std::uint64_t seed) {
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return seed <= kLargest ? JsonValue(static_cast<std::int64_t>(seed))
                          : JsonValue(std::to_string(seed));
}

Row input_row(const RunInputs& inputs) {
  const RunLengths& run = inputs.run;
  const bool timed = !inputs.device_model.empty();
  return {inputs.policy,
          inputs.spec,
          inputs.shape.name,
          inputs.trace,
          run.prompt,
          run.output,
          chunk_text(run),
          run.chunk_rows(),
          to_string(inputs.accounting),
          to_string(run.last_prompt_token),
          inputs.block_size,
          to_string(inputs.kv_dtype),
          inputs.device_model,
          seed_value(inputs.seed),
          timed ? JsonValue(to_string(inputs.weight_dtype)) : JsonValue(),
          timed ? JsonValue(to_string(inputs.logits)) : JsonValue()};
}

struct Columns {
  std::vector<std::string> params;  // ascending
  std::vector<std::string> names;   // of every column
};

Columns columns_of(std::span<const RunResult> results) {
  std::set<std::string> params;
  for (const RunResult& result : results) {
    for (const auto& [key, value] : result.inputs.params) {
      params.insert(key);
    }
  }
  Columns columns{{params.begin(), params.end()}, input_columns()};
  std::set<std::string, std::less<>> taken(columns.names.begin(), columns.names.end());
  taken.insert("warnings");
  for (const MetricInfo& metric : metric_table()) {
    taken.emplace(metric.name);
  }
  for (const std::string& param : columns.params) {
    columns.names.push_back(taken.contains(param) ? "param_" + param : param);
  }
  for (const MetricInfo& metric : metric_table()) {
    columns.names.emplace_back(metric.name);
  }
  columns.names.emplace_back("warnings");
  return columns;
}

Row row_of(const RunResult& result, const Columns& columns) {
  Row row = input_row(result.inputs);
  for (const std::string& param : columns.params) {
    const auto found =
        std::ranges::find(result.inputs.params, param, &std::pair<std::string, std::string>::first);
    row.push_back(found == result.inputs.params.end() ? JsonValue() : param_value(found->second));
  }
  for (const MetricInfo& metric : metric_table()) {
    const auto value = metric.get(result.metrics);
    row.push_back(value ? std::visit([](auto number) { return JsonValue(number); }, *value)
                        : JsonValue());
  }
  std::string codes;
  for (const Warning& warning : result.warnings) {
    codes += (codes.empty() ? "" : ";") + warning.code;
  }
  row.push_back(codes.empty() ? JsonValue() : JsonValue(codes));
  return row;
}

std::string csv_field(const JsonValue& value) {
  if (value.is_null()) {
    return {};
  }
  const auto* text = value.get_if<std::string>();
  return text != nullptr ? *text : write_json(value, JsonLayout::kOneLine);
}

}  // namespace

std::string results_to_csv(std::span<const RunResult> results) {
  const Columns columns = columns_of(results);
  std::string text = csv_record(columns.names);
  for (const RunResult& result : results) {
    std::vector<std::string> fields;
    for (const JsonValue& value : row_of(result, columns)) {
      fields.push_back(csv_field(value));
    }
    text += csv_record(fields);
  }
  return text;
}

std::string results_to_jsonl(std::span<const RunResult> results) {
  const Columns columns = columns_of(results);
  std::string text;
  for (const RunResult& result : results) {
    JsonValue::Object object;
    Row row = row_of(result, columns);
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (!row[i].is_null()) {
        object.emplace_back(columns.names[i], std::move(row[i]));
      }
    }
    text += write_json(JsonValue(std::move(object)), JsonLayout::kOneLine) + "\n";
  }
  return text;
}

}  // namespace kvfoot
