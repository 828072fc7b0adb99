// Products of one row with a matrix, for decode: bound by the bytes of the matrix, so norm, SwiGLU
// and the residual addition ride along. Sums are fp32 in a fixed order that depends on k alone.
#pragma once

#include <cstdint>

#include "executor/cuda/runtime/handles.hpp"
#include "sim/core/shape.hpp"

namespace kvfoot::cuda {

struct Gemv {
  enum class Finish : std::uint8_t {
    kStore,   // y[j] = product, of y_type
    kAdd,     // y[j] += product, fp32
    kSwiglu,  // y[j] = silu(product j) * product (n / 2 + j), j < n / 2, of y_type
  };
  DType type = DType::kF32;  // of W, and of x where x is not fp32
  const void* w = nullptr;   // (n, k) contiguous
  std::int64_t n = 0, k = 0;
  const void* x = nullptr;  // (k) of `type` or fp32
  DType x_type = DType::kF32;
  // Not null: x is fp32 and goes through RMSNorm first (weight (k)), rounded to `type` as the row
  // kernels do.
  const float* norm = nullptr;
  float epsilon = 0;
  Finish finish = Finish::kStore;
  void* y = nullptr;  // apart from x and W
  DType y_type = DType::kF32;
  // Of the device; they shape the launch, not the result.
  std::int32_t multiprocessors = 132;
  std::int64_t shared_bytes = 99 * 1024;  // the most that a block may have
  // The kernel may begin, and ask for W and norm, while kernels before it in the stream still run:
  // none of them, back to the last one that was not launched early, may write those. Needs compute
  // capability 9.0.
  bool early = false;
  // What a kernel to come will read (aligned to 16 bytes), asked into the second cache at the end,
  // so that it arrives while small kernels leave the memory idle. Null: nothing.
  const void* next = nullptr;
  std::int64_t next_bytes = 0;
};
// Fast where k is a multiple of 8, pointers are aligned to 16 bytes and shared memory holds x in
// fp32 (24576 columns in 99 KiB); right everywhere. The fast and the slow way give the same bits.
void launch_gemv(const Gemv& args, Stream stream);

}  // namespace kvfoot::cuda
