// SnapKV-style decisions: who votes, who is a candidate, how many survive.
#include "sim/policy/window_vote.hpp"

#include <algorithm>

#include "sim/policy/select.hpp"

namespace kvfoot {

Result<VoteSettings> read_vote_settings(const SpecReader& reader) {
  VoteSettings settings;
  settings.window = reader.integer("window");
  settings.kernel = static_cast<std::int32_t>(reader.integer("kernel"));
  if (settings.kernel % 2 == 0) {
    return reader.error("kernel is " + std::to_string(settings.kernel),
                        "an even width has no middle: give an odd one");
  }
  settings.pool =
      reader.text("pool") == "max" ? AttentionQuery::Pool::kMax : AttentionQuery::Pool::kAverage;
  settings.storage = read_storage(reader);
  settings.patch = reader.flag("patch");
  settings.evict = read_evict(reader);
  if (settings.patch && settings.evict == EvictAt::kEnd) {
    return reader.error("patch=true with evict=end",
                        "after the last chunk the prompt's own end votes: drop one of the two");
  }
  return settings;
}

WindowVotePolicy::WindowVotePolicy(const VoteSettings& settings, const Budget& budget,
                                   const PolicyContext& context)
    : settings_(settings),
      budget_(budget),
      paper_timing_(has_paper_timing(settings.evict, context.run)) {
  budget_.remark_if_covers(context.run.prefill_rows(), remarks_);
  if (settings.evict == EvictAt::kChunk) {
    budget_.remark_if_small(context.run, settings.patch ? 0 : settings.window, remarks_);
  }
  remark_copies(settings_.storage, context.shape, remarks_);
}

bool WindowVotePolicy::decides(const PassView& view) const {
  return view.pass.phase == Phase::kPrefill && evicts_after(settings_.evict, view.pass);
}

std::int64_t WindowVotePolicy::voters(const Pass& pass) const {
  return pass.patch_rows > 0 ? pass.patch_rows : std::min(settings_.window, pass.rows());
}

WindowVotePolicy::Split WindowVotePolicy::split(const PassView& view, std::int32_t layer,
                                                std::int64_t past, std::int64_t own) const {
  const bool at_end = settings_.evict == EvictAt::kEnd;
  const bool patched = view.pass.patch_rows > 0;
  const std::int64_t budget = at_end ? budget_.of_prefill() : budget_.of_pass(view.pass);
  Split split;
  split.first = at_end ? 0 : past;
  const std::int64_t looked_at = own - split.first;
  if (budget >= looked_at) {
    split.all = true;
    return split;
  }
  const std::int64_t window = voters(view.pass);
  const std::int64_t protected_rows = patched ? 0 : window;
  split.candidates = looked_at - protected_rows;
  split.newest = std::min(budget, protected_rows);
  if (budget > protected_rows) {
    const Quota quota{.layer = layer,
                      .layers = view.layers,
                      .base = budget - protected_rows,
                      .candidates = split.candidates,
                      .voters = window};
    split.scored = scored(quota);
  }
  return split;
}

Result<LayerKeep> WindowVotePolicy::decide(const LayerView& view) const {
  const Pass& pass = view.pass.pass;
  // On the first pass both scopes are the same question; the narrower one makes evict=end and
  // evict=chunk agree to the bit.
  const bool over_resident = settings_.evict == EvictAt::kEnd && pass.begin > 0;
  const AttentionQuery query{
      .kind = AttentionQuery::Kind::kWindowMass,
      .scope = over_resident ? AttentionQuery::Scope::kResident : AttentionQuery::Scope::kPass,
      .pool = settings_.pool,
      .window = static_cast<std::int32_t>(voters(pass)),
      .kernel = settings_.kernel};
  LayerKeep keep(view.heads.size());
  for (std::size_t h = 0; h < view.heads.size(); ++h) {
    const HeadView& head = view.heads[h];
    const std::int64_t own = static_cast<std::int64_t>(head.resident.size()) - pass.patch_rows;
    const Split part = split(view.pass, view.layer, head.past, own);
    if (part.all) {
      continue;
    }
    keep[h].all = false;
    std::vector<std::int32_t>& index = keep[h].index;
    reserve_indices(part.first + part.scored + part.newest, index);
    append_range(0, part.first, index);
    if (part.scored > 0) {
      KVFOOT_ASSIGN(const std::span<const float> scores,
                    view.attention->answer(query, static_cast<std::int32_t>(h)));
      KVFOOT_CHECK(static_cast<std::int64_t>(scores.size()) == part.candidates,
                   "window mass has " + std::to_string(scores.size()) + " values for " +
                       std::to_string(part.candidates) + " candidates");
      append_top(scores, part.scored, static_cast<std::int32_t>(part.first), index);
    }
    append_range(own - part.newest, own, index);
  }
  return keep;
}

std::optional<std::int64_t> WindowVotePolicy::kept_count(const PassView& view, std::int32_t layer,
                                                         std::int32_t /*head*/,
                                                         std::int64_t past) const {
  const std::int64_t own = past + view.pass.rows();
  if (!decides(view)) {
    return own;
  }
  const Split part = split(view, layer, past, own);
  return part.all ? own : part.first + part.scored + part.newest;
}

std::optional<std::int64_t> WindowVotePolicy::decode_cap(std::int32_t /*layer*/,
                                                         std::int32_t /*head*/) const {
  return kUncapped;
}

AttentionNeeds WindowVotePolicy::needs() const {
  return {.window = static_cast<std::int32_t>(settings_.window), .in_prefill = true};
}

std::optional<PaperForm> WindowVotePolicy::paper_form() const {
  if (!budget_.sparsity() || !paper_timing_) {
    return std::nullopt;
  }
  return PaperForm{.sparsity = *budget_.sparsity()};
}

}  // namespace kvfoot
