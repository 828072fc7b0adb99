// Flat rows as CSV and JSON lines.
#include "sim/report/sweep_export.hpp"

#include "sim/io/csv.hpp"
#include "sim/io/json.hpp"
#include "sim/report/result_columns.hpp"

namespace kvfoot {

std::string results_to_csv(std::span<const RunResult> results) {
  const ResultColumns columns = result_columns(results);
  std::vector<std::string> fields;
  for (const ResultColumn& column : columns.columns) {
    fields.push_back(column.name);
  }
  std::string text = csv_record(fields);
  for (const RunResult& result : results) {
    fields.clear();
    for (const JsonValue& cell : result_row(result, columns)) {
      fields.push_back(cell_text(cell));
    }
    text += csv_record(fields);
  }
  return text;
}

std::string results_to_jsonl(std::span<const RunResult> results) {
  const ResultColumns columns = result_columns(results);
  std::string text;
  for (const RunResult& result : results) {
    JsonValue::Object object;
    std::vector<JsonValue> row = result_row(result, columns);
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (!row[i].is_null()) {
        object.emplace_back(columns.columns[i].name, std::move(row[i]));
      }
    }
    text += write_json(JsonValue(std::move(object)), JsonLayout::kOneLine) + "\n";
  }
  return text;
}

}  // namespace kvfoot
