// Row tiles.
#include "executor/cuda/backend/tile_recorder.hpp"

#include <algorithm>
#include <thread>

#include "sim/core/threads.hpp"

namespace kvfoot::cuda {
namespace {

constexpr std::int64_t kTileFloats = std::int64_t{16} << 20;  // of probabilities

}  // namespace

std::int64_t coding_threads(std::int64_t floats) {
  constexpr std::int64_t kPerThread = 1 << 16;
  return std::clamp<std::int64_t>(floats / kPerThread, 1,
                                  std::max(1U, std::thread::hardware_concurrency()));
}

Status TileRecorder::record(std::int32_t layer, const MassInput& input,
                            std::span<const std::int32_t> entries, std::span<const Ring> rings,
                            AttentionObserver& observer) {
  const Layer l{layer, input, entries, rings, observer, row_stride(input.longest)};
  const CopySlots::Deliver to_observer = [&](std::size_t slot) {
    deliver(l, slot);
    return Status{};
  };
  const std::int64_t row_floats = input.q_heads * (l.stride + 1);
  const std::int64_t tile =
      std::clamp<std::int64_t>(kTileFloats / (l.stride * input.q_heads), 1, input.rows);
  slots_.begin();
  for (std::int64_t first = 0; first < input.rows; first += tile) {
    const std::int64_t count = std::min(tile, input.rows - first);
    const std::int64_t bytes = count * row_floats * static_cast<std::int64_t>(sizeof(float));
    KVFOOT_ASSIGN(const std::size_t slot, slots_.next(bytes, to_observer));
    rows_[slot] = {first, count};
    SoftmaxRows rows;
    rows.input = input;
    rows.first_row = first;
    rows.count = count;
    rows.q_count = input.q_heads;
    rows.probability = reinterpret_cast<float*>(slots_.on_device(slot));
    rows.stride = l.stride;
    rows.log_sum_exp = rows.probability + count * input.q_heads * l.stride;
    launch_softmax_rows(rows, device_.compute_stream());
    slots_.send(slot, bytes);
  }
  return slots_.drain(to_observer);
}

void TileRecorder::deliver(const Layer& layer, std::size_t slot) const {
  const Rows& of_slot = rows_[slot];
  const std::int32_t q_heads = layer.input.q_heads;
  const std::int32_t group = q_heads / layer.input.cache.heads;
  auto* const probability = reinterpret_cast<float*>(slots_.on_host(slot));
  const float* const sums = probability + of_slot.count * q_heads * layer.stride;
  const std::int64_t threads = coding_threads(of_slot.count * q_heads * layer.stride);
  for_tasks(q_heads, threads, [&](std::int64_t q) {
    float* const rows = probability + q * of_slot.count * layer.stride;
    const Ring& ring = layer.rings[static_cast<std::size_t>(q / group)];
    for (std::int64_t r = 0; ring.turn != 0 && r < of_slot.count; ++r) {
      float* const first = rows + r * layer.stride + ring.begin;
      std::rotate(first, first + ring.turn, first + ring.length);
    }
    AttentionTile tile;
    tile.layer = layer.index;
    tile.q_head = static_cast<std::int32_t>(q);
    tile.first_row = static_cast<std::int32_t>(of_slot.first);
    tile.rows = static_cast<std::int32_t>(of_slot.count);
    tile.past = layer.entries[static_cast<std::size_t>(q / group)] - layer.input.rows;
    tile.probability = rows;
    tile.stride = layer.stride;
    tile.log_sum_exp = sums + q * of_slot.count;
    layer.observer.on_tile(tile);
  });
}

}  // namespace kvfoot::cuda
