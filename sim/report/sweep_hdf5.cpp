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

double real_of(const JsonValue& cell) { return exact_real(cell).value_or(kAbsentReal); }

std::int64_t integer_of(const JsonValue& cell) {
  const auto* value = cell.get_if<std::int64_t>();
  return value == nullptr ? kAbsentInteger : *value;
}

std::uint64_t unsigned_of(const JsonValue& cell) {
  const std::string text = cell_text(cell);
  std::uint64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  KVFOOT_CHECK(code == std::errc{} && end == text.data() + text.size(), "'" + text + "'");
  return value;
}

// A column as it grows. Numbers are stored as such at once: cells take ten times their memory.
struct Growing {
  CellKind kind;
  Hdf5TableColumn column;
  Cells parameters;  // whose type only the last of them decides

  explicit Growing(const ResultColumn& from) : kind(from.kind), column{from.name, {}, {}} {
    switch (kind) {
      case CellKind::kInteger:
        column.attributes.emplace_back("absent", kAbsentInteger);
        break;
      case CellKind::kReal:
        become_reals();
        break;
      case CellKind::kUnsigned:
        column.values = std::vector<std::uint64_t>();
        break;
      case CellKind::kText:
      case CellKind::kParameter:
        column.values = std::vector<std::string>();
        break;
    }
    if (!from.unit.empty()) {
      column.attributes.emplace_back("unit", std::string(from.unit));
    }
  }

  void become_reals() {
    column.values = std::vector<double>();
    column.attributes.emplace_back("absent", std::string("nan"));
  }

  void add(JsonValue cell) {
    if (kind == CellKind::kParameter) {
      parameters.push_back(std::move(cell));
    } else {
      store(cell);
    }
  }

  void store(const JsonValue& cell) {
    if (auto* integers = std::get_if<std::vector<std::int64_t>>(&column.values)) {
      integers->push_back(integer_of(cell));
    } else if (auto* reals = std::get_if<std::vector<double>>(&column.values)) {
      reals->push_back(real_of(cell));
    } else if (auto* naturals = std::get_if<std::vector<std::uint64_t>>(&column.values)) {
      naturals->push_back(unsigned_of(cell));
    } else {
      std::get<std::vector<std::string>>(column.values).push_back(cell_text(cell));
    }
  }

  Hdf5TableColumn finish() {
    if (all_numbers(parameters)) {
      become_reals();
    }
    for (const JsonValue& cell : parameters) {
      store(cell);
    }
    parameters = {};
    return std::move(column);
  }
};

}  // namespace

Result<std::string> sweep_to_hdf5(const SweepResult& sweep) {
  const ResultColumns columns = result_columns(sweep.results);
  std::vector<Growing> growing(columns.columns.begin(), columns.columns.end());
  for (const RunResult& result : sweep.results) {
    std::vector<JsonValue> row = result_row(result, columns);
    for (std::size_t i = 0; i < row.size(); ++i) {
      growing[i].add(std::move(row[i]));
    }
  }
  Hdf5Table table{"/runs",
                  {{"schema", std::string(kRunsSchema)},
                   {"program", sweep.provenance.program},
                   {"scenario_hash", sweep.provenance.scenario_hash}},
                  {}};
  for (Growing& column : growing) {
    table.columns.push_back(column.finish());
  }
  growing.clear();
  return hdf5_table_bytes(table);
}

}  // namespace kvfoot
