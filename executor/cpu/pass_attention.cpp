// Two ways through the tiles: longest first, or in the order that recorders need.
#include "executor/cpu/pass_attention.hpp"

#include <algorithm>
#include <cmath>

#include "sim/core/pooling.hpp"

namespace kvfoot::cpu {
namespace {

QueryTile tile_at(const LayerAttention& layer, std::int64_t head, std::int64_t tile,
                  std::int64_t tile_rows) {
  const auto h = static_cast<std::int32_t>(head);
  const std::int64_t first = tile * tile_rows;
  return {h, h * layer.group, layer.group, first, std::min(tile_rows, layer.rows - first)};
}

// The same output as without recording, and besides the softmax rows, normalised exactly.
void record_tile(const PassAttention& pass, const QueryTile& tile, AttentionScratch& scratch) {
  const LayerAttention& layer = pass.layer;
  float* scores = scratch.kept_scores();
  float* log_sums = scores + tile.queries() * pass.longest;
  const std::int64_t past = layer.past(tile.head);
  attend_tile(layer, tile, scratch, pass.out, scores, pass.longest);
  for (std::int32_t h = 0; h < tile.heads; ++h) {
    const std::int32_t q_head = tile.first_q + h;
    for (std::int64_t r = 0; r < tile.rows; ++r) {
      float* row = scores + (r * tile.heads + h) * pass.longest;
      const std::int64_t seen = past + tile.first_row + r + 1;
      float largest = 0;
      float sum = 0;
      layer.kernels->softmax(row, seen, &largest, &sum);
      log_sums[r] =
          static_cast<float>(static_cast<double>(largest) + std::log(static_cast<double>(sum)));
      if (pass.source.accumulates() && tile.first_row + r < layer.rows - pass.patch_rows) {
        const auto count = static_cast<std::size_t>(seen);
        add_row({row, count}, pass.source.accumulator(q_head).first(count));
      }
    }
    if (pass.observer != nullptr) {
      AttentionTile out;
      out.layer = layer.layer;
      out.q_head = q_head;
      out.first_row = static_cast<std::int32_t>(tile.first_row);
      out.rows = static_cast<std::int32_t>(tile.rows);
      out.past = past;
      out.probability = scores + h * pass.longest;
      out.stride = tile.heads * pass.longest;
      out.log_sum_exp = log_sums;
      pass.observer->on_tile(out);
    }
  }
}

}  // namespace

void attend_pass(const PassAttention& pass) {
  const LayerAttention& layer = pass.layer;
  const std::int32_t heads = layer.store->heads();
  const bool record = pass.observer != nullptr || pass.source.accumulates();
  std::int64_t tile_rows = std::max<std::int64_t>(1, kTileQueries / layer.group);
  if (record) {
    const std::int64_t fits = kKeptScores / (pass.longest * layer.group);
    tile_rows = std::clamp<std::int64_t>(fits, 1, tile_rows);
  }
  tile_rows = std::min(tile_rows, layer.rows);
  const std::int64_t queries = tile_rows * layer.group;
  for (AttentionScratch& scratch : pass.scratch) {
    scratch.prepare(pass.buffers, queries, layer.head_dim(),
                    record ? queries * pass.longest + tile_rows : 0);
  }
  const std::int64_t tiles = (layer.rows + tile_rows - 1) / tile_rows;
  if (record) {  // rows of a head in order: accumulators and observers rely on it
    pass.pool.parallel_for(heads, [&](std::int64_t head, int worker) {
      for (std::int64_t tile = 0; tile < tiles; ++tile) {
        record_tile(pass, tile_at(layer, head, tile, tile_rows),
                    pass.scratch[static_cast<std::size_t>(worker)]);
      }
    });
  } else {
    pass.pool.parallel_for(heads * tiles, [&](std::int64_t task, int worker) {
      const std::int64_t tile = tiles - 1 - task / heads;  // the longest rows first
      attend_tile(layer, tile_at(layer, task % heads, tile, tile_rows),
                  pass.scratch[static_cast<std::size_t>(worker)], pass.out, nullptr, 0);
    });
  }
  for (AttentionScratch& scratch : pass.scratch) {
    scratch.release();
  }
}

}  // namespace kvfoot::cpu
