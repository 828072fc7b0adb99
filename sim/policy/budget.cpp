// Resolution of sparsity=, budget= and bytes=.
#include "sim/policy/budget.hpp"

#include <algorithm>

namespace kvfoot {

EvictAt read_evict(const SpecReader& reader) {
  return reader.text("evict") == "end" ? EvictAt::kEnd : EvictAt::kChunk;
}

bool evicts_after(EvictAt at, const Pass& pass) {
  return at == EvictAt::kChunk || pass.phase == Phase::kDecode || pass.last_prefill;
}

Storage read_storage(const SpecReader& reader) {
  return reader.text("group") == "none" ? Storage::kQueryHeads : Storage::kKvHeads;
}

void remark_copies(Storage storage, const ModelShape& shape, Remarks& remarks) {
  if (storage == Storage::kQueryHeads && shape.group() > 1) {
    remarks.emplace_back("copies_per_query_head",
                         "group=none stores every KV head " + std::to_string(shape.group()) +
                             " times, once per query head: bytes count the copies, the footprint "
                             "is a mean over them");
  }
}

std::int64_t surviving(double sparsity, std::int64_t x) {
  return static_cast<std::int64_t>((1.0 - sparsity) * static_cast<double>(x));
}

bool has_paper_timing(EvictAt at, const RunLengths& run) {
  return at == EvictAt::kChunk || run.prefill_passes() <= 1;
}

Result<Budget> Budget::read(const SpecReader& reader, const PolicyContext& context,
                            Storage storage) {
  Budget budget(context.run.prefill_rows());
  if (reader.has("sparsity")) {
    budget.sparsity_ = reader.decimal("sparsity").value();
    return budget;
  }
  if (reader.has("budget")) {
    budget.tokens_ = reader.integer("budget");
    return budget;
  }
  const ModelShape& shape = context.shape;
  const std::int64_t streams =
      std::int64_t{shape.layers} * (storage == Storage::kKvHeads ? shape.kv_heads : shape.q_heads);
  const std::int64_t one_each = streams * entry_bytes(shape, context.kv_dtype);
  budget.tokens_ = reader.bytes("bytes") / one_each;
  if (budget.tokens_ < 1) {
    return reader.error("bytes is " + format_bytes(reader.bytes("bytes")) + ", but one entry in " +
                            "each of " + std::to_string(streams) + " streams takes " +
                            format_bytes(one_each),
                        "give at least that");
  }
  return budget;
}

Budget Budget::tokens(std::int64_t count, const RunLengths& run) {
  Budget budget(run.prefill_rows());
  budget.tokens_ = count;
  return budget;
}

std::int64_t Budget::of_pass(const Pass& pass) const {
  if (sparsity_) {
    return surviving(*sparsity_, pass.rows());
  }
  const std::int64_t total = of_prefill();
  return total * pass.end / prefill_rows_ - total * pass.begin / prefill_rows_;
}

std::int64_t Budget::of_prefill() const {
  return sparsity_ ? surviving(*sparsity_, prefill_rows_) : std::min(tokens_, prefill_rows_);
}

void Budget::remark_if_covers(std::int64_t limit, Remarks& remarks) const {
  if (!sparsity_ && tokens_ >= limit) {
    remarks.emplace_back("budget_covers_context", "the budget of " + std::to_string(tokens_) +
                                                      " tokens per stream is not " + "below the " +
                                                      std::to_string(limit) +
                                                      " that there are: nothing is evicted");
  }
}

void Budget::remark_if_small(const RunLengths& run, std::int64_t window, Remarks& remarks) const {
  if (run.prefill_passes() < 2) {
    return;
  }
  const std::int64_t rows = run.chunk_rows();
  const std::int64_t kept = of_pass({.begin = 0, .end = rows});
  const std::string chunk = "a chunk of " + std::to_string(rows) + " tokens";
  if (kept == 0) {
    remarks.emplace_back("budget_keeps_nothing",
                         chunk +
                             " keeps none of its entries: its share of the budget is less than "
                             "one entry; take larger chunks");
  } else if (kept < rows && kept <= window) {
    remarks.emplace_back("votes_count_nothing", chunk + " keeps its last " + std::to_string(kept) +
                                                    " entries whatever is voted: the window of " +
                                                    std::to_string(window) +
                                                    " is not smaller than its budget");
  }
}

}  // namespace kvfoot
