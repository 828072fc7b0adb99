// Stands between a policy and its attention source and remembers what was asked and answered.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/attention.hpp"
#include "sim/core/records.hpp"

namespace kvfoot {

class RecordingSource final : public AttentionSource {
 public:
  // Neither is owned; `sink` may be null, then nothing is remembered.
  RecordingSource(AttentionSource& source, DecisionSink* sink) : source_(source), sink_(sink) {}

  [[nodiscard]] Result<std::span<const float>> answer(const AttentionQuery& query,
                                                      std::int32_t head) override;
  // For the driver alone: a policy that compacts breaks the contract.
  void retain(std::int32_t head, std::span<const std::int32_t> kept) override;

  // Hands each distinct question to the sink once, by head, then by question, whatever order the
  // policy asked in. Before anything is compacted: answers are views into the source.
  void report(std::int32_t pass, std::int32_t layer);

 private:
  struct Entry {
    std::int32_t head = 0;
    AttentionQuery query;
    std::span<const float> values;
  };

  AttentionSource& source_;
  DecisionSink* sink_;
  std::vector<Entry> entries_;
};

}  // namespace kvfoot
