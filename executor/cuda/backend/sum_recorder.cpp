// Cuts of row blocks, then sums of rows, two of them in flight.
#include "executor/cuda/backend/sum_recorder.hpp"

#include <algorithm>

#include "executor/cuda/backend/tile_recorder.hpp"
#include "sim/core/threads.hpp"

namespace kvfoot::cuda {

SumRecorder::SumRecorder(Device& device, HostBlocks& host, BufferPool& buffers, Uploads& uploads,
                         const SumRecorderOptions& options)
    : device_(device), host_(host), buffers_(buffers), uploads_(uploads), options_(options) {
  for (Slot& slot : slots_) {
    slot.computed = device_.make_event();
    slot.copied = device_.make_event();
  }
}

SumRecorder::~SumRecorder() {
  reset();
  for (Slot& slot : slots_) {
    device_.destroy(slot.computed);
    device_.destroy(slot.copied);
  }
}

void SumRecorder::end_pass() {
  for (Slot& slot : slots_) {
    if (slot.device.size() > 0) {
      (void)device_.synchronize(
          device_.copy_stream());  // a record() that failed may have left work
      slot.device.release();
    }
    slot.full = false;
  }
  scratch_.release();
}

void SumRecorder::reset() {
  end_pass();
  for (Slot& slot : slots_) {
    slot.host.release();
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
  for (Slot& slot : slots_) {
    slot.full = false;
  }
  KVFOOT_TRY(record_blocks(l, log_sum_exp));
  KVFOOT_TRY(record_rows(l));
  for (std::size_t i = 0; i < slots_.size(); ++i, ++turn_) {  // the older one first
    KVFOOT_TRY(deliver(l, slots_[turn_ % slots_.size()]));
  }
  return {};
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

Status SumRecorder::record_blocks(const Layer& layer, const float* log_sum_exp) {
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
    const std::int64_t means = pick.means.count * q_heads * pick.means.stride;
    if (scratch_.size() < means) {
      scratch_.release();
      scratch_ = {buffers_, MemoryClass::kWorkspace, means};
    }
    pick.means.mean = scratch_.data();
    pick.key_block = layer.sums.key_block;
    KVFOOT_ASSIGN(Slot* const slot,
                  next_slot(layer, last.keys + q_heads * (1 + last.most_entries),
                            last.values + q_heads * (last.most_entries + last.rests)));
    slot->first = first;
    slot->count = end - first;
    pick.keys = reinterpret_cast<std::int32_t*>(slot->device.data());
    pick.values = reinterpret_cast<float*>(slot->device.data()) + slot->integers;
    launch_block_means(pick.means, device_.compute_stream());
    launch_pick_entries(pick, device_.compute_stream());
    send(*slot);
    first = end;
  }
  return {};
}

Status SumRecorder::record_rows(const Layer& layer) {
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
    const std::int64_t floats = groups * of_group * rows;
    if (scratch_.size() < floats) {
      scratch_.release();
      scratch_ = {buffers_, MemoryClass::kWorkspace, floats};
    }
    KVFOOT_ASSIGN(Slot* const slot, next_slot(layer, 0, q_heads * sum_stride));
    slot->first = i;
    slot->count = 0;
    for (std::int64_t g = 0; g < layer.input.cache.heads; g += groups) {
      RowSum sum;
      sum.rows.input = layer.input;
      sum.rows.first_q = static_cast<std::int32_t>(g * group);
      sum.rows.q_count =
          static_cast<std::int32_t>(group * std::min(groups, layer.input.cache.heads - g));
      sum.rows.probability = scratch_.data();
      sum.rows.stride = stride;
      sum.first_key = wanted.first_key;
      sum.sum = reinterpret_cast<float*>(slot->device.data()) + g * group * sum_stride;
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
    send(*slot);
  }
  return {};
}

Result<SumRecorder::Slot*> SumRecorder::next_slot(const Layer& layer, std::int64_t integers,
                                                  std::int64_t floats) {
  Slot& slot = slots_[turn_++ % slots_.size()];
  KVFOOT_TRY(deliver(layer, slot));
  slot.integers = integers;
  slot.floats = floats;
  const std::int64_t bytes = (integers + floats) * static_cast<std::int64_t>(sizeof(float));
  if (slot.host.size() < bytes) {
    slot.host = Array<std::byte>(host_, bytes);
  }
  if (slot.device.size() < bytes) {
    slot.device.release();
    slot.device = Buffer<std::byte>(buffers_, MemoryClass::kWorkspace, bytes);
  }
  return &slot;
}

void SumRecorder::send(Slot& slot) {
  device_.record(slot.computed, device_.compute_stream());
  device_.wait(slot.computed, device_.copy_stream());
  device_.copy_out(slot.host.data(), slot.device.data(),
                   static_cast<std::size_t>(slot.integers + slot.floats) * sizeof(float),
                   device_.copy_stream());
  device_.record(slot.copied, device_.copy_stream());
  slot.full = true;
}

Status SumRecorder::deliver(const Layer& layer, Slot& slot) {
  if (!slot.full) {
    return {};
  }
  KVFOOT_TRY(device_.synchronize(slot.copied));
  const std::int64_t threads =
      coding_threads(layer.input.rows * layer.input.q_heads * layer.input.longest);
  for_tasks(layer.input.q_heads, threads, [&](std::int64_t q) {
    if (slot.count > 0) {
      deliver_blocks(layer, slot, q);
    } else {
      deliver_rows(layer, slot, q);
    }
  });
  slot.full = false;
  return {};
}

void SumRecorder::deliver_blocks(const Layer& layer, const Slot& slot, std::int64_t q) const {
  const auto* const integers = reinterpret_cast<const std::int32_t*>(slot.host.data());
  const float* const floats = reinterpret_cast<const float*>(slot.host.data()) + slot.integers;
  for (std::size_t i = slot.first; i < slot.first + slot.count; ++i) {
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

void SumRecorder::deliver_rows(const Layer& layer, const Slot& slot, std::int64_t q) const {
  const AttentionSums::Rows& wanted = layer.sums.rows[slot.first];
  AttentionRowSum out;
  out.layer = layer.index;
  out.q_head = static_cast<std::int32_t>(q);
  out.past = layer.past(q);
  out.index = static_cast<std::int32_t>(slot.first);
  const std::int64_t seen = out.past + wanted.first_row + wanted.rows;
  const std::int64_t first = std::max<std::int64_t>(0, out.past + wanted.first_key);
  const std::int64_t stride = slot.floats / layer.input.q_heads;
  out.sum = {reinterpret_cast<const float*>(slot.host.data()) + q * stride,
             static_cast<std::size_t>(seen - first)};
  layer.observer.on_row_sum(out);
}

}  // namespace kvfoot::cuda
