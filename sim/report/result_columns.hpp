// The columns of flat result rows: the one list behind CSV, JSON lines and HDF5 (docs/results.md).
// Internal to sim/report.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/io/json.hpp"
#include "sim/report/run_result.hpp"

namespace kvfoot {

// What every cell of a column is. Files with typed columns need to know it even without rows.
enum class CellKind : std::uint8_t {
  kText,
  kInteger,   // never negative
  kUnsigned,  // 64 bits without sign; beyond 63 bits the cell is its text
  kReal,
  kParameter,  // of a policy: a number, true, false or text, as it was given
};

struct ResultColumn {
  std::string name;
  CellKind kind = CellKind::kText;
  std::string_view unit;  // of metrics: "bytes", "s", ...; empty otherwise
};

struct ResultColumns {
  std::vector<ResultColumn> columns;
  std::size_t inputs = 0;           // columns before those of parameters
  std::vector<std::string> params;  // ascending; their columns stand together
};

[[nodiscard]] ResultColumns result_columns(std::span<const RunResult> results);

// A cell for each column; null: the run cannot know.
[[nodiscard]] std::vector<JsonValue> result_row(const RunResult& result,
                                                const ResultColumns& columns);

// A cell as CSV writes it: numbers in full precision, null is empty.
[[nodiscard]] std::string cell_text(const JsonValue& cell);

}  // namespace kvfoot
