// Greedy placement of notes.
#include "gui/plots/label_placer.hpp"

#include <algorithm>
#include <cmath>

#include "sim/core/check.hpp"

namespace kvfoot::plots {
namespace {

constexpr double kSampleSpacing = 5;         // pixels along a line
constexpr std::size_t kMostSamples = 20000;  // notes are few, but lines may be long

}  // namespace

void LabelPlacer::avoid(const QPolygonF& line) {
  for (qsizetype i = 0; i < line.size() && data_.size() < kMostSamples; ++i) {
    data_.push_back(line[i]);
    if (i + 1 == line.size()) {
      break;
    }
    const QPointF step = line[i + 1] - line[i];
    const double samples = std::min(200.0, std::hypot(step.x(), step.y()) / kSampleSpacing);
    for (double k = 1; k < samples; ++k) {
      data_.push_back(line[i] + step * (k / samples));
    }
  }
}

double LabelPlacer::cost(const QRectF& candidate) const {
  double cost = area_.contains(candidate) ? 0 : 500;
  for (const QRectF& other : taken_) {
    cost += candidate.intersects(other) ? 1000 : 0;
  }
  for (const QPointF& point : data_) {
    cost += candidate.contains(point) ? 1 : 0;
  }
  return cost;
}

QRectF LabelPlacer::place(std::span<const QRectF> candidates) {
  KVFOOT_CHECK(!candidates.empty());
  const auto best = std::ranges::min_element(
      candidates, {}, [&](const QRectF& candidate) { return cost(candidate); });
  taken_.push_back(*best);
  return *best;
}

}  // namespace kvfoot::plots
