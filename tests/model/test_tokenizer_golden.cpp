// Encoding and decoding against Hugging Face's tokenizers library (tests/oracle/README.md).
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "executor/model/pre_tokenizer.hpp"
#include "executor/model/tokenizer.hpp"

namespace kvfoot {
namespace {

using Ids = std::vector<std::int32_t>;

nlohmann::json read_goldens() {
  std::ifstream in(KVFOOT_SOURCE_DIR "/tests/oracle/tokenizer_goldens.json");
  return nlohmann::json::parse(in);
}

class TokenizerGoldenTest : public testing::TestWithParam<std::string> {
 protected:
  TokenizerGoldenTest() : goldens_(read_goldens()) {
    auto loaded =
        Tokenizer::load(KVFOOT_SOURCE_DIR "/tests/oracle/tokenizer_" + GetParam() + ".json");
    KVFOOT_CHECK(loaded.ok(), loaded.error().message());
    tokenizer_.emplace(std::move(*loaded));
  }

  nlohmann::json goldens_;
  std::optional<Tokenizer> tokenizer_;
};

TEST_P(TokenizerGoldenTest, EncodesLikeHuggingFace) {
  const auto& golden = goldens_[GetParam()];
  const auto texts = goldens_["texts"].get<std::vector<std::string>>();
  ASSERT_GT(texts.size(), 90u);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto ids = tokenizer_->encode(texts[i]);
    ASSERT_TRUE(ids.ok()) << ids.error().message();
    EXPECT_EQ(*ids, golden["ids"][i].get<Ids>()) << "text " << i << ": " << texts[i];
  }
}

TEST_P(TokenizerGoldenTest, DecodesAnyIdsLikeHuggingFace) {
  const auto& golden = goldens_[GetParam()];
  for (std::size_t i = 0; i < golden["loose"].size(); ++i) {
    EXPECT_EQ(tokenizer_->decode(golden["loose"][i].get<Ids>(), true),
              golden["loose_text"][i].get<std::string>());
  }
}

TEST_P(TokenizerGoldenTest, StreamingGivesTheSameText) {
  const auto& golden = goldens_[GetParam()];
  for (const auto& list : golden["loose"]) {
    const Ids ids = list.get<Ids>();
    StreamDecoder stream(*tokenizer_, false);
    std::string text;
    for (const std::int32_t id : ids) {
      text += stream.push(id);
    }
    text += stream.flush();
    EXPECT_EQ(text, tokenizer_->decode(ids));
  }
}

TEST(PreTokenizerGolden, CutsWhereHuggingFaceCuts) {
  const nlohmann::json goldens = read_goldens();
  auto made = model::PreTokenizer::make(
      {{model::SplitStage::Kind::kIsolated, goldens["pattern"].get<std::string>()}}, "test");
  ASSERT_TRUE(made.ok()) << made.error().message();
  const auto scratch = made->scratch();
  for (std::size_t i = 0; i < goldens["texts"].size(); ++i) {
    const std::string text = goldens["texts"][i].get<std::string>();
    std::vector<std::size_t> lengths;
    const Status status = made->split(text, *scratch, [&](std::string_view piece) {
      lengths.push_back(piece.size());
      return Status();
    });
    EXPECT_TRUE(status.ok());
    EXPECT_EQ(lengths, goldens["pieces"][i].get<std::vector<std::size_t>>())
        << "text " << i << ": " << text;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, TokenizerGoldenTest, testing::Values("merges", "ignore", "gpt2"),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace kvfoot
