// The example of docs/adding-a-policy.md: each head keeps what its last row looked at most.
#include <algorithm>

#include "sim/policy/select.hpp"
#include "sim/policy/spec_reader.hpp"

namespace kvfoot {

extern const PolicyDescriptor kPolicy_lastlook;

namespace {

class LastLook final : public Policy {
 public:
  explicit LastLook(std::int64_t budget) : budget_(budget) {}

  // Called when decides() said so. Entries of patch rows come last and are never ours to keep.
  [[nodiscard]] Result<LayerKeep> decide(const LayerView& view) const override {
    constexpr AttentionQuery kQuery{.kind = AttentionQuery::Kind::kLastRowMass};
    LayerKeep keep(view.heads.size());
    for (std::size_t h = 0; h < view.heads.size(); ++h) {
      const auto own =
          static_cast<std::int64_t>(view.heads[h].resident.size()) - view.pass.pass.patch_rows;
      if (own <= budget_) {
        continue;  // a HeadKeep starts as "everything"
      }
      KVFOOT_ASSIGN(const std::span<const float> mass,
                    view.attention->answer(kQuery, static_cast<std::int32_t>(h)));
      keep[h].all = false;
      // The newest entry always stays; ties go to the lower index.
      append_top(mass.first(static_cast<std::size_t>(own - 1)), budget_ - 1, 0, keep[h].index);
      append_range(own - 1, own, keep[h].index);
    }
    return keep;
  }

  // False saves the question: before the budget is full nothing can be evicted.
  [[nodiscard]] bool decides(const PassView& view) const override {
    return view.pass.end > budget_;
  }

  // A promise that the driver checks, and what the simulator uses where there is no attention.
  [[nodiscard]] std::optional<std::int64_t> kept_count(const PassView& view, std::int32_t /*layer*/,
                                                       std::int32_t /*head*/,
                                                       std::int64_t past) const override {
    return std::min(past + view.pass.rows(), budget_);
  }
  [[nodiscard]] std::optional<std::int64_t> decode_cap(std::int32_t /*layer*/,
                                                       std::int32_t /*head*/) const override {
    return budget_;
  }

  // Backends compute nothing that no policy announces.
  [[nodiscard]] AttentionNeeds needs() const override {
    return {.last_row = true, .in_prefill = true, .in_decode = true};
  }

 private:
  std::int64_t budget_;
};

Result<std::unique_ptr<const Policy>> make(const PolicySpec& spec,
                                           const PolicyContext& /*context*/) {
  const SpecReader reader(kPolicy_lastlook, spec);
  return std::unique_ptr<const Policy>(std::make_unique<LastLook>(reader.integer("budget")));
}

std::string example(std::int64_t prompt) { return "lastlook:budget=" + std::to_string(prompt / 2); }

constexpr ParamInfo kParams[] = {
    {.name = "budget",
     .type = ParamType::kInt,
     .default_text = "512",
     .min = 1,
     .max = 2147483647,
     .help = "entries kept per stream"},
};

}  // namespace

constinit const PolicyDescriptor kPolicy_lastlook{
    .name = "lastlook",
    .summary = "each head keeps what its last row looked at most",
    .paper = "an example, no paper",
    .params = kParams,
    .example = example,
    .make = make};

}  // namespace kvfoot
