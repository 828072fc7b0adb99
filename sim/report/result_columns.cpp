// Inputs, then policy parameters, then metrics, then warnings.
#include "sim/report/result_columns.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <set>

#include "sim/report/metric_table.hpp"

namespace kvfoot {
namespace {

struct InputColumn {
  std::string_view name;
  CellKind kind;
  JsonValue (*get)(const RunInputs&);
};

// A number where 63 bits hold it.
JsonValue seed_value(std::uint64_t seed) {
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return seed <= kLargest ? JsonValue(static_cast<std::int64_t>(seed))
                          : JsonValue(std::to_string(seed));
}

// What only a device gives a meaning.
JsonValue if_timed(const RunInputs& in, std::string_view text) {
  return in.device_model.empty() ? JsonValue() : JsonValue(text);
}

constexpr auto kInputs = std::to_array<InputColumn>({
    {"policy", CellKind::kText, [](const RunInputs& in) { return JsonValue(in.policy); }},
    {"spec", CellKind::kText, [](const RunInputs& in) { return JsonValue(in.spec); }},
    {"shape", CellKind::kText, [](const RunInputs& in) { return JsonValue(in.shape.name); }},
    {"trace", CellKind::kText, [](const RunInputs& in) { return JsonValue(in.trace); }},
    {"prompt", CellKind::kInteger, [](const RunInputs& in) { return JsonValue(in.run.prompt); }},
    {"output", CellKind::kInteger, [](const RunInputs& in) { return JsonValue(in.run.output); }},
    {"chunk", CellKind::kText, [](const RunInputs& in) { return JsonValue(chunk_text(in.run)); }},
    {"chunk_rows", CellKind::kInteger,
     [](const RunInputs& in) { return JsonValue(in.run.chunk_rows()); }},
    {"accounting", CellKind::kText,
     [](const RunInputs& in) { return JsonValue(to_string(in.accounting)); }},
    {"last_prompt_token", CellKind::kText,
     [](const RunInputs& in) { return JsonValue(to_string(in.run.last_prompt_token)); }},
    {"block_size", CellKind::kInteger,
     [](const RunInputs& in) { return JsonValue(in.block_size); }},
    {"kv_dtype", CellKind::kText,
     [](const RunInputs& in) { return JsonValue(to_string(in.kv_dtype)); }},
    {"device_model", CellKind::kText,
     [](const RunInputs& in) { return JsonValue(in.device_model); }},
    {"seed", CellKind::kUnsigned, [](const RunInputs& in) { return seed_value(in.seed); }},
    {"weight_dtype", CellKind::kText,
     [](const RunInputs& in) { return if_timed(in, to_string(in.weight_dtype)); }},
    {"logits", CellKind::kText,
     [](const RunInputs& in) { return if_timed(in, to_string(in.logits)); }},
    {"batch", CellKind::kInteger, [](const RunInputs& in) { return JsonValue(in.batch); }},
    {"kv_quant", CellKind::kText,
     [](const RunInputs& in) { return JsonValue(to_string(in.layout.quant)); }},
    {"kv_index", CellKind::kText,
     [](const RunInputs& in) { return JsonValue(to_string(in.layout.index)); }},
    {"kv_alloc", CellKind::kText,
     [](const RunInputs& in) { return JsonValue(to_string(in.layout.alloc)); }},
    {"kv_copies", CellKind::kText,
     [](const RunInputs& in) { return JsonValue(to_string(in.layout.copies)); }},
});

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

}  // namespace

ResultColumns result_columns(std::span<const RunResult> results) {
  std::set<std::string> params;
  for (const RunResult& result : results) {
    for (const auto& [key, value] : result.inputs.params) {
      params.insert(key);
    }
  }
  ResultColumns all{{}, kInputs.size(), {params.begin(), params.end()}};
  std::set<std::string, std::less<>> taken = {"warnings"};
  for (const InputColumn& column : kInputs) {
    all.columns.push_back({std::string(column.name), column.kind, ""});
    taken.emplace(column.name);
  }
  for (const MetricInfo& metric : metric_table()) {
    taken.emplace(metric.name);
  }
  for (const std::string& param : all.params) {
    all.columns.push_back(
        {taken.contains(param) ? "param_" + param : param, CellKind::kParameter, ""});
  }
  for (const MetricInfo& metric : metric_table()) {
    all.columns.push_back({std::string(metric.name),
                           metric.integer ? CellKind::kInteger : CellKind::kReal,
                           unit_name(metric.unit)});
  }
  all.columns.push_back({"warnings", CellKind::kText, ""});
  return all;
}

std::vector<JsonValue> result_row(const RunResult& result, const ResultColumns& columns) {
  std::vector<JsonValue> row;
  row.reserve(columns.columns.size());
  for (const InputColumn& column : kInputs) {
    row.push_back(column.get(result.inputs));
  }
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

std::string cell_text(const JsonValue& cell) {
  if (cell.is_null()) {
    return {};
  }
  const auto* text = cell.get_if<std::string>();
  return text != nullptr ? *text : write_json(cell, JsonLayout::kOneLine);
}

}  // namespace kvfoot
