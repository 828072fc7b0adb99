// Geometry from config.json text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/io/shape_file.hpp"

namespace kvfoot {
namespace {

using ::testing::HasSubstr;

constexpr const char* kLlama8B = R"({
  "architectures": ["LlamaForCausalLM"], "hidden_size": 4096, "intermediate_size": 14336,
  "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8,
  "rope_scaling": {"factor": 8.0}, "tie_word_embeddings": false, "vocab_size": 128256})";

TEST(ShapeFile, AgreesWithTheBuiltInShape) {
  const auto read = parse_shape(kLlama8B, "config.json", "llama-3.1-8b");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*read, *builtin_shape("llama-3.1-8b"));
}

TEST(ShapeFile, AbsentKvHeadsMeanMhaAndHeadDimMayBeItsOwn) {
  const auto read = parse_shape(
      R"({"hidden_size": 100, "num_attention_heads": 3, "num_hidden_layers": 2,
          "num_key_value_heads": null, "head_dim": 64, "tie_word_embeddings": true})",
      "c", "x");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->kv_heads, 3);
  EXPECT_EQ(read->head_dim, 64);
  EXPECT_TRUE(read->tied_embeddings);
}

TEST(ShapeFile, NestedTextConfig) {
  const auto read = parse_shape(
      R"({"text_config": {"hidden_size": 64, "num_attention_heads": 2, "num_hidden_layers": 2}})",
      "c", "x");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->head_dim, 32);
}

TEST(ShapeFile, ErrorsNameTheField) {
  const auto error = [](const char* json) { return parse_shape(json, "c.json", "x").error(); };
  EXPECT_THAT(error("[]").message(), HasSubstr("an array"));
  EXPECT_THAT(error("{}").message(), HasSubstr("num_hidden_layers"));
  EXPECT_THAT(error(R"({"num_hidden_layers": -1})").message(),
              HasSubstr("c.json: num_hidden_layers"));
  EXPECT_THAT(error(R"({"num_hidden_layers": 1e3})").message(), HasSubstr("a number"));
  EXPECT_THAT(
      error(R"({"num_hidden_layers": 2, "num_attention_heads": 3, "hidden_size": 64})").message(),
      HasSubstr("does not divide"));
  EXPECT_THAT(error(R"({"num_hidden_layers": 2, "num_attention_heads": 4, "hidden_size": 64,
                        "num_key_value_heads": 3})")
                  .message(),
              HasSubstr("KV heads"));
}

TEST(ShapeFile, ResolveTakesNamesAndFolders) {
  EXPECT_TRUE(resolve_shape("llama-3.1-8b", "."));
  EXPECT_THAT(resolve_shape("llama-3.1-8c", ".").error().hint, HasSubstr("llama-3.1-8b"));
  EXPECT_THAT(resolve_shape("no/such/config.json", ".").error().message(),
              HasSubstr("No such file"));
}

}  // namespace
}  // namespace kvfoot
