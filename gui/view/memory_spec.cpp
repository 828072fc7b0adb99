// The classes of memory, stacked, one step per pass.
#include "gui/view/memory_spec.hpp"

#include <array>
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
      peak = {x.back(), total,
              plots::words(QT_TRANSLATE_NOOP("Plot", "peak %1"),
                           {plots::format_quantity(total, plots::Quantity::kBytes)})};
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
  return plots::PlotSpec{cache.title, cache.subtitle, std::move(areas)};
}

}  // namespace kvfoot::gui
