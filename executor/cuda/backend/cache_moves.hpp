// What the card must do to its pages when entries leave: the runs that move, per layer, and the
// kernels that move them. Pages were given back when it was decided; work in order of the stream
// keeps that right.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "executor/cuda/backend/device_memory.hpp"
#include "executor/cuda/backend/streams.hpp"
#include "executor/memory/buffers.hpp"

namespace kvfoot::cuda {

class CacheMoves {
 public:
  CacheMoves(Device& device, BufferPool& buffers, Uploads& uploads, Streams& streams)
      : device_(device), buffers_(buffers), uploads_(uploads), streams_(streams) {}

  // Nothing moves yet. rings: survivors of this pass need not lie in order.
  void begin_pass(bool rings);
  void retain(std::int32_t layer, std::int32_t head, std::span<const std::int32_t> kept) {
    streams_.retain(layer, head, kept, rings_, runs_[static_cast<std::size_t>(layer)]);
  }
  // What moves in a layer and has not been enqueued.
  [[nodiscard]] std::span<const EntryRun> runs(std::int32_t layer) const {
    return runs_[static_cast<std::size_t>(layer)];
  }
  void forget(std::int32_t layer) { runs_[static_cast<std::size_t>(layer)].clear(); }
  // Moves them. Throws std::bad_alloc, as all that takes memory here does.
  void enqueue(std::int32_t layer);
  // In some layer more than one entry of a stream had to move.
  [[nodiscard]] bool shifted() const { return shifted_; }

  // Entries of all streams lie in order again.
  void straighten();
  // Tells the card of new pages; `changes` is empty then.
  void apply(TableChanges& changes);

 private:
  void move(std::int32_t layer, std::int64_t most);

  Device& device_;
  BufferPool& buffers_;
  Uploads& uploads_;
  Streams& streams_;
  bool rings_ = false;
  bool shifted_ = false;
  std::vector<std::vector<EntryRun>> runs_;  // (layers)
};

// One entry of a stream at most: what launch_slide_entries can do. `runs` in the order of streams.
[[nodiscard]] bool only_slides(std::span<const EntryRun> runs);

}  // namespace kvfoot::cuda
