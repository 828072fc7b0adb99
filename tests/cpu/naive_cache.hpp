// A Llama forward pass in double with a cache of plain vectors that entries can be struck from:
// the twin of the backend under eviction.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "executor/model/weights.hpp"
#include "sim/core/schedule.hpp"

namespace kvfoot::cpu_test {

class NaiveCache {
 public:
  // `copies`: one cache per query head instead of one per KV head. `reindex`: keys and queries are
  // turned at their index in the cache.
  NaiveCache(const LlamaWeights& weights, bool copies, bool reindex);

  void begin_pass(std::span<const std::int32_t> tokens, std::span<const TokenPos> positions);
  // Attention of all heads and the residual after it.
  void attend(std::int64_t layer);
  void retain(std::int64_t layer, std::int64_t head, std::span<const std::int32_t> kept);
  void feed_forward(std::int64_t layer);
  [[nodiscard]] std::vector<double> logits(std::int64_t row) const;

  [[nodiscard]] std::int64_t heads() const { return heads_; }
  [[nodiscard]] std::size_t size(std::int64_t layer, std::int64_t head) const;
  // Softmax row of the last attend(): (past + row + 1) values.
  [[nodiscard]] const std::vector<double>& probability(std::int64_t q_head, std::int64_t row) const;

 private:
  struct Entry {
    std::vector<double> key, value;
  };
  using Vector = std::vector<double>;

  [[nodiscard]] Vector apply(const TensorView& w, const Vector& x) const;
  [[nodiscard]] Vector norm(const TensorView& w, const Vector& x) const;
  void turn(Vector& x, std::int64_t heads, double position) const;

  const LlamaWeights& weights_;
  bool reindex_;
  std::int64_t heads_;
  Vector frequency_;
  std::vector<std::vector<Entry>> streams_;
  std::vector<TokenPos> positions_;
  std::vector<Vector> x_;
  std::vector<std::vector<Vector>> probability_;  // [q_head][row]
};

}  // namespace kvfoot::cpu_test
