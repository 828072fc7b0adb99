// Pooling and group mean in a fixed order; loops over outputs vectorise without changing the order
// of additions of any one output.
#include "sim/core/pooling.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>

namespace kvfoot {
namespace {

// The taps of one output that exist, in ascending order. At the ends of the array.
float pool_at_edge(std::span<const float> in, std::int64_t j, std::int64_t half, bool average) {
  const auto size = static_cast<std::int64_t>(in.size());
  float value = average ? 0.0F : -std::numeric_limits<float>::infinity();
  for (std::int64_t tap = std::max<std::int64_t>(0, j - half); tap <= std::min(size - 1, j + half);
       ++tap) {
    const float x = in[static_cast<std::size_t>(tap)];
    value = average ? value + x : (value < x ? x : value);
  }
  return value;
}

// Outputs that have all their taps, one pass: the taps of one output are combined in ascending
// order, neighbouring outputs in vector lanes. kKernel 0: any width.
template <std::int32_t kKernel, bool kAverage, bool kAdd>
void pool_inside(const float* in, float* out, std::int64_t count, std::int32_t kernel) {
  const std::int32_t taps = kKernel == 0 ? kernel : kKernel;
  const auto divisor = static_cast<float>(taps);
  for (std::int64_t j = 0; j < count; ++j) {
    float value = kAverage ? 0.0F + in[j] : in[j];
    for (std::int32_t t = 1; t < taps; ++t) {
      const float x = in[j + t];
      value = kAverage ? value + x : (value < x ? x : value);
    }
    value = kAverage ? value / divisor : value;
    out[j] = kAdd ? out[j] + value : value;
  }
}

// kAdd: the pooled values are added to `out`.
template <bool kAverage, bool kAdd>
void pool_all(std::span<const float> in, std::int32_t kernel, std::span<float> out) {
  const auto size = static_cast<std::int64_t>(in.size());
  const std::int64_t half = kernel / 2;
  const std::int64_t first = std::min(half, size);
  const std::int64_t last = std::max(first, size - half);
  const auto divisor = static_cast<float>(kernel);
  const auto edge = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t j = begin; j < end; ++j) {
      const float taps = pool_at_edge(in, j, half, kAverage);
      const float value = kAverage ? taps / divisor : taps;
      float& to = out[static_cast<std::size_t>(j)];
      to = kAdd ? to + value : value;
    }
  };
  edge(0, first);
  edge(last, size);
  const float* from = in.data() + (first - half);
  float* to = out.data() + first;
  const std::int64_t count = last - first;
  if (count <= 0) {
    return;
  }
  switch (kernel) {
    case 3:
      return pool_inside<3, kAverage, kAdd>(from, to, count, kernel);
    case 5:
      return pool_inside<5, kAverage, kAdd>(from, to, count, kernel);
    case 7:
      return pool_inside<7, kAverage, kAdd>(from, to, count, kernel);
    default:
      return pool_inside<0, kAverage, kAdd>(from, to, count, kernel);
  }
}

}  // namespace

void add_row(std::span<const float> row, std::span<float> sum) {
  KVFOOT_CHECK(row.size() == sum.size());
  const float* in = row.data();
  float* out = sum.data();
  for (std::size_t j = 0; j < row.size(); ++j) {
    out[j] += in[j];
  }
}

void pool(std::span<const float> raw, AttentionQuery::Pool kind, std::int32_t kernel,
          std::span<float> out) {
  KVFOOT_CHECK(raw.size() == out.size() && kernel >= 1 && kernel % 2 == 1);
  switch (kind) {
    case AttentionQuery::Pool::kNone:
      std::copy(raw.begin(), raw.end(), out.begin());
      return;
    case AttentionQuery::Pool::kAverage:
      return pool_all<true, false>(raw, kernel, out);
    case AttentionQuery::Pool::kMax:
      return pool_all<false, false>(raw, kernel, out);
  }
}

void add_pooled(std::span<const float> raw, const AttentionQuery& query, std::span<float> score) {
  KVFOOT_CHECK(raw.size() == score.size() && query.kernel >= 1 && query.kernel % 2 == 1);
  switch (query.pool) {
    case AttentionQuery::Pool::kNone:
      return add_row(raw, score);
    case AttentionQuery::Pool::kAverage:
      return pool_all<true, true>(raw, query.kernel, score);
    case AttentionQuery::Pool::kMax:
      return pool_all<false, true>(raw, query.kernel, score);
  }
}

void divide_by(std::span<float> values, std::int32_t count) {
  KVFOOT_CHECK(count >= 1);
  if (count == 1) {
    return;
  }
  const auto divisor = static_cast<float>(count);
  for (float& value : values) {
    value /= divisor;
  }
}

double row_sum(std::span<const float> row) {
  constexpr std::size_t kParts = 8;
  double part[kParts] = {};
  std::size_t j = 0;
  for (; j + kParts <= row.size(); j += kParts) {
    for (std::size_t k = 0; k < kParts; ++k) {
      part[k] += static_cast<double>(row[j + k]);
    }
  }
  double total = 0;
  for (; j < row.size(); ++j) {
    total += static_cast<double>(row[j]);
  }
  for (const double value : part) {
    total += value;
  }
  return total;
}

void renormalise(std::span<float> row) {
  const auto divisor = static_cast<float>(row_sum(row));
  if (!(divisor > 0.0F)) {
    return;
  }
  for (float& value : row) {
    value /= divisor;
  }
}

}  // namespace kvfoot
