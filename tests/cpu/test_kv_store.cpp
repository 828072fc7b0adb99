// Paged streams against plain vectors, and the allocator's counters against counting by hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <vector>

#include "executor/cpu/kv_store.hpp"
#include "sim/core/hash.hpp"
#include "tests/cpu/support.hpp"

namespace kvfoot::cpu {
namespace {

constexpr std::int64_t kDim = 6;

std::vector<float> read(const std::byte* row) {
  std::vector<float> out(kDim);
  std::memcpy(out.data(), row, sizeof(float) * kDim);
  return out;
}

std::int64_t pages_of(const std::vector<std::vector<float>>& stream, std::int64_t block) {
  return (static_cast<std::int64_t>(stream.size()) + block - 1) / block;
}

TEST(KvStore, FollowsPlainVectorsThroughRandomOperations) {
  for (const std::int64_t block : {1, 3, 16}) {
    KvStore store;
    store.reset(2, 3, kDim, block, Scalar::kF32);
    EXPECT_EQ(store.pool().page_bytes(), static_cast<std::size_t>(2 * block * kDim * 4));
    std::map<std::pair<int, int>, std::vector<std::vector<float>>> twin;
    std::int64_t peak = 0;
    float next = 0;
    for (std::uint64_t step = 0; step < 400; ++step) {
      const auto draw = [&](std::uint64_t what, std::uint64_t bound) {
        return below(hash_words(step, what, block), bound);
      };
      const int layer = static_cast<int>(draw(0, 2));
      const int head = static_cast<int>(draw(1, 3));
      auto& stream = twin[{layer, head}];
      if (draw(2, 3) != 0) {
        const auto count = static_cast<std::int64_t>(draw(3, 20));
        store.grow(layer, head, count);
        for (std::int64_t i = 0; i < count; ++i) {
          const std::vector<float> key(kDim, next);
          const std::vector<float> value(kDim, -next);
          next += 1;
          store.put(layer, head, static_cast<std::int64_t>(stream.size()), key.data(),
                    value.data());
          stream.push_back(key);
        }
      } else {
        std::vector<std::int32_t> kept;
        std::vector<std::vector<float>> left;
        for (std::size_t i = 0; i < stream.size(); ++i) {
          if (draw(4 + i, 3) != 0) {
            kept.push_back(static_cast<std::int32_t>(i));
            left.push_back(stream[i]);
          }
        }
        store.retain(layer, head, kept);
        stream = left;
      }
      std::int64_t pages = 0;
      for (const auto& [key, entries] : twin) {
        ASSERT_EQ(store.size(key.first, key.second), static_cast<std::int64_t>(entries.size()));
        pages += pages_of(entries, block);
      }
      peak = std::max(peak, pages);
      ASSERT_EQ(store.pool().pages(), pages);
      ASSERT_EQ(store.pool().peak_pages(), peak);
      for (std::size_t i = 0; i < stream.size(); ++i) {
        const auto entry = static_cast<std::int64_t>(i);
        ASSERT_EQ(read(store.key(layer, head, entry)), stream[i]);
        ASSERT_EQ(read(store.value(layer, head, entry))[0], -stream[i][0]);
      }
    }
    EXPECT_GT(peak, 0);
    store.reset_peak();
    EXPECT_EQ(store.pool().peak_pages(), store.pool().pages());
    store.reset(2, 3, kDim, block, Scalar::kBF16);
    EXPECT_EQ(store.pool().pages(), 0);
    EXPECT_EQ(store.pool().page_bytes(), static_cast<std::size_t>(2 * block * kDim * 2));
  }
}

TEST(KvStore, RoundsToTheCacheType) {
  for (const Scalar type : {Scalar::kBF16, Scalar::kF16}) {
    KvStore store;
    store.reset(1, 1, kDim, 4, type);
    store.grow(0, 0, 1);
    const std::vector<float> x = {1.0F, -2.5F, 0.1F, 1e-3F, 333.3F, -0.0F};
    store.put(0, 0, 0, x.data(), x.data());
    for (std::size_t k = 0; k < x.size(); ++k) {
      const WeightType as = type == Scalar::kBF16 ? WeightType::kBF16 : WeightType::kF16;
      std::byte expected[2];
      store_weight(expected, as, 0, x[k]);
      EXPECT_EQ(std::memcmp(store.key(0, 0, 0) + 2 * k, expected, 2), 0);
      EXPECT_EQ(std::memcmp(store.value(0, 0, 0) + 2 * k, expected, 2), 0);
    }
  }
}

TEST(KvStoreDeath, RefusesIndicesThatAreNotAscendingOrNotThere) {
  KvStore store;
  store.reset(1, 1, kDim, 4, Scalar::kF32);
  store.grow(0, 0, 5);
  const std::vector<std::int32_t> twice = {1, 1};
  const std::vector<std::int32_t> beyond = {5};
  EXPECT_DEATH(store.retain(0, 0, twice), "kept index 1 after 1");
  EXPECT_DEATH(store.retain(0, 0, beyond), "kept index 5");
}

}  // namespace
}  // namespace kvfoot::cpu
