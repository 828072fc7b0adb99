// Piecewise-linear interpolation of score against footprint.
#include "sim/report/critical.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <vector>

namespace kvfoot {

Result<CriticalFootprint> critical_footprint(std::span<const ScorePoint> points, double full_score,
                                             double share) {
  if (points.empty()) {
    return Error{"critical footprint", "there are no scores", "run at least one schedule"};
  }
  if (!std::isfinite(full_score) || full_score <= 0) {
    return Error{"critical footprint", "the score of full attention is not positive",
                 "a share of it says nothing; choose a task that the model can do"};
  }
  std::vector<ScorePoint> sorted(points.begin(), points.end());
  for (const ScorePoint& point : sorted) {
    if (!std::isfinite(point.footprint) || !std::isfinite(point.score)) {
      return Error{"critical footprint", "a footprint or score is not a number"};
    }
  }
  std::sort(sorted.begin(), sorted.end(), [](const ScorePoint& a, const ScorePoint& b) {
    return a.footprint != b.footprint ? a.footprint < b.footprint : a.score < b.score;
  });

  const double threshold = share * full_score;
  if (sorted.front().score >= threshold) {
    return CriticalFootprint{sorted.front().footprint, Censoring::kBelow};
  }
  for (std::size_t k = 0; k + 1 < sorted.size(); ++k) {
    const ScorePoint& low = sorted[k];
    const ScorePoint& high = sorted[k + 1];
    if (low.score < threshold && threshold <= high.score) {
      return CriticalFootprint{low.footprint + (threshold - low.score) *
                                                   (high.footprint - low.footprint) /
                                                   (high.score - low.score),
                               Censoring::kNone};
    }
  }
  return CriticalFootprint{sorted.back().footprint, Censoring::kAbove};
}

std::string to_string(const CriticalFootprint& critical, int digits) {
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.*f", digits, critical.footprint);
  std::string text = buffer.data();
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') {
      text.pop_back();
    }
  }
  switch (critical.censoring) {
    case Censoring::kBelow:
      return "<" + text;
    case Censoring::kAbove:
      return ">" + text;
    case Censoring::kNone:
      break;
  }
  return text;
}

}  // namespace kvfoot
