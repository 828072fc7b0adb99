// SnapKV: the last rows vote for what came before them; the same budget in every layer.
#include <algorithm>

#include "sim/policy/window_vote.hpp"

namespace kvfoot {

extern const PolicyDescriptor kPolicy_snapkv;

namespace {

class SnapKv final : public WindowVotePolicy {
 public:
  using WindowVotePolicy::WindowVotePolicy;

  [[nodiscard]] std::int64_t count_key(std::int32_t /*layer*/,
                                       std::int32_t /*head*/) const override {
    return 0;
  }

 protected:
  [[nodiscard]] std::int64_t scored(const Quota& quota) const override {
    return std::min(quota.base, quota.candidates);
  }
};

Result<std::unique_ptr<const Policy>> make(const PolicySpec& spec, const PolicyContext& context) {
  const SpecReader reader(kPolicy_snapkv, spec);
  KVFOOT_ASSIGN(const VoteSettings settings, read_vote_settings(reader));
  KVFOOT_ASSIGN(const Budget budget, Budget::read(reader, context, settings.storage));
  return std::unique_ptr<const Policy>(std::make_unique<SnapKv>(settings, budget, context));
}

std::string example(std::int64_t prompt) {
  return "snapkv:sparsity=0.5,window=" +
         std::to_string(std::clamp<std::int64_t>(prompt / 16, 1, 64));
}

}  // namespace

constinit const PolicyDescriptor kPolicy_snapkv{
    .name = "snapkv",
    .summary = "the last rows of a pass vote, pooled; uniform budget over layers and heads",
    .paper = "SnapKV, arXiv 2404.14469",
    .params = kVoteParams,
    .example = example,
    .make = make};

}  // namespace kvfoot
