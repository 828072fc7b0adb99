// What every backend demands of the rows of a pass.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "sim/core/check.hpp"
#include "sim/core/result.hpp"
#include "sim/core/schedule.hpp"

namespace kvfoot {

// One position per token, patch rows among them, and tokens of the vocabulary; the last is an error
// of the input, said in the name of `where`, the others are broken contracts.
[[nodiscard]] inline Status check_pass_rows(const char* where, std::span<const std::int32_t> tokens,
                                            std::span<const TokenPos> positions,
                                            std::int64_t patch_rows, std::int64_t vocab_size) {
  KVFOOT_CHECK(!tokens.empty() && tokens.size() == positions.size(), "rows of a pass");
  KVFOOT_CHECK(patch_rows >= 0 && patch_rows <= static_cast<std::int64_t>(tokens.size()),
               "patch rows of a pass");
  for (const std::int32_t token : tokens) {
    if (token < 0 || token >= vocab_size) {
      return Error{
          where, "token " + std::to_string(token) + " is outside the vocabulary",
          "the model has " + std::to_string(vocab_size) + " tokens; is this its tokenizer?"};
    }
  }
  return {};
}

}  // namespace kvfoot
