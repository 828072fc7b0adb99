// What a compute backend (CPU, CUDA) offers to the prefill/decode loop: one layer at a time, so
// that the policy driver can decide after each layer's attention and free real pages.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

#include "executor/model/sampling.hpp"
#include "sim/core/attention.hpp"
#include "sim/core/memory_classes.hpp"
#include "sim/core/result.hpp"
#include "sim/core/schedule.hpp"
#include "sim/core/shape.hpp"

namespace kvfoot {

// Options fixed for the life of a backend's cache.
struct CacheOptions {
  Storage storage = Storage::kKvHeads;
  bool reindex = false;       // keep keys before RoPE, rotate at the index in the cache
  std::int64_t block = 16;    // entries per page
  DType dtype = DType::kF32;  // of cached K and V
  AttentionNeeds needs;       // what the policy may ask
  // Rows before this one are prefilled: `needs` tells what is asked after them and after the
  // others.
  std::int64_t prefill_rows = std::numeric_limits<std::int64_t>::max();
  // The most entries that a stream of this run can have, if known (0: it is not): what grows with
  // the streams need not grow in steps. A run may be longer all the same.
  std::int64_t most_entries = 0;
};

// The allocator's own counters: bytes of buffers, pages and mapped weights that are in use, not a
// formula.
struct MemoryCounters {
  std::int64_t kv_pages = 0;
  std::int64_t kv_bytes = 0;
  std::int64_t kv_peak_bytes = 0;  // since reset_peak()
  MemoryBytes held;
  MemoryBytes peak;     // since reset_peak(), class by class
  MemoryBytes at_peak;  // when their sum was largest, since reset_peak()
  // Taken from the system: also free pages, and blocks that wait to be used again.
  std::int64_t reserved_bytes = 0;
};

// A loaded model with one sequence's KV cache. Order of calls, per pass: begin_pass; for each layer
// attend(layer), then retain(layer, head, ...) for every storage head that loses entries, then
// feed_forward(layer); then end_pass(), and logits() or sample() for the rows that need them. A
// backend may put the arithmetic off until somebody wants its results. Errors are environment
// errors (out of memory, a device that fails).
class Backend {
 public:
  virtual ~Backend() = default;

  [[nodiscard]] virtual const ModelShape& shape() const = 0;
  // What computes: "cpu", "cuda".
  [[nodiscard]] virtual std::string_view device() const = 0;
  // Drops the cache and starts a new sequence.
  [[nodiscard]] virtual Status reset(const CacheOptions& options) = 0;

  // Embeds `tokens`; row r has position positions[r]; the last `patch_rows` rows are patch rows.
  [[nodiscard]] virtual Status begin_pass(std::span<const std::int32_t> tokens,
                                          std::span<const TokenPos> positions,
                                          std::int64_t patch_rows) = 0;
  // Norm, QKV, RoPE, append to the pages of every storage head, causal attention over the
  // survivors and the pass.
  [[nodiscard]] virtual Status attend(std::int32_t layer) = 0;
  // Answers for the layer just attended; valid until feed_forward(layer).
  [[nodiscard]] virtual AttentionSource& attention() = 0;
  // Compacts the survivors of one storage head in ascending order and returns pages to the pool.
  // Indices are into the resident list after attend(). (Accumulators of the AttentionSource are
  // compacted by the driver, through AttentionSource::retain.)
  virtual void retain(std::int32_t layer, std::int32_t head,
                      std::span<const std::int32_t> kept) = 0;
  // Output projection and MLP, each added to the residual stream.
  [[nodiscard]] virtual Status feed_forward(std::int32_t layer) = 0;

  // The layers of the pass are computed when it returns. The nanoseconds that they took, if the
  // device has a clock of its own.
  [[nodiscard]] virtual Result<std::optional<std::int64_t>> end_pass() = 0;

  // Logits of row `row` of the pass, shape (vocab); valid until the next call.
  [[nodiscard]] virtual Result<std::span<const float>> logits(std::int64_t row) = 0;
  // The token that sample_token() picks from them; `index` counts the output tokens of the run.
  [[nodiscard]] virtual Result<std::int32_t> sample(std::int64_t row,
                                                    const SamplingOptions& options,
                                                    std::uint64_t index) {
    KVFOOT_ASSIGN(const std::span<const float> all, logits(row));
    return sample_token(all, options, index);
  }

  // L2 norms of the keys (as attended, after RoPE) of the pass's own rows in the layer just
  // attended, one storage head, shape (forward_rows). To be asked before retain().
  [[nodiscard]] virtual std::span<const float> key_norms(std::int32_t head) = 0;

  // Tiles of softmax rows go to `observer` during attend(); null switches recording off. Kept sets
  // and tokens are the same either way.
  virtual void observe(AttentionObserver* observer) = 0;

  [[nodiscard]] virtual MemoryCounters counters() const = 0;
  virtual void reset_peak() = 0;
  // In use on the device as its driver says, by other programs too; 0 where memory is the host's.
  // Asking takes its time.
  [[nodiscard]] virtual std::int64_t device_used_bytes() const { return 0; }
};

}  // namespace kvfoot
