// Sorts logits on the device, the largest first, the lower id first among equals (included by
// kernel files only).
#pragma once

#include <cstdint>

#include "executor/cuda/runtime/handles.hpp"

namespace kvfoot::cuda {

constexpr int kSortThreads = 256;
constexpr int kSortTile = 1024;   // keys per block
constexpr int kSortDigits = 256;  // values of a byte

// Keys ascend as logits descend: they are the complements of the ranks (sampling_keys.hpp). The
// sorted keys and ids end in keys[0] and ids[0].
struct LogitSort {
  const float* logits = nullptr;  // (vocab)
  std::int64_t vocab = 0;
  std::int64_t tiles = 0;           // vocab / kSortTile, rounded up
  std::uint32_t* keys[2] = {};      // (vocab)
  std::int32_t* ids[2] = {};        // (vocab)
  std::uint32_t* counts = nullptr;  // (kSortDigits, tiles)
  std::int32_t pass = 0;  // byte of the key; from keys[0] to keys[1], which then change places
};
void launch_logit_sort(LogitSort sort, Stream stream);

}  // namespace kvfoot::cuda
