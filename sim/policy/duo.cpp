// DuoAttention and PruLong: some heads keep sinks and a window, the others everything or what a
// second policy says.
#include <algorithm>

#include "sim/policy/budget.hpp"
#include "sim/policy/head_choice.hpp"
#include "sim/policy/head_subset.hpp"
#include "sim/policy/shared_params.hpp"
#include "sim/policy/sinks_window.hpp"

namespace kvfoot {

extern const PolicyDescriptor kPolicy_duo;

namespace {

struct HeadSplit {
  std::vector<std::uint8_t> retrieval;  // (layers, kv_heads)
  double streaming_share = 0;           // s itself, or the share of zeros of a mask
  Remarks remarks;
};

struct DuoSettings {
  SinksWindow rule;
  EvictAt evict = EvictAt::kChunk;
  bool paper_timing = true;
  std::int32_t kv_heads = 1;
  std::int32_t group = 1;
};

// A pass runs with full attention on every head; afterwards streaming heads are trimmed
// (DuoAttention, arXiv 2410.10819 section 2.3; PruLong, arXiv 2506.17121).
class Duo final : public Policy {
 public:
  Duo(DuoSettings settings, HeadSplit split, std::unique_ptr<const Policy> rest)
      : settings_(settings),
        split_(std::move(split)),
        rest_(std::move(rest)),
        copies_(rest_->storage() == Storage::kKvHeads ? 1 : settings.group) {}

  [[nodiscard]] Result<LayerKeep> decide(const LayerView& view) const override {
    LayerKeep keep(view.heads.size());
    std::vector<std::int32_t> others;
    const bool trims = streaming_decides(view.pass.pass);
    for (std::size_t h = 0; h < view.heads.size(); ++h) {
      const auto head = static_cast<std::int32_t>(h);
      if (retrieval(view.layer, head)) {
        others.push_back(head);
      } else if (trims) {
        keep[h] = settings_.rule.keep(static_cast<std::int64_t>(view.heads[h].resident.size()) -
                                      view.pass.pass.patch_rows);
      }
    }
    if (!others.empty() && rest_->decides(view.pass)) {
      KVFOOT_ASSIGN(LayerKeep rest, decide_for(*rest_, view, others));
      for (std::size_t i = 0; i < others.size(); ++i) {
        keep[static_cast<std::size_t>(others[i])] = std::move(rest[i]);
      }
    }
    return keep;
  }
  [[nodiscard]] bool decides(const PassView& view) const override {
    return streaming_decides(view.pass) || rest_->decides(view);
  }
  [[nodiscard]] std::optional<std::int64_t> kept_count(const PassView& view, std::int32_t layer,
                                                       std::int32_t head,
                                                       std::int64_t past) const override {
    if (retrieval(layer, head)) {
      return rest_->kept_count(view, layer, head, past);
    }
    const std::int64_t own = past + view.pass.rows();
    return streaming_decides(view.pass) ? std::min(own, settings_.rule.capacity()) : own;
  }
  [[nodiscard]] std::optional<std::int64_t> decode_cap(std::int32_t layer,
                                                       std::int32_t head) const override {
    return retrieval(layer, head) ? rest_->decode_cap(layer, head) : settings_.rule.capacity();
  }
  [[nodiscard]] std::int64_t count_key(std::int32_t layer, std::int32_t head) const override {
    return retrieval(layer, head) ? 1 + rest_->count_key(layer, head) : 0;
  }
  [[nodiscard]] AttentionNeeds needs() const override { return rest_->needs(); }
  [[nodiscard]] Storage storage() const override { return rest_->storage(); }
  [[nodiscard]] std::int64_t patch_window() const override { return rest_->patch_window(); }
  [[nodiscard]] std::optional<PaperForm> paper_form() const override {
    const auto rest = rest_->paper_form();
    if (!rest || rest->streaming_share != 0 || !settings_.paper_timing) {
      return std::nullopt;
    }
    return PaperForm{.streaming_share = split_.streaming_share,
                     .sinks = settings_.rule.sinks,
                     .window = settings_.rule.window,
                     .sparsity = rest->sparsity};
  }
  [[nodiscard]] Remarks remarks() const override {
    Remarks all = split_.remarks;
    for (auto& remark : rest_->remarks()) {
      all.push_back(std::move(remark));
    }
    return all;
  }

 private:
  [[nodiscard]] bool streaming_decides(const Pass& pass) const {
    return pass.end > settings_.rule.capacity() && evicts_after(settings_.evict, pass);
  }
  [[nodiscard]] bool retrieval(std::int32_t layer, std::int32_t head) const {
    const std::int32_t kv_head = copies_ == 1 ? head : head / copies_;
    return split_.retrieval[static_cast<std::size_t>(layer * settings_.kv_heads + kv_head)] != 0;
  }

