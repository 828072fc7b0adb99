// Integer rates of a device.
#include "sim/engine/cost_model.hpp"

#include <algorithm>
#include <cmath>

namespace kvfoot {
namespace {

__extension__ using Wide = unsigned __int128;
constexpr Wide kNsPerUs = 1000;

std::int64_t per_microsecond(double per_second) {
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::floor(per_second / 1e6)));
}

}  // namespace

CostModel::CostModel(const DeviceModel& device, DType dtype)
    : byte_rate_(per_microsecond(device.memory_bandwidth * device.memory_achieved)),
      copy_rate_(per_microsecond(device.copy_bandwidth)),
      launch_ns_(device.launch_ns),
      overlaps_(!device.cpu),
      copy_latency_ns_(device.copy_latency_ns) {
  const auto set = [&](RateClass rate, double per_second) {
    flop_rate_[static_cast<std::size_t>(rate)] = per_microsecond(per_second);
  };
  set(RateClass::kMatmul, device.matmul(dtype) * device.matmul_achieved);
  set(RateClass::kAttention, device.matmul(dtype) * device.attention_achieved);
  set(RateClass::kVector, device.matmul_f32 * device.matmul_achieved);
  set(RateClass::kCopy, device.matmul_f32);
}

std::int64_t CostModel::wide_time_of(std::int64_t amount, std::int64_t rate) {
  const Wide up = static_cast<Wide>(rate) - 1;
  return static_cast<std::int64_t>((static_cast<Wide>(amount) * kNsPerUs + up) /
                                   static_cast<Wide>(rate));
}

LinearTime::LinearTime(std::int64_t first, std::int64_t step, std::int64_t rate) : rate_(rate) {
  const Wide by = static_cast<Wide>(rate);
  const Wide start = static_cast<Wide>(first) * kNsPerUs + by - 1;
  const Wide more = static_cast<Wide>(step) * kNsPerUs;
  whole_ = static_cast<std::int64_t>(start / by);
  rest_ = static_cast<std::int64_t>(start % by);
  step_whole_ = static_cast<std::int64_t>(more / by);
  step_rest_ = static_cast<std::int64_t>(more % by);
}

LinearDuration CostModel::durations(RateClass rate, const Work& first, const Work& second) const {
  return {LinearTime(first.flops, second.flops - first.flops, flop_rate(rate)),
          LinearTime(first.bytes(), second.bytes() - first.bytes(), byte_rate_), launch_ns_,
          overlaps_};
}

}  // namespace kvfoot
