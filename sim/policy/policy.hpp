// The one interface of eviction policies: a pure function from a view of a layer to what it keeps.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/attention.hpp"
#include "sim/core/result.hpp"
#include "sim/core/schedule.hpp"
#include "sim/core/shape.hpp"

namespace kvfoot {

// The pass after whose attention the policy is asked, and the run that it belongs to.
struct PassView {
  Pass pass;
  RunLengths run;
  std::int32_t layers = 0;
};

// One storage head. `resident` is ascending and ends with the pass's own entries (its rows, then
// its patch rows); the first `past` of them were there before the pass.
struct HeadView {
  std::span<const TokenPos> resident;
  std::int64_t past = 0;
};

// Indices into HeadView::resident, ascending and unique; or everything.
struct HeadKeep {
  bool all = true;
  std::vector<std::int32_t> index;
};

// One per storage head.
using LayerKeep = std::vector<HeadKeep>;

struct LayerView {
  PassView pass;
  std::int32_t layer = 0;
  std::span<const HeadView> heads;
  std::span<const LayerKeep> earlier;  // answers for layers 0 .. layer - 1 of this pass
  AttentionSource* attention = nullptr;
};

// What the published footprint script needs to know about a policy (evaluation code of arXiv
// 2506.17121): a share of streaming heads, and the share evicted per chunk from the others.
struct PaperForm {
  double streaming_share = 0;  // of heads
  std::int64_t sinks = 0;
  std::int64_t window = 0;
  double sparsity = 0;  // evicted share per chunk on the other heads
};

constexpr std::int64_t kUncapped = std::numeric_limits<std::int64_t>::max();

// Policies have no state, no I/O, no clock and no threads: every call with the same arguments gives
// the same answer. The driver (sim/cache) checks what they return.
class Policy {
 public:
  virtual ~Policy() = default;

  // Which entries survive this layer of this pass. Patch entries need not be listed: the driver
  // drops them whatever the answer. Called only when decides() is true.
  [[nodiscard]] virtual Result<LayerKeep> decide(const LayerView& view) const = 0;

  // False: everything is kept after this pass, decide() is not called.
  [[nodiscard]] virtual bool decides(const PassView& pass) const = 0;

  // How many entries decide() keeps of a head, from counts alone: `past` were resident before the
  // pass, which added pass.rows() (patch entries count on neither side). Nothing when the count
  // depends on attention.
  [[nodiscard]] virtual std::optional<std::int64_t> kept_count(const PassView& pass,
                                                               std::int32_t layer,
                                                               std::int32_t head,
                                                               std::int64_t past) const = 0;

  // Closed form of decoding: after each decode pass a head holds min(past + 1, cap) entries.
  // Nothing when decoding follows no such rule.
  [[nodiscard]] virtual std::optional<std::int64_t> decode_cap(std::int32_t layer,
                                                               std::int32_t head) const = 0;

  // What kept_count() and decode_cap() know of a stream besides its past: streams with one key
  // count alike, and counting asks one of them for all. By default every stream has a key of its
  // own.
  [[nodiscard]] virtual std::int64_t count_key(std::int32_t layer, std::int32_t head) const {
    return (std::int64_t{layer} << 32) + head;
  }

  [[nodiscard]] virtual AttentionNeeds needs() const { return {}; }
  [[nodiscard]] virtual Storage storage() const { return Storage::kKvHeads; }
  // Voting window whose rows are appended to every chunk but the last; 0 when it does not patch.
  [[nodiscard]] virtual std::int64_t patch_window() const { return 0; }
  // Keys are cached before RoPE and rotated at their index in the cache (StreamingLLM).
  [[nodiscard]] virtual bool reindexes() const { return false; }
  // Whether decide() reads LayerView::earlier; it is empty otherwise (the answers of a layer can be
  // as large as its residency).
  [[nodiscard]] virtual bool reads_earlier_layers() const { return false; }
  // Nothing when the published script has no closed form for this policy.
  [[nodiscard]] virtual std::optional<PaperForm> paper_form() const { return std::nullopt; }
  // Remarks for the result, as (code, sentence): "heads were chosen by a seeded hash".
  [[nodiscard]] virtual std::vector<std::pair<std::string, std::string>> remarks() const {
    return {};
  }
};

[[nodiscard]] inline std::int32_t storage_heads(const Policy& policy, const ModelShape& shape) {
  return policy.storage() == Storage::kKvHeads ? shape.kv_heads : shape.q_heads;
}

}  // namespace kvfoot
