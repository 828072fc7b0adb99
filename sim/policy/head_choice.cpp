// Gates and head counts (DuoAttention, arXiv 2410.10819 eq. 4; rounding of the PruLong code).
#include "sim/policy/head_choice.hpp"

#include <algorithm>
#include <numeric>

#include "sim/core/hash.hpp"

namespace kvfoot {
namespace {

std::vector<std::string_view> words(std::string_view line) {
  std::vector<std::string_view> found;
  constexpr std::string_view kSpace = " \t\r";
  std::size_t begin = line.find_first_not_of(kSpace);
  while (begin != std::string_view::npos) {
    const std::size_t end = line.find_first_of(kSpace, begin);
    found.push_back(line.substr(begin, end == std::string_view::npos ? end : end - begin));
    begin = line.find_first_not_of(kSpace, end);
  }
  return found;
}

}  // namespace

Result<HeadGates> parse_head_gates(std::string_view text, const ModelShape& shape,
                                   const std::string& where) {
  HeadGates gates;
  gates.binary = true;
  std::int64_t lines = 0;
  std::int64_t layer_lines = 0;
  const std::string shape_text =
      std::to_string(shape.layers) + " layers of " + std::to_string(shape.kv_heads) + " KV heads";
  for (const std::string_view line : split(text, '\n')) {
    ++lines;
    const auto columns = words(line);
    if (columns.empty()) {
      continue;
    }
    const std::string place = where + ": line " + std::to_string(lines);
    if (static_cast<std::int64_t>(columns.size()) != shape.kv_heads) {
      return Error{place, std::to_string(columns.size()) + " columns",
                   "the model has " + shape_text};
    }
    for (const std::string_view column : columns) {
      const auto value = parse_double(column);
      if (!value) {
        return Error{place, "'" + std::string(column.substr(0, 40)) + "' is not a number"};
      }
      gates.binary = gates.binary && (*value == 0.0 || *value == 1.0);
      gates.value.push_back(*value);
    }
    if (++layer_lines > shape.layers) {
      break;
    }
  }
  if (layer_lines != shape.layers) {
    return Error{where,
                 (layer_lines > shape.layers ? "more than " + std::to_string(shape.layers)
                                             : std::to_string(layer_lines)) +
                     " lines of gates",
                 "the model has " + shape_text};
  }
  return gates;
}

std::int64_t retrieval_heads(std::int64_t heads, const Decimal& sparsity, HeadRounding rounding) {
  if (rounding == HeadRounding::kExact) {
    return floor_of_share_left(heads, sparsity);
  }
  const double s = sparsity.value();
  if (s <= 0 || s >= 1 || heads == 0) {
    return s >= 1 ? 0 : heads;
  }
  // heads - ceil(s (heads - 1)), with ceil(s x) = x - floor((1 - s) x) for whole x.
  return 1 + floor_of_share_left(heads - 1, sparsity);
}

std::vector<std::uint8_t> largest_gates(const std::vector<double>& gates, std::int64_t keep) {
  std::vector<std::size_t> order(gates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto first_left =
      order.begin() + std::clamp<std::int64_t>(keep, 0, static_cast<std::int64_t>(order.size()));
  std::nth_element(order.begin(), first_left, order.end(), [&](std::size_t a, std::size_t b) {
    return gates[a] != gates[b] ? gates[a] > gates[b] : a < b;
  });
  std::vector<std::uint8_t> chosen(gates.size(), 0);
  std::for_each(order.begin(), first_left, [&](std::size_t i) { chosen[i] = 1; });
  return chosen;
}

std::vector<double> hashed_gates(const ModelShape& shape, std::uint64_t seed) {
  const std::uint64_t purpose = hash_text("duo heads");
  std::vector<double> gates;
  gates.reserve(static_cast<std::size_t>(shape.layers) * static_cast<std::size_t>(shape.kv_heads));
  for (std::int32_t layer = 0; layer < shape.layers; ++layer) {
    for (std::int32_t head = 0; head < shape.kv_heads; ++head) {
      gates.push_back(unit_interval(hash_words(purpose, seed, layer, head)));
    }
  }
  return gates;
}

}  // namespace kvfoot
