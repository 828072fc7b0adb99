// Any bytes as a tokenizer.json: an error, or a tokenizer that encodes hostile text without harm.
#include <cstdint>
#include <string>
#include <string_view>

#include "executor/model/tokenizer.hpp"

namespace {

// Spaces, digits, contractions, many scripts, broken UTF-8, a run longer than the short merge path.
std::string hostile_text() {
  static constexpr char kText[] =
      "Hello  we'll 12345\r\n\n \t\xe4\xb8\xad\xd8\xa7\xf0\x9f\x98\x80 e\xcc\x81 \xff\xc0\xed"
      "\xa0\x80 <|eot_id|>\0 ";
  return std::string(kText, sizeof kText - 1) + std::string(100, 'a');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  const auto tokenizer = kvfoot::Tokenizer::parse(json, "fuzz");
  if (!tokenizer) {
    KVFOOT_CHECK(!tokenizer.error().what.empty());
    return 0;
  }
  static const std::string text = hostile_text();
  for (const std::string_view input : {std::string_view(text), json.substr(0, 200)}) {
    for (const bool special : {false, true}) {
      const auto ids = tokenizer->encode(input, {.add_special = special, .allow_special = special});
      if (!ids) {
        continue;
      }
      kvfoot::StreamDecoder stream(*tokenizer, false);
      std::string streamed;
      for (const std::int32_t id : *ids) {
        KVFOOT_CHECK(id >= 0 && id < tokenizer->id_limit());
        KVFOOT_CHECK(!tokenizer->id_to_token(id).empty() || tokenizer->token_bytes(id).empty());
        streamed += stream.push(id);
      }
      streamed += stream.flush();
      KVFOOT_CHECK(streamed == tokenizer->decode(*ids));
    }
  }
  return 0;
}
