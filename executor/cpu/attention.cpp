// Tiles of attention: keys in blocks aligned to the resident list, softmax online.
#include "executor/cpu/attention.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace kvfoot::cpu {
namespace {

std::int64_t round_up(std::int64_t n, std::int64_t to) { return (n + to - 1) / to * to; }

template <class T>
void ensure(std::vector<T>& buffer, std::int64_t count) {
  if (static_cast<std::int64_t>(buffer.size()) < count) {
    buffer.resize(static_cast<std::size_t>(count));
  }
}

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

void AttentionScratch::prepare(std::int64_t queries, std::int64_t head_dim) {
  const std::int64_t width = round_up(head_dim, 16);
  ensure(q_, queries * head_dim);
  ensure(keys_, head_dim * kKeyBlock);
  ensure(values_, kKeyBlock * width);
  ensure(widen_, kKeyBlock * width);
  ensure(scores_, queries * kKeyBlock);
  ensure(out_, queries * width);
  ensure(largest_, queries);
  ensure(sum_, queries);
  ensure(visible_, queries);
  ensure(rows_, kKeyBlock);
}

void AttentionScratch::prepare_scores(std::int64_t count) { ensure(kept_, count); }

std::int64_t AttentionScratch::bytes() const {
  const std::size_t floats = q_.capacity() + keys_.capacity() + values_.capacity() +
                             widen_.capacity() + scores_.capacity() + out_.capacity() +
                             largest_.capacity() + sum_.capacity() + kept_.capacity();
  return static_cast<std::int64_t>(floats * sizeof(float) +
                                   visible_.capacity() * sizeof(std::int64_t) +
                                   rows_.capacity() * sizeof(void*));
}

void score_tile(const LayerAttention& a, const QueryTile& t, AttentionScratch& s, float* kept,
                std::int64_t stride) {
  gather_queries(a, t, s.q_.data());
  const std::int64_t seen = a.past(t.head) + t.first_row + t.rows;  // by the last row
  for (std::int64_t begin = 0; begin < seen; begin += kKeyBlock) {
    const std::int64_t end = std::min(begin + kKeyBlock, seen);
    gather_rows(a, t.head, Half::kKeys, begin, end, seen, s.rows_.data());
    KeyBlock keys = block_of(a, begin, end, s.rows_.data(), s.widen_.data());
    if (a.reindex != nullptr) {
      keys.cosine = a.reindex->cosine(begin);
      keys.sine = a.reindex->sine(begin);
    }
    a.kernels->pack_keys(keys, s.keys_.data());
    a.kernels->scores(
        {s.q_.data(), s.keys_.data(), t.queries(), a.head_dim(), a.scale, kept + begin, stride});
  }
}

void attend_tile(const LayerAttention& a, const QueryTile& t, AttentionScratch& s, float* out,
                 float* kept, std::int64_t stride) {
  const std::int64_t d = a.head_dim();
  const std::int64_t width = round_up(d, 16);
  const std::int64_t queries = t.queries();
  const std::int64_t past = a.past(t.head);
  gather_queries(a, t, s.q_.data());
  std::fill_n(s.largest_.begin(), queries, -std::numeric_limits<float>::infinity());
  std::fill_n(s.sum_.begin(), queries, 0.0F);
  std::fill_n(s.out_.begin(), queries * width, 0.0F);

  const std::int64_t seen = past + t.first_row + t.rows;
  for (std::int64_t begin = 0; begin < seen; begin += kKeyBlock) {
    const std::int64_t end = std::min(begin + kKeyBlock, seen);
    gather_rows(a, t.head, Half::kKeys, begin, end, seen, s.rows_.data());
    KeyBlock block = block_of(a, begin, end, s.rows_.data(), s.widen_.data());
    if (a.reindex != nullptr) {
      block.cosine = a.reindex->cosine(begin);
      block.sine = a.reindex->sine(begin);
    }
    a.kernels->pack_keys(block, s.keys_.data());
    a.kernels->scores(
        {s.q_.data(), s.keys_.data(), queries, d, a.scale, s.scores_.data(), kKeyBlock});
    if (kept != nullptr) {
      for (std::int64_t q = 0; q < queries; ++q) {
        std::memcpy(kept + q * stride + begin, s.scores_.data() + q * kKeyBlock,
                    sizeof(float) * kKeyBlock);
      }
    }

    gather_rows(a, t.head, Half::kValues, begin, end, seen, s.rows_.data());
    block.cosine = nullptr;
    block.sine = nullptr;
    a.kernels->pack_values(block, s.values_.data());
    for (std::int64_t q = 0; q < queries; ++q) {
      const std::int64_t sees = past + t.first_row + q / t.heads + 1;
      s.visible_[static_cast<std::size_t>(q)] =
          std::clamp<std::int64_t>(sees - begin, 0, kKeyBlock);
    }
    a.kernels->attend({s.scores_.data(), s.visible_.data(), s.values_.data(), queries, width,
                       s.largest_.data(), s.sum_.data(), s.out_.data()});
  }

  for (std::int64_t r = 0; r < t.rows; ++r) {
    for (std::int64_t h = 0; h < t.heads; ++h) {
      const std::int64_t q = r * t.heads + h;
      const float sum = s.sum_[static_cast<std::size_t>(q)];
      const float* from = s.out_.data() + q * width;
      float* to = out + ((t.first_row + r) * a.q_heads + t.first_q + h) * d;
      for (std::int64_t k = 0; k < d; ++k) {
        to[k] = from[k] / sum;
      }
    }
  }
}

}  // namespace kvfoot::cpu
