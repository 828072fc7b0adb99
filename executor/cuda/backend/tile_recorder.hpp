// Softmax rows on their way to an observer that wants all of them: computed on the device beside
// the attention, copied out and coded on the host while the next tile is computed.
#pragma once

#include <array>
#include <cstdint>
#include <span>

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
  TileRecorder(Device& device, HostBlocks& host, BufferPool& buffers);
  ~TileRecorder();
  TileRecorder(const TileRecorder&) = delete;
  TileRecorder& operator=(const TileRecorder&) = delete;

  // All rows of the layer; `entries` (storage heads) on the host. Returns when the observer has
  // heard them. Throws std::bad_alloc and what the observer throws.
  [[nodiscard]] Status record(std::int32_t layer, const MassInput& input,
                              std::span<const std::int32_t> entries, std::span<const Ring> rings,
                              AttentionObserver& observer);
  void end_pass();  // gives back what record() took on the device
  void reset();     // and on the host, where it is dear to take

 private:
  // Row tiles take turns on two of these.
  struct Slot {
    Buffer<float> device;
    Array<float> host;  // probability, then log-sum-exp
    Event computed = nullptr;
    Event copied = nullptr;
    std::int64_t first_row = 0;
    std::int64_t rows = 0;  // 0: empty
  };
  [[nodiscard]] Status deliver(Slot& slot, std::int32_t layer, const MassInput& input,
                               std::span<const std::int32_t> entries, std::span<const Ring> rings,
                               std::int64_t stride, AttentionObserver& observer);

  Device& device_;
  HostBlocks& host_;
  BufferPool& buffers_;
  std::array<Slot, 2> slots_;
};

}  // namespace kvfoot::cuda
