// Mean and percentile of retained mass, in a fixed order and with integer counts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/trace/source.hpp"

namespace kvfoot {

class MassStatistics {
 public:
  // `rows` rows whose mean retained mass is `mass`.
  void add(double mass, std::int64_t rows, bool decode);
  [[nodiscard]] std::optional<RetainedMass> result() const;  // nothing without rows

 private:
  static constexpr std::int64_t kBins = 4096;
  std::array<std::int64_t, kBins + 1> bins_{};
  double sum_ = 0;
  double decode_sum_ = 0;
  std::int64_t rows_ = 0;
  std::int64_t decode_rows_ = 0;
};

// The same mean stream by stream; over streams their mean is RetainedMass::mean.
class StreamMassMeans {
 public:
  explicit StreamMassMeans(std::size_t streams = 0) : sums_(streams) {}
  void add(std::size_t stream, double mass, std::int64_t rows);
  [[nodiscard]] std::vector<double> result() const;  // [streams]; NaN for one without rows

 private:
  struct Sum {
    double mass = 0;
    std::int64_t rows = 0;
  };
  std::vector<Sum> sums_;
};

}  // namespace kvfoot
