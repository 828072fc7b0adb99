// Pooling and group mean in a fixed order; loops run over outputs inside, so that they vectorise
// without changing the order of additions of any one output.
#include "sim/core/pooling.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>

namespace kvfoot {
namespace {

// Calls visit(output index begin, output index end, shift) for each tap, ascending.
template <class Visit>
void for_each_tap(std::size_t size, std::int32_t kernel, const Visit& visit) {
  const auto n = static_cast<std::int64_t>(size);
  const std::int64_t half = kernel / 2;
  for (std::int64_t shift = -half; shift <= half; ++shift) {
    const std::int64_t begin = std::clamp<std::int64_t>(-shift, 0, n);
    const std::int64_t end = std::clamp<std::int64_t>(n - shift, begin, n);
    visit(begin, end, shift);
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
  const float* in = raw.data();
  float* to = out.data();
  switch (kind) {
    case AttentionQuery::Pool::kNone:
      std::copy(raw.begin(), raw.end(), out.begin());
      return;
    case AttentionQuery::Pool::kAverage:
      std::fill(out.begin(), out.end(), 0.0F);
      for_each_tap(raw.size(), kernel,
                   [&](std::int64_t begin, std::int64_t end, std::int64_t shift) {
                     for (std::int64_t j = begin; j < end; ++j) {
                       to[j] += in[j + shift];
                     }
                   });
      divide_by(out, kernel);
      return;
    case AttentionQuery::Pool::kMax:
      std::fill(out.begin(), out.end(), -std::numeric_limits<float>::infinity());
      for_each_tap(raw.size(), kernel,
                   [&](std::int64_t begin, std::int64_t end, std::int64_t shift) {
                     for (std::int64_t j = begin; j < end; ++j) {
                       to[j] = to[j] < in[j + shift] ? in[j + shift] : to[j];
                     }
                   });
      return;
  }
}

void add_pooled(std::span<const float> raw, const AttentionQuery& query, std::span<float> scratch,
                std::span<float> score) {
  pool(raw, query.pool, query.kernel, scratch);
  add_row(scratch, score);
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

void renormalise(std::span<float> row) {
  double total = 0;
  for (const float value : row) {
    total += static_cast<double>(value);
  }
  const auto divisor = static_cast<float>(total);
  if (!(divisor > 0.0F)) {
    return;
  }
  for (float& value : row) {
    value /= divisor;
  }
}

}  // namespace kvfoot
