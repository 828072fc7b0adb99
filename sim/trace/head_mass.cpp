// Accumulation of row blocks by key.
#include "sim/trace/head_mass.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>

#include "sim/core/check.hpp"
#include "sim/core/index_runs.hpp"

#if defined(__x86_64__) && defined(__AVX2__)
#define KVFOOT_GATHERS  // compilers do not find them in the loops below
#include <immintrin.h>
#endif

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

// Sums in sixteen interleaved parts, so that they are quick and their order is fixed. Up to a few
// thousand masses, which add up to one: fp32 is ample.
constexpr std::size_t kParts = 16;

double close(const float (&part)[kParts], double rest) {
  for (const float value : part) {
    rest += static_cast<double>(value);
  }
  return rest;
}

double sum_of(std::span<const float> x) {
  float part[kParts] = {};
  std::size_t i = 0;
  for (; i + kParts <= x.size(); i += kParts) {
    for (std::size_t k = 0; k < kParts; ++k) {
      part[k] += x[i + k];
    }
  }
  double sum = 0;
  for (; i < x.size(); ++i) {
    sum += static_cast<double>(x[i]);
  }
  return close(part, sum);
}

// The sum of x[i] * y[i], in the same manner.
double dot(std::span<const float> x, std::span<const float> y) {
  float part[kParts] = {};
  std::size_t i = 0;
  for (; i + kParts <= x.size(); i += kParts) {
    for (std::size_t k = 0; k < kParts; ++k) {
      part[k] += x[i + k] * y[i + k];
    }
  }
  double sum = 0;
  for (; i < x.size(); ++i) {
    sum += static_cast<double>(x[i] * y[i]);
  }
  return close(part, sum);
}

// x[i] where the bit of key[i] is set, else 0.
float where_alive(float x, std::int32_t key, const std::uint32_t* alive) {
  const auto k = static_cast<std::uint32_t>(key);
  return static_cast<float>((alive[k >> 5U] >> (k & 31U)) & 1U) * x;
}

#ifdef KVFOOT_GATHERS

// part[0..8) += where_alive of eight values.
__m256 add_alive(__m256 part, const float* x, const std::int32_t* key, const std::uint32_t* alive) {
  const __m256i k = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(key));
  const __m256i word =
      _mm256_i32gather_epi32(reinterpret_cast<const int*>(alive), _mm256_srli_epi32(k, 5), 4);
  const __m256i bit = _mm256_sllv_epi32(
      word, _mm256_sub_epi32(_mm256_set1_epi32(31), _mm256_and_si256(k, _mm256_set1_epi32(31))));
  const __m256 mask = _mm256_castsi256_ps(_mm256_srai_epi32(bit, 31));
  return _mm256_add_ps(part, _mm256_and_ps(mask, _mm256_loadu_ps(x)));
}

#endif

// The sum of x[i] where the bit of key[i] is set, in the same manner.
double sum_alive(std::span<const float> x, const std::int32_t* key, const std::uint32_t* alive) {
  float part[kParts] = {};
  std::size_t i = 0;
#ifdef KVFOOT_GATHERS
  __m256 low = _mm256_setzero_ps();
  __m256 high = low;
  for (; i + kParts <= x.size(); i += kParts) {
    low = add_alive(low, x.data() + i, key + i, alive);
    high = add_alive(high, x.data() + i + 8, key + i + 8, alive);
  }
  _mm256_storeu_ps(part, low);
  _mm256_storeu_ps(part + 8, high);
#else
  for (; i + kParts <= x.size(); i += kParts) {
    for (std::size_t k = 0; k < kParts; ++k) {
      part[k] += where_alive(x[i + k], key[i + k], alive);
    }
  }
#endif
  double sum = 0;
  for (; i < x.size(); ++i) {
    sum += static_cast<double>(where_alive(x[i], key[i], alive));
  }
  return close(part, sum);
}

