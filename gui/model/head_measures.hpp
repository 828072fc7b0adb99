// One number per layer and storage head of an outcome: what the grid of heads is coloured by.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "gui/model/outcome.hpp"

namespace kvfoot::gui {

enum class HeadMeasure : std::uint8_t {
  kKeptShare,     // resident entries at a row / rows so far
  kPeakEntries,   // most entries that any row finds resident
  kFootprint,     // sum over rows of resident entries / triangle(rows)
  kRetainedMass,  // mean over rows and query heads of the dense mass on resident keys
  kEntropy,       // attention entropy in bits, mean over rows and query heads; of the trace alone
};
[[nodiscard]] std::span<const HeadMeasure> head_measures();  // all of them

// Why an outcome does not have a measure.
enum class MeasureLack : std::uint8_t {
  kNone,
  kProfile,    // paper accounting knows no single streams
  kTrace,      // no attention to look at
  kFullTrace,  // the trace was recorded while a policy evicted
};
[[nodiscard]] MeasureLack lack_of(HeadMeasure measure, const Outcome& outcome);

// What a measure depends on besides the run.
[[nodiscard]] constexpr bool follows_row(HeadMeasure measure) {
  return measure == HeadMeasure::kKeptShare;
}

struct HeadGrid {
  HeadMeasure measure = HeadMeasure::kKeptShare;
  std::int64_t row = 0;  // where it was taken, if the measure follows the row
  std::int32_t layers = 0;
  std::int32_t heads = 0;     // storage heads of a layer
  std::vector<double> value;  // (layers, heads); NaN: unknown
  double low = 0;             // of the colour scale
  double high = 1;

  [[nodiscard]] double at(std::int32_t layer, std::int32_t head) const {
    return value[static_cast<std::size_t>(layer * heads + head)];
  }
};

// `measure` must not lack anything. kKeptShare costs a search per stream and kRetainedMass nothing;
// the others belong on a worker. `cancel` may be null. Errors: kInterrupted; an unreadable trace.
[[nodiscard]] Result<HeadGrid> head_grid(HeadMeasure measure, const Outcome& outcome,
                                         std::int64_t row,
                                         const std::atomic<bool>* cancel = nullptr);
[[nodiscard]] constexpr bool is_quick(HeadMeasure measure) {
  return measure == HeadMeasure::kKeptShare || measure == HeadMeasure::kRetainedMass;
}

}  // namespace kvfoot::gui
