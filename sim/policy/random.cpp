// Random eviction: what a schedule keeps of the attention when it does not look.
#include "sim/core/hash.hpp"
#include "sim/policy/free_choice.hpp"

namespace kvfoot {

extern const PolicyDescriptor kPolicy_random;

namespace {

class Random final : public FreeChoicePolicy {
 public:
  Random(const SpecReader& reader, const Budget& budget, const PolicyContext& context)
      : FreeChoicePolicy(reader, budget, context), seed_(context.seed) {}

 protected:
  [[nodiscard]] Status score(const LayerView& view, std::int32_t head,
                             std::vector<float>& values) const override {
    const auto resident = view.heads[static_cast<std::size_t>(head)].resident;
    const std::uint64_t drawn =
        hash_words(hash_text("random policy"), seed_, view.pass.pass.index, view.layer, head);
    for (std::size_t j = 0; j < values.size(); ++j) {
      values[j] = static_cast<float>(unit_interval(hash_words(drawn, resident[j])));
    }
    return {};
  }

 private:
  std::uint64_t seed_;
};

Result<std::unique_ptr<const Policy>> make(const PolicySpec& spec, const PolicyContext& context) {
  const SpecReader reader(kPolicy_random, spec);
  KVFOOT_ASSIGN(const Budget budget, Budget::read(reader, context, read_storage(reader)));
  return std::unique_ptr<const Policy>(std::make_unique<Random>(reader, budget, context));
}

std::string example(std::int64_t /*prompt*/) { return "random:sparsity=0.5"; }

}  // namespace

constinit const PolicyDescriptor kPolicy_random{
    .name = "random",
    .summary = "a seeded hash chooses: the floor under every schedule with the same counts",
    .paper = "baseline",
    .params = kFreeChoiceParams,
    .example = example,
    .make = make};

}  // namespace kvfoot
