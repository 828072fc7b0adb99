// Softmax rows on their way to an observer that wants all of them: computed on the device beside
// the attention, copied out and coded on the host while the next tile is computed.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "executor/cuda/backend/copy_slots.hpp"
#include "executor/cuda/backend/device_memory.hpp"
#include "executor/cuda/backend/streams.hpp"
#include "executor/cuda/kernels/mass.hpp"
#include "executor/memory/buffers.hpp"
#include "sim/core/attention.hpp"

namespace kvfoot::cuda {

// Threads that are worth starting to code so many floats.
[[nodiscard]] std::int64_t coding_threads(std::int64_t floats);

class TileRecorder {
 public:
  TileRecorder(Device& device, HostBlocks& host, BufferPool& buffers)
      : device_(device), slots_(device, host, buffers) {}

  // All rows of the layer; `entries` (storage heads) on the host. Returns when the observer has
  // heard them. Throws std::bad_alloc and what the observer throws.
  [[nodiscard]] Status record(std::int32_t layer, const MassInput& input,
                              std::span<const std::int32_t> entries, std::span<const Ring> rings,
                              AttentionObserver& observer);
  void end_pass() { slots_.end_pass(); }  // gives back what record() took on the device
  void reset() { slots_.reset(); }        // and on the host, where it is dear to take

 private:
  struct Rows {
    std::int64_t first = 0;
    std::int64_t count = 0;
  };
  struct Layer {
    std::int32_t index = 0;
    const MassInput& input;
    std::span<const std::int32_t> entries;
    std::span<const Ring> rings;
    AttentionObserver& observer;
    std::int64_t stride = 0;
  };
  void deliver(const Layer& layer, std::size_t slot) const;

  Device& device_;
  CopySlots slots_;  // (q_heads, rows, stride) probabilities, then (q_heads, rows) log-sum-exp
  std::array<Rows, CopySlots::kSlots> rows_;
};

}  // namespace kvfoot::cuda
