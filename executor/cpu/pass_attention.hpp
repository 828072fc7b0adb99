// Attention of all rows of a pass in one layer, tile by tile over the threads.
#pragma once

#include <cstdint>
#include <span>

#include "executor/cpu/attention.hpp"
#include "executor/cpu/live_source.hpp"
#include "executor/cpu/thread_pool.hpp"
#include "sim/core/attention.hpp"

namespace kvfoot::cpu {

constexpr std::int64_t kTileQueries = 96;
constexpr std::int64_t kKeptScores = std::int64_t{4} << 20;  // per thread, while rows are recorded

struct PassAttention {
  const LayerAttention& layer;
  std::int64_t patch_rows = 0;            // the last rows of the pass, which no accumulator counts
  std::int64_t longest = 0;               // of the layer's streams, rounded up to kKeyBlock
  LiveSource& source;                     // its accumulators grow, if it has some
  AttentionObserver* observer = nullptr;  // hears every softmax row; may be null
  ThreadPool& pool;
  std::span<AttentionScratch> scratch;  // one per thread
  BufferPool& buffers;
  float* out = nullptr;  // (rows, q_heads, head_dim)
};

// Throws std::bad_alloc, and what the observer throws. The output is the same whether or not
// somebody listens.
void attend_pass(const PassAttention& pass);

}  // namespace kvfoot::cpu
