// How streams are stored when it is not as plain pages: quantised, with metadata for selection,
// rectangular, or once per query head. docs/time-and-memory.md, "Layouts".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/core/result.hpp"
#include "sim/core/shape.hpp"

namespace kvfoot {

enum class KvScheme : std::uint8_t { kNone, kKivi, kKvquant };

// KIVI (arXiv 2402.02750): keys per channel in groups of `group` tokens, values per token in groups
// of `group` channels, the newest `residual` tokens in full precision.
// KVQuant (arXiv 2401.18079): every token, with outliers beside the codes.
struct KvQuant {
  KvScheme scheme = KvScheme::kNone;
  std::int64_t bits = 0;
  std::int64_t group = 0;          // KIVI: tokens or channels that share a scale and a zero
  std::int64_t residual = 0;       // KIVI: tokens, a multiple of the group
  std::int64_t outliers_ppm = 0;   // KVQuant: of a million values, those stored sparsely
  std::int64_t outlier_bytes = 0;  // KVQuant: value and index of one
  friend bool operator==(const KvQuant&, const KvQuant&) = default;
};

enum class KvIndexKind : std::uint8_t { kNone, kQuest, kMoba };

// Metadata by which a method chooses what a row reads, while everything stays resident.
// Quest (arXiv 2406.10774): smallest and largest key per channel of every page.
// MoBA (arXiv 2502.13189): the mean key of every complete block.
struct KvIndex {
  KvIndexKind kind = KvIndexKind::kNone;
  std::int64_t block = 0;   // tokens per page or block
  std::int64_t budget = 0;  // Quest: tokens that a query head reads in a decode row; 0: all
  std::int64_t dense = 0;   // Quest: first layers that read everything
  friend bool operator==(const KvIndex&, const KvIndex&) = default;
};

// kRectangular: every stream of a layer takes as much as the largest of the layer.
enum class KvAlloc : std::uint8_t { kRagged, kRectangular };
// kQuery: K and V lie once per query head, as some published codes store them.
enum class KvCopies : std::uint8_t { kKv, kQuery };

struct KvLayout {
  KvQuant quant{};
  KvIndex index{};
  KvAlloc alloc = KvAlloc::kRagged;
  KvCopies copies = KvCopies::kKv;
  friend bool operator==(const KvLayout&, const KvLayout&) = default;
  // Bytes of a stream follow from its entries by a formula instead of pages alone.
  [[nodiscard]] bool has_formula() const {
    return quant.scheme != KvScheme::kNone || index.kind != KvIndexKind::kNone;
  }
};

// "kivi:bits=2,group=32,residual=128", "kvquant:bits=3,outliers=0.01", "none". Errors say which
// name or number is wrong.
[[nodiscard]] Result<KvQuant> parse_kv_quant(std::string_view text);
// "quest:page=16,budget=2048", "moba:block=512", "none".
[[nodiscard]] Result<KvIndex> parse_kv_index(std::string_view text);
[[nodiscard]] Result<KvAlloc> parse_kv_alloc(std::string_view text);    // "ragged", "rectangular"
[[nodiscard]] Result<KvCopies> parse_kv_copies(std::string_view text);  // "kv", "query"
// With every default; the parsers take them back.
[[nodiscard]] std::string to_string(const KvQuant& quant);
[[nodiscard]] std::string to_string(const KvIndex& index);
[[nodiscard]] std::string_view to_string(KvAlloc alloc);
[[nodiscard]] std::string_view to_string(KvCopies copies);

// Refuses layouts that the shape has no place for: latent rows have neither channels of keys nor
// heads of their own.
[[nodiscard]] Status check_layout(const KvLayout& layout, const ModelShape& shape);

}  // namespace kvfoot
