// Tiles of linear layers.
#include "executor/cpu/linear.hpp"

#include <algorithm>

#include "sim/core/check.hpp"

namespace kvfoot::cpu {
namespace {

constexpr std::int64_t kTileRows = 192;  // of x: enough to pay for widening a panel of weights
constexpr std::int64_t kTileCols = kPanelRows;

std::int64_t tiles(std::int64_t extent, std::int64_t tile) { return (extent + tile - 1) / tile; }

}  // namespace

Scalar scalar_of(WeightType type) {
  switch (type) {
    case WeightType::kF32:
      return Scalar::kF32;
    case WeightType::kF16:
      return Scalar::kF16;
    case WeightType::kBF16:
      return Scalar::kBF16;
  }
  KVFOOT_CHECK(false, "unknown weight type");
  return Scalar::kF32;
}

Linear::Linear(const Kernels& kernels, ThreadPool& pool, BufferPool& buffers)
    : kernels_(kernels),
      pool_(pool),
      panels_(buffers, MemoryClass::kWorkspace, pool.threads() * kPanelRows * kPanelStride) {}

void Linear::operator()(const float* x, std::int64_t m, std::int64_t k,
                        std::span<const Output> outputs) {
  const std::int64_t row_tiles = tiles(m, kTileRows);
  std::int64_t column_tiles = 0;
  for (const Output& out : outputs) {
    KVFOOT_CHECK(out.weight->cols() == k, out.weight->name);
    column_tiles += tiles(out.weight->rows(), kTileCols);
  }
  pool_.parallel_for(row_tiles * column_tiles, [&](std::int64_t task, int worker) {
    const std::int64_t row = task / column_tiles * kTileRows;
    std::int64_t column = task % column_tiles;
    const Output* out = outputs.data();
    while (column >= tiles(out->weight->rows(), kTileCols)) {
      column -= tiles(out->weight->rows(), kTileCols);
      ++out;
    }
    column *= kTileCols;
    const TensorView& w = *out->weight;
    LinearTile tile{};
    tile.x = x + row * k;
    tile.ldx = k;
    tile.w = w.data + static_cast<std::size_t>(column * k) * weight_bytes(w.type);
    tile.type = scalar_of(w.type);
    tile.ldw = k;
    tile.y = out->y + row * w.rows() + column;
    tile.ldy = w.rows();
    tile.m = std::min(kTileRows, m - row);
    tile.n = std::min(kTileCols, w.rows() - column);
    tile.k = k;
    tile.panel = panels_.data() + worker * kPanelRows * kPanelStride;
    kernels_.linear(tile);
  });
}

}  // namespace kvfoot::cpu
