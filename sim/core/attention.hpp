// Questions that policies ask about attention, and who answers them in both worlds.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/result.hpp"
#include "sim/core/schedule.hpp"

namespace kvfoot {

// One question. Answers are fp32, computed in a fixed order, and have one value per *subject*:
//
//   kWindowMass       the sum over the last `window` rows of the pass (patch
//                     rows included, min(window, forward_rows) of them: the voters) of the softmax
//                     mass given to each candidate. scope kPass: the softmax runs over the pass's
//                     own keys only (SnapKV, PyramidKV in their chunked form) and candidates are
//                     the pass's keys without the last min(window, forward_rows) of them.
//                     scope kResident: the softmax runs over all resident keys and candidates are
//                     all resident entries without the last min(window, forward_rows).
//                     Then pooled along the candidates (stride 1, kernel odd; average divides by
//                     `kernel` always, zero padding counted; max pads with -inf).
//   kAccumulatedMass  per resident entry: mass received from every row so far, patch rows
//                     excluded; each row's softmax runs over what was resident for it (H2O).
//   kLastRowMass      per resident entry: mass given by the last (non-patch) row of the pass,
//                     softmax over all that it saw (TOVA).
//   kKeyNorm          per resident entry: L2 norm of the post-RoPE key.
//   kFutureMass       per resident entry: mass that the rows of the run after this pass give it
//                     under full attention. Only a replay of a trace that kept everything knows it;
//                     rows beyond the recorded ones count nothing.
//
// Each answer is per storage head. Where the storage heads are KV heads, the value is computed per
// query head (pooled first) and then averaged over the group: sum in ascending query-head order,
// then one division by the group size.
struct AttentionQuery {
  enum class Kind : std::uint8_t {
    kWindowMass,
    kAccumulatedMass,
    kLastRowMass,
    kKeyNorm,
    kFutureMass
  };
  enum class Scope : std::uint8_t { kPass, kResident };
  enum class Pool : std::uint8_t { kNone, kAverage, kMax };

  Kind kind = Kind::kWindowMass;
  Scope scope = Scope::kPass;
  Pool pool = Pool::kNone;
  std::int32_t window = 0;  // kWindowMass only
  std::int32_t kernel = 1;  // pooling width, odd

  friend auto operator<=>(const AttentionQuery&, const AttentionQuery&) = default;
};

// Values of the answer for a head that holds `resident` entries, those of the pass's rows (patch
// rows too) included.
[[nodiscard]] inline std::int64_t answer_size(const AttentionQuery& query, const Pass& pass,
                                              std::int64_t resident) {
  if (query.kind != AttentionQuery::Kind::kWindowMass) {
    return resident;
  }
  const std::int64_t voters = std::min<std::int64_t>(query.window, pass.forward_rows());
  const bool own = query.scope == AttentionQuery::Scope::kPass;
  return (own ? pass.forward_rows() : resident) - voters;
}

// What a policy may ask during a run, so that a backend computes nothing else.
struct AttentionNeeds {
  std::int32_t window = 0;  // rows of the voting window, 0: never asks kWindowMass
  bool accumulated = false;
  bool last_row = false;
  bool key_norms = false;
  bool future = false;  // no model that runs can answer: such policies bound the others in replays
  bool in_prefill = false;  // asks after prefill passes
  bool in_decode = false;   // asks after decode passes
};

// Which heads have a cache of their own: one per KV head, or one copy per query head as the
// ungrouped reference codes keep it.
enum class Storage : std::uint8_t { kKvHeads, kQueryHeads };

// Answers for one layer at one moment of a pass (after the layer's attention, before eviction).
// Asking twice gives the same values. A returned span stays valid until retain() is called.
class AttentionSource {
 public:
  virtual ~AttentionSource() = default;

  // `head` is a storage head. An error means that the source cannot know (a trace that lacks the
  // rows, a policy other than the one recorded); it names the trace and the remedy.
  [[nodiscard]] virtual Result<std::span<const float>> answer(const AttentionQuery& query,
                                                              std::int32_t head) = 0;

