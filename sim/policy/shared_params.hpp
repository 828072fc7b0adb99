// Parameters that several policies have, so that the same word has the same type and range
// everywhere. What a budget counts differs, and with it the help.
#pragma once

#include <string_view>

#include "sim/policy/descriptor.hpp"

namespace kvfoot {

constexpr ParamInfo sparsity_param(std::string_view help, std::string_view excludes,
                                   std::string_view default_text = {}) {
  return {.name = "sparsity",
          .type = ParamType::kDecimal,
          .default_text = default_text,
          .min = 0,
          .max = 1,
          .help = help,
          .excludes = excludes};
}

constexpr ParamInfo budget_param(std::string_view help, std::string_view excludes,
                                 std::string_view default_text = {}) {
  return {.name = "budget",
          .type = ParamType::kInt,
          .default_text = default_text,
          .min = 1,
          .max = 2147483647,
          .help = help,
          .excludes = excludes};
}

constexpr ParamInfo bytes_param(std::string_view help, std::string_view excludes) {
  return {.name = "bytes", .type = ParamType::kBytes, .help = help, .excludes = excludes};
}

constexpr ParamInfo evict_param(std::string_view help) {
  return {.name = "evict",
          .type = ParamType::kChoice,
          .default_text = "chunk",
          .choices = "chunk|end",
          .help = help};
}
// Of policies that evict while decoding, too.
constexpr ParamInfo kEvictParam =
    evict_param("chunk: after every pass; end: not before the last prefill pass");

constexpr ParamInfo kGroupParam{
    .name = "group",
    .type = ParamType::kChoice,
    .default_text = "mean",
    .choices = "mean|none",
    .help = "mean: one set per KV head; none: a copy and a set per query head"};

constexpr ParamInfo sinks_param(std::string_view help) {
  return {.name = "sinks",
          .type = ParamType::kInt,
          .default_text = "128",
          .min = 0,
          .max = 2147483647,
          .help = help};
}

// Recent tokens of streaming heads; the voting window of a score-based policy is another thing.
constexpr ParamInfo recent_window_param(std::string_view help) {
  return {.name = "window",
          .type = ParamType::kInt,
          .default_text = "1024",
          .min = 1,
          .max = 2147483647,
          .help = help};
}

}  // namespace kvfoot
