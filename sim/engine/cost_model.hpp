// From work to integer nanoseconds on a device.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "sim/core/device.hpp"
#include "sim/core/shape.hpp"
#include "sim/graph/operators.hpp"

namespace kvfoot {

// ceil(1000 (first + i step) / rate) for i = 0, 1, ..., without a division per value.
class LinearTime {
 public:
  LinearTime(std::int64_t first, std::int64_t step, std::int64_t rate);
  [[nodiscard]] std::int64_t ns() const { return whole_; }
  void advance() {
    whole_ += step_whole_;
    rest_ += step_rest_;
    const bool carry = rest_ >= rate_;
    whole_ += carry ? 1 : 0;
    rest_ -= carry ? rate_ : 0;
  }

 private:
  std::int64_t whole_, rest_, step_whole_, step_rest_, rate_;
};

// The durations of an operator whose work grows by the same amount from pass to pass.
class LinearDuration {
 public:
  LinearDuration(LinearTime compute, LinearTime memory, std::int64_t launch_ns, bool overlaps)
      : compute_(compute), memory_(memory), launch_ns_(launch_ns), overlaps_(overlaps) {}
  [[nodiscard]] std::int64_t ns() const {
    const std::int64_t compute = compute_.ns();
    const std::int64_t memory = memory_.ns();
    return (!overlaps_ ? compute + memory : compute > memory ? compute : memory) + launch_ns_;
  }
  void advance() {
    compute_.advance();
    memory_.advance();
  }

 private:
  LinearTime compute_, memory_;
  std::int64_t launch_ns_;
  bool overlaps_;
};

// An operator takes as long as the slower of its arithmetic and its memory traffic, at the rates
// that kernels reach, plus one launch:
//
//   max(ceil(flops / rate), ceil(bytes / bandwidth)) + launch
//
// On a CPU the sum of both: a core that widens and packs what it reads does not multiply meanwhile.
// Rates are whole operations and bytes per microsecond, so that every duration is a function of
// integers. A copy takes bytes / copy_bandwidth + copy_latency.
class CostModel {
 public:
  // `dtype` of weights and activations decides the peak of matrix products and attention.
  CostModel(const DeviceModel& device, DType dtype);

  [[nodiscard]] std::int64_t duration_ns(RateClass rate, const Work& work) const {
    if (rate == RateClass::kCopy) {
      return time_of(work.bytes(), copy_rate_) + copy_latency_ns_;
    }
    const std::int64_t compute = time_of(work.flops, flop_rate_[static_cast<std::size_t>(rate)]);
    const std::int64_t memory = time_of(work.bytes(), byte_rate_);
    return (!overlaps_ ? compute + memory : compute > memory ? compute : memory) + launch_ns_;
  }

  // Starts at duration_ns(rate, first); `second` is the work one pass later. Not for copies.
  [[nodiscard]] LinearDuration durations(RateClass rate, const Work& first,
                                         const Work& second) const;

  // Whole FLOP and bytes per microsecond, at least 1.
  [[nodiscard]] std::int64_t flop_rate(RateClass rate) const {
    return flop_rate_[static_cast<std::size_t>(rate)];
  }
  [[nodiscard]] std::int64_t byte_rate() const { return byte_rate_; }

 private:
  // ceil(1000 amount / rate), in 64 bits where they are enough.
  static std::int64_t time_of(std::int64_t amount, std::int64_t rate) {
    constexpr std::int64_t kNsPerUs = 1000;
    constexpr std::int64_t kNarrow = (INT64_MAX - (std::int64_t{1} << 62)) / kNsPerUs;
    if (amount <= kNarrow && rate < (std::int64_t{1} << 62)) [[likely]] {
      return (amount * kNsPerUs + rate - 1) / rate;
    }
    return wide_time_of(amount, rate);
  }
  static std::int64_t wide_time_of(std::int64_t amount, std::int64_t rate);

  std::array<std::int64_t, 4> flop_rate_{};
  std::int64_t byte_rate_ = 1;
  std::int64_t copy_rate_ = 1;
  std::int64_t launch_ns_ = 0;
  bool overlaps_ = true;  // memory traffic and arithmetic
  std::int64_t copy_latency_ns_ = 0;
};

}  // namespace kvfoot
