// Llama-3 chat format: messages to token ids.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "executor/model/tokenizer.hpp"
#include "sim/core/result.hpp"

namespace kvfoot {

struct ChatMessage {
  std::string role;  // "system", "user", "assistant", ...
  std::string content;
};

// BOS, then per message <|start_header_id|>ROLE<|end_header_id|>\n\n CONTENT<|eot_id|>; content is
// trimmed and never yields special ids. With `open_assistant` the header of an answer follows.
// Fails if the tokenizer lacks the header and eot tokens (a base model of another family).
Result<std::vector<std::int32_t>> encode_chat(const Tokenizer& tokenizer,
                                              std::span<const ChatMessage> messages,
                                              bool open_assistant = true);

}  // namespace kvfoot