// excess[i] = mass[i] - mean[position[i] >> shift].
void subtract_means(const DecodedBlock& block, int shift, std::span<float> excess) {
  const std::int32_t* const position = block.position.data();
  const float* const mass = block.mass.data();
  const float* const mean = block.mean.data();
  float* const to = excess.data();
  std::size_t i = 0;
#ifdef KVFOOT_GATHERS
  const __m128i count = _mm_cvtsi32_si128(shift);
  for (; i + 8 <= excess.size(); i += 8) {
    const __m256i at =
        _mm256_srl_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(position + i)), count);
    _mm256_storeu_ps(to + i,
                     _mm256_sub_ps(_mm256_loadu_ps(mass + i), _mm256_i32gather_ps(mean, at, 4)));
  }
#endif
  for (; i < excess.size(); ++i) {
    to[i] = mass[i] - mean[static_cast<std::uint32_t>(position[i]) >> shift];
  }
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
  const std::int32_t* const position = decoded.position.data();
  subtract_means(decoded, shift, block.excess);
  std::int32_t past_entries = 0;  // counting beats searching: no branch to guess
  for (std::size_t i = 0; i < entries; ++i) {
    past_entries += position[i] < static_cast<std::int32_t>(past_keys) ? 1 : 0;
  }
  block.past_entries = static_cast<std::size_t>(past_entries);
  const std::span<const float> all(block.excess);
  if (total) {
    before += sum_of(all.first(block.past_entries));
  }
  after += sum_of(all.subspan(block.past_entries));
  block.own = after;
  block.total = total ? before + after : 0;
}

HeadMass::HeadMass(std::int32_t key_block, bool accumulate)
    : shift_(std::countr_zero(static_cast<std::uint32_t>(key_block))), accumulate_(accumulate) {}

void HeadMass::begin(std::int64_t keys) {
  const std::size_t blocks = index(((keys - 1) >> shift_) + 1);
  count_.resize(blocks);
  alive_.resize(index((keys + 31) / 32));
  if (accumulate_) {
    sum_.resize(index(keys));
    rest_.resize(blocks);
  }
}

double HeadMass::past_mass(const BlockMass& block, std::int64_t past_keys) const {
  const DecodedBlock& d = *block.decoded;
  const std::size_t blocks = index(((past_keys - 1) >> shift_) + 1);
  const double rest = dot(std::span(d.mean).first(blocks), std::span(count_).first(blocks));
  return rest + sum_alive(std::span(block.excess).first(block.past_entries), d.position.data(),
                          alive_.data());
}

double HeadMass::add(const HeadEntries& head, const BlockMass& block) {
  double share = 1;
  auto weight = static_cast<float>(block.rows);
  if (!head.whole) {
    const double resident = past_mass(block, head.past_keys) + block.own;
    share = block.total > 0 ? resident / block.total : 1.0;
    weight = resident > 0 ? static_cast<float>(static_cast<double>(block.rows) / resident) : 0.0F;
  }
  if (accumulate_) {
    accumulate(block, weight);
  }
  return share;
}

void HeadMass::accumulate(const BlockMass& block, float weight) {
  const std::span<const float> mean(block.decoded->mean);
  const std::size_t full = index(block.keys >> shift_);
  add_scaled(mean.first(full), weight, rest_);
  if (full << shift_ < index(block.keys)) {
    // The last keys of this block of rows: later keys of the same key block were not visible.
    const float share = weight * mean[full];
    for (std::size_t key = full << shift_; key < index(block.keys); ++key) {
      sum_[key] += share;
    }
  }
  const std::int32_t* const position = block.decoded->position.data();
  const float* const excess = block.excess.data();
  float* const sum = sum_.data();
  for (std::size_t i = 0; i < block.excess.size(); ++i) {
    sum[position[i]] += weight * excess[i];
  }
}

void HeadMass::add_row(const HeadEntries& head, std::span<const float> mass) {
  if (head.whole) {
    add_scaled(mass, 1, sum_);
    return;
  }
  for (std::size_t j = 0; j < mass.size(); ++j) {
    sum_[index(head.resident[j])] += mass[j];
  }
}

