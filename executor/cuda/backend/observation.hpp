// What an observer hears of the layer that was just attended: softmax rows or sums of them, and the
// norms of new keys.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "executor/cuda/backend/device_memory.hpp"
#include "executor/cuda/backend/streams.hpp"
#include "executor/cuda/backend/sum_recorder.hpp"
#include "executor/cuda/backend/tile_recorder.hpp"
#include "executor/cuda/kernels/mass.hpp"
#include "executor/memory/buffers.hpp"
#include "sim/core/attention.hpp"

namespace kvfoot::cuda {

class Observation {
 public:
  Observation(Device& device, HostBlocks& host, BufferPool& buffers, Uploads& uploads)
      : device_(device),
        buffers_(buffers),
        tiles_(device, host, buffers),
        sums_(device, host, buffers, uploads) {}

  void observe(AttentionObserver* observer) { observer_ = observer; }  // null: nobody
  [[nodiscard]] bool on() const { return observer_ != nullptr; }
  // Attention must save its log-sum-exp.
  [[nodiscard]] bool needs_log_sum_exp() const { return wanted_sums() != nullptr; }

  // A layer; `entries` and `rings` (storage heads) on the host. Returns when the observer has heard
  // everything. Throws std::bad_alloc and what the observer throws.
  [[nodiscard]] Status record(std::int32_t layer, const MassInput& input, const float* log_sum_exp,
                              std::span<const std::int32_t> entries, std::span<const Ring> rings);
  // Norms (rows) of the last keys of one stream of a layer. Throws std::bad_alloc.
  [[nodiscard]] std::span<const float> key_norms(const LayerPages& cache, std::int64_t rows,
                                                 std::int32_t head);
  void forget_norms() { norms_.clear(); }  // the next ones are of another layer

  void end_pass();  // gives back what record() took on the device
  void reset();     // and on the host

 private:
  // Sums instead of rows, if the observer makes do with those that the kernels have.
  [[nodiscard]] const AttentionSums* wanted_sums() const;

  Device& device_;
  BufferPool& buffers_;
  TileRecorder tiles_;
  SumRecorder sums_;
  AttentionObserver* observer_ = nullptr;
  std::vector<float> norms_;  // (heads, rows)
};

}  // namespace kvfoot::cuda
