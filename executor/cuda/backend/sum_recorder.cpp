// Cuts of row blocks, then sums of rows, two of them in flight.
#include "executor/cuda/backend/sum_recorder.hpp"

#include <algorithm>

#include "executor/cuda/backend/tile_recorder.hpp"
#include "sim/core/threads.hpp"

namespace kvfoot::cuda {

SumRecorder::SumRecorder(Device& device, HostBlocks& host, BufferPool& buffers, Uploads& uploads,
                         const SumRecorderOptions& options)
    : device_(device),
      buffers_(buffers),
      uploads_(uploads),
      options_(options),
      slots_(device, host, buffers) {}

void SumRecorder::end_pass() {
  slots_.end_pass();
  scratch_.release();
}

void SumRecorder::take_scratch(std::int64_t floats) {
  if (scratch_.size() < floats) {
    scratch_.release();
    scratch_ = {buffers_, MemoryClass::kWorkspace, floats};
  }
}

bool SumRecorder::can(const AttentionSums& sums) {
  return (sums.key_block == 64 || sums.key_block == 128) &&
         std::ranges::all_of(sums.blocks, [](const AttentionSums::Block& block) {
           return block.rows >= 1 && block.rows <= kMostBlockRows;
         });
}

Status SumRecorder::record(std::int32_t layer, const MassInput& input, const float* log_sum_exp,
                           std::span<const std::int32_t> entries, const AttentionSums& sums,
                           AttentionObserver& observer) {
  const Layer l{layer, input,    entries,
                sums,  observer, *std::ranges::max_element(entries) - input.rows};
  const CopySlots::Deliver to_observer = [&](std::size_t slot) {
    deliver(l, slot);
    return Status{};
  };
  slots_.begin();
  KVFOOT_TRY(record_blocks(l, log_sum_exp, to_observer));
  KVFOOT_TRY(record_rows(l, to_observer));
  return slots_.drain(to_observer);
}

// As many blocks to a cut as the means have room for, one at least.
void SumRecorder::place_blocks(const Layer& layer) {
  blocks_.clear();
  cuts_.clear();
  const std::int64_t q_heads = layer.input.q_heads;
  std::int64_t cut = 0;  // blocks of the current cut
  for (const AttentionSums::Block& wanted : layer.sums.blocks) {
    const std::int64_t keys = layer.longest_past + wanted.first_row + wanted.rows;
    if (cut > 0 && (cut + 1) * q_heads * row_stride(keys) > options_.mean_floats) {
      cuts_.push_back(blocks_.size());
      cut = 0;
    }
    RowBlock block;
    block.first_row = wanted.first_row;
    block.rows = wanted.rows;
    block.most_entries =
        static_cast<std::int32_t>(std::min<std::int64_t>(wanted.most_entries, keys));
    block.least_entry = wanted.least_entry;
    block.rests =
        static_cast<std::int32_t>((keys + layer.sums.key_block - 1) / layer.sums.key_block);
    if (cut > 0) {
      const RowBlock& before = blocks_.back();
      block.keys = before.keys + q_heads * (1 + before.most_entries);
      block.values = before.values + q_heads * (before.most_entries + before.rests);
    }
    blocks_.push_back(block);
    ++cut;
  }
  if (cut > 0) {
    cuts_.push_back(blocks_.size());
  }
}

Status SumRecorder::record_blocks(const Layer& layer, const float* log_sum_exp,
                                  const CopySlots::Deliver& deliver) {
  place_blocks(layer);
  if (blocks_.empty()) {
    return {};
  }
  const RowBlock* const on_device = uploads_.send(std::span<const RowBlock>(blocks_));
  uploads_.flush();
  const std::int64_t q_heads = layer.input.q_heads;
  std::size_t first = 0;
  for (const std::size_t end : cuts_) {
    const RowBlock& last = blocks_[end - 1];
    PickEntries pick;
    pick.means.input = layer.input;
    pick.means.log_sum_exp = log_sum_exp;
    pick.means.blocks = on_device + first;
    pick.means.count = static_cast<std::int32_t>(end - first);
    pick.means.longest = layer.longest_past + last.first_row + last.rows;
    pick.means.stride = row_stride(pick.means.longest);
    take_scratch(pick.means.count * q_heads * pick.means.stride);
    pick.means.mean = scratch_.data();
    pick.key_block = layer.sums.key_block;
    const Contents contents{.first = first,
                            .count = end - first,
                            .integers = last.keys + q_heads * (1 + last.most_entries),
                            .floats = last.values + q_heads * (last.most_entries + last.rests)};
    KVFOOT_ASSIGN(const std::size_t slot, next_slot(contents, deliver));
    pick.keys = reinterpret_cast<std::int32_t*>(slots_.on_device(slot));
    pick.values = reinterpret_cast<float*>(slots_.on_device(slot)) + contents.integers;
    launch_block_means(pick.means, device_.compute_stream());
    launch_pick_entries(pick, device_.compute_stream());
    slots_.send(slot, contents.bytes());
    first = end;
  }
  return {};
}

Status SumRecorder::record_rows(const Layer& layer, const CopySlots::Deliver& deliver) {
  const std::int64_t q_heads = layer.input.q_heads;
  const std::int64_t group = q_heads / layer.input.cache.heads;
  for (std::size_t i = 0; i < layer.sums.rows.size(); ++i) {
    const AttentionSums::Rows& wanted = layer.sums.rows[i];
    const std::int64_t keys = layer.longest_past + wanted.first_row + wanted.rows;
    const std::int64_t stride = row_stride(keys);
    const std::int64_t sum_stride =
        row_stride(keys - std::max<std::int64_t>(0, layer.longest_past + wanted.first_key));
    // Whole groups at a time if all their rows fit, else some rows of one group.
    const std::int64_t of_group = group * (stride + 1);
    const std::int64_t rows =
        std::clamp<std::int64_t>(options_.row_floats / of_group, 1, wanted.rows);
    const std::int64_t groups = std::clamp<std::int64_t>(options_.row_floats / (of_group * rows), 1,
                                                         layer.input.cache.heads);
    take_scratch(groups * of_group * rows);
    const Contents contents{.first = i, .floats = q_heads * sum_stride};
    KVFOOT_ASSIGN(const std::size_t slot, next_slot(contents, deliver));
    for (std::int64_t g = 0; g < layer.input.cache.heads; g += groups) {
      RowSum sum;
      sum.rows.input = layer.input;
      sum.rows.first_q = static_cast<std::int32_t>(g * group);
      sum.rows.q_count =
          static_cast<std::int32_t>(group * std::min(groups, layer.input.cache.heads - g));
      sum.rows.probability = scratch_.data();
      sum.rows.stride = stride;
      sum.first_key = wanted.first_key;
      sum.sum = reinterpret_cast<float*>(slots_.on_device(slot)) + g * group * sum_stride;
      sum.sum_stride = sum_stride;
      for (std::int64_t first = 0; first < wanted.rows; first += rows) {
        sum.rows.first_row = wanted.first_row + first;
        sum.rows.count = std::min(rows, wanted.rows - first);
        sum.add = first > 0;
        sum.divisor = scratch_.data() + sum.rows.q_count * sum.rows.count * stride;
        launch_softmax_rows(sum.rows, device_.compute_stream());
        launch_row_sum(sum, device_.compute_stream());
      }
    }
    slots_.send(slot, contents.bytes());
  }
  return {};
}

Result<std::size_t> SumRecorder::next_slot(const Contents& contents,
                                           const CopySlots::Deliver& deliver) {
  KVFOOT_ASSIGN(const std::size_t slot, slots_.next(contents.bytes(), deliver));
  contents_[slot] = contents;
  return slot;
}

void SumRecorder::deliver(const Layer& layer, std::size_t slot) const {
  const std::int64_t threads =
      coding_threads(layer.input.rows * layer.input.q_heads * layer.input.longest);
  for_tasks(layer.input.q_heads, threads, [&](std::int64_t q) {
    if (contents_[slot].count > 0) {
      deliver_blocks(layer, slot, q);
    } else {
      deliver_rows(layer, slot, q);
    }
  });
}

void SumRecorder::deliver_blocks(const Layer& layer, std::size_t slot, std::int64_t q) const {
  const Contents& contents = contents_[slot];
  const auto* const integers = reinterpret_cast<const std::int32_t*>(slots_.on_host(slot));
  const float* const floats =
      reinterpret_cast<const float*>(slots_.on_host(slot)) + contents.integers;
  for (std::size_t i = contents.first; i < contents.first + contents.count; ++i) {
    const RowBlock& block = blocks_[i];
    const std::int32_t* const keys = integers + block.keys + q * (1 + block.most_entries);
    const float* const values = floats + block.values + q * (block.most_entries + block.rests);
    AttentionBlock out;
    out.layer = layer.index;
    out.q_head = static_cast<std::int32_t>(q);
    out.past = layer.past(q);
    out.index = static_cast<std::int32_t>(i);
    const auto count = static_cast<std::size_t>(*keys);
    out.key = {keys + 1, count};
    out.mass = {values, count};
    const std::int64_t seen = out.past + block.first_row + block.rows;
    out.rest = {values + block.most_entries,
                static_cast<std::size_t>((seen + layer.sums.key_block - 1) / layer.sums.key_block)};
    layer.observer.on_block(out);
  }
}

void SumRecorder::deliver_rows(const Layer& layer, std::size_t slot, std::int64_t q) const {
  const Contents& contents = contents_[slot];
  const AttentionSums::Rows& wanted = layer.sums.rows[contents.first];
  AttentionRowSum out;
  out.layer = layer.index;
  out.q_head = static_cast<std::int32_t>(q);
  out.past = layer.past(q);
  out.index = static_cast<std::int32_t>(contents.first);
  const std::int64_t seen = out.past + wanted.first_row + wanted.rows;
  const std::int64_t first = std::max<std::int64_t>(0, out.past + wanted.first_key);
  const std::int64_t stride = contents.floats / layer.input.q_heads;
  out.sum = {reinterpret_cast<const float*>(slots_.on_host(slot)) + q * stride,
             static_cast<std::size_t>(seen - first)};
  layer.observer.on_row_sum(out);
}

}  // namespace kvfoot::cuda
