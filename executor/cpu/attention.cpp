// Tiles of attention: keys in blocks aligned to the resident list, softmax online.
#include "executor/cpu/attention.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

namespace kvfoot::cpu {
namespace {

std::int64_t round_up(std::int64_t n, std::int64_t to) { return (n + to - 1) / to * to; }

void gather_queries(const LayerAttention& a, const QueryTile& t, float* out) {
  const std::int64_t d = a.head_dim();
  const std::int64_t past = a.past(t.head);
  for (std::int64_t r = 0; r < t.rows; ++r) {
    const std::int64_t row = t.first_row + r;
    const float* from = a.q + (row * a.q_heads + t.first_q) * d;
    float* to = out + r * t.heads * d;
    if (a.reindex == nullptr) {
      std::memcpy(to, from, static_cast<std::size_t>(t.heads * d) * sizeof(float));
      continue;
    }
    for (std::int64_t h = 0; h < t.heads; ++h) {
      a.kernels->rotate(from + h * d, a.reindex->cosine(past + row), a.reindex->sine(past + row), d,
                        to + h * d);
    }
  }
}

// Calls body(row) with a pointer to each of the entries [begin, end), page by page.
enum class Half : std::uint8_t { kKeys, kValues };
template <class Body>
void for_entries(const LayerAttention& a, std::int32_t head, Half half, std::int64_t begin,
                 std::int64_t end, Body&& body) {
  const auto bytes =
      static_cast<std::size_t>(a.head_dim() * (a.store->type() == Scalar::kF32 ? 4 : 2));
  const std::int64_t block = a.store->block();
  for (std::int64_t i = begin; i < end;) {
    const std::int64_t stop = std::min(end, i - i % block + block);
    const std::byte* row =
        half == Half::kKeys ? a.store->key(a.layer, head, i) : a.store->value(a.layer, head, i);
    for (; i < stop; ++i, row += bytes) {
      body(row, bytes);
    }
  }
}

// Pointers to entries [begin, end) of a stream. Pages lie anywhere, so the processor cannot foresee
// the block after them: it is fetched here, as far as `limit`, while this one is computed.
void gather_rows(const LayerAttention& a, std::int32_t head, Half half, std::int64_t begin,
                 std::int64_t end, std::int64_t limit, const void** rows) {
  for_entries(a, head, half, begin, end, [&](const std::byte* row, std::size_t) { *rows++ = row; });
  for_entries(a, head, half, end, std::min(end + kKeyBlock, limit),
              [](const std::byte* row, std::size_t bytes) {
                for (std::size_t at = 0; at < bytes; at += 64) {
                  __builtin_prefetch(row + at, 0, 2);
                }
              });
}

KeyBlock block_of(const LayerAttention& a, std::int64_t begin, std::int64_t end,
                  const void* const* rows, float* scratch) {
  KeyBlock block{};
  block.rows = rows;
  block.count = end - begin;
  block.type = a.store->type();
  block.head_dim = a.head_dim();
  block.scratch = scratch;
  return block;
}

}  // namespace

void AttentionScratch::prepare(BufferPool& pool, std::int64_t queries, std::int64_t head_dim,
                               std::int64_t kept) {
  const std::int64_t width = round_up(head_dim, 16);
  struct Part {
    float** at;
    std::int64_t count;
  };
  const std::array<Part, 9> parts{{{&q_, queries * head_dim},
                                   {&keys_, head_dim * kKeyBlock},
                                   {&values_, kKeyBlock * width},
                                   {&widen_, kKeyBlock * width},
                                   {&scores_, queries * kKeyBlock},
                                   {&out_, queries * width},
                                   {&largest_, queries},
                                   {&sum_, queries},
                                   {&kept_, kept}}};
  constexpr auto kWord = static_cast<std::int64_t>(sizeof(std::int64_t));
  static_assert(sizeof(void*) <= sizeof(std::int64_t));
  std::int64_t bytes = (queries + kKeyBlock) * kWord;
  for (const Part& part : parts) {
    bytes += part.count * static_cast<std::int64_t>(sizeof(float));
  }
  block_.release();
  block_ = Buffer<std::byte>(pool, MemoryClass::kWorkspace, bytes);
  // Pointers and counts first: they need the wider alignment.
  std::byte* at = block_.data();
  rows_ = reinterpret_cast<const void**>(at);
  visible_ = reinterpret_cast<std::int64_t*>(at + kKeyBlock * kWord);
  at += (queries + kKeyBlock) * kWord;
  for (const Part& part : parts) {
    *part.at = reinterpret_cast<float*>(at);
    at += part.count * static_cast<std::int64_t>(sizeof(float));
  }
}

void score_tile(const LayerAttention& a, const QueryTile& t, AttentionScratch& s, float* kept,
                std::int64_t stride) {
  gather_queries(a, t, s.q_);
  const std::int64_t seen = a.past(t.head) + t.first_row + t.rows;  // by the last row
  for (std::int64_t begin = 0; begin < seen; begin += kKeyBlock) {
    const std::int64_t end = std::min(begin + kKeyBlock, seen);
    gather_rows(a, t.head, Half::kKeys, begin, end, seen, s.rows_);
    KeyBlock keys = block_of(a, begin, end, s.rows_, s.widen_);
    if (a.reindex != nullptr) {
      keys.cosine = a.reindex->cosine(begin);
      keys.sine = a.reindex->sine(begin);
    }
    a.kernels->pack_keys(keys, s.keys_);
    a.kernels->scores({s.q_, s.keys_, t.queries(), a.head_dim(), a.scale, kept + begin, stride});
  }
}

void attend_tile(const LayerAttention& a, const QueryTile& t, AttentionScratch& s, float* out,
                 float* kept, std::int64_t stride) {
  const std::int64_t d = a.head_dim();
  const std::int64_t width = round_up(d, 16);
  const std::int64_t queries = t.queries();
  const std::int64_t past = a.past(t.head);
  gather_queries(a, t, s.q_);
  std::fill_n(s.largest_, queries, -std::numeric_limits<float>::infinity());
  std::fill_n(s.sum_, queries, 0.0F);
  std::fill_n(s.out_, queries * width, 0.0F);

  const std::int64_t seen = past + t.first_row + t.rows;
  for (std::int64_t begin = 0; begin < seen; begin += kKeyBlock) {
    const std::int64_t end = std::min(begin + kKeyBlock, seen);
    gather_rows(a, t.head, Half::kKeys, begin, end, seen, s.rows_);
    KeyBlock block = block_of(a, begin, end, s.rows_, s.widen_);
    if (a.reindex != nullptr) {
      block.cosine = a.reindex->cosine(begin);
      block.sine = a.reindex->sine(begin);
    }
    a.kernels->pack_keys(block, s.keys_);
    a.kernels->scores({s.q_, s.keys_, queries, d, a.scale, s.scores_, kKeyBlock});
    if (kept != nullptr) {
      for (std::int64_t q = 0; q < queries; ++q) {
        std::memcpy(kept + q * stride + begin, s.scores_ + q * kKeyBlock,
                    sizeof(float) * kKeyBlock);
      }
    }

    gather_rows(a, t.head, Half::kValues, begin, end, seen, s.rows_);
    block.cosine = nullptr;
    block.sine = nullptr;
    a.kernels->pack_values(block, s.values_);
    for (std::int64_t q = 0; q < queries; ++q) {
      const std::int64_t sees = past + t.first_row + q / t.heads + 1;
      s.visible_[q] = std::clamp<std::int64_t>(sees - begin, 0, kKeyBlock);
    }
    a.kernels->attend(
        {s.scores_, s.visible_, s.values_, queries, width, s.largest_, s.sum_, s.out_});
  }

  for (std::int64_t r = 0; r < t.rows; ++r) {
    for (std::int64_t h = 0; h < t.heads; ++h) {
      const std::int64_t q = r * t.heads + h;
      const float sum = s.sum_[q];
      const float* from = s.out_ + q * width;
      float* to = out + ((t.first_row + r) * a.q_heads + t.first_q + h) * d;
      for (std::int64_t k = 0; k < d; ++k) {
        to[k] = from[k] / sum;
      }
    }
  }
}

}  // namespace kvfoot::cpu
