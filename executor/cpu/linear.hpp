// Linear layers on all threads: y = x W^T, cut into fixed tiles.
#pragma once

#include <cstdint>
#include <span>

#include "executor/cpu/floats.hpp"
#include "executor/cpu/kernels.hpp"
#include "executor/cpu/thread_pool.hpp"
#include "executor/model/tensor.hpp"

namespace kvfoot::cpu {

[[nodiscard]] Scalar scalar_of(WeightType type);

class Linear {
 public:
  Linear(const Kernels& kernels, ThreadPool& pool, BufferPool& buffers);

  struct Output {
    const TensorView* weight;  // (n, k)
    float* y;                  // (m, n)
  };
  // Several matrices over the same x (m, k), in one parallel loop. An element of y depends on one
  // row of x and one row of W only, whatever m is.
  void operator()(const float* x, std::int64_t m, std::int64_t k, std::span<const Output> outputs);

 private:
  const Kernels& kernels_;
  ThreadPool& pool_;
  Buffer<float> panels_;  // (threads, kPanelRows, kPanelStride)
};

}  // namespace kvfoot::cpu
