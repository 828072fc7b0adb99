// How the CPU executor holds a pass in memory: what its peaks depend on beside shapes and types.
// The executor says it of itself (executor/cpu/cpu_backend.hpp), device descriptions name it.
#pragma once

#include <cstdint>

namespace kvfoot {

// Activations are f32, and norm weights are held a second time in f32. Norms and the MLP take
// `row_block` rows of a pass at a time; attention takes tiles of queries, one per thread.
struct CpuExecution {
  std::int32_t threads = 1;
  std::int64_t row_block = 768;
  std::int64_t tile_queries = 96;            // query rows times the query heads of a KV head
  std::int64_t key_block = 64;               // keys of one step of a tile
  std::int64_t kept_scores = 4 << 20;        // floats per thread, where whole rows are summed up
  std::int64_t panel_bytes = 64 * 1040 * 4;  // of widened weights, per thread
  friend bool operator==(const CpuExecution&, const CpuExecution&) = default;
};

}  // namespace kvfoot
