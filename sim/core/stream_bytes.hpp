// What a stream takes, as a function of its entries: pages, or a formula.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "sim/core/kv_layout.hpp"
#include "sim/core/shape.hpp"

namespace kvfoot {

// Bytes of one stream of one request under a layout with a formula; no copies.
struct StreamFormula {
  KvQuant quant;
  KvIndex index;
  std::int64_t head_dim = 0;
  std::int64_t scalar = 2;    // bytes of a value in full precision
  std::int64_t kv_heads = 1;  // that share the scale and offset of a token (KVQuant)
  std::int64_t block = 16;    // entries per page of what is not quantised

  [[nodiscard]] std::int64_t entry() const { return 2 * head_dim * scalar; }
  // Keys, and keys and values, of n entries as they are stored: codes, scales, zeros, outliers and
  // what is in full precision; no rounding to pages.
  [[nodiscard]] std::int64_t key_bytes(std::int64_t entries) const;
  [[nodiscard]] std::int64_t payload(std::int64_t entries) const;
  // Metadata for selection.
  [[nodiscard]] std::int64_t index_bytes(std::int64_t entries) const;
  [[nodiscard]] std::int64_t content(std::int64_t entries) const {
    return payload(entries) + index_bytes(entries);
  }
  // content(), with pages for what is not quantised.
  [[nodiscard]] std::int64_t allocated(std::int64_t entries) const;
  // While a pass runs its own rows lie beside what was stored in full precision: attention reads
  // them before they are quantised.
  [[nodiscard]] std::int64_t content_during(std::int64_t past, std::int64_t own) const;
  [[nodiscard]] std::int64_t allocated_during(std::int64_t past, std::int64_t own) const;
};

// The geometry of a run. A stream takes units: pages of `block` entries, or single bytes where the
// layout has a formula; a unit has `bytes`, over all requests of a batch and copies of a stream.
struct PageSize {
  std::int64_t block = 16;
  std::int64_t bytes = 0;
  std::optional<StreamFormula> formula{};
  bool rectangular = false;

  // Streams take ceil(entries / block) pages each.
  [[nodiscard]] bool plain() const { return !formula && !rectangular; }
  [[nodiscard]] std::int64_t units(std::int64_t entries) const {
    return formula ? formula->allocated(entries) : (entries + block - 1) / block;
  }
  // With `own` rows of the running pass.
  [[nodiscard]] std::int64_t units_during(std::int64_t past, std::int64_t own) const {
    return formula ? formula->allocated_during(past, own) : units(past + own);
  }
  // What lies in units, counted in grains: entries, or bytes.
  [[nodiscard]] std::int64_t grains(std::int64_t entries) const {
    return formula ? formula->content(entries) : entries;
  }
  [[nodiscard]] std::int64_t grains_during(std::int64_t past, std::int64_t own) const {
    return formula ? formula->content_during(past, own) : past + own;
  }
  [[nodiscard]] std::int64_t grains_per_unit() const { return formula ? 1 : block; }
};

// Streams of `heads` storage heads per layer, in each of `batch` requests.
[[nodiscard]] PageSize page_size(const ModelShape& shape, std::int32_t heads, DType kv_dtype,
                                 std::int64_t block, std::int64_t batch, const KvLayout& layout);
// Plain pages of one request.
[[nodiscard]] PageSize page_size(const ModelShape& shape, DType kv_dtype, std::int64_t block);
// How often each stream lies in memory.
[[nodiscard]] std::int64_t copies_of(const ModelShape& shape, std::int32_t heads,
                                     const KvLayout& layout);

}  // namespace kvfoot
