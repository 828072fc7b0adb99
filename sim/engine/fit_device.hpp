// From measured passes to a device description: the rates at which the cost model explains the
// times best.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/device.hpp"
#include "sim/core/result.hpp"
#include "sim/graph/operators.hpp"

namespace kvfoot {

// `count` operators of a pass that do the same work.
struct RepeatedWork {
  RateClass rate = RateClass::kVector;
  Work work;
  std::int64_t count = 1;
};

// One pass and how long it took. Copies are left out: on a CPU there are none.
struct MeasuredPass {
  std::vector<RepeatedWork> work;
  double seconds = 0;
  double weight = 1;  // in the fit
};

// What is fitted, in this order.
enum class DeviceNumber : std::uint8_t { kMemory, kMatmul, kAttention, kLaunch };
constexpr std::size_t kDeviceNumbers = 4;
[[nodiscard]] std::string_view to_string(DeviceNumber number);  // "memory bandwidth"

struct DeviceFit {
  DeviceModel device;
  // Whether the passes say anything about a number; one that they do not keeps its default.
  std::array<bool, kDeviceNumbers> determined{};
  // Whether any pass owes it more than a hundredth of its time. What is determined and not felt is
  // so fast that the passes only say: at least this.
  std::array<bool, kDeviceNumbers> felt{};
};

// Least squares of log(predicted / measured), so that short and long passes count alike, over four
// positive numbers: bytes per second, FLOP/s of products, the ratio of attention's FLOP/s to that,
// and the time of a launch (Levenberg-Marquardt from several starting points). A number is kept
// as in `start` when the others explain the passes as well without it: when no pass depends on it,
// or when it cannot be told from them, as with passes that are all of one size. Arithmetic in f32
// keeps its ratio to that in `dtype`.
//
// The device has achieved shares of 1 but for the slower of products and attention, and `source`
// for each number that was determined. Errors: no passes, a pass without work or time.
[[nodiscard]] Result<DeviceFit> fit_device(std::span<const MeasuredPass> passes,
                                           const DeviceModel& start, DType dtype,
                                           const std::string& source);

// As the clock takes it: integer nanoseconds, operator by operator.
[[nodiscard]] double predicted_seconds(const DeviceModel& device, DType dtype,
                                       const MeasuredPass& pass);

// |predicted - measured| / measured over some passes.
struct TimeError {
  std::int64_t passes = 0;
  double median = 0;
  double p95 = 0;
};
[[nodiscard]] TimeError time_error(const DeviceModel& device, DType dtype,
                                   std::span<const MeasuredPass> passes);

}  // namespace kvfoot
