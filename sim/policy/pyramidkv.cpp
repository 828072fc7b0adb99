// PyramidKV: SnapKV's votes, budgets that shrink from the first layer to the last.
#include <algorithm>
#include <array>

#include "sim/policy/window_vote.hpp"

namespace kvfoot {

extern const PolicyDescriptor kPolicy_pyramidkv;

namespace {

// Integer form of the code of KVCache-Factory, which the PruLong runs use too (PyramidKV,
// arXiv 2406.02069, eq. 1-3, with floor division). Because the step is rounded down, the mean over
// the layers exceeds the base by less than half an entry per layer.
class PyramidKv final : public WindowVotePolicy {
 public:
  PyramidKv(std::int64_t beta, const VoteSettings& settings, const Budget& budget,
            const PolicyContext& context)
      : WindowVotePolicy(settings, budget, context), beta_(beta) {}

 protected:
  [[nodiscard]] std::int64_t scored(const Quota& quota) const override {
    // Short inputs get no pyramid, nor does a single layer.
    if (quota.candidates + quota.voters < 2 * quota.base || quota.layers == 1) {
      return std::min(quota.base, quota.candidates);
    }
    std::int64_t least = quota.base / beta_;
    std::int64_t most = 2 * quota.base - least;
    if (most >= quota.candidates) {
      most = quota.candidates;
      least = 2 * quota.base - most;
    }
    const std::int64_t step = (most - least) / (quota.layers - 1);
    return std::min(most - quota.layer * step, quota.candidates);
  }

 private:
  std::int64_t beta_;
};

Result<std::unique_ptr<const Policy>> make(const PolicySpec& spec, const PolicyContext& context) {
  const SpecReader reader(kPolicy_pyramidkv, spec);
  KVFOOT_ASSIGN(const VoteSettings settings, read_vote_settings(reader));
  KVFOOT_ASSIGN(const Budget budget, Budget::read(reader, context, settings.storage));
  return std::unique_ptr<const Policy>(
      std::make_unique<PyramidKv>(reader.integer("beta"), settings, budget, context));
}

std::string example(std::int64_t prompt) {
  return "pyramidkv:sparsity=0.6,window=" +
         std::to_string(std::clamp<std::int64_t>(prompt / 16, 1, 64));
}

constexpr auto kParams = [] {
  std::array<ParamInfo, kVoteParamCount + 1> params{};
  std::copy(std::begin(kVoteParams), std::end(kVoteParams), params.begin());
  params.back() = {.name = "beta",
                   .type = ParamType::kInt,
                   .default_text = "20",
                   .min = 1,
                   .max = 1000000,
                   .help = "how steep: the last layer keeps about 1/beta of base"};
  return params;
}();

}  // namespace

constinit const PolicyDescriptor kPolicy_pyramidkv{
    .name = "pyramidkv",
    .summary = "SnapKV's votes with budgets that shrink from the first layer to the last",
    .paper = "PyramidKV, arXiv 2406.02069",
    .params = kParams,
    .example = example,
    .make = make};

}  // namespace kvfoot
