// Geometry: published shapes, bytes of an entry, refused shapes.
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "sim/core/shape.hpp"

namespace kvfoot {
namespace {

TEST(Shape, LlamaEightBillion) {
  const ModelShape shape = *builtin_shape("llama-3.1-8b");
  EXPECT_EQ(shape.layers * shape.kv_heads, 256);
  EXPECT_EQ(shape.group(), 4);
  EXPECT_EQ(entry_bytes(shape, DType::kBF16), 512);
  EXPECT_EQ(entry_bytes(shape, DType::kF16), 512);
  EXPECT_EQ(entry_bytes(shape, DType::kF32), 1024);
  // 128 KiB per token at bf16, a number that many people know by heart.
  EXPECT_EQ(256 * entry_bytes(shape, DType::kBF16), 131072);
}

TEST(Shape, BuiltInsAreValidAndDistinct) {
  std::set<std::string> names;
  for (const ModelShape& shape : builtin_shapes()) {
    EXPECT_TRUE(validate(shape).ok()) << shape.name;
    EXPECT_TRUE(names.insert(shape.name).second) << shape.name;
  }
}

// Bytes that one token adds in bf16, by hand from the published geometries: in layers that see
// everything, and in layers that slide.
TEST(Shape, BytesPerTokenOfEveryBuiltIn) {
  struct Row {
    const char* name;
    std::int64_t full, sliding;
    std::int32_t window;
  };
  const Row rows[] = {{"llama-2-7b", 524288, 0, 0},
                      {"llama-2-70b", 327680, 0, 0},
                      {"llama-3.1-8b", 131072, 0, 0},
                      {"llama-3.1-70b", 327680, 0, 0},
                      {"llama-3.1-405b", 516096, 0, 0},
                      {"llama-3.2-1b", 32768, 0, 0},
                      {"llama-3.2-3b", 114688, 0, 0},
                      {"qwen2.5-7b", 57344, 0, 0},
                      {"qwen3-8b", 147456, 0, 0},
                      {"mistral-7b-v0.1", 0, 131072, 4096},
                      {"mistral-7b-v0.3", 131072, 0, 0},
                      {"gemma-2-9b", 21 * 8192, 21 * 8192, 4096},
                      {"gemma-3-12b", 65536, 40 * 8192, 1024},
                      {"gpt-oss-20b", 12 * 2048, 12 * 2048, 128},
                      {"gpt-oss-120b", 18 * 2048, 18 * 2048, 128},
                      {"deepseek-v3", 70272, 0, 0}};
  EXPECT_EQ(std::size(rows), builtin_shapes().size());
  for (const Row& row : rows) {
    const ModelShape shape = *builtin_shape(row.name);
    std::int64_t full = 0;
    std::int64_t sliding = 0;
    for (std::int32_t layer = 0; layer < shape.layers; ++layer) {
      const std::int64_t bytes = shape.kv_heads * entry_bytes(shape, DType::kBF16);
      (shape.window(layer) > 0 ? sliding : full) += bytes;
      EXPECT_TRUE(shape.window(layer) == 0 || shape.window(layer) == row.window) << row.name;
    }
    EXPECT_EQ(full, row.full) << row.name;
    EXPECT_EQ(sliding, row.sliding) << row.name;
    EXPECT_EQ(shape.hybrid(), row.sliding > 0) << row.name;
    EXPECT_EQ(policy_shape(shape).layers, std::max(shape.full_layers(), 1)) << row.name;
    EXPECT_FALSE(policy_shape(shape).hybrid()) << row.name;
  }
}

TEST(Shape, RefusesHalfAnArchitecture) {
  const ModelShape gemma = *builtin_shape("gemma-3-12b");
  ModelShape shape = gemma;
  shape.sliding.pattern = "sgf";
  EXPECT_NE(validate(shape).error().what.find("'sgf'"), std::string::npos);
  shape.sliding.pattern = "";
  EXPECT_FALSE(validate(shape).ok());
  shape = gemma;
  shape.sliding.window = 0;
  EXPECT_FALSE(validate(shape).ok());
  const ModelShape deepseek = *builtin_shape("deepseek-v3");
  shape = deepseek;
  shape.kv_heads = 128;
  EXPECT_FALSE(validate(shape).ok());
  shape = deepseek;
  shape.latent.rope_dim = 192;
  EXPECT_FALSE(validate(shape).ok());
  shape = deepseek;
  shape.latent.value_dim = 0;
  EXPECT_FALSE(validate(shape).ok());
  shape = deepseek;
  shape.experts.active = 257;
  EXPECT_FALSE(validate(shape).ok());
  shape = deepseek;
  shape.experts.ffn = 0;
  EXPECT_FALSE(validate(shape).ok());
}

TEST(Shape, RefusesSizesWhoseProductsOverflow) {
  ModelShape shape = *builtin_shape("llama-3.1-405b");
  EXPECT_TRUE(validate(shape));
  shape.hidden = shape.layers = shape.q_heads = 1 << 24;
  EXPECT_NE(validate(shape).error().what.find("10^16"), std::string::npos);
  shape = *builtin_shape("deepseek-v3");
  shape.experts.count = shape.experts.ffn = 1 << 24;
  EXPECT_FALSE(validate(shape));
  shape = *builtin_shape("llama-2-7b");
  shape.hidden = 0;  // unknown
  shape.layers = shape.head_dim = 1 << 24;
  shape.q_heads = shape.kv_heads = 1 << 20;
  EXPECT_FALSE(validate(shape));
}

TEST(Shape, UnknownNameSuggestsANearOne) {
  const auto got = builtin_shape("llama-3.1-8B");
  ASSERT_FALSE(got.ok());
  EXPECT_NE(got.error().hint.find("llama-3.1-8b"), std::string::npos);
}

TEST(Shape, RefusesContradictions) {
  ModelShape shape = *builtin_shape("llama-3.2-1b");
  shape.kv_heads = 5;
  EXPECT_FALSE(validate(shape).ok());
  shape.kv_heads = 0;
  EXPECT_FALSE(validate(shape).ok());
  shape = *builtin_shape("llama-3.2-1b");
  shape.head_dim = 63;
  EXPECT_FALSE(validate(shape).ok());
  shape.head_dim = 64;
  shape.layers = -1;
  EXPECT_NE(validate(shape).error().what.find("layers"), std::string::npos);
}

TEST(Shape, DTypesRoundTrip) {
  for (const DType dtype : {DType::kF32, DType::kF16, DType::kBF16}) {
    EXPECT_EQ(*parse_dtype(to_string(dtype)), dtype);
  }
  EXPECT_EQ(*parse_dtype("bfloat16"), DType::kBF16);
  EXPECT_FALSE(parse_dtype("int8").ok());
}

}  // namespace
}  // namespace kvfoot