  DuoSettings settings_;
  HeadSplit split_;
  std::unique_ptr<const Policy> rest_;
  std::int32_t copies_;  // storage heads per KV head
};

Result<HeadGates> read_gates(const SpecReader& reader, const PolicyContext& context) {
  const std::string path = reader.text("heads");
  KVFOOT_CHECK(context.read_file != nullptr, "a policy with a file needs read_file");
  KVFOOT_ASSIGN(const std::string text, context.read_file(path));
  return parse_head_gates(text, context.shape, path);
}

Result<HeadSplit> split_by_file(const SpecReader& reader, const PolicyContext& context,
                                HeadRounding rounding) {
  KVFOOT_ASSIGN(HeadGates gates, read_gates(reader, context));
  HeadSplit split;
  const auto heads = static_cast<std::int64_t>(gates.value.size());
  if (gates.binary && !reader.given("sparsity")) {
    const auto ones = std::count(gates.value.begin(), gates.value.end(), 1.0);
    split.retrieval = largest_gates(gates.value, ones);
    split.streaming_share = 1.0 - static_cast<double>(ones) / static_cast<double>(heads);
    return split;
  }
  if (!reader.given("sparsity")) {
    return reader.error("heads names gates, not a 0/1 mask, and sparsity is missing",
                        "say with sparsity= what share of the heads streams");
  }
  // The published evaluator sends 0/1 masks through the quantile once more; rounding=duo does that.
  if (gates.binary && rounding == HeadRounding::kExact) {
    return reader.error("heads names a 0/1 mask, which fixes the sparsity already",
                        "drop sparsity=");
  }
  if (rounding == HeadRounding::kDuo) {
    for (double& gate : gates.value) {
      gate = std::clamp(gate, 0.0, 1.0);
    }
  }
  const Decimal sparsity = reader.decimal("sparsity");
  split.retrieval = largest_gates(gates.value, retrieval_heads(heads, sparsity, rounding));
  split.streaming_share = sparsity.value();
  return split;
}

Result<HeadSplit> choose_heads(const SpecReader& reader, const PolicyContext& context) {
  const HeadRounding rounding =
      reader.text("rounding") == "duo" ? HeadRounding::kDuo : HeadRounding::kExact;
  if (reader.given("heads")) {
    return split_by_file(reader, context, rounding);
  }
  if (!reader.given("sparsity")) {
    return reader.error("neither sparsity nor heads is given",
                        "write for example duo:sparsity=0.5, or duo:heads=FILE");
  }
  const Decimal sparsity = reader.decimal("sparsity");
  const auto gates = hashed_gates(context.shape, context.seed);
  HeadSplit split;
  split.retrieval = largest_gates(
      gates, retrieval_heads(static_cast<std::int64_t>(gates.size()), sparsity, rounding));
  split.streaming_share = sparsity.value();
  split.remarks.emplace_back("heads_by_hash", "streaming heads were chosen by a hash of seed " +
                                                  std::to_string(context.seed) +
                                                  ": counts hold for any choice, quality does not");
  return split;
}

Result<std::unique_ptr<const Policy>> make(const PolicySpec& spec, const PolicyContext& context) {
  const SpecReader reader(kPolicy_duo, spec);
  KVFOOT_ASSIGN(const PolicySpec rest_spec, parse_policy(reader.text("rest")));
  KVFOOT_ASSIGN(std::unique_ptr<const Policy> rest, make_policy(rest_spec, context));
  if (rest->reindexes()) {
    return reader.error("rest= cannot re-index positions", "drop reindex=true");
  }
  KVFOOT_ASSIGN(HeadSplit split, choose_heads(reader, context));
  const EvictAt evict = read_evict(reader);
  const DuoSettings settings{.rule = {reader.integer("sinks"), reader.integer("window")},
                             .evict = evict,
                             .paper_timing = has_paper_timing(evict, context.run),
                             .kv_heads = context.shape.kv_heads,
                             .group = context.shape.group()};
  return std::unique_ptr<const Policy>(
      std::make_unique<Duo>(settings, std::move(split), std::move(rest)));
}

std::string example(std::int64_t prompt) {
  return "duo:sparsity=0.5,sinks=" + std::to_string(prompt / 16) +
         ",window=" + std::to_string(std::max<std::int64_t>(1, prompt / 8));
}

constexpr ParamInfo kParams[] = {
    sparsity_param("share of heads that stream", ""),
    {.name = "heads",
     .type = ParamType::kFile,
     .help = "table of [layers][KV heads]: a 0/1 mask (1 retrieves), or gates with sparsity="},
    sinks_param("first tokens that streaming heads keep"),
    recent_window_param("last tokens that streaming heads keep after a pass"),
    {.name = "rounding",
     .type = ParamType::kChoice,
     .default_text = "exact",
     .choices = "exact|duo",
     .help = "exact: int(M(1-s)) retrieval heads; duo: DuoAttention's quantile"},
    evict_param(
        "when streaming heads are trimmed: after every pass, or from the last prefill pass"),
    {.name = "rest",
     .type = ParamType::kPolicy,
     .default_text = "full",
     .help = "policy of the retrieval heads; comes last"},
};

}  // namespace

constinit const PolicyDescriptor kPolicy_duo{
    .name = "duo",
    .summary = "streaming heads keep sinks and a window, retrieval heads everything (or rest=)",
    .paper = "DuoAttention, arXiv 2410.10819; PruLong, arXiv 2506.17121",
    .params = kParams,
    .example = example,
    .make = make};

}  // namespace kvfoot
