// Answers about the attention of the layer that was just enqueued, computed on the device when they
// are asked.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "executor/cuda/backend/device_memory.hpp"
#include "executor/cuda/backend/streams.hpp"
#include "executor/cuda/kernels/mass.hpp"
#include "executor/memory/buffers.hpp"
#include "sim/core/attention.hpp"

namespace kvfoot::cuda {

class DeviceSource final : public AttentionSource {
 public:
  DeviceSource(Device& device, DeviceBlocks& blocks, HostBlocks& host, BufferPool& buffers,
               Uploads& uploads)
      : device_(device),
        blocks_(blocks),
        host_(host),
        buffers_(buffers),
        uploads_(uploads),
        copied_out_(device.make_event()) {}
  ~DeviceSource() override { device_.destroy(copied_out_); }
  DeviceSource(const DeviceSource&) = delete;
  DeviceSource& operator=(const DeviceSource&) = delete;

  // Called when an answer is on its way and before it is waited for: what `enqueue` gives to the
  // card runs while the host waits and decides.
  void before_waiting(std::function<void()> enqueue) { before_waiting_ = std::move(enqueue); }

  // `most`: entries that a stream will have at most, 0 if not known.
  void reset(std::int32_t layers, const AttentionNeeds& needs, std::int64_t most);

  // The layer whose queries, keys and (if something accumulates) log-sum-exp are on the device.
  struct Layer {
    std::int32_t layer = 0;
    MassInput input;
    std::span<const std::int32_t> entries;  // (storage heads), on the host
    std::int64_t patch_rows = 0;
    const float* log_sum_exp = nullptr;  // (q_heads, rows)
  };
  // Enqueues the accumulation. Throws std::bad_alloc.
  void begin_layer(const Layer& layer);
  // Compacts the accumulators of streams that lost entries, and gives room back that is much more
  // than they need now. Throws std::bad_alloc.
  void end_layer();
  [[nodiscard]] bool accumulates() const { return needs_.accumulated; }

  [[nodiscard]] Result<std::span<const float>> answer(const AttentionQuery& query,
                                                      std::int32_t head) override;
  void retain(std::int32_t head, std::span<const std::int32_t> kept) override;

 private:
  struct Answer {
    AttentionQuery query;
    std::vector<std::vector<float>> heads;
  };
  struct Accumulator {   // of one layer
    Buffer<float> sums;  // (q_heads, stride)
    std::int64_t stride = 0;
    std::vector<std::int32_t> entries;  // (storage heads) that the sums cover
  };

  [[nodiscard]] std::int32_t group() const {
    return layer_.input.q_heads / layer_.input.cache.heads;
  }
  [[nodiscard]] Buffer<float> floats(std::int64_t count) {
    return {buffers_, MemoryClass::kWorkspace, count};
  }
  void accumulate();
  void fit(Accumulator& accumulator, std::int64_t longest);
  void resize(Accumulator& accumulator, std::int64_t stride);
  void give_back_room(Accumulator& accumulator);
  // Sums of these runs go to rows of `stride` at `to`, which may be where they come from.
  void move_sums(std::span<const EntryRun> runs, Accumulator& from, float* to, std::int64_t stride);
  Status compute(Answer& answer);
  void window_mass(const AttentionQuery& query, const PoolMean& mean);
  void last_row_mass(const PoolMean& mean);

  Device& device_;
  DeviceBlocks& blocks_;
  HostBlocks& host_;
  BufferPool& buffers_;
  Uploads& uploads_;
  Event copied_out_;
  std::function<void()> before_waiting_;
  AttentionNeeds needs_;
  std::int64_t most_ = 0;
  Layer layer_;
  std::vector<Answer> answers_;
  Array<float> copied_;                    // page-locked: answers on their way to the host
  std::vector<Accumulator> accumulators_;  // (layers)
  std::vector<EntryRun> runs_;             // of the accumulators of this layer, by query head
};

}  // namespace kvfoot::cuda
