// Attention made up from a function: softmax rows of every pass, answers computed from them.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <tuple>
#include <vector>

#include "sim/core/attention.hpp"
#include "sim/core/hash.hpp"
#include "sim/core/pooling.hpp"
#include "sim/core/records.hpp"
#include "sim/core/shape.hpp"

namespace kvfoot::test {

// z = logit(layer, query head, row position, key position).
using Logit = std::function<float(std::int32_t, std::int32_t, TokenPos, TokenPos)>;

// Reproducible logits in a few coarse steps, so that ties are common.
inline Logit hashed_logits(std::uint64_t seed, std::uint64_t steps = 1U << 20U) {
  return [=](std::int32_t layer, std::int32_t q, TokenPos row, TokenPos key) {
    return static_cast<float>(below(hash_words(seed, layer, q, row, key), steps)) * 4.0F /
           static_cast<float>(steps);
  };
}

// Logarithms of probabilities written down in a test: {row position, {key position: p}}.
inline Logit table_logits(std::map<TokenPos, std::map<TokenPos, double>> rows) {
  return [rows = std::move(rows)](std::int32_t, std::int32_t, TokenPos row, TokenPos key) {
    const auto found = rows.find(row);
    const double p =
        found == rows.end() || !found->second.contains(key) ? 1e-9 : found->second.at(key);
    return static_cast<float>(std::log(p));
  };
}

inline std::vector<float> softmax(const std::vector<float>& logits) {
  double total = 0;
  for (const float z : logits) {
    total += std::exp(static_cast<double>(z));
  }
  std::vector<float> p;
  for (const float z : logits) {
    p.push_back(static_cast<float>(std::exp(static_cast<double>(z)) / total));
  }
  return p;
}

// One source for a whole run; attend() after the driver's append() of each layer.
class FakeAttention final : public AttentionSource {
 public:
  // `rows` of the whole run, for questions about the future.
  FakeAttention(ModelShape shape, Storage storage, Logit logit, std::int64_t rows = 0)
      : shape_(std::move(shape)), storage_(storage), logit_(std::move(logit)), rows_(rows) {}

  // `resident` per storage head, as it is after append().
  void attend(const Pass& pass, std::int32_t layer,
              std::vector<std::span<const TokenPos>> resident) {
    pass_ = pass;
    layer_ = layer;
    resident_.clear();
    for (const auto& positions : resident) {
      resident_.emplace_back(positions.begin(), positions.end());
    }
    answers_.clear();
    for (std::int32_t q = 0; q < shape_.q_heads; ++q) {
      auto& sum = accumulated_[{layer, q}];
      const auto& keys = resident_[static_cast<std::size_t>(storage_head(q))];
      sum.resize(keys.size(), 0.0F);
      for (std::int64_t r = 0; r < pass.rows(); ++r) {
        auto row = probabilities(q, r, 0);
        row.resize(keys.size(), 0.0F);
        add_row(row, sum);
      }
    }
  }

  [[nodiscard]] Result<std::span<const float>> answer(const AttentionQuery& query,
                                                      std::int32_t head) override {
    ++asked;
    if (fail) {
      return Error{"fake", "cannot know"};
    }
    auto& cached = answers_[{head, query}];
    if (cached.empty()) {
      cached = compute(query, head);
    }
    return std::span<const float>(cached);
  }

  void retain(std::int32_t head, std::span<const std::int32_t> kept) override {
    answers_.clear();
    for (std::int32_t q = 0; q < shape_.q_heads; ++q) {
      if (storage_head(q) == head) {
        auto& sum = accumulated_[{layer_, q}];
        std::vector<float> compacted;
        for (const std::int32_t index : kept) {
          compacted.push_back(sum.at(static_cast<std::size_t>(index)));
        }
        sum = std::move(compacted);
      }
    }
  }

  int asked = 0;
  bool fail = false;

 private:
  [[nodiscard]] std::int32_t group() const {
    return storage_ == Storage::kKvHeads ? shape_.group() : 1;
  }
  [[nodiscard]] std::int32_t storage_head(std::int32_t q) const { return q / group(); }

