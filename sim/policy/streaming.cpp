// StreamingLLM: attention sinks and a recent window on every head.
#include <algorithm>

#include "sim/policy/budget.hpp"
#include "sim/policy/shared_params.hpp"
#include "sim/policy/sinks_window.hpp"

namespace kvfoot {

extern const PolicyDescriptor kPolicy_streaming;

namespace {

class Streaming final : public Policy {
 public:
  Streaming(const SinksWindow& rule, EvictAt evict, bool reindex, bool paper_timing)
      : rule_(rule), evict_(evict), reindex_(reindex), paper_timing_(paper_timing) {}

  [[nodiscard]] Result<LayerKeep> decide(const LayerView& view) const override {
    LayerKeep keep(view.heads.size());
    for (std::size_t h = 0; h < view.heads.size(); ++h) {
      keep[h] = rule_.keep(static_cast<std::int64_t>(view.heads[h].resident.size()) -
                           view.pass.pass.patch_rows);
    }
    return keep;
  }
  [[nodiscard]] bool decides(const PassView& view) const override {
    return view.pass.end > rule_.capacity() && evicts_after(evict_, view.pass);
  }
  [[nodiscard]] std::optional<std::int64_t> kept_count(const PassView& view, std::int32_t /*layer*/,
                                                       std::int32_t /*head*/,
                                                       std::int64_t past) const override {
    const std::int64_t own = past + view.pass.rows();
    return decides(view) ? std::min(own, rule_.capacity()) : own;
  }
  [[nodiscard]] std::optional<std::int64_t> decode_cap(std::int32_t /*layer*/,
                                                       std::int32_t /*head*/) const override {
    return rule_.capacity();
  }
  [[nodiscard]] std::int64_t count_key(std::int32_t /*layer*/,
                                       std::int32_t /*head*/) const override {
    return 0;
  }
  [[nodiscard]] bool reindexes() const override { return reindex_; }
  [[nodiscard]] std::optional<PaperForm> paper_form() const override {
    if (!paper_timing_) {
      return std::nullopt;
    }
    return PaperForm{.streaming_share = 1, .sinks = rule_.sinks, .window = rule_.window};
  }

 private:
  SinksWindow rule_;
  EvictAt evict_;
  bool reindex_;
  bool paper_timing_;
};

Result<std::unique_ptr<const Policy>> make(const PolicySpec& spec, const PolicyContext& context) {
  const SpecReader reader(kPolicy_streaming, spec);
  const EvictAt evict = read_evict(reader);
  return std::unique_ptr<const Policy>(std::make_unique<Streaming>(
      SinksWindow{reader.integer("sinks"), reader.integer("window")}, evict, reader.flag("reindex"),
      has_paper_timing(evict, context.run)));
}

std::string example(std::int64_t prompt) {
  return "streaming:sinks=" + std::to_string(prompt / 16) +
         ",window=" + std::to_string(std::max<std::int64_t>(1, prompt / 4));
}

constexpr ParamInfo kParams[] = {
    sinks_param("first tokens, kept for good"),
    recent_window_param("last tokens, kept after each pass"),
    {.name = "reindex",
     .type = ParamType::kBool,
     .default_text = "false",
     .help = "true: rotate keys at their index in the cache, as StreamingLLM does"},
    kEvictParam,
};

}  // namespace

constinit const PolicyDescriptor kPolicy_streaming{
    .name = "streaming",
    .summary = "attention sinks and a recent window on every head",
    .paper = "StreamingLLM, arXiv 2309.17453",
    .params = kParams,
    .example = example,
    .make = make};

}  // namespace kvfoot
