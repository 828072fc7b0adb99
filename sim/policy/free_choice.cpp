// Counts of real policies, survivors by any score.
#include "sim/policy/free_choice.hpp"

#include <algorithm>

#include "sim/policy/select.hpp"

namespace kvfoot {

FreeChoicePolicy::FreeChoicePolicy(const SpecReader& reader, const Budget& budget,
                                   const PolicyContext& context)
    : budget_(budget),
      cap_(reader.flag("cap")),
      storage_(read_storage(reader)),
      evict_(read_evict(reader)) {
  budget_.remark_if_covers(cap_ ? context.run.rows() : context.run.prefill_rows(), remarks_);
  if (!cap_ && evict_ == EvictAt::kChunk) {
    budget_.remark_if_small(context.run, 0, remarks_);
  }
  remark_copies(storage_, context.shape, remarks_);
}

bool FreeChoicePolicy::decides(const PassView& view) const {
  return (cap_ || view.pass.phase == Phase::kPrefill) && evicts_after(evict_, view.pass);
}

std::int64_t FreeChoicePolicy::kept(const Pass& pass, std::int64_t past) const {
  const std::int64_t own = past + pass.rows();
  if (cap_) {
    return std::min(own, budget_.of_cache());
  }
  return evict_ == EvictAt::kEnd ? std::min(own, budget_.of_prefill())
                                 : past + std::min(pass.rows(), budget_.of_pass(pass));
}

Result<LayerKeep> FreeChoicePolicy::decide(const LayerView& view) const {
  const Pass& pass = view.pass.pass;
  LayerKeep keep(view.heads.size());
  std::vector<float> values;
  for (std::size_t h = 0; h < view.heads.size(); ++h) {
    const std::int64_t own =
        static_cast<std::int64_t>(view.heads[h].resident.size()) - pass.patch_rows;
    const std::int64_t count = kept(pass, own - pass.rows());
    if (count == own) {
      continue;
    }
    keep[h].all = false;
    if (count > 0) {
      values.assign(static_cast<std::size_t>(own), 0.0F);
      KVFOOT_TRY(score(view, static_cast<std::int32_t>(h), values));
      reserve_indices(count, keep[h].index);
      append_top(values, count, 0, keep[h].index);
    }
  }
  return keep;
}

std::optional<std::int64_t> FreeChoicePolicy::kept_count(const PassView& view,
                                                         std::int32_t /*layer*/,
                                                         std::int32_t /*head*/,
                                                         std::int64_t past) const {
  return decides(view) ? kept(view.pass, past) : past + view.pass.rows();
}

std::optional<std::int64_t> FreeChoicePolicy::decode_cap(std::int32_t /*layer*/,
                                                         std::int32_t /*head*/) const {
  return cap_ ? budget_.of_cache() : kUncapped;
}

}  // namespace kvfoot
