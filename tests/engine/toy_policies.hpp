// Policies small enough to check by eye; they count but never decide.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "sim/core/hash.hpp"
#include "sim/policy/policy.hpp"

namespace kvfoot::toy {

// Answers nothing about positions.
class CountingPolicy : public Policy {
 public:
  [[nodiscard]] Result<LayerKeep> decide(const LayerView&) const override {
    return Error{"toy policy", "counts only"};
  }
  [[nodiscard]] bool decides(const PassView&) const override { return true; }
  [[nodiscard]] std::optional<std::int64_t> decode_cap(std::int32_t, std::int32_t) const override {
    return kUncapped;
  }
};

inline ModelShape shape_of(std::int32_t layers, std::int32_t kv_heads, std::int32_t group = 1) {
  ModelShape shape;
  shape.name = "toy";
  shape.layers = layers;
  shape.kv_heads = kv_heads;
  shape.q_heads = kv_heads * group;
  shape.head_dim = 128;
  shape.hidden = 256;
  shape.ffn = 256;
  shape.vocab = 64;
  return shape;
}

// Some of `shape`'s layers slide, for three of four seeds.
inline void make_hybrid(ModelShape& shape, std::uint64_t seed) {
  const char* patterns[] = {"", "s", "sf", "fss"};
  shape.sliding.pattern = patterns[hash_words(seed, 80) % 4];
  if (!shape.sliding.pattern.empty()) {
    shape.sliding.window = static_cast<std::int32_t>(1 + hash_words(seed, 81) % 60);
  }
}

// Latent attention and experts, each for some seeds.
inline void make_special(ModelShape& shape, std::uint64_t seed, bool latent) {
  if (latent && hash_words(seed, 82) % 3 == 0) {
    shape.kv_heads = 1;
    shape.latent = {.kv_rank = 24,
                    .rope_dim = 16,
                    .value_dim = 20,
                    .q_rank = static_cast<std::int32_t>(hash_words(seed, 83) % 2 * 40)};
  }
  if (hash_words(seed, 84) % 3 == 0) {
    shape.experts = {.count = 6,
                     .active = 2,
                     .shared = static_cast<std::int32_t>(hash_words(seed, 85) % 2),
                     .ffn = 48,
                     .dense_layers = static_cast<std::int32_t>(hash_words(seed, 86) % 2)};
  }
}

// Head h of every layer holds at most caps[h] entries between passes.
class CappedHeads : public CountingPolicy {
 public:
  explicit CappedHeads(std::vector<std::int64_t> caps) : caps_(std::move(caps)) {}
  [[nodiscard]] std::optional<std::int64_t> kept_count(const PassView& pass, std::int32_t,
                                                       std::int32_t head,
                                                       std::int64_t past) const override {
    return std::min(past + pass.pass.rows(), caps_[static_cast<std::size_t>(head)]);
  }
  [[nodiscard]] std::optional<std::int64_t> decode_cap(std::int32_t,
                                                       std::int32_t head) const override {
    return caps_[static_cast<std::size_t>(head)];
  }

 private:
  std::vector<std::int64_t> caps_;
};

// A prefill chunk of x rows leaves keep(layer, x) entries; decoding evicts nothing.
class KeepOfChunk : public CountingPolicy {
 public:
  using Keep = std::function<std::int64_t(std::int32_t layer, const Pass& pass)>;
  explicit KeepOfChunk(Keep keep) : keep_(std::move(keep)) {}
  [[nodiscard]] bool decides(const PassView& pass) const override {
    return pass.pass.phase == Phase::kPrefill;
  }
  [[nodiscard]] std::optional<std::int64_t> kept_count(const PassView& pass, std::int32_t layer,
                                                       std::int32_t,
                                                       std::int64_t past) const override {
    return past + keep_(layer, pass.pass);
  }

 private:
  Keep keep_;
};

// min(round((1 - s) x) + forced, x), the keep rule of the published script.
inline KeepOfChunk script_keep(double sparsity, std::int64_t forced) {
  return KeepOfChunk([=](std::int32_t, const Pass& pass) {
    const double kept = std::nearbyint((1.0 - sparsity) * static_cast<double>(pass.rows()));
    return std::min(static_cast<std::int64_t>(kept) + forced, pass.rows());
  });
}

// Seeded nonsense: every count is allowed, heads enter decoding above or below their caps, some
// policies patch. What a closed form must survive.
class HashedCounts : public CountingPolicy {
 public:
  HashedCounts(std::uint64_t seed, bool capped) : seed_(seed), capped_(capped) {}
  [[nodiscard]] bool decides(const PassView& pass) const override {
    if (pass.pass.phase == Phase::kPrefill) {
      return hash_words(seed_, 1, pass.pass.index) % 4 != 0;
    }
    return capped_;
  }
  [[nodiscard]] std::optional<std::int64_t> kept_count(const PassView& pass, std::int32_t layer,
                                                       std::int32_t head,
                                                       std::int64_t past) const override {
    const std::int64_t held = past + pass.pass.rows();
    if (pass.pass.phase == Phase::kDecode) {
      return std::min(held, *decode_cap(layer, head));
    }
    const std::uint64_t hash = hash_words(seed_, 2, pass.pass.index, layer, head);
    return hash % 3 == 0 ? held
                         : static_cast<std::int64_t>(
                               below(mix64(hash), static_cast<std::uint64_t>(held) + 1));
  }
  [[nodiscard]] std::optional<std::int64_t> decode_cap(std::int32_t layer,
                                                       std::int32_t head) const override {
    const std::uint64_t hash = hash_words(seed_, 3, layer, head);
    return !capped_ || hash % 4 == 0 ? kUncapped
                                     : static_cast<std::int64_t>(below(mix64(hash), 90));
  }
  [[nodiscard]] std::int64_t patch_window() const override {
    return static_cast<std::int64_t>(hash_words(seed_, 4) % 3) * 5;
  }

 private:
  std::uint64_t seed_;
  bool capped_;
};

}  // namespace kvfoot::toy
