// Opens a trace and hands out its parts without copying; what it hands out has been checked.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/attention.hpp"
#include "sim/core/records.hpp"
#include "sim/core/result.hpp"
#include "sim/trace/format.hpp"

namespace kvfoot {

struct TraceReadOptions {
  bool verify_checksums = true;  // off only for the fuzzer, which must reach the decoders
};

// The columns of /rows, one entry per forward row of every pass, in file order.
struct TraceRows {
  std::span<const std::int32_t> pass;   // index into passes()
  std::span<const std::int32_t> index;  // within the pass
  std::span<const std::int32_t> token;
  std::span<const TokenPos> position;
  std::span<const std::uint8_t> patch;
};

// Immutable after open() and safe to share between threads. Errors name the file, the object in it
// and the remedy. Data chunks are checked against their hash when first touched.
class TraceReader {
 public:
  [[nodiscard]] static Result<std::shared_ptr<const TraceReader>> open(
      const std::string& path, const TraceReadOptions& options = {});
  ~TraceReader();
  TraceReader(const TraceReader&) = delete;
  TraceReader& operator=(const TraceReader&) = delete;

  [[nodiscard]] const std::string& path() const;
  [[nodiscard]] const TraceHeader& header() const;
  [[nodiscard]] const TraceCoding& coding() const;
  [[nodiscard]] std::int64_t file_bytes() const;
  // Hash of everything but /measured, from the stored hashes: two recordings of one run have the
  // same, and results name their trace by it.
  [[nodiscard]] std::uint64_t content_hash() const;

  // True if nothing was evicted while recording, so that any policy can be replayed.
  [[nodiscard]] bool full_cache() const;
  [[nodiscard]] std::span<const TracePass> passes() const;  // side passes where they happened
  [[nodiscard]] const TraceRows& rows() const;
  [[nodiscard]] std::span<const std::int32_t> tokens() const;  // of the true rows, by position
  [[nodiscard]] std::optional<std::string_view> token_text(std::int64_t position) const;

  // The log, in the order (pass, layer, head); pass numbers are those of the run.
  [[nodiscard]] Result<std::vector<DecisionRecord>> decisions() const;
  [[nodiscard]] Result<std::vector<DecisionRecord>> decisions(std::int32_t pass) const;
  struct Answer {
    std::int32_t pass = 0;
    std::int32_t layer = 0;
    std::int32_t head = 0;
    AttentionQuery query;
    std::span<const float> values;
  };
  [[nodiscard]] std::int64_t answer_count() const;
  [[nodiscard]] Result<Answer> answer(std::int64_t i) const;
  // First answer of this pass, layer and head or of a later one.
  [[nodiscard]] std::int64_t find_answer(std::int32_t pass, std::int32_t layer,
                                         std::int32_t head) const;

  // /measured, one per pass of the run.
  [[nodiscard]] std::span<const PassMemory> memory() const;
  [[nodiscard]] std::span<const std::int64_t> wall_ns() const;

  // Key norms of one pass and stream, shape (forward rows); `pass` indexes passes().
  [[nodiscard]] Result<std::span<const float>> key_norms(std::int32_t pass, std::int32_t layer,
                                                         std::int32_t head) const;

  // `rows` fidelity: codes (code.hpp) of all rows of one pass and query head, row r has
  // past + r + 1 of them; and the log-sum-exp of every row.
  struct RowUnit {
    std::int64_t past = 0;
    std::span<const std::uint16_t> codes;
    std::span<const float> log_sum_exp;
  };
  [[nodiscard]] Result<RowUnit> row_unit(std::int32_t pass, std::int32_t layer,
                                         std::int32_t q_head) const;

  // Resident entries before the pass, of the storage head of this query head.
  [[nodiscard]] Result<std::int64_t> past(std::int32_t pass, std::int32_t layer,
                                          std::int32_t q_head) const;

  // `blocks` fidelity: the row blocks of a pass, the encoded bytes of one of them
  // (block_code.hpp), and the votes.
  [[nodiscard]] std::span<const TraceRowBlock> row_blocks(std::int32_t pass) const;
  [[nodiscard]] Result<std::span<const std::uint8_t>> block(std::int32_t pass, std::int32_t layer,
                                                            std::int32_t q_head,
                                                            std::int32_t index) const;
  [[nodiscard]] std::span<const TraceVote> votes() const;
  // Codes (code16) of vote i: shape (segments, keys), mean over the rows of each segment.
  [[nodiscard]] Result<std::span<const std::uint16_t>> vote(std::int32_t i, std::int32_t layer,
                                                            std::int32_t q_head) const;

  // Reads and checks every byte; what `inspect` and the fuzzer call.
  [[nodiscard]] Status verify() const;

 private:
  class Impl;
  explicit TraceReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kvfoot
