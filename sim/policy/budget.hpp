// What a policy may keep: sparsity=, budget= or bytes=, resolved for one model and run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/attention.hpp"
#include "sim/policy/descriptor.hpp"
#include "sim/policy/spec_reader.hpp"

namespace kvfoot {

// When eviction begins: after every pass, or not before the last prefill pass.
enum class EvictAt : std::uint8_t { kChunk, kEnd };

[[nodiscard]] EvictAt read_evict(const SpecReader& reader);
// Whether such a policy may evict after this pass (streaming, H2O, TOVA: prefill and decode).
[[nodiscard]] bool evicts_after(EvictAt at, const Pass& pass);
// group=mean keeps one copy per KV head, group=none one per query head.
[[nodiscard]] Storage read_storage(const SpecReader& reader);

using Remarks = std::vector<std::pair<std::string, std::string>>;
// Says that copies per query head multiply the bytes, if they do.
void remark_copies(Storage storage, const ModelShape& shape, Remarks& remarks);

// Entries per stream. `sparsity` is the evicted share of whatever is looked at: int((1 - s) x) in
// double arithmetic, as the reference codes compute it. `budget` counts tokens per stream for the
// whole prompt. `bytes` is for the whole model: bytes / (streams * entry bytes) tokens, rounded
// down, then the same as `budget`.
class Budget {
 public:
  // Reads whichever of sparsity, budget and bytes has a value; exactly one must. Error: bytes that
  // hold not even one entry per stream.
  [[nodiscard]] static Result<Budget> read(const SpecReader& reader, const PolicyContext& context,
                                           Storage storage);
  [[nodiscard]] static Budget tokens(std::int64_t count, const RunLengths& run);

  // For one prefill pass. Tokens are shared out over the passes by their length: a pass over
  // [a, b) of P prefill rows gets floor(T b / P) - floor(T a / P), so that the shares sum to T.
  [[nodiscard]] std::int64_t of_pass(const Pass& pass) const;
  // For all prefill rows together.
  [[nodiscard]] std::int64_t of_prefill() const;
  // For a cache that holds prompt and output: T itself, or int((1 - s) P).
  [[nodiscard]] std::int64_t of_cache() const { return sparsity_ ? of_prefill() : tokens_; }

  [[nodiscard]] std::optional<double> sparsity() const { return sparsity_; }
  // Says that nothing is evicted, when `limit` entries fit into the budget.
  void remark_if_covers(std::int64_t limit, Remarks& remarks) const;
  // Of a budget that is shared out over chunks: says that a chunk's share is nothing, or, with a
  // voting window of so many rows, that it is no larger than the window, so that no votes count.
  void remark_if_small(const RunLengths& run, std::int64_t window, Remarks& remarks) const;

 private:
  explicit Budget(std::int64_t prefill_rows) : prefill_rows_(prefill_rows) {}

  std::int64_t prefill_rows_;
  std::optional<double> sparsity_;
  std::int64_t tokens_ = 0;
};

// The share int((1 - s) x) that survives.
[[nodiscard]] std::int64_t surviving(double sparsity, std::int64_t x);

// The closed form of the published script evicts after every prefill pass; evict=end agrees with
// it only where there is one such pass.
[[nodiscard]] bool has_paper_timing(EvictAt at, const RunLengths& run);

}  // namespace kvfoot
