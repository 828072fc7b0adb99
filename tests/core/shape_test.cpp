// Geometry: published shapes, bytes of an entry, refused shapes.
#include <gtest/gtest.h>

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
