// Window, accumulated and last-row mass, and key norms, as sim/core/attention.hpp defines them.
#include "executor/cuda/backend/device_source.hpp"

#include <algorithm>
#include <new>
#include <string>

#include "sim/core/check.hpp"

namespace kvfoot::cuda {
namespace {

constexpr std::int64_t kWindowFloats = std::int64_t{64} << 20;  // of softmax rows at a time
constexpr std::int64_t kMoveFloats = std::int64_t{16} << 20;

// Room for the sums of a query head: 256 bytes at a time.
std::int64_t sums_stride(std::int64_t entries) { return (entries + 63) / 64 * 64; }

}  // namespace

void DeviceSource::reset(std::int32_t layers, const AttentionNeeds& needs, std::int64_t most) {
  needs_ = needs;
  most_ = most;
  layer_ = {};
  answers_.clear();
  runs_.clear();
  accumulators_.clear();
  accumulators_.resize(needs.accumulated ? static_cast<std::size_t>(layers) : 0);
}

void DeviceSource::begin_layer(const Layer& layer) {
  layer_ = layer;
  answers_.clear();
  if (needs_.accumulated) {
    accumulate();
  }
}

// Sums of a layer that grows: the room doubles, so that few passes copy, but not beyond the run.
void DeviceSource::fit(Accumulator& accumulator, std::int64_t longest) {
  if (longest > accumulator.stride) {
    const std::int64_t doubled = 2 * accumulator.stride;
    const std::int64_t wanted = most_ > 0 ? std::min(doubled, most_) : doubled;
    resize(accumulator, sums_stride(std::max(longest, wanted)));
  }
}

// What a pass over a long prompt needed, or a chunk beside the survivors, is not held between the
// passes. Half of the room may lie idle, so that passes of one row do not copy.
void DeviceSource::give_back_room(Accumulator& accumulator) {
  const std::int64_t next = sums_stride(std::ranges::max(accumulator.entries) + 1);
  if (2 * next > accumulator.stride) {
    return;
  }
  try {
    resize(accumulator, next);
  } catch (const std::bad_alloc&) {
    return;  // no room to move to: the sums stay where they are
  }
}

void DeviceSource::resize(Accumulator& accumulator, std::int64_t stride) {
  const std::int32_t q_heads = layer_.input.q_heads;
  Buffer<float> sums = floats(q_heads * stride);
  std::vector<EntryRun> all;
  for (std::int32_t q = 0; q < q_heads && !accumulator.entries.empty(); ++q) {
    const std::int32_t entries = accumulator.entries[static_cast<std::size_t>(q / group())];
    if (entries > 0) {
      all.push_back({.head = q, .to = 0, .from = 0, .count = entries});
    }
  }
  move_sums(all, accumulator, sums.data(), stride);
  accumulator.sums = std::move(sums);
  accumulator.stride = stride;
}

void DeviceSource::accumulate() {
  Accumulator& accumulator = accumulators_[static_cast<std::size_t>(layer_.layer)];
  fit(accumulator, layer_.input.longest);
  accumulator.entries.assign(layer_.entries.begin(), layer_.entries.end());
  AccumulateMass mass;
  mass.input = layer_.input;
  mass.patch_rows = layer_.patch_rows;
  mass.log_sum_exp = layer_.log_sum_exp;
  mass.accumulated = accumulator.sums.data();
  mass.stride = accumulator.stride;
  launch_accumulate_mass(mass, device_.compute_stream());
}

void DeviceSource::move_sums(std::span<const EntryRun> runs, Accumulator& from, float* to,
                             std::int64_t stride) {
  for (const std::vector<EntryRun>& batch : batches_of(runs, kMoveFloats)) {
    const std::int64_t moved = moved_entries(batch);
    Buffer<float> scratch = floats(moved);
    MoveValues move;
    move.values = from.sums.data();
    move.stride = from.stride;
    move.runs = uploads_.send(std::span<const EntryRun>(batch));
    move.count = static_cast<std::int32_t>(batch.size());
    move.moved = moved;
    move.scratch = scratch.data();
    uploads_.flush();
    launch_gather_values(move, device_.compute_stream());
    move.values = to;
    move.stride = stride;
    launch_scatter_values(move, device_.compute_stream());
  }
}

void DeviceSource::end_layer() {
  answers_.clear();
  if (!needs_.accumulated) {
    return;
  }
  Accumulator& accumulator = accumulators_[static_cast<std::size_t>(layer_.layer)];
  move_sums(runs_, accumulator, accumulator.sums.data(), accumulator.stride);
  runs_.clear();
  give_back_room(accumulator);
}

void DeviceSource::retain(std::int32_t head, std::span<const std::int32_t> kept) {
  if (!needs_.accumulated) {
    return;
  }
  Accumulator& accumulator = accumulators_[static_cast<std::size_t>(layer_.layer)];
  accumulator.entries[static_cast<std::size_t>(head)] = static_cast<std::int32_t>(kept.size());
  const std::size_t first = runs_.size();
  append_runs(head * group(), kept, Ring{}, runs_);
  const std::size_t last = runs_.size();
  for (std::int32_t i = 1; i < group(); ++i) {  // the query heads of a group move alike
    for (std::size_t run = first; run < last; ++run) {
      EntryRun same = runs_[run];
      same.head = head * group() + i;
      runs_.push_back(same);
    }
  }
}

Result<std::span<const float>> DeviceSource::answer(const AttentionQuery& query,
                                                    std::int32_t head) {
  KVFOOT_CHECK(layer_.input.q != nullptr, "asked before the first layer");
  KVFOOT_CHECK(head >= 0 && head < layer_.input.cache.heads, std::to_string(head));
  if (query.kind == AttentionQuery::Kind::kAccumulatedMass && !needs_.accumulated) {
    return Error{"attention", "accumulated mass was not collected in this run",
                 "the policy must name it in its needs"};
  }
  if (query.kind == AttentionQuery::Kind::kFutureMass) {
    return Error{"attention", "a running model does not know the future",
                 "replay a trace that was recorded with --policy full"};
  }
  auto found = std::ranges::find(answers_, query, &Answer::query);
  if (found == answers_.end()) {
    try {
      Answer fresh{query, {}};
      KVFOOT_TRY(compute(fresh));
      answers_.push_back(std::move(fresh));
    } catch (const std::bad_alloc&) {
      return no_memory(blocks_, host_, "the attention scores",
                       "use a smaller chunk or voting window");
    }
    found = answers_.end() - 1;
  }
  return std::span<const float>(found->heads[static_cast<std::size_t>(head)]);
}

Status DeviceSource::compute(Answer& answer) {
  const AttentionQuery& query = answer.query;
  const MassInput& input = layer_.input;
  const auto heads = static_cast<std::size_t>(input.cache.heads);
  std::vector<std::int32_t> candidates(layer_.entries.begin(), layer_.entries.end());
  const bool window = query.kind == AttentionQuery::Kind::kWindowMass;
  if (window) {
    const auto voters = static_cast<std::int32_t>(std::min<std::int64_t>(query.window, input.rows));
    for (std::int32_t& count : candidates) {
      count = (query.scope == AttentionQuery::Scope::kPass ? static_cast<std::int32_t>(input.rows)
                                                           : count) -
              voters;
    }
  }
  const std::int64_t longest = std::ranges::max(candidates);
  answer.heads.resize(heads);
  if (longest == 0) {
    return {};
  }
  const std::int64_t stride = row_stride(longest);
  const auto total = static_cast<std::int64_t>(heads) * stride;
  Buffer<float> scores = floats(total);
  if (copied_.size() < total) {  // page-locked memory is dear to take: it stays
    copied_.release();
    copied_ = Array<float>(host_, std::max(total, 2 * copied_.size()));
  }
  PoolMean mean;
  mean.storage_heads = input.cache.heads;
  mean.group = group();
  mean.candidates = uploads_.send(std::span<const std::int32_t>(candidates));
  uploads_.flush();
  mean.longest = longest;
  mean.score = scores.data();
  mean.score_stride = stride;
  switch (query.kind) {
    case AttentionQuery::Kind::kWindowMass:
      mean.pool = query.pool;
      mean.kernel = query.kernel;
      window_mass(query, mean);
      break;
    case AttentionQuery::Kind::kLastRowMass:
      last_row_mass(mean);
      break;
    case AttentionQuery::Kind::kAccumulatedMass: {
      const Accumulator& accumulator = accumulators_[static_cast<std::size_t>(layer_.layer)];
      mean.raw = accumulator.sums.data();
      mean.raw_stride = accumulator.stride;
      launch_pool_mean(mean, device_.compute_stream());
      break;
    }
    case AttentionQuery::Kind::kKeyNorm:
      launch_key_norms({.cache = input.cache,
                        .last = -1,
                        .longest = longest,
                        .norms = scores.data(),
                        .stride = stride},
                       device_.compute_stream());
      break;
    case AttentionQuery::Kind::kFutureMass:
      break;  // refused in answer()
  }
  device_.copy_out(copied_.data(), scores.data(), static_cast<std::size_t>(total) * sizeof(float),
                   device_.compute_stream());
  device_.record(copied_out_, device_.compute_stream());
  if (before_waiting_) {
    before_waiting_();
  }
  KVFOOT_TRY(device_.synchronize(copied_out_));
  for (std::size_t head = 0; head < heads; ++head) {
    const float* from = copied_.data() + static_cast<std::int64_t>(head) * stride;
    answer.heads[head].assign(from, from + candidates[head]);
  }
  return {};
}

// Softmax rows of a few storage heads at a time, summed over the voters, pooled, averaged.
void DeviceSource::window_mass(const AttentionQuery& query, const PoolMean& mean) {
  const MassInput& input = layer_.input;
  const std::int64_t voters = std::min<std::int64_t>(query.window, input.rows);
  const bool own = query.scope == AttentionQuery::Scope::kPass;
  const std::int64_t stride = row_stride(own ? input.rows : input.longest);
  const std::int64_t per_head = voters * stride * group();
  const auto together = static_cast<std::int32_t>(
      std::clamp<std::int64_t>(kWindowFloats / per_head, 1, input.cache.heads));
  Buffer<float> rows = floats(per_head * together);
  Buffer<float> raw = floats(stride * group() * together);
  for (std::int32_t head = 0; head < input.cache.heads; head += together) {
    const std::int32_t count = std::min(together, input.cache.heads - head);
    SoftmaxRows softmax;
    softmax.input = input;
    softmax.first_row = input.rows - voters;
    softmax.count = voters;
    softmax.first_q = head * group();
    softmax.q_count = count * group();
    softmax.own_keys_only = own;
    softmax.probability = rows.data();
    softmax.stride = stride;
    launch_softmax_rows(softmax, device_.compute_stream());
    launch_sum_rows({.probability = rows.data(),
                     .stride = stride,
                     .count = voters,
                     .keys = own ? input.rows : input.longest,
                     .q_count = count * group(),
                     .raw = raw.data()},
                    device_.compute_stream());
    PoolMean part = mean;
    part.raw = raw.data();
    part.raw_stride = stride;
    part.storage_heads = count;
    part.candidates = mean.candidates + head;
    part.score = mean.score + head * mean.score_stride;
    launch_pool_mean(part, device_.compute_stream());
  }
}

void DeviceSource::last_row_mass(const PoolMean& mean) {
  const MassInput& input = layer_.input;
  const std::int64_t row = input.rows - layer_.patch_rows - 1;
  const std::int64_t stride = row_stride(input.longest);
  Buffer<float> rows = floats(stride * input.q_heads);
  if (row < 0) {  // a side pass of patch rows only: no row of the run has voted
    device_.fill(rows.data(), 0, static_cast<std::size_t>(rows.size()) * sizeof(float),
                 device_.compute_stream());
  } else {
    SoftmaxRows softmax;
    softmax.input = input;
    softmax.first_row = row;
    softmax.count = 1;
    softmax.q_count = input.q_heads;
    softmax.probability = rows.data();
    softmax.stride = stride;
    launch_softmax_rows(softmax, device_.compute_stream());
  }
  PoolMean part = mean;
  part.raw = rows.data();
  part.raw_stride = stride;
  launch_pool_mean(part, device_.compute_stream());
}

}  // namespace kvfoot::cuda
