// What the policy driver says about its decisions; traces store it and validation compares it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/attention.hpp"
#include "sim/core/schedule.hpp"

namespace kvfoot {

// Positions [begin, end).
struct PosRange {
  TokenPos begin = 0;
  TokenPos end = 0;
  friend bool operator==(const PosRange&, const PosRange&) = default;
};

// One storage head after one decision. Only decisions that evicted something are logged; dropped
// patch entries are not evictions and do not appear.
struct DecisionRecord {
  std::int32_t pass = 0;
  std::int32_t layer = 0;
  std::int32_t head = 0;
  std::int64_t kept = 0;          // resident entries afterwards
  std::vector<PosRange> evicted;  // ascending, maximal ranges
  friend bool operator==(const DecisionRecord&, const DecisionRecord&) = default;
};

// An answer exactly as the policy received it.
struct AnswerRecord {
  std::int32_t pass = 0;
  std::int32_t layer = 0;
  std::int32_t head = 0;
  AttentionQuery query;
  std::vector<float> values;
};

// Receives the log of a run in the order (pass, layer, head).
class DecisionSink {
 public:
  virtual ~DecisionSink() = default;
  virtual void on_decision(const DecisionRecord& record) = 0;
  // `values` is valid during the call only.
  virtual void on_answer(std::int32_t pass, std::int32_t layer, std::int32_t head,
                         const AttentionQuery& query, std::span<const float> values) = 0;
};

// Memory after the layers of one pass, in entries, pages and bytes: what an allocator counted
// (executor) or what the page ledger says (simulator). Level 0m compares them for equality.
struct PassMemory {
  std::int32_t pass = 0;
  std::int64_t resident_entries = 0;  // all streams, after the pass
  std::int64_t pages = 0;             // pages held after the pass
  std::int64_t bytes = 0;             // pages * page bytes
  std::int64_t peak_bytes = 0;        // largest bytes held at any moment of the pass
  friend bool operator==(const PassMemory&, const PassMemory&) = default;
};

}  // namespace kvfoot
