// TOVA: the last row votes, all heads of a layer keep the same tokens.
#include <algorithm>

#include "sim/core/pooling.hpp"
#include "sim/policy/budget.hpp"
#include "sim/policy/select.hpp"
#include "sim/policy/shared_params.hpp"

namespace kvfoot {

extern const PolicyDescriptor kPolicy_tova;

namespace {

// After every pass: the attention of the last row, averaged over all query heads of the layer; the
// `size` largest stay. Neither sinks nor recent entries are protected (TOVA, arXiv 2401.06104).
class Tova final : public Policy {
 public:
  Tova(std::int64_t size, EvictAt evict, Remarks remarks)
      : size_(size), evict_(evict), remarks_(std::move(remarks)) {}

  [[nodiscard]] Result<LayerKeep> decide(const LayerView& view) const override {
    LayerKeep keep(view.heads.size());
    const std::size_t resident = view.heads.empty() ? 0 : view.heads.front().resident.size();
    const std::int64_t own = static_cast<std::int64_t>(resident) - view.pass.pass.patch_rows;
    if (own <= size_) {
      return keep;
    }
    std::vector<std::int32_t> index;
    if (size_ > 0) {
      constexpr AttentionQuery kQuery{.kind = AttentionQuery::Kind::kLastRowMass};
      std::vector<float> mass(static_cast<std::size_t>(own), 0.0F);
      for (std::size_t h = 0; h < view.heads.size(); ++h) {
        KVFOOT_CHECK(view.heads[h].resident.size() == resident,
                     "heads of a layer hold different numbers of entries");
        KVFOOT_ASSIGN(const std::span<const float> row,
                      view.attention->answer(kQuery, static_cast<std::int32_t>(h)));
        KVFOOT_CHECK(row.size() >= mass.size());
        add_row(row.first(mass.size()), mass);
      }
      divide_by(mass, static_cast<std::int32_t>(view.heads.size()));
      append_top(mass, size_, 0, index);
    }
    for (HeadKeep& head : keep) {
      head.all = false;
      head.index = index;
    }
    return keep;
  }
  [[nodiscard]] bool decides(const PassView& view) const override {
    return view.pass.end > size_ && evicts_after(evict_, view.pass);
  }
  [[nodiscard]] std::optional<std::int64_t> kept_count(const PassView& view, std::int32_t /*layer*/,
                                                       std::int32_t /*head*/,
                                                       std::int64_t past) const override {
    const std::int64_t own = past + view.pass.rows();
    return decides(view) ? std::min(own, size_) : own;
  }
  [[nodiscard]] std::optional<std::int64_t> decode_cap(std::int32_t /*layer*/,
                                                       std::int32_t /*head*/) const override {
    return size_;
  }
  [[nodiscard]] std::int64_t count_key(std::int32_t /*layer*/,
                                       std::int32_t /*head*/) const override {
    return 0;
  }
  [[nodiscard]] AttentionNeeds needs() const override {
    return {.last_row = true, .in_prefill = true, .in_decode = true};
  }
  [[nodiscard]] Remarks remarks() const override { return remarks_; }

 private:
  std::int64_t size_;
  EvictAt evict_;
  Remarks remarks_;
};

Result<std::unique_ptr<const Policy>> make(const PolicySpec& spec, const PolicyContext& context) {
  const SpecReader reader(kPolicy_tova, spec);
  KVFOOT_ASSIGN(const Budget budget, Budget::read(reader, context, Storage::kKvHeads));
  Remarks remarks;
  budget.remark_if_covers(context.run.rows(), remarks);
  return std::unique_ptr<const Policy>(
      std::make_unique<Tova>(budget.of_cache(), read_evict(reader), std::move(remarks)));
}

std::string example(std::int64_t prompt) { return "tova:budget=" + std::to_string(prompt / 2); }

constexpr ParamInfo kParams[] = {
    budget_param("entries kept per stream", "sparsity|bytes", "2048"),
    sparsity_param("evicted share of the prompt; what is left is the size of the cache",
                   "budget|bytes"),
    bytes_param("bytes of all streams together", "budget|sparsity"),
    kEvictParam,
};

}  // namespace

constinit const PolicyDescriptor kPolicy_tova{
    .name = "tova",
    .summary = "the last row votes for the whole layer; no token is protected",
    .paper = "TOVA, arXiv 2401.06104",
    .params = kParams,
    .example = example,
    .make = make};

}  // namespace kvfoot
