// Seeded random weights made in place.
#pragma once

#include <cstdint>

#include "executor/cuda/runtime/handles.hpp"
#include "sim/core/shape.hpp"

namespace kvfoot::cuda {

// out[i] is element first + i of RandomElements{key, offset, scale} (executor/model/tensor.hpp),
// the same bits as there.
struct RandomFill {
  void* out = nullptr;  // (count) of `type`
  DType type = DType::kF32;
  std::uint64_t key = 0;
  std::uint64_t first = 0;
  std::int64_t count = 0;
  float offset = 0, scale = 0;
};
void launch_random_fill(const RandomFill& args, Stream stream);

}  // namespace kvfoot::cuda
