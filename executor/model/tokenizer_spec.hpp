// What a tokenizer.json says, checked and free of JSON (private to executor/model).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "executor/model/bpe.hpp"
#include "executor/model/pre_tokenizer.hpp"
#include "sim/core/result.hpp"

namespace kvfoot::model {

struct TokenSpec {
  std::string text;  // as written in the file
  std::int32_t id = 0;
};

struct AddedTokenSpec {
  std::string content;
  std::int32_t id = 0;
  bool special = false;
  bool normalized = false;  // searched for only after the others
};

struct TokenizerSpec {
  std::vector<TokenSpec> vocab;  // ascending id
  std::vector<BpeMerge> merges;  // ascending rank
  std::vector<AddedTokenSpec> added;
  std::vector<SplitStage> stages;
  std::vector<std::int32_t> prefix;  // what the post-processor puts around the text
  std::vector<std::int32_t> suffix;
  bool ignore_merges = false;
};

inline constexpr std::int64_t kMaxTokenId = (std::int64_t{1} << 22) - 1;

// Refuses everything that would be computed differently from Hugging Face's library: other model
// types, normalizers, dropout, byte fallback, affixes, unknown stages. `truncation` and `padding`
// are ignored: how much text to take is the caller's decision.
Result<TokenizerSpec> parse_tokenizer(std::string_view json, std::string_view where);

}  // namespace kvfoot::model