  // Softmax row r of the pass over the resident entries [begin, past + r].
  [[nodiscard]] std::vector<float> probabilities(std::int32_t q, std::int64_t r,
                                                 std::int64_t begin) const {
    const auto& keys = resident_[static_cast<std::size_t>(storage_head(q))];
    const std::int64_t past = static_cast<std::int64_t>(keys.size()) - pass_.forward_rows();
    std::vector<float> logits;
    for (std::int64_t k = begin; k <= past + r; ++k) {
      logits.push_back(logit_(layer_, q, static_cast<TokenPos>(pass_.begin + r),
                              keys[static_cast<std::size_t>(k)]));
    }
    return softmax(logits);
  }

  // What the rows after the pass give to each resident entry under full attention.
  [[nodiscard]] std::vector<float> future(std::int32_t q, std::int32_t head) const {
    const auto& resident = resident_[static_cast<std::size_t>(head)];
    std::vector<float> sum(resident.size(), 0.0F);
    for (auto row = static_cast<TokenPos>(pass_.end); row < rows_; ++row) {
      std::vector<float> logits;
      for (TokenPos key = 0; key <= row; ++key) {
        logits.push_back(logit_(layer_, q, row, key));
      }
      const std::vector<float> mass = softmax(logits);
      for (std::size_t j = 0; j < resident.size(); ++j) {
        sum[j] += resident[j] < pass_.end ? mass[static_cast<std::size_t>(resident[j])] : 0.0F;
      }
    }
    return sum;
  }

  [[nodiscard]] std::vector<float> compute(const AttentionQuery& query, std::int32_t head) const {
    const auto size = static_cast<std::int64_t>(resident_[static_cast<std::size_t>(head)].size());
    const std::int64_t past = size - pass_.forward_rows();
    const std::int64_t begin = query.scope == AttentionQuery::Scope::kPass ? past : 0;
    const std::int64_t window = std::min<std::int64_t>(query.window, pass_.forward_rows());
    const bool votes = query.kind == AttentionQuery::Kind::kWindowMass;
    const auto subjects = static_cast<std::size_t>(votes ? size - begin - window : size);
    std::vector<float> score(subjects, 0.0F);
    for (std::int32_t q = head * group(); q < (head + 1) * group(); ++q) {
      std::vector<float> raw(subjects, 0.0F);
      if (votes) {
        for (std::int64_t r = pass_.forward_rows() - window; r < pass_.forward_rows(); ++r) {
          auto row = probabilities(q, r, begin);
          row.resize(subjects);
          add_row(row, raw);
        }
        add_pooled(raw, query, score);
      } else if (query.kind == AttentionQuery::Kind::kAccumulatedMass) {
        add_row(accumulated_.at({layer_, q}), score);
      } else if (query.kind == AttentionQuery::Kind::kLastRowMass) {
        auto row = probabilities(q, pass_.rows() - 1, 0);
        row.resize(subjects);
        add_row(row, score);
      } else if (query.kind == AttentionQuery::Kind::kFutureMass) {
        add_row(future(q, head), score);
      } else {
        for (std::size_t j = 0; j < subjects; ++j) {
          const auto key = resident_[static_cast<std::size_t>(head)][j];
          score[j] += 1.0F + logit_(layer_, head, key, key);
        }
      }
    }
    divide_by(score, group());
    return score;
  }

  ModelShape shape_;
  Storage storage_;
  Logit logit_;
  std::int64_t rows_;
  Pass pass_;
  std::int32_t layer_ = 0;
  std::vector<std::vector<TokenPos>> resident_;
  std::map<std::pair<std::int32_t, std::int32_t>, std::vector<float>> accumulated_;
  std::map<std::pair<std::int32_t, AttentionQuery>, std::vector<float>> answers_;
};

// Everything a driver says, for comparison.
struct Log final : DecisionSink {
  void on_decision(const DecisionRecord& record) override { decisions.push_back(record); }
  void on_answer(std::int32_t pass, std::int32_t layer, std::int32_t head,
                 const AttentionQuery& query, std::span<const float> values) override {
    answers.push_back({pass, layer, head, query, {values.begin(), values.end()}});
  }
  std::vector<DecisionRecord> decisions;
  std::vector<AnswerRecord> answers;
};

}  // namespace kvfoot::test
