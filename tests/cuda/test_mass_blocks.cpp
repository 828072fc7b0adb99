// Means over blocks of rows, what stands out in them, and sums of rows against naive twins.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "executor/cuda/kernels/mass_blocks.hpp"
#include "sim/core/pooling.hpp"
#include "tests/cuda/attention_reference.hpp"

namespace kvfoot::cuda {
namespace {

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

struct Case {
  DType type = DType::kBF16;
  std::int32_t head_dim = 32;
  std::int32_t group = 2;
  std::int32_t block = 16;
  std::int64_t rows = 70;
  std::vector<std::int32_t> past = {40, 0};
  std::vector<std::int32_t> lengths = {16, 1, 53};  // of the row blocks; patch rows may be left

  [[nodiscard]] std::string name() const {
    return std::string(to_string(type)) + " dim " + std::to_string(head_dim) + " group " +
           std::to_string(group) + " block " + std::to_string(block) + " rows " +
           std::to_string(rows) + " past " + std::to_string(past.front());
  }
};

class MassBlocks : public DeviceTest {
 protected:
  static std::vector<RowBlock> blocks_of(const Case& c) {
    std::vector<RowBlock> blocks;
    std::int32_t first = 0;
    for (const std::int32_t length : c.lengths) {
      blocks.push_back({.first_row = first, .rows = length});
      first += length;
    }
    return blocks;
  }

  void means(const Case& c) {
    PagedStreams::Geometry geometry;
    geometry.type = c.type;
    geometry.block = c.block;
    geometry.head_dim = c.head_dim;
    for (const std::int32_t p : c.past) {
      geometry.entries.push_back(p + static_cast<std::int32_t>(c.rows));
    }
    const AttentionInputs inputs(device(), geometry, c.rows, c.group, 4.0F, random_);
    const std::int32_t q_heads = inputs.q_heads;
    std::vector<float> lse;
    std::vector<std::vector<std::vector<double>>> rows(index(q_heads));
    for (std::int32_t q = 0; q < q_heads; ++q) {
      for (std::int64_t r = 0; r < c.rows; ++r) {
        const ReferenceSoftmax row = reference_softmax(reference_scores(inputs, r, q));
        lse.push_back(static_cast<float>(row.log_sum_exp));
        rows[index(q)].push_back(row.probability);
      }
    }
    const std::vector<RowBlock> blocks = blocks_of(c);
    const std::int64_t longest = *std::ranges::max_element(c.past) + blocks.back().first_row +
                                 std::int64_t{blocks.back().rows};
    BlockMeans args;
    args.input = {.cache = inputs.streams.layer(),
                  .q = inputs.q_device.data(),
                  .rows = c.rows,
                  .q_heads = q_heads,
                  .scale = inputs.scale,
                  .longest = longest};
    const DeviceArray<float> lse_device(device(), lse);
    const DeviceArray<RowBlock> blocks_device(device(), blocks);
    args.log_sum_exp = lse_device.data();
    args.blocks = blocks_device.data();
    args.count = static_cast<std::int32_t>(blocks.size());
    args.longest = longest;
    args.stride = (longest + 3) / 4 * 4;
    const DeviceArray<float> mean(device(), index(args.count * q_heads * args.stride));
    args.mean = mean.data();
    launch_block_means(args, stream());
    const std::vector<float> got = mean.read();
    double largest = 0;
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      for (std::int32_t q = 0; q < q_heads; ++q) {
        const std::int64_t past = c.past[index(q / c.group)];
        const std::int64_t keys = past + blocks[b].first_row + blocks[b].rows;
        const std::int64_t at = (static_cast<std::int64_t>(b) * q_heads + q) * args.stride;
        for (std::int64_t key = 0; key < args.stride; ++key) {
          const float value = got[index(at + key)];
          if (key >= keys) {
            ASSERT_TRUE(std::isnan(value)) << c.name() << " written beyond block " << b;
            continue;
          }
          double want = 0;
          for (std::int32_t r = 0; r < blocks[b].rows; ++r) {
            const auto& row = rows[index(q)][index(blocks[b].first_row + r)];
            want += index(key) < row.size() ? row[index(key)] : 0.0;
          }
          want /= blocks[b].rows;
          ASSERT_NEAR(value, want, 1e-8 + 2e-5 * want)
              << c.name() << " block " << b << " query head " << q << " key " << key;
          largest = std::max(largest, want);
        }
      }
    }
    EXPECT_GT(largest, 0.004);
  }

