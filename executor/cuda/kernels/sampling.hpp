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

// Temperature (above 0), top-k and top-p: the token that sample_token() picks for `uniform` in
// [0, 1). Sorted by (logit descending, id ascending); masses and their sums in double and in that
// order, but added in groups, so a `uniform` within some 1e-13 of a border between two tokens may
// fall on its other side.
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

}  // namespace kvfoot::cuda
