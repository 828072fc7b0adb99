// Paged streams: append, compact, free.
#include "executor/cpu/kv_store.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "executor/model/weight_type.hpp"
#include "sim/core/check.hpp"

namespace kvfoot::cpu {
namespace {

void store_row(std::byte* out, Scalar type, std::int64_t n, const float* x) {
  switch (type) {
    case Scalar::kF32:
      std::memcpy(out, x, static_cast<std::size_t>(n) * sizeof(float));
      break;
    case Scalar::kF16:
    case Scalar::kBF16:
      for (std::int64_t k = 0; k < n; ++k) {
        const std::uint16_t bits = type == Scalar::kBF16 ? float_to_bf16(x[k]) : float_to_f16(x[k]);
        std::memcpy(out + 2 * k, &bits, 2);
      }
      break;
  }
}

}  // namespace

void KvStore::reset(std::int32_t layers, std::int32_t heads, std::int64_t head_dim,
                    std::int64_t block, Scalar type) {
  KVFOOT_CHECK(layers > 0 && heads > 0 && head_dim > 0 && block > 0, "empty cache geometry");
  heads_ = heads;
  head_dim_ = head_dim;
  block_ = block;
  type_ = type;
  row_bytes_ = static_cast<std::size_t>(head_dim) * (type == Scalar::kF32 ? 4U : 2U);
  streams_.assign(static_cast<std::size_t>(layers) * static_cast<std::size_t>(heads), Stream{});
  pool_.reset(2 * static_cast<std::size_t>(block) * row_bytes_);
}

void KvStore::grow(std::int32_t layer, std::int32_t head, std::int64_t count) {
  Stream& s = stream(layer, head);
  const std::size_t before = s.pages.size();
  const auto pages = static_cast<std::size_t>((s.size + count + block_ - 1) / block_);
  try {
    s.pages.reserve(pages);
    while (s.pages.size() < pages) {
      s.pages.push_back(pool_.take());
    }
  } catch (...) {
    while (s.pages.size() > before) {
      pool_.give_back(s.pages.back());
      s.pages.pop_back();
    }
    throw;
  }
  s.size += count;
}

std::int64_t KvStore::longest() const {
  std::int64_t entries = 0;
  for (const Stream& s : streams_) {
    entries = std::max(entries, s.size);
  }
  return entries;
}

void KvStore::put(std::int32_t layer, std::int32_t head, std::int64_t i, const float* key,
                  const float* value) {
  store_row(at(layer, head, i, 0), type_, head_dim_, key);
  store_row(at(layer, head, i, block_), type_, head_dim_, value);
}

void KvStore::retain(std::int32_t layer, std::int32_t head, std::span<const std::int32_t> kept) {
  Stream& s = stream(layer, head);
  std::int64_t to = 0;
  std::int64_t previous = -1;
  for (const std::int32_t from : kept) {
    KVFOOT_CHECK(from > previous && from < s.size, "kept index " + std::to_string(from) +
                                                       " after " + std::to_string(previous) +
                                                       " of " + std::to_string(s.size));
    if (from != to) {
      std::memcpy(at(layer, head, to, 0), at(layer, head, from, 0), row_bytes_);
      std::memcpy(at(layer, head, to, block_), at(layer, head, from, block_), row_bytes_);
    }
    previous = from;
    ++to;
  }
  s.size = to;
  const auto pages = static_cast<std::size_t>((to + block_ - 1) / block_);
  while (s.pages.size() > pages) {
    pool_.give_back(s.pages.back());
    s.pages.pop_back();
  }
}

}  // namespace kvfoot::cpu
