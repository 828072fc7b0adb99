// Rows, blocks and votes of one query head.
#include "sim/trace/head_coder.hpp"

#include <algorithm>

#include "sim/core/check.hpp"
#include "sim/core/pooling.hpp"
#include "sim/trace/block_code.hpp"
#include "sim/trace/code.hpp"
#include "sim/trace/plan.hpp"

namespace kvfoot {

void plan_sums(PassPlan& plan) {
  const Pass& pass = plan.pass.pass;
  plan.sums = {};
  plan.segments.clear();
  plan.sums.key_block = plan.coding->key_block;
  for (const TraceRowBlock& block : plan.blocks) {
    const BlockLimits limits = limits_of(*plan.coding, plan.pass, block);
    plan.sums.blocks.push_back({block.first_row, block.rows, limits.entries, limits.least_entry});
  }
  for (OpenVote* open : plan.votes) {
    const TraceVote& vote = open->vote;
    const bool in_run = plan.positions_are_keys && !vote.side;
    // Rows of the pass up to the last voter; add_to_votes has the same segments row by row.
    const std::int64_t voters = in_run ? vote.end - pass.begin : vote.voters;
    std::int32_t nearer = 0;
    for (std::size_t k = 0; k < vote.windows.size(); ++k) {
      const std::int64_t first = std::max<std::int64_t>(0, voters - vote.windows[k]);
      const std::int64_t end = std::min(pass.forward_rows(), voters - nearer);
      nearer = vote.windows[k];
      if (first < end) {
        plan.sums.rows.push_back({static_cast<std::int32_t>(first),
                                  static_cast<std::int32_t>(end - first),
                                  plan.positions_are_keys ? vote.begin - pass.begin : 0});
        plan.segments.push_back({open, k});
      }
    }
  }
}

void HeadCoder::begin(const PassPlan& plan, std::int64_t stream, std::int64_t past) {
  plan_ = &plan;
  stream_ = stream;
  past_ = past;
  row_ = 0;
  block_ = 0;
  row_sums_ = 0;
  summed_ = false;
  codes_.clear();
  log_sum_exp_.clear();
  blocks_.clear();
  block_bytes_.clear();
  votes_.clear();
}

void HeadCoder::add_row(std::span<const float> mass, float log_sum_exp) {
  KVFOOT_CHECK(static_cast<std::int64_t>(mass.size()) == past_ + row_ + 1);
  KVFOOT_CHECK(!summed_ && row_ < plan_->pass.pass.forward_rows());
  if (plan_->fidelity == TraceFidelity::kRows) {
    const std::size_t at = codes_.size();
    codes_.resize(at + mass.size());
    encode16(mass, std::span(codes_).subspan(at));
    log_sum_exp_.push_back(log_sum_exp);
  } else {
    if (row_ < plan_->pass.pass.rows()) {
      add_to_block(mass);
    }
    add_to_votes(mass);
  }
  ++row_;
}

void HeadCoder::add_to_block(std::span<const float> mass) {
  const TraceRowBlock& block = plan_->blocks[block_];
  if (row_ == block.first_row) {
    sum_.assign(static_cast<std::size_t>(past_ + block.first_row + block.rows), 0.0F);
  }
  kvfoot::add_row(mass, std::span(sum_).first(mass.size()));
  if (row_ + 1 == block.first_row + block.rows) {
    divide_by(sum_, block.rows);
    const std::size_t before = blocks_.size();
    encode_block(sum_, limits_of(*plan_->coding, plan_->pass, block), blocks_);
    block_bytes_.push_back(static_cast<std::int64_t>(blocks_.size() - before));
    ++block_;
  }
}

void HeadCoder::add_to_votes(std::span<const float> mass) {
  for (OpenVote* open : plan_->votes) {
    const TraceVote& vote = open->vote;
    // Rows from this one to the end of the voting rows, this one included.
    const std::int64_t reach = plan_->positions_are_keys && !vote.side
                                   ? vote.end - (plan_->pass.pass.begin + row_)
                                   : vote.voters - row_;
    if (reach < 1 || open->vote.windows.empty() || reach > open->vote.windows.back()) {
      continue;
    }
    const auto segment = static_cast<std::size_t>(
        std::lower_bound(open->vote.windows.begin(), open->vote.windows.end(), reach) -
        open->vote.windows.begin());
    const auto first = static_cast<std::size_t>(plan_->positions_are_keys ? vote.begin : past_);
    const auto keys = static_cast<std::size_t>(vote.keys);
    std::vector<float>& sums = open->sums[static_cast<std::size_t>(stream_)];
    if (sums.empty()) {
      sums.resize(open->vote.windows.size() * keys);
    }
    const std::span<const float> own = mass.subspan(first);
    scratch_.assign(own.begin(), own.end());
    if (first > 0) {
      renormalise(scratch_);
    }
    kvfoot::add_row(scratch_, std::span(sums).subspan(segment * keys, scratch_.size()));
  }
}

void HeadCoder::add_block(const AttentionBlock& block) {
  KVFOOT_CHECK(row_ == 0 && row_sums_ == 0 && block_ < plan_->blocks.size() &&
               block.index == static_cast<std::int32_t>(block_));
  summed_ = true;
  const TraceRowBlock& rows = plan_->blocks[block_];
  KVFOOT_CHECK(static_cast<std::int32_t>(block.key.size()) <=
               limits_of(*plan_->coding, plan_->pass, rows).entries);
  decoded_.position.assign(block.key.begin(), block.key.end());
  decoded_.mass.assign(block.mass.begin(), block.mass.end());
  decoded_.mean.assign(block.rest.begin(), block.rest.end());
  const std::size_t before = blocks_.size();
  encode_block(decoded_, past_ + rows.first_row + rows.rows, plan_->coding->key_block, blocks_);
  block_bytes_.push_back(static_cast<std::int64_t>(blocks_.size() - before));
  ++block_;
}

void HeadCoder::add_row_sum(const AttentionRowSum& sum) {
  const auto index = static_cast<std::size_t>(sum.index);
  KVFOOT_CHECK(row_ == 0 && block_ == plan_->blocks.size() && index < plan_->segments.size());
  summed_ = true;
  ++row_sums_;
  const AttentionSums::Rows& rows = plan_->sums.rows[index];
  const VoteSegment& to = plan_->segments[index];
  const std::int64_t first = std::max<std::int64_t>(0, past_ + rows.first_key);
  KVFOOT_CHECK(static_cast<std::int64_t>(sum.sum.size()) ==
               past_ + rows.first_row + rows.rows - first);
  const auto keys = static_cast<std::size_t>(to.vote->vote.keys);
  std::vector<float>& sums = to.vote->sums[static_cast<std::size_t>(stream_)];
  if (sums.empty()) {
    sums.resize(to.vote->vote.windows.size() * keys);
  }
  kvfoot::add_row(sum.sum, std::span(sums).subspan(to.segment * keys, sum.sum.size()));
}

void HeadCoder::add_model(std::int32_t layer, std::int32_t q_head, const RowModel& model) {
  KVFOOT_CHECK(plan_->fidelity == TraceFidelity::kBlocks && plan_->positions_are_keys &&
               row_ == 0 && plan_->pass.pass.patch_rows == 0);
  const std::int32_t width = plan_->coding->key_block;
  const std::int64_t begin = plan_->pass.pass.begin;
  for (const TraceRowBlock& block : plan_->blocks) {
    const BlockLimits limits = limits_of(*plan_->coding, plan_->pass, block);
    const std::int64_t first = begin + block.first_row;
    model.rows(layer, q_head, first, block.rows, limits.entries, width, decoded_);
    const std::size_t before = blocks_.size();
    encode_block(decoded_, first + block.rows, width, blocks_);
    block_bytes_.push_back(static_cast<std::int64_t>(blocks_.size() - before));
    ++block_;
  }
  row_ = plan_->pass.pass.rows();
  for (OpenVote* open : plan_->votes) {
    if (!open->ends_here) {
      continue;
    }
    // Segments of last rows, each as the mean mass over the keys of the chunk times its rows.
    const TraceVote& vote = open->vote;
    const auto keys = static_cast<std::size_t>(vote.keys);
    std::vector<float>& sums = open->sums[static_cast<std::size_t>(stream_)];
    sums.assign(vote.windows.size() * keys, 0.0F);
    std::int32_t nearer = 0;
    for (std::size_t k = 0; k < vote.windows.size(); ++k) {
      const std::int32_t rows = vote.windows[k] - nearer;
      const std::int64_t last = vote.end - nearer;  // one past the segment's last row
      model.rows(layer, q_head, last - rows, rows, plan_->coding->entries_last, width, decoded_);
      scratch_.resize(static_cast<std::size_t>(last));
      expand_block(decoded_, width, scratch_);
      const std::span<float> own =
          std::span(scratch_).subspan(static_cast<std::size_t>(vote.begin));
      renormalise(own);
      float* const to = sums.data() + k * keys;
      for (std::size_t j = 0; j < own.size(); ++j) {
        to[j] = own[j] * static_cast<float>(rows);
      }
      nearer = vote.windows[k];
    }
  }
}

void HeadCoder::finish() {
  if (summed_) {
    KVFOOT_CHECK(row_sums_ == plan_->segments.size(), "sums of rows are missing");
  } else {
    KVFOOT_CHECK(row_ == plan_->pass.pass.forward_rows(), "rows are missing");
  }
  KVFOOT_CHECK(plan_->fidelity == TraceFidelity::kRows || block_ == plan_->blocks.size());
  for (OpenVote* open : plan_->votes) {
    if (!open->ends_here) {
      continue;
    }
    std::vector<float>& sums = open->sums[static_cast<std::size_t>(stream_)];
    const auto keys = static_cast<std::size_t>(open->vote.keys);
    std::int32_t before = 0;
    for (std::size_t k = 0; k < open->vote.windows.size(); ++k) {
      divide_by(std::span(sums).subspan(k * keys, keys), open->vote.windows[k] - before);
      before = open->vote.windows[k];
    }
    std::vector<std::uint16_t> codes(sums.size());
    encode16(sums, codes);
    votes_.push_back(std::move(codes));
    std::vector<float>().swap(sums);
  }
}

}  // namespace kvfoot
