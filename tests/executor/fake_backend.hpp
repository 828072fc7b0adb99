// A backend without arithmetic: it keeps honest resident lists and pages, and writes down what it
// was asked, so that the loop can be tested alone.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "executor/model/backend.hpp"
#include "sim/cache/pages.hpp"

namespace kvfoot::test {

class FakeBackend final : public Backend, public AttentionSource {
 public:
  explicit FakeBackend(ModelShape model) : model_(std::move(model)) {}

  // One line per call of interest.
  std::vector<std::string> log;
  // The token that logits() prefers after a pass whose last true row has position p is p % vocab.

  [[nodiscard]] const ModelShape& shape() const override { return model_; }
  [[nodiscard]] std::string_view device() const override { return "fake"; }
  [[nodiscard]] const CacheOptions& options() const { return options_; }

  Status reset(const CacheOptions& options) override {
    options_ = options;
    heads_ = options.storage == Storage::kKvHeads ? model_.kv_heads : model_.q_heads;
    lists_.assign(static_cast<std::size_t>(model_.layers * heads_), {});
    log.clear();
    return {};
  }

  Status begin_pass(std::span<const std::int32_t> tokens, std::span<const TokenPos> positions,
                    std::int64_t patch_rows) override {
    std::string line = "pass";
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const bool patch = static_cast<std::int64_t>(tokens.size() - i) <= patch_rows;
      line += (patch ? " +" : " ") + std::to_string(tokens[i]) + "@" + std::to_string(positions[i]);
    }
    log.push_back(line);
    positions_.assign(positions.begin(), positions.end());
    patch_rows_ = patch_rows;
    return {};
  }

  Status attend(std::int32_t layer) override {
    layer_ = layer;
    for (std::int32_t head = 0; head < heads_; ++head) {
      auto& list = at(layer, head);
      list.insert(list.end(), positions_.begin(), positions_.end());
    }
    peak_ = std::max(peak_, pages());
    return {};
  }

  AttentionSource& attention() override { return *this; }

  void retain(std::int32_t layer, std::int32_t head, std::span<const std::int32_t> kept) override {
    auto& list = at(layer, head);
    std::vector<TokenPos> survivors;
    for (const std::int32_t i : kept) {
      survivors.push_back(list[static_cast<std::size_t>(i)]);
    }
    list = survivors;
  }

  Status feed_forward(std::int32_t /*layer*/) override { return {}; }
  Result<std::optional<std::int64_t>> end_pass() override { return std::optional<std::int64_t>(); }

  Result<std::span<const float>> logits(std::int64_t row) override {
    logits_.assign(static_cast<std::size_t>(model_.vocab), 0.0F);
    logits_[static_cast<std::size_t>(positions_[static_cast<std::size_t>(row)] % model_.vocab)] = 1;
    return std::span<const float>(logits_);
  }

  std::span<const float> key_norms(std::int32_t /*head*/) override {
    norms_.assign(positions_.size(), 1.0F);
    return norms_;
  }

  void observe(AttentionObserver* observer) override { observer_ = observer; }

  [[nodiscard]] MemoryCounters counters() const override {
    MemoryCounters counters;
    counters.kv_pages = pages();
    counters.kv_bytes = pages() * page_bytes();
    counters.kv_peak_bytes = peak_ * page_bytes();
    return counters;
  }
  void reset_peak() override { peak_ = pages(); }

  // AttentionSource: later entries weigh more, so that score-based policies keep the latest.
  Result<std::span<const float>> answer(const AttentionQuery& query, std::int32_t head) override {
    const auto& list = at(layer_, head);
    const auto forward = static_cast<std::int64_t>(positions_.size());
    const auto all = static_cast<std::int64_t>(list.size());
    std::int64_t subjects = all;
    std::int64_t first = 0;
    if (query.kind == AttentionQuery::Kind::kWindowMass) {
      const std::int64_t voters = std::min<std::int64_t>(query.window, forward);
      first = query.scope == AttentionQuery::Scope::kPass ? all - forward : 0;
      subjects = all - first - voters;
    }
    scores_.clear();
    for (std::int64_t i = 0; i < subjects; ++i) {
      scores_.push_back(static_cast<float>(list[static_cast<std::size_t>(first + i)] + 1));
    }
    return std::span<const float>(scores_);
  }
  void retain(std::int32_t /*head*/, std::span<const std::int32_t> /*kept*/) override {}

  [[nodiscard]] const std::vector<TokenPos>& list(std::int32_t layer, std::int32_t head) const {
    return lists_[static_cast<std::size_t>(layer * heads_ + head)];
  }

 private:
  std::vector<TokenPos>& at(std::int32_t layer, std::int32_t head) {
    return lists_[static_cast<std::size_t>(layer * heads_ + head)];
  }
  [[nodiscard]] std::int64_t pages() const {
    std::int64_t sum = 0;
    for (const auto& list : lists_) {
      sum += pages_for(static_cast<std::int64_t>(list.size()), options_.block);
    }
    return sum;
  }
  [[nodiscard]] std::int64_t page_bytes() const {
    return options_.block * entry_bytes(model_, options_.dtype);
  }

  ModelShape model_;
  CacheOptions options_;
  std::int32_t heads_ = 0;
  std::int32_t layer_ = 0;
  std::int64_t patch_rows_ = 0;
  std::int64_t peak_ = 0;
  std::vector<std::vector<TokenPos>> lists_;
  std::vector<TokenPos> positions_;
  std::vector<float> logits_;
  std::vector<float> norms_;
  std::vector<float> scores_;
  AttentionObserver* observer_ = nullptr;
};

}  // namespace kvfoot::test
