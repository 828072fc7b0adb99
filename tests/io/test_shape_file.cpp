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

ModelShape read(std::string_view json, std::string_view name) {
  const auto shape = parse_shape(json, "c.json", name);
  EXPECT_TRUE(shape) << shape.error().message();
  return shape ? *shape : ModelShape{};
}

TEST(ShapeFile, SlidingLayersAsTheFamiliesSayThem) {
  EXPECT_EQ(read(R"({"model_type": "mistral", "hidden_size": 4096, "intermediate_size": 14336,
      "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8,
      "sliding_window": 4096, "tie_word_embeddings": false, "vocab_size": 32000})",
                 "mistral-7b-v0.1"),
            *builtin_shape("mistral-7b-v0.1"));
  // Without layer_types the family says that even layers slide.
  EXPECT_EQ(read(R"({"model_type": "gemma2", "hidden_size": 3584, "intermediate_size": 14336,
      "num_attention_heads": 16, "num_hidden_layers": 42, "num_key_value_heads": 8,
      "head_dim": 256, "sliding_window": 4096, "tie_word_embeddings": true, "vocab_size": 256000})",
                 "gemma-2-9b"),
            *builtin_shape("gemma-2-9b"));
  EXPECT_EQ(read(R"({"text_config": {"model_type": "gemma3_text", "hidden_size": 3840,
      "intermediate_size": 15360, "num_attention_heads": 16, "num_hidden_layers": 48,
      "num_key_value_heads": 8, "head_dim": 256, "sliding_window": 1024,
      "sliding_window_pattern": 6, "tie_word_embeddings": true, "vocab_size": 262208}})",
                 "gemma-3-12b"),
            *builtin_shape("gemma-3-12b"));
  // Qwen files state a window that is not used.
  EXPECT_EQ(read(R"({"model_type": "qwen2", "hidden_size": 3584, "intermediate_size": 18944,
      "num_attention_heads": 28, "num_hidden_layers": 28, "num_key_value_heads": 4,
      "sliding_window": 131072, "use_sliding_window": false, "max_window_layers": 28,
      "tie_word_embeddings": false, "vocab_size": 152064})",
                 "qwen2.5-7b"),
            *builtin_shape("qwen2.5-7b"));
  const ModelShape qwen = read(
      R"({"model_type": "qwen2", "hidden_size": 8, "num_attention_heads": 2, "head_dim": 4,
          "num_hidden_layers": 4, "sliding_window": 16, "use_sliding_window": true,
          "max_window_layers": 3})",
      "x");
  EXPECT_EQ(qwen.sliding, (SlidingLayers{16, "fffs"}));
}

TEST(ShapeFile, LayerTypesDecide) {
  const auto with = [](const std::string& types) {
    return parse_shape(R"({"hidden_size": 8, "num_attention_heads": 2, "head_dim": 4,
        "num_hidden_layers": 4, "sliding_window": 16, "layer_types": )" +
                           types + "}",
                       "c.json", "x");
  };
  const std::string s = R"("sliding_attention")";
  const std::string f = R"("full_attention")";
  EXPECT_EQ(with("[" + s + "," + f + "," + s + "," + f + "]")->sliding, (SlidingLayers{16, "sf"}));
  EXPECT_EQ(with("[" + f + "," + s + "," + s + "," + f + "]")->sliding, (SlidingLayers{16, "fss"}));
  EXPECT_EQ(with("[" + f + "," + f + "," + f + "," + f + "]")->sliding, SlidingLayers{});
  EXPECT_THAT(with("[" + f + "]").error().message(), HasSubstr("each of the 4 layers"));
  EXPECT_THAT(with("[" + f + "," + f + "," + f + R"(, "linear_attention"])").error().message(),
              HasSubstr("'linear_attention' is not known"));
  EXPECT_THAT(parse_shape(R"({"hidden_size": 8, "num_attention_heads": 2, "head_dim": 4,
                              "num_hidden_layers": 1, "layer_types": ["sliding_attention"]})",
                          "c.json", "x")
                  .error()
                  .message(),
              HasSubstr("no \"sliding_window\""));
}

TEST(ShapeFile, LatentAttentionAndExperts) {
  const std::string deepseek = R"({"hidden_size": 7168, "intermediate_size": 18432,
      "num_attention_heads": 128, "num_hidden_layers": 61, "num_key_value_heads": 128,
      "kv_lora_rank": 512, "q_lora_rank": 1536, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64,
      "v_head_dim": 128, "n_routed_experts": 256, "num_experts_per_tok": 8, "n_shared_experts": 1,
      "moe_intermediate_size": 2048, "first_k_dense_replace": 3, "moe_layer_freq": 1,
      "tie_word_embeddings": false, "vocab_size": 129280})";
  EXPECT_EQ(read(deepseek, "deepseek-v3"), *builtin_shape("deepseek-v3"));
  EXPECT_EQ(read(R"({"model_type": "gpt_oss", "hidden_size": 2880, "intermediate_size": 2880,
      "num_attention_heads": 64, "num_hidden_layers": 24, "num_key_value_heads": 8, "head_dim": 64,
      "num_local_experts": 32, "num_experts_per_tok": 4, "experts_per_token": 4,
      "sliding_window": 128, "sliding_window_pattern": 2, "tie_word_embeddings": false,
      "vocab_size": 201088})",
                 "gpt-oss-20b"),
            *builtin_shape("gpt-oss-20b"));
  const auto error = [&](const std::string& from, const std::string& to) {
    std::string text = deepseek;
    text.replace(text.find(from), from.size(), to);
    return parse_shape(text, "c.json", "x").error().message();
  };
  EXPECT_THAT(error(R"("v_head_dim": 128, )", ""), HasSubstr("no \"v_head_dim\""));
  EXPECT_THAT(error(R"("num_experts_per_tok": 8, )", ""), HasSubstr("num_experts_per_tok"));
  EXPECT_THAT(error(R"("moe_layer_freq": 1)", R"("moe_layer_freq": 2)"),
              HasSubstr("moe_layer_freq"));
  EXPECT_THAT(error(R"("num_experts_per_tok": 8)", R"("num_experts_per_tok": 800)"),
              HasSubstr("more experts per token"));
}

TEST(ShapeFile, ResolveTakesNamesAndFolders) {
  EXPECT_TRUE(resolve_shape("llama-3.1-8b", "."));
  EXPECT_THAT(resolve_shape("llama-3.1-8c", ".").error().hint, HasSubstr("llama-3.1-8b"));
  EXPECT_THAT(resolve_shape("no/such/config.json", ".").error().message(),
              HasSubstr("No such file"));
}

}  // namespace
}  // namespace kvfoot
