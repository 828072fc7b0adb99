// Flat rows as typed columns.
#include <charconv>
#include <cmath>
#include <limits>

#include "sim/io/hdf5_table.hpp"
#include "sim/report/result_columns.hpp"
#include "sim/report/sweep_export.hpp"

namespace kvfoot {
namespace {

constexpr double kAbsentReal = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kAbsentInteger = -1;

using Cells = std::vector<JsonValue>;

// The cell as a double that is exactly its value; none for text, true, false and large integers.
std::optional<double> exact_real(const JsonValue& cell) {
  if (const auto* real = cell.get_if<double>()) {
    return *real;
  }
  constexpr std::int64_t kLargestExact = std::int64_t{1} << 53;
  const auto* integer = cell.get_if<std::int64_t>();
  if (integer == nullptr || *integer > kLargestExact || *integer < -kLargestExact) {
    return std::nullopt;
  }
  return static_cast<double>(*integer);
}

// Absent cells do not say what a parameter is.
bool all_numbers(const Cells& cells) {
  bool any = false;
  for (const JsonValue& cell : cells) {
    if (!cell.is_null()) {
      any = true;
      if (!exact_real(cell)) {
        return false;
      }
    }
  }
  return any;
}

std::vector<double> reals(const Cells& cells) {
  std::vector<double> values;
  for (const JsonValue& cell : cells) {
    values.push_back(exact_real(cell).value_or(kAbsentReal));
  }
  return values;
}

std::vector<std::int64_t> integers(const Cells& cells) {
  std::vector<std::int64_t> values;
  for (const JsonValue& cell : cells) {
    const auto* value = cell.get_if<std::int64_t>();
    values.push_back(value == nullptr ? kAbsentInteger : *value);
  }
  return values;
}

std::vector<std::uint64_t> unsigned_integers(const Cells& cells) {
  std::vector<std::uint64_t> values;
  for (const JsonValue& cell : cells) {
    const std::string text = cell_text(cell);
    std::uint64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    KVFOOT_CHECK(code == std::errc{} && end == text.data() + text.size(), "'" + text + "'");
    values.push_back(value);
  }
  return values;
}

std::vector<std::string> texts(const Cells& cells) {
  std::vector<std::string> values;
  for (const JsonValue& cell : cells) {
    values.push_back(cell_text(cell));
  }
  return values;
}

Hdf5TableColumn typed(const ResultColumn& column, const Cells& cells) {
  Hdf5TableColumn out{column.name, texts({}), {}};
  CellKind kind = column.kind;
  if (kind == CellKind::kParameter) {
    kind = all_numbers(cells) ? CellKind::kReal : CellKind::kText;
  }
  switch (kind) {
    case CellKind::kInteger:
      out.values = integers(cells);
      out.attributes.emplace_back("absent", kAbsentInteger);
      break;
    case CellKind::kUnsigned:
      out.values = unsigned_integers(cells);
      break;
    case CellKind::kReal:
      out.values = reals(cells);
      out.attributes.emplace_back("absent", std::string("nan"));
      break;
    case CellKind::kText:
    case CellKind::kParameter:
      out.values = texts(cells);
      break;
  }
  if (!column.unit.empty()) {
    out.attributes.emplace_back("unit", std::string(column.unit));
  }
  return out;
}

}  // namespace

Result<std::string> sweep_to_hdf5(const SweepResult& sweep) {
  const ResultColumns columns = result_columns(sweep.results);
  std::vector<Cells> cells(columns.columns.size());
  for (const RunResult& result : sweep.results) {
    std::vector<JsonValue> row = result_row(result, columns);
    for (std::size_t i = 0; i < row.size(); ++i) {
      cells[i].push_back(std::move(row[i]));
    }
  }
  Hdf5Table table{"/runs",
                  {{"schema", std::string(kRunsSchema)},
                   {"program", sweep.provenance.program},
                   {"scenario_hash", sweep.provenance.scenario_hash}},
                  {}};
  for (std::size_t i = 0; i < cells.size(); ++i) {
    table.columns.push_back(typed(columns.columns[i], cells[i]));
    cells[i] = {};  // the largest part of the memory
  }
  return hdf5_table_bytes(table);
}

}  // namespace kvfoot
