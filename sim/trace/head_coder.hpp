// Turns the softmax rows of one query head in one layer of one pass into what the file stores.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/attention.hpp"
#include "sim/trace/block_code.hpp"
#include "sim/trace/format.hpp"
#include "sim/trace/row_model.hpp"

namespace kvfoot {

// A vote that is being collected: its voters may lie in several passes.
struct OpenVote {
  TraceVote vote;
  bool ends_here = false;                // its last row is in the current pass
  std::vector<std::vector<float>> sums;  // per (layer, query head): (segments, keys), or empty
};

// Which voters' sums a row sum is.
struct VoteSegment {
  OpenVote* vote = nullptr;
  std::size_t segment = 0;
};

// What all query heads of a pass have in common.
struct PassPlan {
  TracePass pass;
  TraceFidelity fidelity = TraceFidelity::kRows;
  const TraceCoding* coding = nullptr;
  bool positions_are_keys = true;  // the recording keeps everything
  std::vector<TraceRowBlock> blocks;
  std::vector<OpenVote*> votes;
  // What does in place of rows, and where its row sums go. `blocks` only.
  AttentionSums sums;
  std::vector<VoteSegment> segments;
};

// Fills in sums and segments from the rest of the plan.
void plan_sums(PassPlan& plan);

// One query head; used by one thread at a time. Memory is reused from layer to layer.
class HeadCoder {
 public:
  // `stream` is layer * query heads + head. Starts a layer.
  void begin(const PassPlan& plan, std::int64_t stream, std::int64_t past);
  // Rows in order; `mass` has past + row + 1 probabilities.
  void add_row(std::span<const float> mass, float log_sum_exp);
  // Instead of rows, their sums as plan.sums asks for them: blocks first.
  void add_block(const AttentionBlock& block);
  void add_row_sum(const AttentionRowSum& sum);
  // Instead of rows, all of the pass at once: `blocks` of a run that keeps everything.
  void add_model(std::int32_t layer, std::int32_t q_head, const RowModel& model);
  // The votes that end here; after the last row.
  void finish();

  [[nodiscard]] bool started() const { return plan_ != nullptr; }
  [[nodiscard]] std::int64_t past() const { return past_; }
  [[nodiscard]] std::int64_t rows() const { return row_; }
  [[nodiscard]] std::span<const std::uint16_t> codes() const { return codes_; }
  [[nodiscard]] std::span<const float> log_sum_exp() const { return log_sum_exp_; }
  [[nodiscard]] std::span<const std::uint8_t> blocks() const { return blocks_; }
  [[nodiscard]] std::span<const std::int64_t> block_bytes() const { return block_bytes_; }
  // One per vote that ends here, in the order of the plan.
  [[nodiscard]] std::span<const std::vector<std::uint16_t>> votes() const { return votes_; }
  void end() { plan_ = nullptr; }

 private:
  void add_to_block(std::span<const float> mass);
  void add_to_votes(std::span<const float> mass);

  const PassPlan* plan_ = nullptr;
  std::int64_t stream_ = 0;
  std::int64_t past_ = 0;
  std::int64_t row_ = 0;
  std::size_t block_ = 0;
  std::size_t row_sums_ = 0;
  bool summed_ = false;         // sums come instead of rows
  std::vector<float> sum_;      // (keys) of the current row block
  std::vector<float> scratch_;  // (keys) of a vote
  DecodedBlock decoded_;        // of a model or a sum
  std::vector<std::uint16_t> codes_;
  std::vector<float> log_sum_exp_;
  std::vector<std::uint8_t> blocks_;
  std::vector<std::int64_t> block_bytes_;
  std::vector<std::vector<std::uint16_t>> votes_;
};

}  // namespace kvfoot
