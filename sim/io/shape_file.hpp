// Model geometry from a Hugging Face config.json: only what decides KV entries and their bytes.
#pragma once

#include <filesystem>
#include <string_view>

#include "sim/core/result.hpp"
#include "sim/core/shape.hpp"

namespace kvfoot {

// Any decoder whose config has num_hidden_layers, num_attention_heads and hidden_size. Absent
// num_key_value_heads means MHA, absent head_dim means hidden_size / heads; a nested text_config
// is used where there is one. The name is that of the folder.
[[nodiscard]] Result<ModelShape> load_shape(const std::filesystem::path& config_json);
[[nodiscard]] Result<ModelShape> parse_shape(std::string_view json, std::string_view where,
                                             std::string_view name);

// What --shape takes: a built-in name, a config.json, or a folder that holds one.
[[nodiscard]] Result<ModelShape> resolve_shape(std::string_view name_or_file,
                                               const std::filesystem::path& base_folder);

}  // namespace kvfoot
