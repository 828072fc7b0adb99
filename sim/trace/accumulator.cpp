// Accumulation of row blocks: key blocks are added as a whole and spread once per pass.
#include "sim/trace/accumulator.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>

namespace kvfoot {
namespace {

// y[i] += a * x[i].
void add_scaled(std::span<const float> x, float a, std::span<float> y) {
  const float* from = x.data();
  float* to = y.data();
  for (std::size_t i = 0; i < x.size(); ++i) {
    to[i] += a * from[i];
  }
}

// A sum in sixteen interleaved parts, so that it is quick and its order is fixed. Sums of up to a
// few thousand masses, which add up to one: fp32 is ample.
double sum_of(std::span<const float> x) {
  float part[16] = {};
  std::size_t i = 0;
  for (; i + 16 <= x.size(); i += 16) {
    for (std::size_t k = 0; k < 16; ++k) {
      part[k] += x[i + k];
    }
  }
  double sum = 0;
  for (; i < x.size(); ++i) {
    sum += static_cast<double>(x[i]);
  }
  for (const float value : part) {
    sum += static_cast<double>(value);
  }
  return sum;
}

// The sum of x[i] * y[i], in the same manner.
double dot(std::span<const float> x, std::span<const float> y) {
  float part[16] = {};
  std::size_t i = 0;
  for (; i + 16 <= x.size(); i += 16) {
    for (std::size_t k = 0; k < 16; ++k) {
      part[k] += x[i + k] * y[i + k];
    }
  }
  double sum = 0;
  for (; i < x.size(); ++i) {
    sum += static_cast<double>(x[i] * y[i]);
  }
  for (const float value : part) {
    sum += static_cast<double>(value);
  }
  return sum;
}

std::size_t index(std::int64_t value) { return static_cast<std::size_t>(value); }

}  // namespace

void weigh_block(const DecodedBlock& decoded, std::int64_t keys, std::int64_t rows,
                 std::int64_t past_keys, std::int32_t key_block, bool total, BlockMass& block) {
  block.decoded = &decoded;
  block.keys = keys;
  block.rows = rows;
  const std::int64_t width = key_block;
  const int shift = std::countr_zero(static_cast<std::uint32_t>(key_block));
  const std::int64_t full = keys >> shift;
  const std::int64_t edge = past_keys >> shift;
  const std::span<const float> mean(decoded.mean);
  // Every key as if it had the mean of its block, then the entries' excess over it.
  double before = 0;
  if (total) {
    before = sum_of(mean.first(index(std::min(edge, full)))) * static_cast<double>(width);
  }
  double after = 0;
  if (edge < full) {
    const double edge_mean = static_cast<double>(mean[index(edge)]);
    before += edge_mean * static_cast<double>(past_keys - edge * width);
    after =
        edge_mean * static_cast<double>((edge + 1) * width - past_keys) +
        sum_of(mean.subspan(index(edge + 1), index(full - edge - 1))) * static_cast<double>(width);
  }
  if (full * width < keys) {
    const double last = static_cast<double>(mean[index(full)]);
    const std::int64_t split = std::max(past_keys, full * width);
    before += last * static_cast<double>(split - full * width);
    after += last * static_cast<double>(keys - split);
  }
  const std::size_t entries = decoded.position.size();
  block.excess.resize(entries);
  for (std::size_t i = 0; i < entries; ++i) {
    block.excess[i] = decoded.mass[i] - mean[index(decoded.position[i] >> shift)];
  }
  block.past_entries = static_cast<std::size_t>(
      std::lower_bound(decoded.position.begin(), decoded.position.end(), past_keys) -
      decoded.position.begin());
  const std::span<const float> excess(block.excess);
  if (total) {
    before += sum_of(excess.first(block.past_entries));
  }
  after += sum_of(excess.subspan(block.past_entries));
  block.own = after;
  block.total = total ? before + after : 0;
}

void BlockAccumulator::begin(const HeadEntries& head, std::int32_t key_block, bool accumulate) {
  head_ = head;
  width_ = key_block;
  shift_ = std::countr_zero(static_cast<std::uint32_t>(key_block));
  accumulate_ = accumulate;
  const auto own = static_cast<std::int64_t>(head.resident.size()) - head.past;
  rest_.assign(index((head.past_keys + own + width_ - 1) / width_), 0.0F);
  if (head.whole) {
    return;
  }
  edge_ = head.past_keys >> shift_;
  edge_count_ = 0;
  count_.assign(index(edge_), 0.0F);
  alive_.assign(index((head.past_keys + 63) / 64), 0);
  for (std::int64_t j = 0; j < head.past; ++j) {
    const std::int64_t key = head.resident[index(j)];
    alive_[index(key >> 6)] |= std::uint64_t{1} << (key & 63);
    const std::int64_t block = key >> shift_;
    (block == edge_ ? edge_count_ : count_[index(block)]) += 1;
  }
  before_.resize(alive_.size());
  std::int32_t seen = 0;
  for (std::size_t w = 0; w < alive_.size(); ++w) {
    before_[w] = seen;
    seen += std::popcount(alive_[w]);
  }
}

double BlockAccumulator::past_mass(const BlockMass& block) {
  const DecodedBlock& d = *block.decoded;
  double mass = dot(std::span(d.mean).first(count_.size()), count_);
  if (edge_count_ > 0) {
    mass += static_cast<double>(d.mean[index(edge_)] * edge_count_);
  }
  hits_.resize(
      std::max(hits_.size(), block.past_entries + 1));  // one spare, written before counted
  hit_count_ = 0;
  float entries = 0;
  for (std::size_t i = 0; i < block.past_entries; ++i) {
    const std::int64_t key = d.position[i];
    const auto word = index(key >> 6);
    const std::uint64_t alive = alive_[word] >> (key & 63);
    const std::uint64_t below = alive_[word] & ((std::uint64_t{1} << (key & 63)) - 1);
    hits_[hit_count_] = {before_[word] + std::popcount(below), block.excess[i]};
    entries += (alive & 1U) != 0 ? block.excess[i] : 0.0F;
    hit_count_ += alive & 1U;
  }
  return mass + static_cast<double>(entries);
}

double BlockAccumulator::add(const BlockMass& block, std::span<float> sum) {
  double share = 1;
  auto weight = static_cast<float>(block.rows);
  if (!head_.whole) {
    const double resident = past_mass(block) + block.own;
    share = block.total > 0 ? resident / block.total : 1.0;
    weight = resident > 0 ? static_cast<float>(static_cast<double>(block.rows) / resident) : 0.0F;
  }
  if (accumulate_) {
    add_rest(block, weight, sum);
    add_entries(block, weight, sum);
  }
  return share;
}

void BlockAccumulator::add_rest(const BlockMass& block, float weight, std::span<float> sum) {
  const std::span<const float> mean(block.decoded->mean);
  const std::int64_t full = block.keys >> shift_;
  // Key blocks without survivors get their share too; nobody reads it.
  add_scaled(mean.first(index(full)), weight, std::span(rest_).first(index(full)));
  if (full * width_ < block.keys) {
    // The last keys of this block of rows: later keys of the same key block were not visible.
    const float share = weight * mean[index(full)];
    const std::int64_t moved = head_.past - head_.past_keys;  // from own key to entry
    std::int64_t key = full * width_;
    if (!head_.whole && key < head_.past_keys) {
      for (std::int64_t j = head_.past; j > 0 && head_.resident[index(j - 1)] >= key; --j) {
        sum[index(j - 1)] += share;
      }
      key = head_.past_keys;
    }
    for (; key < block.keys; ++key) {
      sum[index(head_.whole ? key : key + moved)] += share;
    }
  }
}

void BlockAccumulator::add_entries(const BlockMass& block, float weight, std::span<float> sum) {
  const std::vector<std::int32_t>& position = block.decoded->position;
  std::size_t i = 0;
  std::int64_t moved = 0;  // from key to entry
  if (!head_.whole) {
    for (std::size_t h = 0; h < hit_count_; ++h) {
      sum[index(hits_[h].entry)] += weight * hits_[h].excess;
    }
    i = block.past_entries;
    moved = head_.past - head_.past_keys;
  }
  for (; i < position.size(); ++i) {
    sum[index(position[i] + moved)] += weight * block.excess[i];
  }
}

void BlockAccumulator::finish(std::span<float> sum) {
  if (!accumulate_) {
    return;
  }
  const auto entries = static_cast<std::int64_t>(head_.resident.size());
  if (!head_.whole) {
    for (std::int64_t j = 0; j < head_.past; ++j) {
      sum[index(j)] += rest_[index(head_.resident[index(j)] >> shift_)];
    }
  }
  const std::int64_t moved = head_.whole ? 0 : head_.past - head_.past_keys;
  const std::int64_t first = head_.whole ? 0 : head_.past_keys;
  const std::int64_t last = entries - moved;
  for (std::int64_t key = first; key < last;) {
    const std::int64_t stop = std::min(last, ((key >> shift_) + 1) << shift_);
    const float share = rest_[index(key >> shift_)];
    for (; key < stop; ++key) {
      sum[index(key + moved)] += share;
    }
  }
  std::fill(rest_.begin(), rest_.end(), 0.0F);
}

}  // namespace kvfoot
