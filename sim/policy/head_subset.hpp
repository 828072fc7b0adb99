// A view of some heads of a layer, for a policy that another policy asks about them.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "sim/policy/policy.hpp"

namespace kvfoot {

// Passes questions on with the head's index in the whole layer.
class SubsetSource final : public AttentionSource {
 public:
  SubsetSource(AttentionSource* whole, std::span<const std::int32_t> heads)
      : whole_(whole), heads_(heads) {}

  [[nodiscard]] Result<std::span<const float>> answer(const AttentionQuery& query,
                                                      std::int32_t head) override {
    return whole_->answer(query, heads_[static_cast<std::size_t>(head)]);
  }
  void retain(std::int32_t /*head*/, std::span<const std::int32_t> /*kept*/) override {
    KVFOOT_CHECK(false, "only the driver compacts");
  }

 private:
  AttentionSource* whole_;
  std::span<const std::int32_t> heads_;
};

// What `policy` keeps of the heads named, in their order. Head indices are renumbered, so the inner
// policy must not depend on them; it sees no earlier layers.
[[nodiscard]] inline Result<LayerKeep> decide_for(const Policy& policy, const LayerView& view,
                                                  std::span<const std::int32_t> heads) {
  std::vector<HeadView> some;
  some.reserve(heads.size());
  for (const std::int32_t head : heads) {
    some.push_back(view.heads[static_cast<std::size_t>(head)]);
  }
  SubsetSource source(view.attention, heads);
  return policy.decide(LayerView{.pass = view.pass,
                                 .layer = view.layer,
                                 .heads = some,
                                 .earlier = {},
                                 .attention = view.attention == nullptr ? nullptr : &source});
}

}  // namespace kvfoot
