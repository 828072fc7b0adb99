// FLOPs and bytes of every operator of a pass: the one place where they are written down
// (docs/time-and-memory.md derives them).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "sim/core/attention.hpp"
#include "sim/core/cpu_execution.hpp"
#include "sim/core/device.hpp"
#include "sim/core/result.hpp"
#include "sim/core/schedule.hpp"
#include "sim/core/shape.hpp"
#include "sim/core/stream_bytes.hpp"
#include "sim/graph/layer_shape.hpp"
#include "sim/graph/operators.hpp"

namespace kvfoot {

// What the passes of a run share.
struct PassModel {
  ModelShape shape;
  std::int32_t storage_heads = 0;  // per layer: KV heads, or query heads where each has a copy
  DType dtype = DType::kBF16;      // of weights, and of activations but on a CPU
  DType kv_dtype = DType::kBF16;
  std::int64_t block = 16;  // entries per page
  std::int64_t batch = 1;   // equal requests that run together
  KvLayout layout;
  LogitsRows logits = LogitsRows::kLast;
  AttentionNeeds needs;             // what the policy asks
  bool votes_over_pass = false;     // its window votes see the pass's own keys only
  bool reindexes = false;           // it turns keys at their index in the cache
  std::optional<CpuExecution> cpu;  // absent: fused kernels of a GPU

  [[nodiscard]] std::int64_t group() const { return shape.q_heads / storage_heads; }
  [[nodiscard]] PageSize page() const {
    return page_size(shape, storage_heads, kv_dtype, block, batch, layout);
  }
  // A page (under a formula: a byte) of one stream, in all copies and requests.
  [[nodiscard]] std::int64_t page_bytes() const { return page().bytes; }
  // An entry of a stream of one request in full precision, in all copies.
  [[nodiscard]] std::int64_t entry() const { return copies() * entry_bytes(shape, kv_dtype); }
  [[nodiscard]] std::int64_t copies() const { return copies_of(shape, storage_heads, layout); }
  [[nodiscard]] bool quantises() const { return layout.quant.scheme != KvScheme::kNone; }
  [[nodiscard]] DType activation_dtype() const { return cpu ? DType::kF32 : dtype; }
  // Rows that norms and the MLP hold at a time, of `rows` in the pass.
  [[nodiscard]] std::int64_t block_rows(std::int64_t rows) const {
    return cpu && cpu->row_block < rows ? cpu->row_block : rows;
  }
  // Accumulators and norms that stay with every entry of a storage head of one request, in f32.
  [[nodiscard]] std::int64_t state_bytes() const;
};

// The whole forward pass needs more of a shape than its KV entries: positive hidden, ffn and vocab.
// Also refuses what does not fit into 64 bits.
[[nodiscard]] Status check_model(const PassModel& model, const RunLengths& run);

// One layer of one pass of one request, summed over its storage heads. "before" and "after" are the
// survivors at the start of the pass and at its end.
struct LayerLoad {
  std::int64_t before = 0;  // entries
  std::int64_t after = 0;
  std::int64_t moved = 0;    // entries after the pass of heads that lost any but patch entries
  std::int64_t longest = 0;  // stream of one head, with every row of the pass
  // In pages, or in bytes where the layout has a formula.
  std::int64_t pages_before = 0;
  std::int64_t pages_full = 0;  // with every row of the pass, patch rows too
  std::int64_t pages_after = 0;
  // Under a layout with a formula: bytes of one copy of what was held before, as attention reads
  // them (keys and values, and the index), their keys, and what the moved entries take.
  std::int64_t read_before = 0;
  std::int64_t keys_before = 0;
  std::int64_t moved_bytes = 0;
  // Row-key pairs of all query heads with what was held before where not every entry is read, for
  // the one row of a decode pass; a page that is weighed counts like a key.
  std::int64_t selected_pairs = 0;
  friend bool operator==(const LayerLoad&, const LayerLoad&) = default;
};

// One pass; `layers` holds a load per layer.
struct PassLoad {
  Pass pass;
  bool decides = false;  // the policy is asked what survives
  bool samples = false;  // a token is sampled from the last row
  std::span<const LayerLoad> layers;

  [[nodiscard]] std::int64_t rows() const { return pass.forward_rows(); }
};

// Which questions the policy asks in this pass: any at all; of how many last rows; over how many
// entries, summed over the storage heads of a layer.
[[nodiscard]] bool asked(const PassModel& model, const PassLoad& load);
[[nodiscard]] std::int64_t voters(const PassModel& model, const PassLoad& load);
[[nodiscard]] std::int64_t candidates(const PassModel& model, const PassLoad& load,
                                      const LayerLoad& layer);

// Which of the optional operators a pass has; the first two in one of its layers.
[[nodiscard]] bool scores(const PassModel& model, const PassLoad& load, std::int32_t layer);
// A layer that slides needs none: it drops what its window leaves when its attention is done.
[[nodiscard]] bool evicts(const PassModel& model, const PassLoad& load, std::int32_t layer);
// Decode rows of this layer do not read every resident entry.
[[nodiscard]] bool selects(const PassModel& model, std::int32_t layer);
// After which operator of a layer what does not stay of its KV is freed.
[[nodiscard]] OperatorKind gives_back(const PassModel& model, std::int32_t layer);
[[nodiscard]] bool has_logits(const PassModel& model, const PassLoad& load);
// Rows that get logits: one of each request, or all of the pass.
[[nodiscard]] std::int64_t logit_rows(const PassModel& model, const PassLoad& load);

// Work over all requests. Of an operator outside layers (`layer` is kBoundary), and of one inside
// whose work depends on the rows only.
[[nodiscard]] Work row_work(const PassModel& model, const PassLoad& load, OperatorKind kind,
                            std::int32_t layer);
// kAttention, kScore, kEvict: their work depends on what is resident.
[[nodiscard]] Work layer_work(const PassModel& model, const PassLoad& load, OperatorKind kind,
                              std::int32_t layer, const LayerLoad& held);
[[nodiscard]] constexpr bool depends_on_residency(OperatorKind kind) {
  return kind == OperatorKind::kAttention || kind == OperatorKind::kScore ||
         kind == OperatorKind::kEvict;
}
// Bytes of the answers of all requests while the policy reads them. (On a CPU:
// sim/graph/cpu_memory.hpp.)
[[nodiscard]] std::int64_t score_workspace(const PassModel& model, const PassLoad& load,
                                           const LayerLoad& held);
// Log-sum-exp of every row (of all requests) and query head; with few rows also partial results of
// the pieces into which the keys are cut.
// On a CPU, the tiles of all threads.
[[nodiscard]] std::int64_t attention_workspace(const PassModel& model, std::int64_t rows,
                                               const LayerLoad& layer);
// Whether it depends on what is resident.
[[nodiscard]] constexpr bool attention_workspace_grows(const PassModel& model) {
  return model.cpu && model.needs.accumulated;
}

// All weights in bytes; on a CPU the norms a second time.
[[nodiscard]] std::int64_t weight_bytes(const PassModel& model);

// Row-key pairs of all query heads of a layer: every row sees what was there before the pass and
// the pass's rows up to itself, or as much of it as lies in its window. Of one
// request.
[[nodiscard]] std::int64_t attention_pairs(const PassModel& model, std::int64_t rows,
                                           std::int32_t layer, const LayerLoad& held);

}  // namespace kvfoot
