// Retained mass over rows, layers and query heads.
#include "sim/trace/mass_statistics.hpp"

#include <algorithm>
#include <limits>

namespace kvfoot {
namespace {

double clamped(double mass) { return mass > 0 ? std::min(mass, 1.0) : 0.0; }  // no number is none

}  // namespace

void MassStatistics::add(double mass, std::int64_t rows, bool decode) {
  const double share = clamped(mass);
  const double weight = static_cast<double>(rows);
  sum_ += share * weight;
  rows_ += rows;
  if (decode) {
    decode_sum_ += share * weight;
    decode_rows_ += rows;
  }
  bins_[static_cast<std::size_t>(share * static_cast<double>(kBins))] += rows;
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

void StreamMassMeans::add(std::size_t stream, double mass, std::int64_t rows) {
  Sum& sum = sums_[stream];
  sum.mass += clamped(mass) * static_cast<double>(rows);
  sum.rows += rows;
}

std::vector<double> StreamMassMeans::result() const {
  std::vector<double> means;
  means.reserve(sums_.size());
  for (const Sum& sum : sums_) {
    means.push_back(sum.rows > 0 ? sum.mass / static_cast<double>(sum.rows)
                                 : std::numeric_limits<double>::quiet_NaN());
  }
  return means;
}

}  // namespace kvfoot
