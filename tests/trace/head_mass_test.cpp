// Accumulation by key against dense arithmetic over the resident list, and runs of indices.
#include "sim/trace/head_mass.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/core/hash.hpp"
#include "sim/core/index_runs.hpp"
#include "sim/trace/row_access.hpp"

namespace kvfoot {
namespace {

TEST(IndexRuns, CoverEveryIndexOnce) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    std::vector<std::int32_t> index;
    const std::uint64_t gaps = seed % 3 == 0 ? 2 : 40;  // few: long runs
    for (std::uint64_t i = 0; i < seed; ++i) {
      const bool skip = below(hash_words(seed, i), gaps) == 0;
      index.push_back((index.empty() ? -1 : index.back()) + (skip ? 3 : 1));
    }
    std::vector<std::int32_t> covered;
    std::int32_t last = -2;
    for_each_run(std::span<const std::int32_t>(index), [&](std::size_t at, std::size_t count) {
      ASSERT_EQ(at, covered.size());
      ASSERT_GT(count, 0U);
      EXPECT_GT(index[at], last + 1) << "a run that could have been longer";
      for (std::size_t i = 0; i < count; ++i) {
        covered.push_back(index[at] + static_cast<std::int32_t>(i));
      }
      last = covered.back();
    });
    EXPECT_EQ(covered, index);
    std::size_t leading = 0;
    while (leading < index.size() && index[leading] == static_cast<std::int32_t>(leading)) {
      ++leading;
    }
    EXPECT_EQ(leading_run(index), leading);
  }
}

// One stream: passes of rows, each evicting at random, the same sums kept densely.
struct Twin {
  std::vector<TokenPos> resident;
  std::vector<double> mass;
};

DecodedBlock random_block(std::uint64_t seed, std::int64_t keys, std::int32_t width) {
  DecodedBlock block;
  for (std::int64_t key = 0; key < keys; ++key) {
    if (below(hash_words(seed, key), 9) == 0) {
      block.position.push_back(static_cast<std::int32_t>(key));
      block.mass.push_back(static_cast<float>(unit_interval(hash_words(seed, key, 1))) * .01F);
    }
  }
  for (std::int64_t b = 0; b * width < keys; ++b) {
    block.mean.push_back(static_cast<float>(unit_interval(hash_words(seed, b, 2))) * 1e-3F);
  }
  return block;
}

TEST(HeadMass, AgreesWithDenseSumsOverWhatIsResident) {
  for (const std::int32_t width : {64, 128}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      HeadMass mass(width, true);
      Twin twin;
      std::int64_t keys = 0;
      for (std::uint64_t pass = 0; pass < 6; ++pass) {
        const std::int64_t begin = keys;
        const std::int64_t rows = 1 + static_cast<std::int64_t>(below(hash_words(seed, pass), 400));
        HeadEntries head;
        head.past = static_cast<std::int64_t>(twin.resident.size());
        head.past_keys = begin;
        head.whole = head.past == begin;
        for (std::int64_t row = 0; row < rows; ++row) {
          twin.resident.push_back(static_cast<TokenPos>(begin + row));
          twin.mass.push_back(0);
        }
        keys = begin + rows;
        head.resident = twin.resident;
        mass.begin(keys);
        for (std::int64_t row = 0; row < rows;) {
          const std::int64_t count = std::min<std::int64_t>(rows - row, 50);
          row += count;
          const std::int64_t seen = begin + row;
          const DecodedBlock block = random_block(hash_words(seed, pass, row), seen, width);
          BlockMass weighed;
          weigh_block(block, seen, count, begin, width, true, weighed);
          const double share = mass.add(head, weighed);

          std::vector<float> dense(static_cast<std::size_t>(seen));
          expand_block(block, width, dense);
          double all = 0;
          double kept = 0;
          for (const float value : dense) {
            all += static_cast<double>(value);
          }
          for (const TokenPos key : twin.resident) {
            kept += key < seen ? static_cast<double>(dense[static_cast<std::size_t>(key)]) : 0;
          }
          ASSERT_NEAR(share, head.whole ? 1 : kept / all, 1e-5);
          const double weight = static_cast<double>(count) / (head.whole ? 1 : kept);
          for (std::size_t j = 0; j < twin.resident.size(); ++j) {
            const auto key = static_cast<std::size_t>(twin.resident[j]);
            twin.mass[j] += key < dense.size() ? weight * static_cast<double>(dense[key]) : 0;
          }
        }
        mass.append(begin, keys);
        std::vector<float> values(twin.resident.size());
        mass.values(head, values);
        for (std::size_t j = 0; j < values.size(); ++j) {
          ASSERT_NEAR(static_cast<double>(values[j]), twin.mass[j], 1e-4 * (twin.mass[j] + 1e-3))
              << "seed " << seed << " pass " << pass << " entry " << j;
        }
        // Few go, many go, none go.
        const std::uint64_t odds = pass % 3 == 0 ? 30 : (pass % 3 == 1 ? 2 : 1U << 30U);
        std::vector<std::int32_t> index;
        Twin left;
        for (std::size_t j = 0; j < twin.resident.size(); ++j) {
          if (below(hash_words(seed, pass, j), odds) != 0) {
            index.push_back(static_cast<std::int32_t>(j));
            left.resident.push_back(twin.resident[j]);
            left.mass.push_back(twin.mass[j]);
          }
        }
        mass.retain_keys(twin.resident, index);
        twin = std::move(left);
      }
    }
  }
}

}  // namespace
}  // namespace kvfoot
