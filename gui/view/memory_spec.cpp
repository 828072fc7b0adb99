// The classes of memory, stacked, one step per pass.
#include "gui/view/memory_spec.hpp"

#include <array>
#include <filesystem>
#include <utility>

#include "gui/plots/numbers.hpp"
#include "gui/plots/words.hpp"
#include "gui/view/timeline_spec.hpp"

namespace kvfoot::gui {
namespace {

std::string memory_name(MemoryClass memory) {
  switch (memory) {
    case MemoryClass::kWeights:
      return plots::words(QT_TRANSLATE_NOOP("Plot", "weights"));
    case MemoryClass::kKv:
      return plots::words(QT_TRANSLATE_NOOP("Plot", "KV cache"));
    case MemoryClass::kActivation:
      return plots::words(QT_TRANSLATE_NOOP("Plot", "activations"));
    case MemoryClass::kWorkspace:
      return plots::words(QT_TRANSLATE_NOOP("Plot", "workspace"));
    case MemoryClass::kLogits:
      break;
  }
  return plots::words(QT_TRANSLATE_NOOP("Plot", "logits"));
}

// The line of what the device has, unless it would leave the areas too low to be read; and the
// share of it that the peak takes.
std::string mark_capacity(const Outcome& outcome, plots::StackedAreas& areas) {
  constexpr double kReadable = 0.4;  // of the height, at least, is left to the areas
  const auto& peak = outcome.result.metrics.peak_total_bytes;
  if (outcome.capacity <= 0 || !peak) {
    return {};
  }
  const bool exceeds = outcome.exceeds_memory() != nullptr;
  const auto capacity = static_cast<double>(outcome.capacity);
  const double share = static_cast<double>(*peak) / capacity;
  const std::string device =
      std::filesystem::path(outcome.result.inputs.device_model).filename().string();
  if (share >= kReadable) {
    areas.references.push_back({capacity, {}, exceeds});
    areas.references.back().label = plots::words(
        QT_TRANSLATE_NOOP("Plot", "capacity %1"),
        {plots::format_quantity(capacity, plots::Quantity::kBytes, plots::unit_value(areas))});
  }
  const double unit = share >= kReadable ? plots::unit_value(areas) : capacity;
  return plots::words(exceeds ? QT_TRANSLATE_NOOP("Plot", "%1: capacity %2, exceeded: %3 needed")
                              : QT_TRANSLATE_NOOP("Plot", "%1: capacity %2, %3 used"),
                      {device, plots::format_quantity(capacity, plots::Quantity::kBytes, unit),
                       plots::format_quantity(share, plots::Quantity::kPercent)});
}

}  // namespace

Result<plots::PlotSpec> memory_spec(const Outcome& outcome, const plots::PlotSpec& cache,
                                    bool seconds) {
  constexpr std::array<plots::Role, kMemoryClasses> kRoles{
      plots::Role::kOther4, plots::Role::kLive, plots::Role::kInactive, plots::Role::kOther1,
      plots::Role::kOther2};
  std::vector<double> x;
  std::vector<std::vector<float>> layers(kMemoryClasses);
  plots::Mark peak;
  const auto place = [&](std::int64_t row, bool begin) {
    return !seconds            ? static_cast<double>(row)
           : begin && row == 0 ? 0.0
                               : time_of_row(outcome, begin ? row - 1 : row);
  };
  for (const PassPeak& pass : outcome.memory) {
    for (const bool begin : {true, false}) {
      x.push_back(place(begin ? pass.begin : pass.end - 1, begin));
      for (std::size_t k = 0; k < kMemoryClasses; ++k) {
        layers[k].push_back(static_cast<float>(pass.peak.of[k]));
      }
    }
    if (const auto total = static_cast<double>(pass.peak.total()); total > peak.y) {
      peak = {x.back(), total, {}};
    }
  }
  plots::StackedAreas areas = std::get<plots::StackedAreas>(cache.content);
  KVFOOT_ASSIGN(plots::StackedSeries series,
                plots::StackedSeries::make(std::move(x), std::move(layers)));
  areas.series = std::make_shared<const plots::StackedSeries>(std::move(series));
  areas.layers.clear();
  for (const MemoryClass memory : kAllMemoryClasses) {
    areas.layers.push_back({memory_name(memory), kRoles[static_cast<std::size_t>(memory)]});
  }
  areas.y = {plots::words(QT_TRANSLATE_NOOP("Plot", "Memory at the fullest moment of each pass")),
             plots::Quantity::kBytes};
  areas.peak = peak;
  const std::string used = mark_capacity(outcome, areas);
  const bool exceeds = outcome.exceeds_memory() != nullptr;
  areas.peak->label = plots::words(
      exceeds ? QT_TRANSLATE_NOOP("Plot", "peak %1, exceeds the capacity")
              : QT_TRANSLATE_NOOP("Plot", "peak %1"),
      {plots::format_quantity(peak.y, plots::Quantity::kBytes, plots::unit_value(areas))});
  areas.peak->alarm = exceeds;
  return plots::PlotSpec{
      cache.title, cache.subtitle + (cache.subtitle.empty() || used.empty() ? "" : " · ") + used,
      std::move(areas)};
}

}  // namespace kvfoot::gui
