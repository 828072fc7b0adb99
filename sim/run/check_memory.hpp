// Level 0m, class by class: the peaks that the simulator predicts from nothing but a shape, against
// what the executor's allocator counted.
#pragma once

#include <cstdint>
#include <string>

#include "sim/core/cpu_execution.hpp"
#include "sim/core/memory_classes.hpp"
#include "sim/core/result.hpp"
#include "sim/core/schedule.hpp"
#include "sim/core/shape.hpp"
#include "sim/run/replay.hpp"

namespace kvfoot {

// KV must be equal; the other classes and the peak of the sum may be off by as much.
constexpr double kMemoryTolerance = 0.02;

struct MemoryPeaks {
  MemoryBytes by_class;    // every class at its own largest
  std::int64_t total = 0;  // the largest sum
  friend bool operator==(const MemoryPeaks&, const MemoryPeaks&) = default;
};

struct MemoryCheck {
  MemoryPeaks predicted, measured;
  // How the CPU holds a pass is predicted, how other devices do is not: of them only the weights
  // and KV are compared.
  bool whole_pass = true;

  [[nodiscard]] bool compares(MemoryClass memory) const;
  // |predicted - measured| / measured, the largest of what is compared.
  [[nodiscard]] double error() const;
  [[nodiscard]] bool passes() const;
  // "activation: predicted 12 bytes, counted 13; sum: ...", or empty.
  // Classes within the tolerance are left out.
  [[nodiscard]] std::string difference() const;
};

// A run of the CPU executor, as its session was asked for.
struct ExecutedRun {
  ModelShape shape;
  std::string policy;  // canonical spec
  RunLengths run;
  DType weight_dtype = DType::kF32;
  DType kv_dtype = DType::kF32;
  std::int64_t block = 16;
  std::uint64_t seed = 0;
  CpuExecution cpu;
};
// The same run without weights, timed on a CPU of assumed rates; keeps its profile.
[[nodiscard]] Result<ReplayRequest> replay_of(const ExecutedRun& executed);
// Errors: a policy whose counts depend on attention, and what replay() refuses.
[[nodiscard]] Result<MemoryPeaks> predict_memory(const ExecutedRun& executed);

}  // namespace kvfoot
