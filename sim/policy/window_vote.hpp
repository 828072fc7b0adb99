// What SnapKV and PyramidKV share: a window of rows votes, the best candidates survive.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "sim/core/attention.hpp"
#include "sim/policy/budget.hpp"
#include "sim/policy/descriptor.hpp"
#include "sim/policy/policy.hpp"
#include "sim/policy/shared_params.hpp"

namespace kvfoot {

// Parameters of both, as ParamInfo rows (SnapKV, arXiv 2404.14469; patching and chunked eviction:
// arXiv 2506.17121 section 3).
inline constexpr ParamInfo kVoteParams[] = {
    sparsity_param("share of each chunk (evict=end: of the prompt) that is evicted", "budget|bytes",
                   "0.7"),
    budget_param("tokens kept per stream of the whole prompt, shared out over chunks by length",
                 "sparsity|bytes"),
    bytes_param("bytes kept of the whole prompt, all streams together", "sparsity|budget"),
    {.name = "window",
     .type = ParamType::kInt,
     .default_text = "64",
     .min = 1,
     .max = 65536,
     .help = "last rows of a pass, which vote and are kept"},
    {.name = "kernel",
     .type = ParamType::kInt,
     .default_text = "5",
     .min = 1,
     .max = 4095,
     .help = "pooling width over candidates, odd"},
    {.name = "pool",
     .type = ParamType::kChoice,
     .default_text = "avg",
     .choices = "avg|max",
     .help = "pooling of the votes"},
    kGroupParam,
    {.name = "patch",
     .type = ParamType::kBool,
     .default_text = "false",
     .help = "append the prompt's last rows to every chunk but the last; they vote, then go"},
    evict_param("chunk: after every prefill pass; end: once, over the whole prompt"),
};
inline constexpr std::size_t kVoteParamCount = std::size(kVoteParams);

struct VoteSettings {
  std::int64_t window = 0;
  std::int32_t kernel = 1;
  AttentionQuery::Pool pool = AttentionQuery::Pool::kAverage;
  Storage storage = Storage::kKvHeads;
  bool patch = false;
  EvictAt evict = EvictAt::kChunk;
};

// Errors: an even kernel, patch=true with evict=end.
[[nodiscard]] Result<VoteSettings> read_vote_settings(const SpecReader& reader);

// Chunked (evict=chunk): a pass keeps B = budget.of_pass of its x rows; survivors of earlier passes
// are never looked at again. Unpatched, the last w' = min(w, x) rows vote and are kept, and B - w'
// candidates survive by score; B <= w' keeps the last B rows and asks nothing, so that a budget is
// never exceeded (the reference keeps w rows). Patched, the patch rows vote and B rows survive by
// score alone. Post-fill (evict=end): the same rule once, after the last prefill pass, over every
// resident entry, with the last rows of that pass as voters. Nothing is evicted while decoding.
class WindowVotePolicy : public Policy {
 public:
  WindowVotePolicy(const VoteSettings& settings, const Budget& budget,
                   const PolicyContext& context);

  [[nodiscard]] Result<LayerKeep> decide(const LayerView& view) const override;
  [[nodiscard]] bool decides(const PassView& view) const override;
  [[nodiscard]] std::optional<std::int64_t> kept_count(const PassView& view, std::int32_t layer,
                                                       std::int32_t head,
                                                       std::int64_t past) const override;
  [[nodiscard]] std::optional<std::int64_t> decode_cap(std::int32_t layer,
                                                       std::int32_t head) const override;
  // scored() may give every layer another share.
  [[nodiscard]] std::int64_t count_key(std::int32_t layer, std::int32_t /*head*/) const override {
    return layer;
  }
  [[nodiscard]] AttentionNeeds needs() const override;
  [[nodiscard]] Storage storage() const override { return settings_.storage; }
  [[nodiscard]] std::int64_t patch_window() const override {
    return settings_.patch ? settings_.window : 0;
  }
  [[nodiscard]] std::optional<PaperForm> paper_form() const override;
  [[nodiscard]] Remarks remarks() const override { return remarks_; }

 protected:
  struct Quota {
    std::int32_t layer = 0;
    std::int32_t layers = 1;
    std::int64_t base = 0;        // candidates kept on average over the layers, at least 1
    std::int64_t candidates = 0;  // more than base
    std::int64_t voters = 0;
  };
  // How many candidates a layer keeps by score, at most quota.candidates.
  [[nodiscard]] virtual std::int64_t scored(const Quota& quota) const = 0;

 private:
  struct Split {
    std::int64_t first = 0;       // index of the first entry that is looked at
    std::int64_t candidates = 0;  // entries [first, first + candidates)
    std::int64_t scored = 0;      // of which this many survive
    std::int64_t newest = 0;      // and this many of the last entries of the pass
    bool all = false;
  };
  // `own` entries without patch entries, `past` of them from before the pass.
  [[nodiscard]] Split split(const PassView& view, std::int32_t layer, std::int64_t past,
                            std::int64_t own) const;
  [[nodiscard]] std::int64_t voters(const Pass& pass) const;

  VoteSettings settings_;
  Budget budget_;
  bool paper_timing_;
  Remarks remarks_;
};

}  // namespace kvfoot