void HeadMass::append(std::int64_t begin, std::int64_t end) {
  for (std::int64_t key = begin; key < end;) {
    const std::int64_t stop = std::min(end, (key | 31) + 1);
    const auto bits = static_cast<unsigned>(stop - key);
    const std::uint32_t ones = bits == 32 ? ~0U : (1U << bits) - 1;
    alive_[index(key >> 5)] |= ones << (static_cast<unsigned>(key) & 31U);
    count_[index(key >> shift_)] += static_cast<float>(bits);  // 32 divides the keys of a block
    key = stop;
  }
}

void HeadMass::values(const HeadEntries& head, std::span<float> out) const {
  const auto size = out.size();
  const TokenPos* const resident = head.resident.data();
  const float* const sum = sum_.data();
  const float* const rest = rest_.data();
  const int shift = shift_;
  if (head.whole) {
    for (std::size_t key = 0; key < size;) {
      const std::size_t stop = std::min(size, ((key >> shift) + 1) << shift);
      for (const float share = rest[key >> shift]; key < stop; ++key) {
        out[key] = sum[key] + share;
      }
    }
    return;
  }
  for (std::size_t j = 0; j < size; ++j) {
    const auto key = static_cast<std::uint32_t>(resident[j]);
    out[j] = sum[key] + rest[key >> shift];
  }
}

void HeadMass::drop(std::int64_t key) {
  alive_[index(key >> 5)] &= ~(1U << (static_cast<unsigned>(key) & 31U));
  count_[index(key >> shift_)] -= 1;
}

void HeadMass::retain_keys(std::span<const TokenPos> resident, std::span<const std::int32_t> kept) {
  const std::size_t moved = leading_run(kept);
  const std::size_t evicted = resident.size() - kept.size();
  if (evicted == 0) {
    return;
  }
  if (evicted < 64) {
    // What lies between runs goes.
    std::size_t next = 0;
    const auto drop_until = [&](std::size_t end) {
      for (; next < end; ++next) {
        drop(resident[next]);
      }
    };
    for_each_run(kept, [&](std::size_t at, std::size_t count) {
      drop_until(index(kept[at]));
      next = index(kept[at]) + count;
    });
    drop_until(resident.size());
    return;
  }
  // From the first that goes on, everything anew.
  const std::int64_t first = resident[moved];
  const std::size_t word = index(first >> 5);
  alive_[word] &= (1U << (static_cast<unsigned>(first) & 31U)) - 1;
  std::fill(alive_.begin() + static_cast<std::ptrdiff_t>(word) + 1, alive_.end(), 0U);
  // Survivors of one word are gathered in a register before they are stored.
  std::size_t at = word;
  std::uint32_t bits = alive_[word];
  for (std::size_t i = moved; i < kept.size(); ++i) {
    const auto key = static_cast<std::uint32_t>(resident[index(kept[i])]);
    if (key >> 5U != at) {
      alive_[at] = bits;
      at = key >> 5U;
      bits = 0;
    }
    bits |= 1U << (key & 31U);
  }
  alive_[at] = bits;
  const std::size_t words = std::size_t{1} << (shift_ - 5);  // per key block
  for (std::size_t block = index(first >> shift_); block < count_.size(); ++block) {
    int count = 0;
    for (std::size_t w = block * words; w < std::min(alive_.size(), (block + 1) * words); ++w) {
      count += std::popcount(alive_[w]);
    }
    count_[block] = static_cast<float>(count);
  }
}

void HeadMass::retain_entries(std::span<const std::int32_t> kept) {
  if (!accumulate_) {
    return;
  }
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const std::size_t from = index(kept[i]);
    sum_[i] = sum_[from] + rest_[from >> shift_];
  }
  sum_.resize(kept.size());
  rest_.assign(rest_.size(), 0.0F);
}

}  // namespace kvfoot
