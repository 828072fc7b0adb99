// Retained mass over rows, layers and query heads.
#include "sim/trace/mass_statistics.hpp"

#include <algorithm>

namespace kvfoot {

void MassStatistics::add(double mass, std::int64_t rows, bool decode) {
  const double clamped = mass > 0 ? std::min(mass, 1.0) : 0.0;  // no number is no mass
  const double weight = static_cast<double>(rows);
  sum_ += clamped * weight;
  rows_ += rows;
  if (decode) {
    decode_sum_ += clamped * weight;
    decode_rows_ += rows;
  }
  bins_[static_cast<std::size_t>(clamped * static_cast<double>(kBins))] += rows;
}

std::optional<RetainedMass> MassStatistics::result() const {
  if (rows_ == 0) {
    return std::nullopt;
  }
  RetainedMass mass;
  mass.mean = sum_ / static_cast<double>(rows_);
  if (decode_rows_ > 0) {
    mass.decode_mean = decode_sum_ / static_cast<double>(decode_rows_);
  }
  // Smallest bin below or at which at least 5 % of the rows lie.
  std::int64_t seen = 0;
  std::size_t bin = 0;
  for (; bin < bins_.size(); ++bin) {
    seen += bins_[bin];
    if (20 * seen >= rows_) {
      break;
    }
  }
  mass.p5 = static_cast<double>(bin) / static_cast<double>(kBins);
  return mass;
}

}  // namespace kvfoot
