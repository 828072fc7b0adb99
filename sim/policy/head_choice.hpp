// Which heads keep everything (retrieval) and which only sinks and a window (streaming).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/result.hpp"
#include "sim/core/shape.hpp"
#include "sim/core/text.hpp"

namespace kvfoot {

// One number per (layer, KV head), layer-major: the larger, the more the head retrieves.
struct HeadGates {
  std::vector<double> value;
  bool binary = false;  // nothing but 0 and 1
};

// A table of numbers as DuoAttention and PruLong publish it: a line per layer, a column per KV
// head, separated by tabs or spaces; empty lines are skipped. `where` names the file. Errors name
// the line.
[[nodiscard]] Result<HeadGates> parse_head_gates(std::string_view text, const ModelShape& shape,
                                                 const std::string& where);

enum class HeadRounding : std::uint8_t {
  kExact,  // int(M (1 - s)) retrieval heads of M, in exact decimal arithmetic
  kDuo,    // those at or above the linearly interpolated s-quantile: M - ceil(s (M - 1))
};
// Retrieval heads at sparsity s; kDuo keeps none at s = 1 and all at s = 0.
[[nodiscard]] std::int64_t retrieval_heads(std::int64_t heads, const Decimal& sparsity,
                                           HeadRounding rounding);

// 1 for the `keep` largest gates, ties to the lower index, else 0.
[[nodiscard]] std::vector<std::uint8_t> largest_gates(const std::vector<double>& gates,
                                                      std::int64_t keep);
// Gates without a better rule: a hash of (seed, layer, head).
[[nodiscard]] std::vector<double> hashed_gates(const ModelShape& shape, std::uint64_t seed);

}  // namespace kvfoot
