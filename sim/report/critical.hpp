// The critical KV footprint: how small a footprint may get before the score falls below a share of
// full attention's.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "sim/core/result.hpp"

namespace kvfoot {

struct ScorePoint {
  double footprint = 0;
  double score = 0;
};

constexpr double kCriticalShare = 0.9;  // of the score of full attention

// kBelow: every point is good enough, the true value is smaller. kAbove: none is.
enum class Censoring : std::uint8_t { kNone, kBelow, kAbove };

struct CriticalFootprint {
  double footprint = 0;  // with censoring, the smallest or largest footprint that was tried
  Censoring censoring = Censoring::kNone;
  friend bool operator==(const CriticalFootprint&, const CriticalFootprint&) = default;
};

// Source: arXiv 2506.17121, §2.1 and Table 2; no published script does this step, the rule was
// checked against the plotted curves. Points are sorted by footprint; scanning from the small end,
// the first pair of neighbours that brackets share * full_score is interpolated linearly. A dip
// below the threshold at a larger footprint is ignored.
//
// Errors: no points, numbers that are not finite, a full score that is not positive.
[[nodiscard]] Result<CriticalFootprint> critical_footprint(std::span<const ScorePoint> points,
                                                           double full_score,
                                                           double share = kCriticalShare);

// "52.857", "<30" or ">90" with `digits` decimals at most, trailing zeros dropped.
[[nodiscard]] std::string to_string(const CriticalFootprint& critical, int digits = 3);

}  // namespace kvfoot
