// The next token, picked on the device; the twin is executor/model/sampling.cpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include "executor/cuda/runtime/handles.hpp"

namespace kvfoot::cuda {

// The largest logit, the lowest id on ties; NaN never wins.
struct ArgmaxArgs {
  const float* logits = nullptr;  // (vocab)
  std::int64_t vocab = 0;
  std::int32_t* token = nullptr;  // (1)
  void* scratch = nullptr;        // argmax_scratch_bytes(vocab)
};
[[nodiscard]] std::size_t argmax_scratch_bytes(std::int64_t vocab);
void launch_argmax(const ArgmaxArgs& args, Stream stream);

// Temperature, top-k and top-p: the token that sample_token() picks for `uniform` in [0, 1). Sorted
// by (logit descending, id ascending); masses and sums in double, in that order.
struct SampleArgs {
  const float* logits = nullptr;  // (vocab)
  std::int64_t vocab = 0;
  double temperature = 1;
  std::int32_t top_k = 0;  // 0: all
  double top_p = 1;
  double uniform = 0;
  std::int32_t* token = nullptr;  // (1)
  void* scratch = nullptr;        // sample_scratch_bytes(vocab)
};
[[nodiscard]] std::size_t sample_scratch_bytes(std::int64_t vocab);
void launch_sample(const SampleArgs& args, Stream stream);

// Seeded random weights made in place: elements of executor/model/random_tensor.cpp.
struct RandomFill {
  void* out = nullptr;
  int type = 0;  // DType
  std::uint64_t key = 0;
  std::uint64_t first = 0;
  std::int64_t count = 0;
  float offset = 0, scale = 0;
};
void launch_random_fill(const RandomFill& args, Stream stream);

}  // namespace kvfoot::cuda
