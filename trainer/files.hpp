// The files that the trainer reads and writes: safetensors, config.json, tokenizer.json.
#pragma once

#include <map>
#include <string>

#include "sim/core/result.hpp"
#include "trainer/llama.hpp"

namespace kvfoot::trainer {

using Metadata = std::map<std::string, std::string>;

// Writes to a temporary name and renames: a killed run leaves the old file. Types: fp32 and bf16.
Status write_safetensors(const std::string& path, const NamedTensors& tensors,
                         const Metadata& metadata);

struct SafetensorsFile {
  std::map<std::string, torch::Tensor> tensors;  // on the CPU, in their stored type
  Metadata metadata;
};
Result<SafetensorsFile> read_safetensors(const std::string& path);

// Copies tensors of a file over the ones given, by name; a missing name or another shape is an
// error.
Status load_into(const NamedTensors& targets, const SafetensorsFile& file, const std::string& path);

Status write_text(const std::string& path, const std::string& text);

std::string config_json(const LlamaShape& shape);
Result<LlamaShape> read_config(const std::string& path);

// Byte-level BPE in the form of Llama 3 with no merges: token id = byte value, then the special
// tokens.
std::string tokenizer_json();
std::string tokenizer_config_json();
std::string generation_config_json();

}  // namespace kvfoot::trainer
