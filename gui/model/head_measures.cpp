// From outcomes to grids; the sums themselves are sim's.
#include "gui/model/head_measures.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "sim/core/check.hpp"
#include "sim/engine/stream_totals.hpp"
#include "sim/trace/entropy.hpp"

namespace kvfoot::gui {
namespace {

constexpr std::array kMeasures{HeadMeasure::kKeptShare, HeadMeasure::kFootprint,
                               HeadMeasure::kPeakEntries, HeadMeasure::kRetainedMass,
                               HeadMeasure::kEntropy};

void fill_kept(const ResidenceProfile& profile, std::int64_t row, HeadGrid& grid) {
  for (const std::int64_t entries : resident_at(profile, row)) {
    grid.value.push_back(static_cast<double>(entries) / static_cast<double>(row + 1));
  }
}

void fill_totals(const ResidenceProfile& profile, HeadGrid& grid) {
  const auto most = static_cast<double>(triangle(profile.run().rows()));
  for (const StreamTotals& totals : stream_totals(profile)) {
    grid.value.push_back(grid.measure == HeadMeasure::kFootprint
                             ? static_cast<double>(totals.entry_rows) / most
                             : static_cast<double>(totals.peak_entries));
  }
}

// The trace knows query heads; those that share a stream are averaged.
Status fill_entropy(const TraceReader& trace, const std::atomic<bool>* cancel, HeadGrid& grid) {
  constexpr std::int64_t kMostRows = 256;
  KVFOOT_ASSIGN(const AttentionEntropy entropy, attention_entropy(trace, kMostRows, cancel));
  const auto streams = static_cast<std::size_t>(grid.layers) * static_cast<std::size_t>(grid.heads);
  const std::size_t group = entropy.bits.size() / streams;
  for (std::size_t s = 0; s < streams; ++s) {
    double sum = 0;
    for (std::size_t q = s * group; q < (s + 1) * group; ++q) {
      sum += entropy.bits[q];
    }
    grid.value.push_back(sum / static_cast<double>(group));
  }
  return {};
}

// Shares span everything, retained mass what it covers up to one (it lies close to it), amounts
// start at nothing.
void set_range(HeadGrid& grid) {
  double low = std::numeric_limits<double>::infinity();
  double high = 0;
  for (const double value : grid.value) {
    if (!std::isnan(value)) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  switch (grid.measure) {
    case HeadMeasure::kKeptShare:
    case HeadMeasure::kFootprint:
      break;
    case HeadMeasure::kRetainedMass:
      grid.low = low < 1 ? std::floor(low * 20) / 20 : 0;  // at a multiple of 5 %
      break;
    case HeadMeasure::kPeakEntries:
    case HeadMeasure::kEntropy:
      grid.high = high > 0 ? high : 1;
      break;
  }
}

}  // namespace

std::span<const HeadMeasure> head_measures() { return kMeasures; }

MeasureLack lack_of(HeadMeasure measure, const Outcome& outcome) {
  if (!outcome.replay.profile) {
    return MeasureLack::kProfile;
  }
  switch (measure) {
    case HeadMeasure::kKeptShare:
    case HeadMeasure::kPeakEntries:
    case HeadMeasure::kFootprint:
      return MeasureLack::kNone;
    case HeadMeasure::kRetainedMass:
      return outcome.trace == nullptr             ? MeasureLack::kTrace
             : outcome.replay.stream_mass.empty() ? MeasureLack::kFullTrace
                                                  : MeasureLack::kNone;
    case HeadMeasure::kEntropy:
      return outcome.trace == nullptr ? MeasureLack::kTrace : MeasureLack::kNone;
  }
  return MeasureLack::kNone;
}

Result<HeadGrid> head_grid(HeadMeasure measure, const Outcome& outcome, std::int64_t row,
                           const std::atomic<bool>* cancel) {
  KVFOOT_CHECK(lack_of(measure, outcome) == MeasureLack::kNone, "the outcome lacks the measure");
  const ResidenceProfile& profile = *outcome.replay.profile;
  HeadGrid grid;
  grid.measure = measure;
  grid.row = row;
  grid.layers = outcome.layers();
  grid.heads = outcome.heads();
  switch (measure) {
    case HeadMeasure::kKeptShare:
      fill_kept(profile, row, grid);
      break;
    case HeadMeasure::kPeakEntries:
    case HeadMeasure::kFootprint:
      fill_totals(profile, grid);
      break;
    case HeadMeasure::kRetainedMass:
      grid.value = outcome.replay.stream_mass;
      break;
    case HeadMeasure::kEntropy:
      KVFOOT_TRY(fill_entropy(*outcome.trace, cancel, grid));
      break;
  }
  set_range(grid);
  return grid;
}

}  // namespace kvfoot::gui
