// Sums of softmax rows on their way to an observer that asked for them: made on the device beside
// the attention, copied out and coded on the host while the next ones are made.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "executor/cuda/backend/copy_slots.hpp"
#include "executor/cuda/backend/device_memory.hpp"
#include "executor/cuda/kernels/mass_blocks.hpp"
#include "executor/memory/buffers.hpp"
#include "sim/core/attention.hpp"

namespace kvfoot::cuda {

struct SumRecorderOptions {
  std::int64_t mean_floats = std::int64_t{32} << 20;  // of means that wait to be picked from
  std::int64_t row_floats = std::int64_t{16} << 20;   // of softmax rows that wait to be added
};

class SumRecorder {
 public:
  SumRecorder(Device& device, HostBlocks& host, BufferPool& buffers, Uploads& uploads,
              const SumRecorderOptions& options = {});

  // Whether the kernels have what is asked for; else tiles will do.
  [[nodiscard]] static bool can(const AttentionSums& sums);

  // Of a layer: `log_sum_exp` (q_heads, rows) as attention saved it, `entries` (storage heads) on
  // the host; streams lie in order. Returns when the observer has heard all. Throws std::bad_alloc
  // and what the observer throws.
  [[nodiscard]] Status record(std::int32_t layer, const MassInput& input, const float* log_sum_exp,
                              std::span<const std::int32_t> entries, const AttentionSums& sums,
                              AttentionObserver& observer);
  void end_pass();  // gives back what record() took on the device
  void reset() {    // and on the host, where it is dear to take
    end_pass();
    slots_.reset();
  }

 private:
  struct Contents {         // of a slot: integers, then floats
    std::size_t first = 0;  // of the blocks, or which of the row sums
    std::size_t count = 0;  // of blocks; 0: a row sum
    std::int64_t integers = 0, floats = 0;

    [[nodiscard]] std::int64_t bytes() const {
      return (integers + floats) * static_cast<std::int64_t>(sizeof(float));
    }
  };
  struct Layer {
    std::int32_t index = 0;
    const MassInput& input;
    std::span<const std::int32_t> entries;
    const AttentionSums& sums;
    AttentionObserver& observer;
    std::int64_t longest_past = 0;

    [[nodiscard]] std::int64_t past(std::int64_t q) const {
      return entries[static_cast<std::size_t>(q / (input.q_heads / input.cache.heads))] -
             input.rows;
    }
  };
  void place_blocks(const Layer& layer);
  [[nodiscard]] Status record_blocks(const Layer& layer, const float* log_sum_exp,
                                     const CopySlots::Deliver& deliver);
  [[nodiscard]] Status record_rows(const Layer& layer, const CopySlots::Deliver& deliver);
  // The next slot, for these.
  [[nodiscard]] Result<std::size_t> next_slot(const Contents& contents,
                                              const CopySlots::Deliver& deliver);
  void deliver(const Layer& layer, std::size_t slot) const;
  void deliver_blocks(const Layer& layer, std::size_t slot, std::int64_t q) const;
  void deliver_rows(const Layer& layer, std::size_t slot, std::int64_t q) const;
  void take_scratch(std::int64_t floats);

  Device& device_;
  BufferPool& buffers_;
  Uploads& uploads_;
  SumRecorderOptions options_;
  CopySlots slots_;
  std::array<Contents, CopySlots::kSlots> contents_;
  // Row blocks that share the means are cut from these; `keys` and `values` count within a cut.
  std::vector<RowBlock> blocks_;
  std::vector<std::size_t> cuts_;  // ends of the cuts
  Buffer<float> scratch_;          // means, or softmax rows and divisors
};

}  // namespace kvfoot::cuda
