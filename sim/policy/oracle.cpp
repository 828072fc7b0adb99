// Knowing the future: keep what later rows will attend to most.
#include <algorithm>

#include "sim/policy/free_choice.hpp"

namespace kvfoot {

extern const PolicyDescriptor kPolicy_oracle;

namespace {

// After Belady's replacement rule (IBM Systems Journal 5(2), 1966), with attention mass in place of
// the next use. Greedy: each decision is the best for the rows that follow it, and what it evicts
// cannot come back, so a later decision may wish it had been otherwise.
class Oracle final : public FreeChoicePolicy {
 public:
  using FreeChoicePolicy::FreeChoicePolicy;

  [[nodiscard]] AttentionNeeds needs() const override {
    return {.future = true, .in_prefill = true, .in_decode = caps()};
  }

 protected:
  [[nodiscard]] Status score(const LayerView& view, std::int32_t head,
                             std::vector<float>& values) const override {
    constexpr AttentionQuery kQuery{.kind = AttentionQuery::Kind::kFutureMass};
    KVFOOT_ASSIGN(const std::span<const float> mass, view.attention->answer(kQuery, head));
    KVFOOT_CHECK(mass.size() >= values.size());
    std::copy_n(mass.begin(), values.size(), values.begin());
    return {};
  }
};

Result<std::unique_ptr<const Policy>> make(const PolicySpec& spec, const PolicyContext& context) {
  const SpecReader reader(kPolicy_oracle, spec);
  KVFOOT_ASSIGN(const Budget budget, Budget::read(reader, context, read_storage(reader)));
  return std::unique_ptr<const Policy>(std::make_unique<Oracle>(reader, budget, context));
}

std::string example(std::int64_t /*prompt*/) { return "oracle:sparsity=0.5"; }

}  // namespace

constinit const PolicyDescriptor kPolicy_oracle{
    .name = "oracle",
    .summary = "keeps what later rows attend to most; only replays of a full trace know that",
    .paper = "after Belady, IBM Systems Journal 5(2), 1966",
    .params = kFreeChoiceParams,
    .example = example,
    .make = make,
    .replay_only = true};

}  // namespace kvfoot
