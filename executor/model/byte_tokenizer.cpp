// The tokenizer.json of random models: bytes, no merges, Llama-3 special tokens.
#include <nlohmann/json.hpp>

#include "executor/model/byte_alphabet.hpp"
#include "executor/model/make_model.hpp"

namespace kvfoot {

std::string byte_tokenizer_json() {
  using Json = nlohmann::ordered_json;
  const char* const special[] = {"<|begin_of_text|>",   "<|end_of_text|>",
                                 "<|start_header_id|>", "<|end_header_id|>",
                                 "<|eot_id|>",          "<|finetune_right_pad_id|>"};
  Json json;
  json["version"] = "1.0";
  json["truncation"] = nullptr;
  json["padding"] = nullptr;
  json["added_tokens"] = Json::array();
  for (int i = 0; i < kByteTokenizerVocab - 256; ++i) {
    json["added_tokens"].push_back({{"id", 256 + i},
                                    {"content", special[i]},
                                    {"single_word", false},
                                    {"lstrip", false},
                                    {"rstrip", false},
                                    {"normalized", false},
                                    {"special", true}});
  }
  const Json byte_level = {{"type", "ByteLevel"},
                           {"add_prefix_space", false},
                           {"trim_offsets", true},
                           {"use_regex", false}};
  json["normalizer"] = nullptr;
  json["pre_tokenizer"] = byte_level;
  const Json bos = {{"SpecialToken", {{"id", special[0]}, {"type_id", 0}}}};
  const Json text = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
  const Json second = {{"Sequence", {{"id", "B"}, {"type_id", 1}}}};
  json["post_processor"] = {{"type", "TemplateProcessing"},
                            {"single", Json::array({bos, text})},
                            {"pair", Json::array({bos, text, second})},
                            {"special_tokens",
                             {{special[0],
                               {{"id", special[0]},
                                {"ids", Json::array({kByteTokenizerBos})},
                                {"tokens", Json::array({special[0]})}}}}}};
  json["decoder"] = byte_level;
  json["model"] = {{"type", "BPE"},
                   {"dropout", nullptr},
                   {"unk_token", nullptr},
                   {"continuing_subword_prefix", nullptr},
                   {"end_of_word_suffix", nullptr},
                   {"fuse_unk", false},
                   {"byte_fallback", false},
                   {"ignore_merges", false},
                   {"vocab", Json::object()},
                   {"merges", Json::array()}};
  for (int byte = 0; byte < 256; ++byte) {
    json["model"]["vocab"][model::byte_character(static_cast<std::uint8_t>(byte))] = byte;
  }
  return json.dump(2) + "\n";
}

}  // namespace kvfoot
