// Two tiles in flight.
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

TileRecorder::TileRecorder(Device& device, HostBlocks& host, BufferPool& buffers)
    : device_(device), host_(host), buffers_(buffers) {
  for (Slot& slot : slots_) {
    slot.computed = device_.make_event();
    slot.copied = device_.make_event();
  }
}

TileRecorder::~TileRecorder() {
  reset();
  for (Slot& slot : slots_) {
    device_.destroy(slot.computed);
    device_.destroy(slot.copied);
  }
}

void TileRecorder::end_pass() {
  for (Slot& slot : slots_) {
    if (slot.device.size() > 0) {
      (void)device_.synchronize(
          device_.copy_stream());  // a record() that failed may have left work
      slot.device.release();
    }
    slot.rows = 0;
  }
}

void TileRecorder::reset() {
  end_pass();
  for (Slot& slot : slots_) {
    slot.host.release();
  }
}

Status TileRecorder::record(std::int32_t layer, const MassInput& input,
                            std::span<const std::int32_t> entries, std::span<const Ring> rings,
                            AttentionObserver& observer) {
  const std::int64_t stride = row_stride(input.longest);
  const std::int64_t q_heads = input.q_heads;
  const std::int64_t tile =
      std::clamp<std::int64_t>(kTileFloats / (stride * q_heads), 1, input.rows);
  const std::int64_t floats = tile * q_heads * (stride + 1);
  for (Slot& slot : slots_) {
    if (slot.host.size() < floats) {
      slot.host = Array<float>(host_, floats);
    }
    if (slot.device.size() < floats) {
      slot.device.release();
      slot.device = Buffer<float>(buffers_, MemoryClass::kWorkspace, floats);
    }
    slot.rows = 0;
  }
  std::size_t turn = 0;
  for (std::int64_t first = 0; first < input.rows; first += tile, ++turn) {
    Slot& slot = slots_[turn % slots_.size()];
    KVFOOT_TRY(deliver(slot, layer, input, entries, rings, stride, observer));
    slot.first_row = first;
    slot.rows = std::min(tile, input.rows - first);
    SoftmaxRows rows;
    rows.input = input;
    rows.first_row = first;
    rows.count = slot.rows;
    rows.q_count = input.q_heads;
    rows.probability = slot.device.data();
    rows.stride = stride;
    rows.log_sum_exp = slot.device.data() + slot.rows * q_heads * stride;
    launch_softmax_rows(rows, device_.compute_stream());
    device_.record(slot.computed, device_.compute_stream());
    device_.wait(slot.computed, device_.copy_stream());
    device_.copy_out(slot.host.data(), slot.device.data(),
                     static_cast<std::size_t>(slot.rows * q_heads * (stride + 1)) * sizeof(float),
                     device_.copy_stream());
    device_.record(slot.copied, device_.copy_stream());
  }
  for (std::size_t i = 0; i < slots_.size(); ++i, ++turn) {  // the older one first
    KVFOOT_TRY(
        deliver(slots_[turn % slots_.size()], layer, input, entries, rings, stride, observer));
  }
  return {};
}

Status TileRecorder::deliver(Slot& slot, std::int32_t layer, const MassInput& input,
                             std::span<const std::int32_t> entries, std::span<const Ring> rings,
                             std::int64_t stride, AttentionObserver& observer) {
  if (slot.rows == 0) {
    return {};
  }
  KVFOOT_TRY(device_.synchronize(slot.copied));
  const std::int32_t group = input.q_heads / input.cache.heads;
  const float* const sums = slot.host.data() + slot.rows * input.q_heads * stride;
  const std::int64_t threads = coding_threads(slot.rows * input.q_heads * stride);
  for_tasks(input.q_heads, threads, [&](std::int64_t q) {
    float* const rows = slot.host.data() + q * slot.rows * stride;
    const Ring& ring = rings[static_cast<std::size_t>(q / group)];
    for (std::int64_t r = 0; ring.turn != 0 && r < slot.rows; ++r) {
      float* const first = rows + r * stride + ring.begin;
      std::rotate(first, first + ring.turn, first + ring.length);
    }
    AttentionTile tile;
    tile.layer = layer;
    tile.q_head = static_cast<std::int32_t>(q);
    tile.first_row = static_cast<std::int32_t>(slot.first_row);
    tile.rows = static_cast<std::int32_t>(slot.rows);
    tile.past = entries[static_cast<std::size_t>(q / group)] - input.rows;
    tile.probability = rows;
    tile.stride = stride;
    tile.log_sum_exp = sums + q * slot.rows;
    observer.on_tile(tile);
  });
  slot.rows = 0;
  return {};
}

}  // namespace kvfoot::cuda