  Random random_;
};

TEST_F(MassBlocks, MeansOfEveryTypeAndHeadDimension) {
  for (const DType type : kTypes) {
    for (const std::int32_t dim : {8, 32, 64, 80, 128, 256}) {
      means({.type = type, .head_dim = dim});
    }
  }
}

TEST_F(MassBlocks, MeansAroundEveryEdge) {
  for (const DType type : {DType::kF32, DType::kF16}) {
    for (const std::int32_t past : {0, 1, 31, 63, 64, 65, 190, 255, 256, 257, 300}) {
      means({.type = type, .group = 1, .rows = 64, .past = {past}, .lengths = {64}});
    }
    for (const std::int32_t rows : {1, 15, 16, 17, 31, 32, 33, 63}) {
      means({.type = type, .group = 1, .rows = rows, .past = {33}, .lengths = {rows}});
    }
    for (const std::int32_t group : {1, 3, 4, 8}) {
      means({.type = type, .group = group, .rows = 30, .past = {70, 0, 9}, .lengths = {1, 20, 5}});
    }
    means({.type = type, .block = 7});
  }
}

TEST_F(MassBlocks, MeansOfStreamsInPieces) {
  means({.group = 1, .rows = 3, .past = {4095, 4100, 64}, .lengths = {2, 1}});
}

struct Picked {
  std::vector<std::int32_t> key;
  std::vector<float> mass, rest;
};

Picked pick(std::vector<float> mean, const RowBlock& block, std::int64_t key_block) {
  Picked picked;
  for (std::size_t j = 0; j < mean.size(); ++j) {
    if (mean[j] >= block.least_entry && mean[j] > 0) {
      picked.key.push_back(static_cast<std::int32_t>(j));
    }
  }
  std::ranges::stable_sort(
      picked.key, [&](std::int32_t a, std::int32_t b) { return mean[index(a)] > mean[index(b)]; });
  picked.key.resize(std::min(picked.key.size(), index(block.most_entries)));
  std::ranges::sort(picked.key);
  std::vector<bool> taken(mean.size());
  for (const std::int32_t key : picked.key) {
    picked.mass.push_back(mean[index(key)]);
    taken[index(key)] = true;
  }
  for (std::size_t begin = 0; begin < mean.size(); begin += index(key_block)) {
    double sum = 0;
    double others = 0;
    for (std::size_t j = begin; j < std::min(mean.size(), begin + index(key_block)); ++j) {
      sum += taken[j] ? 0.0 : static_cast<double>(mean[j]);
      others += taken[j] ? 0.0 : 1.0;
    }
    picked.rest.push_back(others > 0 ? static_cast<float>(sum / others) : 0.0F);
  }
  return picked;
}

// Means of many magnitudes, many of them equal, for two streams of different lengths.
TEST_F(MassBlocks, TheLargestMeansArePicked) {
  for (const std::int64_t past : {0, 1, 62, 127, 128, 1000, 1023, 1024, 1025, 3000}) {
    for (const std::int32_t key_block : {64, 128}) {
      const std::int64_t rows = 3;
      const std::vector<std::int32_t> entries = {static_cast<std::int32_t>(past + rows),
                                                 static_cast<std::int32_t>(past / 2 + rows)};
      const std::int32_t q_heads = 4;
      const std::int64_t stride = (past + rows + 3) / 4 * 4;
      std::vector<RowBlock> blocks;
      for (const auto& [most, least] :
           {std::pair{0, 1e-9F}, std::pair{1, 1e-9F}, std::pair{7, 1e-9F}, std::pair{96, 1e-3F},
            std::pair{96, 0.9F}, std::pair{500, 1e-9F}, std::pair{16384, 1e-9F}}) {
        RowBlock block;
        block.rows = 3;
        block.most_entries = most;
        block.least_entry = least;
        block.rests = static_cast<std::int32_t>((past + rows + key_block - 1) / key_block);
        if (!blocks.empty()) {
          const RowBlock& before = blocks.back();
          block.keys = before.keys + std::int64_t{q_heads} * (1 + before.most_entries);
          block.values =
              before.values + std::int64_t{q_heads} * (before.most_entries + before.rests);
        }
        blocks.push_back(block);
      }
      std::vector<float> mean(blocks.size() * q_heads * index(stride),
                              std::numeric_limits<float>::quiet_NaN());
      for (float& value : mean) {
        const float magnitude = std::exp2(-static_cast<float>(random_.below(30)));
        value = random_.below(3) == 0 ? magnitude : magnitude * random_.uniform(0.5F, 1.0F);
        value = random_.below(5) == 0 ? 0.0F : value;
      }
      const DeviceArray<float> mean_device(device(), mean);
      const DeviceArray<std::int32_t> entries_device(device(), entries);
      const DeviceArray<RowBlock> blocks_device(device(), blocks);
      PickEntries args;
      args.means.input.cache.entries = entries_device.data();
      args.means.input.cache.heads = 2;
      args.means.input.rows = rows;
      args.means.input.q_heads = q_heads;
      args.means.blocks = blocks_device.data();
      args.means.count = static_cast<std::int32_t>(blocks.size());
      args.means.longest = past + rows;
      args.means.mean = mean_device.data();
      args.means.stride = stride;
      args.key_block = key_block;
      const RowBlock& last = blocks.back();
      const DeviceArray<std::int32_t> keys(
          device(), index(last.keys + std::int64_t{q_heads} * (1 + last.most_entries)));
      const DeviceArray<float> values(
          device(), index(last.values + std::int64_t{q_heads} * (last.most_entries + last.rests)));
      args.keys = keys.data();
      args.values = values.data();
      launch_pick_entries(args, stream());
      const std::vector<std::int32_t> got_keys = keys.read();
      const std::vector<float> got = values.read();
      for (std::size_t b = 0; b < blocks.size(); ++b) {
        for (std::int32_t q = 0; q < q_heads; ++q) {
          const RowBlock& block = blocks[b];
          const float* const from = mean.data() + (b * q_heads + index(q)) * index(stride);
          const Picked want = pick({from, from + entries[index(q / 2)]}, block, key_block);
          const std::int64_t at = block.keys + std::int64_t{q} * (1 + block.most_entries);
          const std::string where = "past " + std::to_string(past) + " block " + std::to_string(b) +
                                    " query head " + std::to_string(q);
          ASSERT_EQ(got_keys[index(at)], static_cast<std::int32_t>(want.key.size())) << where;
          const std::int64_t masses =
              block.values + std::int64_t{q} * (block.most_entries + block.rests);
          for (std::size_t i = 0; i < want.key.size(); ++i) {
            ASSERT_EQ(got_keys[index(at + 1) + i], want.key[i]) << where << " entry " << i;
            ASSERT_EQ(got[index(masses) + i], want.mass[i]) << where << " entry " << i;
          }
          for (std::size_t i = 0; i < want.rest.size(); ++i) {
            ASSERT_NEAR(got[index(masses + block.most_entries) + i], want.rest[i],
                        1e-6F * want.rest[i])
                << where << " key block " << i;
          }
        }
      }
    }
  }
}

// The bits of the host's sums, in one call or in two.
TEST_F(MassBlocks, RowsAddUpAsOnTheHost) {
  const std::int64_t rows = 40;
  const std::vector<std::int32_t> entries = {300, 43};
  const std::int32_t q_heads = 4;
  const std::int64_t count = 33;
  const std::int64_t first_row = 5;
  const std::int64_t stride = 300;
  std::vector<float> probability(index(q_heads * count * stride), 0.0F);
  const auto seen = [&](std::int32_t q, std::int64_t r) {
    return entries[index(q / 2)] - rows + first_row + r + 1;
  };
  for (std::int32_t q = 0; q < q_heads; ++q) {
    for (std::int64_t r = 0; r < count; ++r) {
      for (std::int64_t j = 0; j < seen(q, r); ++j) {
        probability[index((q * count + r) * stride + j)] = random_.uniform(0.0F, 0.01F);
      }
    }
  }
  const DeviceArray<std::int32_t> entries_device(device(), entries);
  for (const std::int64_t first_key : {-300, -200, -3, 0, 2, 5}) {
    for (const std::int64_t cut : {count, std::int64_t{1}, std::int64_t{17}}) {
      const DeviceArray<float> sum(device(), index(q_heads * stride));
      for (const auto& [begin, end] : {std::pair{std::int64_t{0}, cut}, std::pair{cut, count}}) {
        std::vector<float> part;
        for (std::int32_t q = 0; q < q_heads; ++q) {
          const auto from = probability.begin() + (q * count + begin) * stride;
          part.insert(part.end(), from, from + (end - begin) * stride);
        }
        if (part.empty()) {
          continue;
        }
        const DeviceArray<float> rows_device(device(), part);
        const DeviceArray<float> divisor(device(), index(q_heads * (end - begin)));
        RowSum args;
        args.rows.input.cache.entries = entries_device.data();
        args.rows.input.cache.heads = 2;
        args.rows.input.rows = rows;
        args.rows.input.q_heads = q_heads;
        args.rows.first_row = first_row + begin;
        args.rows.count = end - begin;
        args.rows.q_count = q_heads;
        args.rows.probability = rows_device.data();
        args.rows.stride = stride;
        args.first_key = first_key;
        args.add = begin > 0;
        args.divisor = divisor.data();
        args.sum = sum.data();
        args.sum_stride = stride;
        launch_row_sum(args, stream());
        ASSERT_TRUE(run());
      }
      const std::vector<float> got = sum.read();
      for (std::int32_t q = 0; q < q_heads; ++q) {
        const std::int64_t first =
            std::max<std::int64_t>(0, entries[index(q / 2)] - rows + first_key);
        std::vector<float> want(index(seen(q, count - 1) - first), 0.0F);
        for (std::int64_t r = 0; r < count; ++r) {
          const auto from = probability.begin() + (q * count + r) * stride;
          std::vector<float> row(from + first, from + seen(q, r));
          if (first > 0) {
            renormalise(row);
          }
          add_row(row, std::span(want).first(row.size()));
        }
        for (std::size_t j = 0; j < want.size(); ++j) {
          ASSERT_EQ(got[index(q * stride) + j], want[j])
              << "first key " << first_key << " cut " << cut << " query head " << q << " at " << j;
        }
      }
    }
  }
}

}  // namespace
}  // namespace kvfoot::cuda
