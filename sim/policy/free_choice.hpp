// What the bounds share: as many survivors as a real policy, chosen freely among all residents.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "sim/policy/budget.hpp"
#include "sim/policy/descriptor.hpp"
#include "sim/policy/policy.hpp"
#include "sim/policy/shared_params.hpp"

namespace kvfoot {

// Parameters of all of them.
inline constexpr ParamInfo kFreeChoiceParams[] = {
    sparsity_param("share of each chunk (evict=end, cap=true: of the prompt) that is evicted",
                   "budget|bytes", "0.7"),
    budget_param("tokens kept per stream of the whole prompt, shared out over chunks by length",
                 "sparsity|bytes"),
    bytes_param("bytes kept of the whole prompt, all streams together", "sparsity|budget"),
    {.name = "cap",
     .type = ParamType::kBool,
     .default_text = "false",
     .help = "true: the budget is the size of the cache, prompt and output, as for h2o and tova"},
    kGroupParam,
    kEvictParam,
};

// cap=false: after a prefill pass a stream keeps as many entries as under snapkv with the same
// budget. cap=true: after every pass it keeps at most the budget, as h2o and tova do. Which ones is
// up to score(); nothing is protected.
class FreeChoicePolicy : public Policy {
 public:
  FreeChoicePolicy(const SpecReader& reader, const Budget& budget, const PolicyContext& context);

  [[nodiscard]] Result<LayerKeep> decide(const LayerView& view) const override;
  [[nodiscard]] bool decides(const PassView& view) const override;
  [[nodiscard]] std::optional<std::int64_t> kept_count(const PassView& view, std::int32_t layer,
                                                       std::int32_t head,
                                                       std::int64_t past) const override;
  [[nodiscard]] std::optional<std::int64_t> decode_cap(std::int32_t layer,
                                                       std::int32_t head) const override;
  [[nodiscard]] std::int64_t count_key(std::int32_t /*layer*/,
                                       std::int32_t /*head*/) const override {
    return 0;
  }
  [[nodiscard]] Storage storage() const override { return storage_; }
  [[nodiscard]] Remarks remarks() const override { return remarks_; }

 protected:
  // One value per resident entry; the largest stay.
  [[nodiscard]] virtual Status score(const LayerView& view, std::int32_t head,
                                     std::vector<float>& values) const = 0;
  [[nodiscard]] bool caps() const { return cap_; }

 private:
  [[nodiscard]] std::int64_t kept(const Pass& pass, std::int64_t past) const;

  Budget budget_;
  bool cap_;
  Storage storage_;
  EvictAt evict_;
  Remarks remarks_;
};

}  // namespace kvfoot
