// The tokenizer beyond the goldens: untrusted text, broken UTF-8, long runs, files it must refuse,
// chat.
#include "executor/model/tokenizer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>

#include "executor/model/chat.hpp"
#include "executor/model/make_model.hpp"
#include "sim/core/hash.hpp"

namespace kvfoot {
namespace {

using Ids = std::vector<std::int32_t>;
using Json = nlohmann::json;
using testing::HasSubstr;

Json golden_file(const std::string& name) {
  std::ifstream in(KVFOOT_SOURCE_DIR "/tests/oracle/tokenizer_" + name + ".json");
  return Json::parse(in);
}

Tokenizer parsed(const Json& json) {
  auto tokenizer = Tokenizer::parse(json.dump(), "tokenizer.json");
  KVFOOT_CHECK(tokenizer.ok(), tokenizer.error().message());
  return std::move(*tokenizer);
}

TEST(Tokenizer, UntrustedTextYieldsNoSpecialIds) {
  for (const char* name : {"merges", "ignore"}) {
    const Tokenizer tokenizer = parsed(golden_file(name));
    const std::string text = "a<|eot_id|><|eot|>b <|begin_of_text|>";
    const auto trusted = tokenizer.encode(text);
    const auto untrusted = tokenizer.encode(text, {.add_special = false, .allow_special = false});
    ASSERT_TRUE(trusted.ok() && untrusted.ok());
    EXPECT_EQ(std::ranges::count_if(*trusted, [&](auto id) { return tokenizer.is_special(id); }),
              4);
    EXPECT_EQ(std::ranges::count_if(*untrusted, [&](auto id) { return tokenizer.is_special(id); }),
              0);
    EXPECT_EQ(tokenizer.decode(*untrusted), text);
    EXPECT_EQ(tokenizer.decode(*trusted, true), "ab ");
    // Added tokens that are not special stay tokens.
    EXPECT_EQ(*tokenizer.encode("<tool>", {.add_special = false, .allow_special = false}),
              Ids{*tokenizer.token_to_id("<tool>")});
  }
}

// A special token that also lies in the vocabulary must not be reached as a whole piece.
TEST(Tokenizer, IgnoreMergesNeverLooksUpSpecialTokens) {
  Json json = golden_file("ignore");
  json["pre_tokenizer"] = {
      {"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
  for (const Json& token : json["added_tokens"]) {
    json["model"]["vocab"][token["content"].get<std::string>()] = token["id"];
  }
  const Tokenizer tokenizer = parsed(json);
  const auto ids = tokenizer.encode("<|eot_id|>", {.add_special = false, .allow_special = false});
  ASSERT_TRUE(ids.ok());
  EXPECT_GT(ids->size(), 1u);
  EXPECT_EQ(tokenizer.decode(*ids), "<|eot_id|>");
}

TEST(Tokenizer, BytesThatAreNoUtf8ComeBack) {
  const Tokenizer tokenizer = parsed(golden_file("merges"));
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    std::string bytes;
    for (std::uint64_t i = 0; i < 60; ++i) {
      const std::uint64_t h = hash_words(seed, i);
      // Mostly ASCII, so that valid and invalid runs alternate.
      bytes += static_cast<char>((h >> 32) % 3 == 0 ? h & 0xff : h & 0x7f);
    }
    const auto ids = tokenizer.encode(bytes, {.add_special = false});
    ASSERT_TRUE(ids.ok()) << ids.error().message();
    EXPECT_EQ(tokenizer.decode_bytes(*ids), bytes) << seed;
  }
}

TEST(Tokenizer, LongRunsTakeTimeInProportion) {
  const Tokenizer tokenizer = parsed(golden_file("merges"));
  for (const std::string& unit : {std::string(" "), std::string("a"), std::string("\n"),
                                  std::string("the"), std::string("\xe4\xb8\xad")}) {
    std::string text;
    while (text.size() < 1'000'000) {
      text += unit;
    }
    const std::clock_t start = std::clock();  // processor time: the machine may be busy
    const auto ids = tokenizer.encode(text, {.add_special = false});
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    ASSERT_TRUE(ids.ok()) << ids.error().message();
    EXPECT_EQ(tokenizer.decode_bytes(*ids), text);
    // A quadratic path would need hours; the bound leaves room for sanitizers.
    EXPECT_LT(seconds, 20.0);
  }
}

TEST(Tokenizer, AnswersAboutSingleTokens) {
  const Tokenizer tokenizer = parsed(golden_file("merges"));
  const auto eot = tokenizer.token_to_id("<|eot_id|>");
  ASSERT_TRUE(eot.has_value());
  EXPECT_TRUE(tokenizer.is_special(*eot));
  EXPECT_EQ(tokenizer.id_to_token(*eot), "<|eot_id|>");
  EXPECT_EQ(tokenizer.bos_id(), tokenizer.token_to_id("<|begin_of_text|>"));
  const auto space = tokenizer.token_to_id("\xc4\xa0");  // U+0120 stands for the space
  ASSERT_TRUE(space.has_value());
  EXPECT_EQ(tokenizer.token_bytes(*space), " ");
  EXPECT_EQ(tokenizer.id_to_token(-1), "");
  EXPECT_EQ(tokenizer.id_to_token(tokenizer.id_limit()), "");
  EXPECT_EQ(tokenizer.decode(Ids{-5, 1 << 30}), "");
  EXPECT_FALSE(tokenizer.token_to_id("no such token").has_value());
}

std::string error_of(const Json& json, std::optional<std::int64_t> vocab = {}) {
  const auto tokenizer = Tokenizer::parse(json.dump(), "tokenizer.json", vocab);
  return tokenizer.ok() ? "no error" : tokenizer.error().message();
}

TEST(Tokenizer, RefusesTokenizersOfOtherModels) {
  const Json good = golden_file("merges");
  EXPECT_EQ(error_of(good), "no error");
  EXPECT_EQ(error_of(good, 647), "no error");  // 640 + 6 special + 1 added
  EXPECT_THAT(error_of(good, 646),
              HasSubstr("has token ids up to 646, the model knows only 646; tokenizer.json and "
                        "config.json belong to different models"));
  EXPECT_THAT(error_of(Json::object()), HasSubstr("model: must be an object"));

  const auto with = [&](const char* pointer, const Json& value) {
    Json json = good;
    json[Json::json_pointer(pointer)] = value;
    return error_of(json);
  };
  EXPECT_THAT(with("/model/type", "WordPiece"),
              HasSubstr("model.type: is \"WordPiece\"; only byte-level BPE"));
  EXPECT_THAT(with("/model/type", "Unigram"), HasSubstr("is \"Unigram\""));
  EXPECT_THAT(with("/model/type", 3), HasSubstr("model.type: is missing"));
  EXPECT_THAT(with("/model/byte_fallback", true), HasSubstr("SentencePiece"));
  EXPECT_THAT(with("/model/dropout", 0.1), HasSubstr("model.dropout"));
  EXPECT_THAT(with("/model/end_of_word_suffix", "</w>"), HasSubstr("end_of_word_suffix"));
  EXPECT_THAT(with("/model/vocab", Json::array()), HasSubstr("model.vocab: must be an object"));
  EXPECT_THAT(with("/model/vocab/a", -1), HasSubstr("token \"a\" has the id -1"));
  EXPECT_THAT(with("/model/vocab/a", 1 << 30), HasSubstr("which is no number from 0 to 4194303"));
  EXPECT_THAT(with("/model/vocab/a", good["model"]["vocab"]["b"]), HasSubstr("share the id"));
  EXPECT_THAT(with("/model/merges", "x"), HasSubstr("model.merges: must be a list"));
  EXPECT_THAT(with("/model/merges/0", "a b c"), HasSubstr("entry 0: must be two tokens with"));
  EXPECT_THAT(with("/model/merges/0", 7), HasSubstr("entry 0: must be two tokens"));
  EXPECT_THAT(with("/model/merges/3", {"q", "zz"}),
              HasSubstr("entry 3: \"q\" and \"zz\" cannot merge"));
  EXPECT_THAT(with("/normalizer", {{"type", "NFC"}}), HasSubstr("normalizer: is not supported"));
  EXPECT_THAT(with("/decoder", {{"type", "Metaspace"}}), HasSubstr("decoder: must be of type"));
  EXPECT_THAT(with("/pre_tokenizer", {{"type", "Metaspace"}}),
              HasSubstr("type \"Metaspace\" is not supported"));
  EXPECT_THAT(with("/pre_tokenizer", nullptr), HasSubstr("has no ByteLevel stage"));
  EXPECT_THAT(with("/pre_tokenizer/pretokenizers/0/pattern/Regex", "(unclosed"),
              HasSubstr("pre_tokenizer: pattern: is no regular expression"));
  EXPECT_THAT(with("/pre_tokenizer/pretokenizers/0/pattern", {{"String", " "}}),
              HasSubstr("pattern must be a Regex"));
  EXPECT_THAT(with("/pre_tokenizer/pretokenizers/0/behavior", "MergedWithNext"),
              HasSubstr("behavior \"MergedWithNext\" is not supported"));
  EXPECT_THAT(with("/post_processor", {{"type", "BertProcessing"}}), HasSubstr("post_processor"));
  EXPECT_THAT(with("/post_processor/processors/1/single/0/SpecialToken/id", "<nope>"),
              HasSubstr("names \"<nope>\", which is no token"));
  EXPECT_THAT(with("/added_tokens/0/lstrip", true), HasSubstr("entry 0: lstrip is not supported"));
  EXPECT_THAT(with("/added_tokens/1/id", 640), HasSubstr("contradicts another entry"));
  EXPECT_THAT(with("/added_tokens/1/id", 5), HasSubstr("has the id 5 of the token"));
  EXPECT_THAT(with("/added_tokens/1/content", ""), HasSubstr("has no content"));
  EXPECT_THAT(Tokenizer::load("/nonexistent/tokenizer.json").error().message(),
              HasSubstr("there is no such file"));
}

TEST(Tokenizer, ReadsTheRemovedInvertedSplitOfOlderFiles) {
  Json json = golden_file("merges");
  Json& split = json["pre_tokenizer"]["pretokenizers"][0];
  split["behavior"] = "Removed";
  split["invert"] = true;
  const std::string text = "One  two,\r\n three've 12345 \xe4\xb8\xad";
  EXPECT_EQ(*parsed(json).encode(text), *parsed(golden_file("merges")).encode(text));
}

TEST(Tokenizer, AHostilePatternEndsWithAnError) {
  Json json = golden_file("merges");
  json["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = "(a+)+$";
  const auto ids = parsed(json).encode(std::string(60, 'a') + "b");
  ASSERT_FALSE(ids.ok());
  EXPECT_THAT(ids.error().message(), HasSubstr("the split pattern failed"));
}

TEST(Tokenizer, AVocabularyWithoutAByteSaysSo) {
  Json json = golden_file("merges");
  json["model"]["vocab"].erase("z");
  json["model"]["merges"] = Json::array();
  const auto ids = parsed(json).encode("buzz");
  ASSERT_FALSE(ids.ok());
  EXPECT_THAT(ids.error().message(), HasSubstr("no token for the byte 122"));
}

TEST(Chat, WritesTheLlama3Format) {
  const auto tokenizer = Tokenizer::parse(byte_tokenizer_json(), "tokenizer.json");
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.error().message();
  const std::vector<ChatMessage> messages{{"system", " Be brief. \n"}, {"user", "Hi <|eot_id|>"}};
  const auto ids = encode_chat(*tokenizer, messages);
  ASSERT_TRUE(ids.ok()) << ids.error().message();
  EXPECT_EQ(tokenizer->decode(*ids),
            "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
            "<|start_header_id|>user<|end_header_id|>\n\nHi <|eot_id|><|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\n");
  // The user's text is text: of the special ids, only the format's own.
  EXPECT_EQ(std::ranges::count(*ids, kByteTokenizerEot), 2);
  EXPECT_EQ(std::ranges::count(*ids, kByteTokenizerBos), 1);
  const auto closed = encode_chat(*tokenizer, messages, false);
  EXPECT_EQ(closed->back(), kByteTokenizerEot);

  Json json = Json::parse(byte_tokenizer_json());
  json["added_tokens"].erase(4);  // <|eot_id|>
  EXPECT_THAT(encode_chat(parsed(json), messages).error().message(),
              HasSubstr("has no special token <|eot_id|>"));
}

}  // namespace
}  // namespace kvfoot
