// What an axis says: label, numbers, scale, range. Plain structs, part of PlotSpec.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kvfoot::plots {

// How the numbers of an axis are written and where its ticks lie.
enum class Quantity : std::uint8_t {
  kPlain,        // 1-2-5 ticks
  kIndex,        // the same, whole numbers only: layers, heads
  kTokens,       // rows, positions, chunk sizes, budgets: 32K is 32768
  kCount,        // entries: 20M is 20e6
  kBytes,        // GiB and its relatives
  kPercent,      // the data are shares, 1 is written 100
  kByteSeconds,  // GiB·s
  kSeconds,
};

enum class Scale : std::uint8_t { kLinear, kLog2, kLog10 };

struct Range {
  double low = 0;
  double high = 1;
  friend bool operator==(const Range&, const Range&) = default;
};

struct AxisTick {
  double value = 0;
  std::string label;
};

struct Axis {
  std::string label;  // without the unit, which follows from `quantity` and the range
  Quantity quantity = Quantity::kPlain;
  Scale scale = Scale::kLinear;
  std::optional<Range> range{};   // fitted to the data when absent; a zoomed view sets it
  std::vector<AxisTick> ticks{};  // fixed ticks instead of chosen ones, e.g. {131072, "all"}
  // The value whose unit ticks, marks and readouts of this picture share ("GiB" for 3e9); 0: the
  // largest value drawn.
  double unit_of = 0;
};

// A point worth naming, e.g. {98304, 1.4e10, "peak 13.2 GiB"}.
struct Mark {
  double x = 0;
  double y = 0;
  std::string label;
  bool alarm = false;  // beyond what there is
};

}  // namespace kvfoot::plots
