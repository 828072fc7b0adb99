// The Llama-3 chat format.
#include "executor/model/chat.hpp"

#include "sim/core/text.hpp"

namespace kvfoot {

namespace {

struct ChatTokens {
  std::int32_t start_header = 0;
  std::int32_t end_header = 0;
  std::int32_t eot = 0;
};

Result<std::int32_t> need(const Tokenizer& tokenizer, std::string_view token) {
  const auto id = tokenizer.token_to_id(token);
  if (!id || !tokenizer.is_special(*id)) {
    return Error{"chat", "the tokenizer has no special token " + std::string(token),
                 "this model has no Llama-3 chat format: give it plain text"};
  }
  return *id;
}

Status append_text(const Tokenizer& tokenizer, std::string_view text,
                   std::vector<std::int32_t>& out) {
  KVFOOT_ASSIGN(const auto ids, tokenizer.encode(text, {false, false}));
  out.insert(out.end(), ids.begin(), ids.end());
  return {};
}

Status append_header(const Tokenizer& tokenizer, const ChatTokens& tokens, std::string_view role,
                     std::vector<std::int32_t>& out) {
  out.push_back(tokens.start_header);
  KVFOOT_TRY(append_text(tokenizer, role, out));
  out.push_back(tokens.end_header);
  return {};
}

}  // namespace

Result<std::vector<std::int32_t>> encode_chat(const Tokenizer& tokenizer,
                                              std::span<const ChatMessage> messages,
                                              bool open_assistant) {
  ChatTokens tokens;
  KVFOOT_ASSIGN(tokens.start_header, need(tokenizer, "<|start_header_id|>"));
  KVFOOT_ASSIGN(tokens.end_header, need(tokenizer, "<|end_header_id|>"));
  KVFOOT_ASSIGN(tokens.eot, need(tokenizer, "<|eot_id|>"));
  KVFOOT_ASSIGN(auto out, tokenizer.encode(""));
  for (const ChatMessage& message : messages) {
    KVFOOT_TRY(append_header(tokenizer, tokens, message.role, out));
    // One string: "\n\n" and the content may share a piece, as they do in the template's output.
    KVFOOT_TRY(append_text(tokenizer, "\n\n" + std::string(trim(message.content)), out));
    out.push_back(tokens.eot);
  }
  if (open_assistant) {
    KVFOOT_TRY(append_header(tokenizer, tokens, "assistant", out));
    KVFOOT_TRY(append_text(tokenizer, "\n\n", out));
  }
  return out;
}

}  // namespace kvfoot
