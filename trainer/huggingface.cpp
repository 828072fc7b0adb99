// config.json and tokenizer.json in the Hugging Face layout (files.hpp).
#include <fstream>
#include <nlohmann/json.hpp>

#include "trainer/files.hpp"

namespace kvfoot::trainer {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// Ids 256 and up, in this order; the rest up to the vocabulary size is reserved.
constexpr const char* kSpecials[] = {
    "<|begin_of_text|>",   "<|end_of_text|>",   "<|finetune_right_pad_id|>",
    "<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>",
    "<|eot_id|>",          "<|python_tag|>"};
constexpr int kVocabulary = 272;
constexpr const char* kSplit =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

std::string utf8(unsigned code) {
  if (code < 0x80) {
    return {static_cast<char>(code)};
  }
  return {static_cast<char>(0xC0 | (code >> 6)), static_cast<char>(0x80 | (code & 0x3F))};
}

// The printable stand-in of each byte in byte-level BPE (GPT-2's table).
std::string byte_symbol(unsigned byte) {
  const auto printable = [](unsigned b) {
    return (b >= 0x21 && b <= 0x7E) || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
  };
  if (printable(byte)) {
    return utf8(byte);
  }
  unsigned rank = 0;
  for (unsigned b = 0; b < byte; ++b) {
    rank += printable(b) ? 0U : 1U;
  }
  return utf8(0x100 + rank);
}

std::string special(int id) {
  const int index = id - 256;
  return index < static_cast<int>(std::size(kSpecials))
             ? kSpecials[index]
             : "<|reserved_special_token_" +
                   std::to_string(index - static_cast<int>(std::size(kSpecials))) + "|>";
}

}  // namespace

std::string config_json(const LlamaShape& shape) {
  ordered_json j;
  j["architectures"] = {"LlamaForCausalLM"};
  j["model_type"] = "llama";
  j["attention_bias"] = false;
  j["attention_dropout"] = 0.0;
  j["bos_token_id"] = 256;
  j["eos_token_id"] = 257;
  j["head_dim"] = shape.head_dim;
  j["hidden_act"] = "silu";
  j["hidden_size"] = shape.hidden;
  j["initializer_range"] = 0.02;
  j["intermediate_size"] = shape.ffn;
  j["max_position_embeddings"] = shape.max_positions;
  j["mlp_bias"] = false;
  j["num_attention_heads"] = shape.heads;
  j["num_hidden_layers"] = shape.layers;
  j["num_key_value_heads"] = shape.kv_heads;
  j["pretraining_tp"] = 1;
  j["rms_norm_eps"] = shape.rms_eps;
  j["rope_scaling"] = nullptr;
  j["rope_theta"] = shape.rope_theta;
  j["tie_word_embeddings"] = true;
  j["torch_dtype"] = "bfloat16";
  j["use_cache"] = true;
  j["vocab_size"] = shape.vocab;
  return j.dump(2) + "\n";
}

Result<LlamaShape> read_config(const std::string& path) {
  std::ifstream in(path);
  if (!in) {
    return Error{path, "cannot be opened", "give the folder of a checkpoint"};
  }
  const json j = json::parse(in, nullptr, false);
  try {
    LlamaShape s;
    s.vocab = j.at("vocab_size").get<std::int64_t>();
    s.hidden = j.at("hidden_size").get<std::int64_t>();
    s.layers = j.at("num_hidden_layers").get<std::int64_t>();
    s.heads = j.at("num_attention_heads").get<std::int64_t>();
    s.kv_heads = j.at("num_key_value_heads").get<std::int64_t>();
    s.head_dim = j.at("head_dim").get<std::int64_t>();
    s.ffn = j.at("intermediate_size").get<std::int64_t>();
    s.max_positions = j.at("max_position_embeddings").get<std::int64_t>();
    s.rope_theta = j.at("rope_theta").get<double>();
    s.rms_eps = j.at("rms_norm_eps").get<double>();
    return s;
  } catch (const std::exception& error) {
    return Error{path, error.what(), "the trainer reads only configurations of its own"};
  }
}

std::string tokenizer_json() {
  ordered_json j;
  j["version"] = "1.0";
  j["truncation"] = nullptr;
  j["padding"] = nullptr;
  j["added_tokens"] = ordered_json::array();
  for (int id = 256; id < kVocabulary; ++id) {
    j["added_tokens"].push_back({{"id", id},
                                 {"content", special(id)},
                                 {"single_word", false},
                                 {"lstrip", false},
                                 {"rstrip", false},
                                 {"normalized", false},
                                 {"special", true}});
  }
  j["normalizer"] = nullptr;
  const auto byte_level = [](bool trim) {
    return ordered_json{{"type", "ByteLevel"},
                        {"add_prefix_space", false},
                        {"trim_offsets", trim},
                        {"use_regex", false}};
  };
  j["pre_tokenizer"] = {{"type", "Sequence"},
                        {"pretokenizers",
                         {{{"type", "Split"},
                           {"pattern", {{"Regex", kSplit}}},
                           {"behavior", "Isolated"},
                           {"invert", false}},
                          byte_level(true)}}};
  const ordered_json bos = {{"SpecialToken", {{"id", "<|begin_of_text|>"}, {"type_id", 0}}}};
  const auto sequence = [](const char* name, int type) {
    return ordered_json{{"Sequence", {{"id", name}, {"type_id", type}}}};
  };
  const ordered_json bos_pair = {{"SpecialToken", {{"id", "<|begin_of_text|>"}, {"type_id", 1}}}};
  j["post_processor"] = {
      {"type", "TemplateProcessing"},
      {"single", ordered_json::array({bos, sequence("A", 0)})},
      {"pair", ordered_json::array({bos, sequence("A", 0), bos_pair, sequence("B", 1)})},
      {"special_tokens",
       {{"<|begin_of_text|>",
         {{"id", "<|begin_of_text|>"},
          {"ids", ordered_json::array({256})},
          {"tokens", ordered_json::array({"<|begin_of_text|>"})}}}}}};
  ordered_json decoder = byte_level(true);
  decoder["add_prefix_space"] = true;
  decoder["use_regex"] = true;
  j["decoder"] = decoder;
  ordered_json vocab;
  for (unsigned byte = 0; byte < 256; ++byte) {
    vocab[byte_symbol(byte)] = byte;
  }
  j["model"] = {{"type", "BPE"},
                {"dropout", nullptr},
                {"unk_token", nullptr},
                {"continuing_subword_prefix", nullptr},
                {"end_of_word_suffix", nullptr},
                {"fuse_unk", false},
                {"byte_fallback", false},
                {"ignore_merges", true},
                {"vocab", vocab},
                {"merges", ordered_json::array()}};
  return j.dump(1) + "\n";
}

std::string tokenizer_config_json() {
  ordered_json j;
  j["tokenizer_class"] = "PreTrainedTokenizerFast";
  j["bos_token"] = "<|begin_of_text|>";
  j["eos_token"] = "<|end_of_text|>";
  j["clean_up_tokenization_spaces"] = false;
  j["model_max_length"] = 4096;
  return j.dump(2) + "\n";
}

std::string generation_config_json() {
  ordered_json j;
  j["bos_token_id"] = 256;
  j["eos_token_id"] = 257;
  j["do_sample"] = false;
  return j.dump(2) + "\n";
}

}  // namespace kvfoot::trainer
