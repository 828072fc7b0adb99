// Collects a decision log in memory.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "sim/core/records.hpp"

namespace kvfoot {

class DecisionList final : public DecisionSink {
 public:
  void on_decision(const DecisionRecord& record) override { records_.push_back(record); }
  void on_answer(std::int32_t /*pass*/, std::int32_t /*layer*/, std::int32_t /*head*/,
                 const AttentionQuery& /*query*/, std::span<const float> /*values*/) override {}

  [[nodiscard]] const std::vector<DecisionRecord>& records() const { return records_; }

 private:
  std::vector<DecisionRecord> records_;
};

}  // namespace kvfoot
