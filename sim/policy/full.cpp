// Full attention: nothing is ever evicted.
#include "sim/policy/descriptor.hpp"

namespace kvfoot {

extern const PolicyDescriptor kPolicy_full;

namespace {

class Full final : public Policy {
 public:
  [[nodiscard]] Result<LayerKeep> decide(const LayerView& view) const override {
    return LayerKeep(view.heads.size());
  }
  [[nodiscard]] bool decides(const PassView& /*view*/) const override { return false; }
  [[nodiscard]] std::optional<std::int64_t> kept_count(const PassView& view, std::int32_t /*layer*/,
                                                       std::int32_t /*head*/,
                                                       std::int64_t past) const override {
    return past + view.pass.rows();
  }
  [[nodiscard]] std::optional<std::int64_t> decode_cap(std::int32_t /*layer*/,
                                                       std::int32_t /*head*/) const override {
    return kUncapped;
  }
  [[nodiscard]] std::int64_t count_key(std::int32_t /*layer*/,
                                       std::int32_t /*head*/) const override {
    return 0;
  }
  [[nodiscard]] std::optional<PaperForm> paper_form() const override { return PaperForm{}; }
};

Result<std::unique_ptr<const Policy>> make(const PolicySpec& /*spec*/,
                                           const PolicyContext& /*context*/) {
  return std::unique_ptr<const Policy>(std::make_unique<Full>());
}

std::string example(std::int64_t /*prompt*/) { return "full"; }

}  // namespace

constinit const PolicyDescriptor kPolicy_full{.name = "full",
                                              .summary = "full attention, nothing is evicted",
                                              .paper = "the baseline",
                                              .params = {},
                                              .example = example,
                                              .make = make};

}  // namespace kvfoot
