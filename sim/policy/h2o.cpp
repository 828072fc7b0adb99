// H2O: heavy hitters by accumulated attention, and a recent window.
#include <algorithm>

#include "sim/policy/budget.hpp"
#include "sim/policy/select.hpp"
#include "sim/policy/shared_params.hpp"

namespace kvfoot {

extern const PolicyDescriptor kPolicy_h2o;

namespace {

// After every pass, per head: the `heavy` entries with the largest mass received so far among all
// but the last `recent`, and those (H2O, arXiv 2306.14048, with entries really dropped). Chunked
// prefill runs the same rule after each chunk; masses of survivors go on accumulating.
class H2o final : public Policy {
 public:
  H2o(std::int64_t heavy, std::int64_t recent, Storage storage, EvictAt evict, Remarks remarks)
      : heavy_(heavy),
        recent_(recent),
        storage_(storage),
        evict_(evict),
        remarks_(std::move(remarks)) {}

  [[nodiscard]] Result<LayerKeep> decide(const LayerView& view) const override {
    constexpr AttentionQuery kQuery{.kind = AttentionQuery::Kind::kAccumulatedMass};
    LayerKeep keep(view.heads.size());
    for (std::size_t h = 0; h < view.heads.size(); ++h) {
      const std::int64_t own =
          static_cast<std::int64_t>(view.heads[h].resident.size()) - view.pass.pass.patch_rows;
      if (own <= heavy_ + recent_) {
        continue;
      }
      keep[h].all = false;
      reserve_indices(heavy_ + recent_, keep[h].index);
      if (heavy_ > 0) {
        KVFOOT_ASSIGN(const std::span<const float> mass,
                      view.attention->answer(kQuery, static_cast<std::int32_t>(h)));
        KVFOOT_CHECK(static_cast<std::int64_t>(mass.size()) >= own);
        append_top(mass.first(static_cast<std::size_t>(own - recent_)), heavy_, 0, keep[h].index);
      }
      append_range(own - recent_, own, keep[h].index);
    }
    return keep;
  }
  [[nodiscard]] bool decides(const PassView& view) const override {
    return view.pass.end > heavy_ + recent_ && evicts_after(evict_, view.pass);
  }
  [[nodiscard]] std::optional<std::int64_t> kept_count(const PassView& view, std::int32_t /*layer*/,
                                                       std::int32_t /*head*/,
                                                       std::int64_t past) const override {
    const std::int64_t own = past + view.pass.rows();
    return decides(view) ? std::min(own, heavy_ + recent_) : own;
  }
  [[nodiscard]] std::optional<std::int64_t> decode_cap(std::int32_t /*layer*/,
                                                       std::int32_t /*head*/) const override {
    return heavy_ + recent_;
  }
  [[nodiscard]] std::int64_t count_key(std::int32_t /*layer*/,
                                       std::int32_t /*head*/) const override {
    return 0;
  }
  [[nodiscard]] AttentionNeeds needs() const override {
    return {.accumulated = true, .in_prefill = true, .in_decode = true};
  }
  [[nodiscard]] Storage storage() const override { return storage_; }
  [[nodiscard]] Remarks remarks() const override { return remarks_; }

 private:
  std::int64_t heavy_;
  std::int64_t recent_;
  Storage storage_;
  EvictAt evict_;
  Remarks remarks_;
};

Result<std::unique_ptr<const Policy>> make(const PolicySpec& spec, const PolicyContext& context) {
  const SpecReader reader(kPolicy_h2o, spec);
  const Storage storage = read_storage(reader);
  std::int64_t heavy = 0;
  std::int64_t recent = 0;
  if (reader.has("heavy") && reader.has("recent")) {
    heavy = reader.integer("heavy");
    recent = reader.integer("recent");
  } else {
    KVFOOT_ASSIGN(const Budget budget, Budget::read(reader, context, storage));
    heavy = budget.of_cache() / 2;
    recent = budget.of_cache() - heavy;
  }
  Remarks remarks;
  if (!reader.has("sparsity")) {
    Budget::tokens(heavy + recent, context.run).remark_if_covers(context.run.rows(), remarks);
  }
  remark_copies(storage, context.shape, remarks);
  return std::unique_ptr<const Policy>(
      std::make_unique<H2o>(heavy, recent, storage, read_evict(reader), std::move(remarks)));
}

std::string example(std::int64_t prompt) {
  return "h2o:heavy=" + std::to_string(prompt / 4) + ",recent=" + std::to_string(prompt / 4);
}

constexpr std::string_view kOtherBudgets = "sparsity|budget|bytes";
constexpr ParamInfo kParams[] = {
    {.name = "heavy",
     .type = ParamType::kInt,
     .default_text = "1024",
     .min = 0,
     .max = 1073741823,
     .help = "entries kept by accumulated mass",
     .excludes = kOtherBudgets},
    {.name = "recent",
     .type = ParamType::kInt,
     .default_text = "1024",
     .min = 0,
     .max = 1073741823,
     .help = "last entries, always kept",
     .excludes = kOtherBudgets},
    sparsity_param("evicted share of the prompt; what is left is split in half",
                   "heavy|recent|budget|bytes"),
    budget_param("heavy + recent, split in half", "heavy|recent|sparsity|bytes"),
    bytes_param("bytes of all streams together, split in half", "heavy|recent|sparsity|budget"),
    kGroupParam,
    kEvictParam,
};

}  // namespace

constinit const PolicyDescriptor kPolicy_h2o{
    .name = "h2o",
    .summary = "heavy hitters by accumulated attention, and a recent window",
    .paper = "H2O, arXiv 2306.14048",
    .params = kParams,
    .example = example,
    .make = make};

}  // namespace kvfoot
