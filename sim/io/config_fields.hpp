// Sizes in a config.json.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sim/core/result.hpp"
#include "sim/core/shape.hpp"
#include "sim/io/json.hpp"

namespace kvfoot {

// A positive size; absent and null are the same in these files.
[[nodiscard]] Result<std::optional<std::int32_t>> config_size(const JsonValue& config,
                                                              std::string_view where,
                                                              std::string_view key);
// The first of two names that is there: families call one thing by different names.
[[nodiscard]] Result<std::optional<std::int32_t>> config_size(const JsonValue& config,
                                                              std::string_view where,
                                                              std::string_view key,
                                                              std::string_view other_key);
[[nodiscard]] Result<std::int32_t> config_needed(const JsonValue& config, std::string_view where,
                                                 std::string_view key);

// What differs from a plain decoder: sliding layers, latent attention (sets head_dim and kv_heads),
// experts. Errors name the field; kinds of layers that are not known are errors, not guesses.
[[nodiscard]] Status read_architecture(const JsonValue& config, std::string_view where,
                                       ModelShape& shape);

}  // namespace kvfoot