  // The driver keeps the entries with these indices (ascending, into the resident list of the
  // head): accumulators must be compacted the same way. Called once per decision for each head that
  // loses entries (patch entries included), after every answer of the layer was given and before
  // the resident list itself is compacted.
  virtual void retain(std::int32_t head, std::span<const std::int32_t> kept) = 0;
};

// A tile of softmax rows of one query head, as recorded while attention is computed.
struct AttentionTile {
  std::int32_t layer = 0;
  std::int32_t q_head = 0;
  std::int32_t first_row = 0;  // index within the pass, patch rows come last
  std::int32_t rows = 0;
  std::int64_t past = 0;  // resident entries before this pass (of the query head's storage head)
  // (rows, stride) row-major; row r has past + first_row + r + 1 valid probabilities, in the order
  // of the resident list.
  const float* probability = nullptr;
  std::int64_t stride = 0;
  const float* log_sum_exp = nullptr;  // (rows), natural logarithm of sum exp(q.k / sqrt(d))
};

// What an observer wants of a pass if it makes do with sums of softmax rows. Rows count within the
// pass, patch rows last.
struct AttentionSums {
  // Means over rows [first_row, first_row + rows): the largest masses, and what the others share.
  struct Block {
    std::int32_t first_row = 0;
    std::int32_t rows = 0;
    std::int32_t most_entries = 0;  // single keys, if their mean mass is at least `least_entry`
    float least_entry = 0;
    friend bool operator==(const Block&, const Block&) = default;
  };
  // Sum over rows [first_row, first_row + rows), key by key. Keys count from the first of the
  // pass's own; those before `first_key` (which may be negative) do not take part, and each row is
  // made to sum to one over those that do (renormalise of sim/core/pooling.hpp).
  struct Rows {
    std::int32_t first_row = 0;
    std::int32_t rows = 0;
    std::int64_t first_key = 0;
    friend bool operator==(const Rows&, const Rows&) = default;
  };
  std::int32_t key_block = 64;  // keys that share a mean in blocks: 64 or 128
  std::vector<Block> blocks;    // of the pass's true rows, all of them, ascending
  std::vector<Rows> rows;
};

// One of AttentionSums::blocks for one query head.
struct AttentionBlock {
  std::int32_t layer = 0;
  std::int32_t q_head = 0;
  std::int64_t past = 0;   // as in AttentionTile
  std::int32_t index = 0;  // which of the blocks
  // The keys of the largest mean masses, ascending (of equal ones the lower key was taken), and
  // these masses.
  std::span<const std::int32_t> key;
  std::span<const float> mass;
  // Per key block (of key_block keys from key 0 on, the last one may be shorter) of the
  // past + first_row + rows keys: mean mass of the keys that are not among those above, 0 if there
  // are none.
  std::span<const float> rest;
};

// One of AttentionSums::rows for one query head.
struct AttentionRowSum {
  std::int32_t layer = 0;
  std::int32_t q_head = 0;
  std::int64_t past = 0;
  std::int32_t index = 0;  // which of the rows
  // Keys from max(0, past + first_key) to the last that the last of the rows sees; rows ascending
  // were added in fp32, one after the other.
  std::span<const float> sum;
};

// Receives what softmax rows say while a pass runs: every row in tiles or, from a backend that can,
// the sums that the observer asked for. For one query head of a layer it is the one or the other.
// Calls for different query heads may come from different threads at once; calls for one query head
// come from one thread, tiles in ascending row order, blocks in their order and before row sums.
class AttentionObserver {
 public:
  virtual ~AttentionObserver() = default;
  virtual void on_tile(const AttentionTile& tile) = 0;

  // Asked once the pass has begun; valid until it ends. Null: only tiles will do.
  [[nodiscard]] virtual const AttentionSums* sums() const { return nullptr; }
  virtual void on_block(const AttentionBlock& /*block*/) {}
  virtual void on_row_sum(const AttentionRowSum& /*sum*/) {}
};

}  // namespace kvfoot
