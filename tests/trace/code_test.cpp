// Codes of probabilities and of row blocks.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "sim/core/hash.hpp"
#include "sim/trace/block_code.hpp"
#include "sim/trace/code.hpp"

namespace kvfoot {
namespace {

TEST(Code16, EveryCodeComesBack) {
  EXPECT_EQ(decode16(std::uint16_t{0}), 0.0F);
  float before = 0;
  for (std::uint32_t code = 1; code <= 0xffff; ++code) {
    const float value = decode16(static_cast<std::uint16_t>(code));
    ASSERT_GT(value, before);
    ASSERT_EQ(encode16(value), code);
    before = value;
  }
  EXPECT_EQ(decode16(encode16(1.0F)), 1.0F);
  EXPECT_EQ(decode16(encode16(0.5F)), 0.5F);
}

TEST(Code16, RelativeErrorIsBounded) {
  float worst = 0;
  for (std::uint64_t i = 0; i < 200000; ++i) {
    const auto value = static_cast<float>(std::exp2(-30.9 * unit_interval(mix64(i))));
    const float error = std::abs(decode16(encode16(value)) - value) / value;
    worst = std::max(worst, error);
  }
  EXPECT_LE(worst, kCode16Error);
  EXPECT_GT(worst, 0.9F * kCode16Error);
}

TEST(Code16, OddInputs) {
  EXPECT_EQ(encode16(0.0F), 0);
  EXPECT_EQ(encode16(-0.0F), 0);
  EXPECT_EQ(encode16(-1.0F), 0);
  EXPECT_EQ(encode16(0x1.0p-40F), 0);
  EXPECT_EQ(encode16(std::numeric_limits<float>::quiet_NaN()), 0);
  EXPECT_EQ(encode16(std::numeric_limits<float>::infinity()), 0xffff);
}

TEST(Code8, EveryCodeComesBack) {
  float before = -1;
  for (std::uint32_t code = 0; code <= 0xff; ++code) {
    const float value = decode8(static_cast<std::uint8_t>(code));
    ASSERT_GT(value, before);
    ASSERT_EQ(encode8(value), code);
    before = value;
  }
}

std::vector<float> skewed(std::size_t keys, std::uint64_t seed) {
  std::vector<float> mass(keys);
  double sum = 0;
  for (std::size_t j = 0; j < keys; ++j) {
    mass[j] = static_cast<float>(std::exp(6.0 * unit_interval(hash_words(seed, j))));
    mass[j] *= j % 41 == 7 ? 200.0F : 1.0F;
    sum += static_cast<double>(mass[j]);
  }
  for (float& value : mass) {
    value = static_cast<float>(static_cast<double>(value) / sum);
  }
  return mass;
}

TEST(BlockCode, LargeEntriesAndTotalSurvive) {
  for (const std::size_t keys : {1U, 2U, 63U, 64U, 65U, 500U, 4097U}) {
    for (const std::int32_t width : {64, 128}) {
      const std::vector<float> mass = skewed(keys, keys);
      const BlockLimits limits{width, 20, kLeastBlockEntry};
      std::vector<std::uint8_t> bytes = {1, 2, 3, 4};  // encodings are appended
      std::vector<float> work = mass;
      encode_block(work, limits, bytes);
      const std::span<const std::uint8_t> own = std::span(bytes).subspan(4);
      EXPECT_LE(static_cast<std::int64_t>(own.size()),
                largest_block(static_cast<std::int64_t>(keys), limits));
      DecodedBlock block;
      ASSERT_TRUE(decode_block(own, static_cast<std::int64_t>(keys), width, block));
      EXPECT_EQ(block.position.size(), std::min<std::size_t>(keys, 20));
      // Nothing that was left out is larger than what was kept.
      float smallest = 1;
      double total = 0;
      std::vector<bool> kept(keys, false);
      for (std::size_t i = 0; i < block.position.size(); ++i) {
        const auto j = static_cast<std::size_t>(block.position[i]);
        kept[j] = true;
        smallest = std::min(smallest, mass[j]);
        EXPECT_NEAR(block.mass[i], mass[j], mass[j] * kCode16Error);
        total += static_cast<double>(block.mass[i]);
      }
      for (std::size_t j = 0; j < keys; ++j) {
        if (!kept[j]) {
          EXPECT_LE(mass[j], smallest);
          total += static_cast<double>(block.mean[j / static_cast<std::size_t>(width)]);
        }
      }
      EXPECT_NEAR(total, 1.0, 5e-4) << keys;
    }
  }
}

TEST(BlockCode, MeansAreWithinTheirError) {
  std::vector<float> mass = skewed(1024, 3);
  const std::vector<float> before = mass;
  std::vector<std::uint8_t> bytes;
  encode_block(mass, {64, 0, 0.0F}, bytes);
  DecodedBlock block;
  ASSERT_TRUE(decode_block(bytes, 1024, 64, block));
  for (std::size_t b = 0; b < 16; ++b) {
    const auto begin = before.begin() + static_cast<std::ptrdiff_t>(64 * b);
    const float mean = std::accumulate(begin, begin + 64, 0.0F) / 64;
    EXPECT_NEAR(block.mean[b], mean, mean * 0.064F);
  }
}

TEST(BlockCode, FarEntriesNeedEscapes) {
  std::vector<float> mass(200000, 0.0F);
  for (const std::size_t j : {0U, 65535U, 131070U, 199999U}) {
    mass[j] = 0.25F;
  }
  std::vector<std::uint8_t> bytes;
  encode_block(mass, {128, 10, kLeastBlockEntry}, bytes);
  DecodedBlock block;
  ASSERT_TRUE(decode_block(bytes, 200000, 128, block));
  EXPECT_EQ(block.position, (std::vector<std::int32_t>{0, 65535, 131070, 199999}));
  EXPECT_EQ(block.mass, (std::vector<float>{0.25F, 0.25F, 0.25F, 0.25F}));
}

TEST(BlockCode, RefusesWhatIsNoBlock) {
  std::vector<float> mass = skewed(300, 9);
  std::vector<std::uint8_t> bytes;
  encode_block(mass, {64, 12, kLeastBlockEntry}, bytes);
  DecodedBlock block;
  ASSERT_TRUE(decode_block(bytes, 300, 64, block));
  EXPECT_FALSE(decode_block(bytes, 320 + 1, 64, block));
  EXPECT_FALSE(decode_block(bytes, 300, 128, block));
  EXPECT_FALSE(decode_block({}, 300, 64, block));
  for (std::size_t keep = 0; keep < bytes.size(); ++keep) {
    EXPECT_FALSE(decode_block(std::span(bytes).first(keep), 300, 64, block));
  }
  // A first gap that leaves the keys.
  std::vector<std::uint8_t> far = bytes;
  far[12] = 0xfe;
  far[13] = 0xff;
  EXPECT_FALSE(decode_block(far, 300, 64, block));
  // Two entries at one key.
  std::vector<std::uint8_t> twice = bytes;
  twice[14] = 0;
  twice[15] = 0;
  EXPECT_FALSE(decode_block(twice, 300, 64, block));
}

}  // namespace
}  // namespace kvfoot
