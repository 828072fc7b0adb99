// Description of a device: what the simulator times passes with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/core/cpu_execution.hpp"
#include "sim/core/result.hpp"
#include "sim/core/shape.hpp"

namespace kvfoot {

// Which rows of a pass get logits: the one that a token is sampled from, or all of them.
enum class LogitsRows : std::uint8_t { kLast, kAll };
[[nodiscard]] inline std::string_view to_string(LogitsRows rows) {
  return rows == LogitsRows::kLast ? "last" : "all";
}

// Peak rates are those of dense arithmetic; achieved shares turn them into what kernels reach.
struct DeviceModel {
  std::string name;
  std::string title;
  std::int64_t memory = 0;      // bytes that programs can use
  double memory_bandwidth = 0;  // bytes per second, peak
  double memory_achieved = 1;   // share of it that streaming kernels reach
  double matmul_f32 = 0;        // FLOP per second, peak
  double matmul_f16 = 0;
  double matmul_bf16 = 0;
  double matmul_achieved = 1;     // share that large matrix products reach
  double attention_achieved = 1;  // share that attention reaches
  std::int64_t launch_ns = 0;     // from the end of one operator to the start of the next
  double copy_bandwidth = 0;      // bytes per second between host and device, as reached
  std::int64_t copy_latency_ns = 0;
  // Present: what computes is the CPU executor (sim/core/cpu_execution.hpp), else fused kernels.
  std::optional<CpuExecution> cpu;
  // Where each number comes from, by the name that it has in a file.
  std::vector<std::pair<std::string, std::string>> sources;

  [[nodiscard]] double matmul(DType dtype) const {
    return dtype == DType::kF32 ? matmul_f32 : dtype == DType::kF16 ? matmul_f16 : matmul_bf16;
  }
  friend bool operator==(const DeviceModel&, const DeviceModel&) = default;
};

}  // namespace kvfoot
