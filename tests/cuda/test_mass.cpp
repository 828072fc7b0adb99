// Softmax rows, their sums, pooling, accumulated mass and key norms against naive twins.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "executor/cuda/kernels/attention.hpp"
#include "executor/cuda/kernels/mass.hpp"
#include "sim/core/pooling.hpp"
#include "tests/cuda/attention_reference.hpp"

namespace kvfoot::cuda {
namespace {

struct Case {
  DType type = DType::kF32;
  std::int32_t head_dim = 64;
  std::int32_t group = 1;
  std::int32_t block = 16;
  std::int64_t rows = 1;
  std::vector<std::int32_t> past;  // one per storage head

  [[nodiscard]] std::string name() const {
    std::string text = std::string(to_string(type)) + " dim " + std::to_string(head_dim) +
                       " group " + std::to_string(group) + " block " + std::to_string(block) +
                       " rows " + std::to_string(rows) + " past";
    for (const std::int32_t p : past) {
      text += " " + std::to_string(p);
    }
    return text;
  }
  [[nodiscard]] std::int64_t longest() const { return rows + *std::ranges::max_element(past); }
};

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

class Mass : public DeviceTest {
 protected:
  std::unique_ptr<AttentionInputs> make(const Case& c) {
    PagedStreams::Geometry geometry;
    geometry.type = c.type;
    geometry.block = c.block;
    geometry.head_dim = c.head_dim;
    for (const std::int32_t p : c.past) {
      geometry.entries.push_back(p + static_cast<std::int32_t>(c.rows));
    }
    return std::make_unique<AttentionInputs>(device(), geometry, c.rows, c.group, 4.0F, random_);
  }
  static MassInput input(const Case& c, const AttentionInputs& inputs) {
    return {.cache = inputs.streams.layer(),
            .q = inputs.q_device.data(),
            .rows = c.rows,
            .q_heads = inputs.q_heads,
            .scale = inputs.scale,
            .longest = c.longest()};
  }

  struct Window {
    std::int64_t first_row = 0, count = 1;
    std::int32_t first_q = 0, q_count = 1;
    bool own = false;
  };

  void softmax(const Case& c, const Window& w) {
    const auto inputs = make(c);
    const std::int64_t stride = (w.own ? c.rows : c.longest()) + 3;
    const DeviceArray<float> probability(device(), index(w.q_count * w.count * stride));
    const DeviceArray<float> lse(device(), index(w.q_count * w.count));
    SoftmaxRows args;
    args.input = input(c, *inputs);
    args.first_row = w.first_row;
    args.count = w.count;
    args.first_q = w.first_q;
    args.q_count = w.q_count;
    args.own_keys_only = w.own;
    args.probability = probability.data();
    args.stride = stride;
    args.log_sum_exp = lse.data();
    launch_softmax_rows(args, stream());
    const std::vector<float> got = probability.read();
    const std::vector<float> got_lse = lse.read();
    for (std::int32_t q = 0; q < w.q_count; ++q) {
      for (std::int64_t r = 0; r < w.count; ++r) {
        std::vector<double> scores = reference_scores(*inputs, w.first_row + r, w.first_q + q);
        if (w.own) {
          scores.erase(scores.begin(), scores.begin() + inputs->past((w.first_q + q) / c.group));
        }
        const ReferenceSoftmax want = reference_softmax(scores);
        const float* row = got.data() + (q * w.count + r) * stride;
        const std::string where = c.name() + ": row " + std::to_string(r) + " of query head " +
                                  std::to_string(w.first_q + q);
        double sum = 0;
        for (std::int64_t key = 0; key < stride; ++key) {
          const double p = index(key) < scores.size() ? want.probability[index(key)] : 0;
          ASSERT_NEAR(row[key], p, p * 1e-5) << where << " key " << key;
          sum += double{row[key]};
        }
        ASSERT_NEAR(sum, 1, 4e-6) << where;
        ASSERT_NEAR(got_lse[index(q * w.count + r)], want.log_sum_exp, 1e-5) << where;
      }
    }
  }

  // Log-sum-exps as attention leaves them.
  DeviceArray<float> log_sum_exp(const Case& c, const AttentionInputs& inputs) {
    std::vector<float> values;
    for (std::int32_t q = 0; q < inputs.q_heads; ++q) {
      for (std::int64_t row = 0; row < c.rows; ++row) {
        values.push_back(
            static_cast<float>(reference_softmax(reference_scores(inputs, row, q)).log_sum_exp));
      }
    }
    return DeviceArray<float>(device(), values);
  }

  void accumulate(const Case& c, std::int64_t patch_rows) {
    const auto inputs = make(c);
    const std::int64_t stride = c.longest() + 5;
    const std::int64_t counted = c.rows - patch_rows;
    const DeviceArray<float> lse = log_sum_exp(c, *inputs);
    // Entries of the pass and what lies behind them are poison.
    std::vector<float> before(index(inputs->q_heads * stride), std::nanf(""));
    std::vector<double> want(before.size());
    for (std::int32_t q = 0; q < inputs->q_heads; ++q) {
      for (std::int64_t key = 0; key < inputs->past(q / c.group); ++key) {
        want[index(q * stride + key)] = before[index(q * stride + key)] = random_.uniform(0, 2);
      }
      for (std::int64_t row = 0; row < counted; ++row) {
        const ReferenceSoftmax softmax = reference_softmax(reference_scores(*inputs, row, q));
        for (std::size_t key = 0; key < softmax.probability.size(); ++key) {
          want[index(q * stride) + key] += softmax.probability[key];
        }
      }
    }
    std::vector<std::vector<float>> results;
    for (int repeat = 0; repeat < 2; ++repeat) {
      const DeviceArray<float> accumulated(device(), before);
      AccumulateMass args;
      args.input = input(c, *inputs);
      args.patch_rows = patch_rows;
      args.log_sum_exp = lse.data();
      args.accumulated = accumulated.data();
      args.stride = stride;
      launch_accumulate_mass(args, stream());
      results.push_back(accumulated.read());
    }
    for (std::int32_t q = 0; q < inputs->q_heads; ++q) {
      const std::int64_t past = inputs->past(q / c.group);
      double added = 0;
      for (std::int64_t key = 0; key < stride; ++key) {
        const std::size_t at = index(q * stride + key);
        const std::string where =
            c.name() + ": query head " + std::to_string(q) + " key " + std::to_string(key);
        if (key >= past + c.rows) {
          ASSERT_TRUE(std::isnan(results[0][at])) << where;
          continue;
        }
        ASSERT_NEAR(results[0][at], want[at], 1e-5 * (1 + want[at])) << where;
        ASSERT_EQ(results[0][at], results[1][at]) << where;
        added += double{results[0][at]} - (key < past ? double{before[at]} : 0.0);
      }
      ASSERT_NEAR(added, static_cast<double>(counted),
                  1e-5 * static_cast<double>(1 + past + counted))
          << c.name();
    }
  }

  Random random_;
};

TEST_F(Mass, SoftmaxOfEveryTypeAndHeadDimension) {
  for (const DType type : kTypes) {
    for (const std::int32_t dim : {8, 32, 64, 80, 128, 256}) {
      const Case c{.type = type, .head_dim = dim, .group = 2, .rows = 9, .past = {130, 0}};
      softmax(c, {.first_row = 2, .count = 7, .q_count = 4});
    }
  }
}

TEST_F(Mass, SoftmaxAroundEveryEdge) {
  for (const DType type : {DType::kF32, DType::kBF16}) {
    for (const std::int64_t count : {1, 2, 15, 16, 31, 33, 63, 64, 65, 129}) {
      const Case c{.type = type, .head_dim = 32, .rows = count + 1, .past = {3}};
      softmax(c, {.first_row = 1, .count = count});
      softmax(c, {.first_row = 0, .count = count, .own = true});
    }
    for (const std::int32_t keys :
         {1, 31, 32, 33, 63, 64, 65, 127, 128, 129, 511, 512, 513, 2100}) {
      softmax({.type = type, .head_dim = 32, .past = {keys - 1}}, {});
    }
  }
}

TEST_F(Mass, SoftmaxOfGroupsAndParts) {
  for (const DType type : {DType::kF32, DType::kF16}) {
    for (const std::int32_t group : {1, 2, 3, 4, 8, 16}) {
      const Case c{.type = type, .group = group, .block = 7, .rows = 11, .past = {60, 9, 0}};
      softmax(c, {.first_row = 4, .count = 7, .q_count = 3 * group});
      softmax(c, {.first_row = 4, .count = 7, .q_count = 3 * group, .own = true});
      softmax(c, {.first_row = 10, .count = 1, .first_q = group, .q_count = group});
      softmax(c, {.first_row = 1, .count = 3, .first_q = 2 * group + group / 2, .q_count = 1});
    }
  }
}

TEST_F(Mass, SumsOfRowsAreInOrder) {
  const std::int64_t stride = 300;
  for (const std::int64_t count : {0, 1, 7, 8, 9, 64}) {
    for (const std::int64_t keys : {0, 1, 255, 256, 257}) {
      const std::vector<float> rows = random_.floats(index(3 * count * stride), 0, 1);
      const DeviceArray<float> probability(device(), rows);
      const DeviceArray<float> raw(device(), index(3 * stride));
      launch_sum_rows({.probability = probability.data(),
                       .stride = stride,
                       .count = count,
                       .keys = keys,
                       .q_count = 3,
                       .raw = raw.data()},
                      stream());
      const std::vector<float> got = raw.read();
      for (std::int64_t q = 0; q < 3; ++q) {
        for (std::int64_t key = 0; key < stride; ++key) {
          float want = 0;
          for (std::int64_t row = 0; row < count; ++row) {
            want += rows[index((q * count + row) * stride + key)];
          }
          if (key < keys) {
            ASSERT_EQ(got[index(q * stride + key)], want) << count << " " << keys;
          } else {
            ASSERT_TRUE(std::isnan(got[index(q * stride + key)]));
          }
        }
      }
    }
  }
}

// The bits of sim/core/pooling.hpp.
TEST_F(Mass, PooledMeansAreThoseOfTheTrace) {
  using Pool = AttentionQuery::Pool;
  const std::vector<std::int32_t> candidates = {0, 1, 2, 3, 6, 7, 63, 255, 256, 257, 300};
  const auto heads = static_cast<std::int32_t>(candidates.size());
  const std::int64_t raw_stride = 307;
  const std::int64_t score_stride = 301;
  for (const std::int32_t group : {1, 2, 3, 4, 7}) {
    const std::vector<float> values = random_.floats(index(heads * group * raw_stride), 0, 1);
    const DeviceArray<float> raw(device(), values);
    const DeviceArray<std::int32_t> sizes(device(), candidates);
    for (const Pool kind : {Pool::kNone, Pool::kAverage, Pool::kMax}) {
      for (const std::int32_t kernel : {1, 3, 5, 7, 9, 21}) {
        const DeviceArray<float> score(device(), index(heads * score_stride));
        PoolMean args;
        args.raw = raw.data();
        args.raw_stride = raw_stride;
        args.storage_heads = heads;
        args.group = group;
        args.candidates = sizes.data();
        args.longest = 300;
        args.pool = kind;
        args.kernel = kernel;
        args.score = score.data();
        args.score_stride = score_stride;
        launch_pool_mean(args, stream());
        const std::vector<float> got = score.read();
        AttentionQuery query;
        query.pool = kind;
        query.kernel = kernel;
        for (std::int32_t head = 0; head < heads; ++head) {
          const std::size_t size = index(candidates[index(head)]);
          std::vector<float> want(size, 0.0F);
          for (std::int32_t i = 0; i < group; ++i) {
            const float* from = values.data() + (head * group + i) * raw_stride;
            add_pooled({from, size}, query, want);
          }
          divide_by(want, group);
          for (std::int64_t key = 0; key < score_stride; ++key) {
            const float value = got[index(head * score_stride + key)];
            if (index(key) < size) {
              ASSERT_EQ(value, want[index(key)])
                  << "group " << group << " kernel " << kernel << " of " << size << " key " << key;
            } else {
              ASSERT_TRUE(std::isnan(value));
            }
          }
        }
      }
    }
  }
}

TEST_F(Mass, AccumulatedOfEveryTypeAndHeadDimension) {
  for (const DType type : kTypes) {
    for (const std::int32_t dim : {8, 32, 64, 80, 128, 256}) {
      accumulate({.type = type, .head_dim = dim, .group = 2, .rows = 37, .past = {130, 0}}, 2);
    }
  }
}

TEST_F(Mass, AccumulatedAroundEveryEdge) {
  for (const DType type : {DType::kF32, DType::kBF16}) {
    for (const std::int64_t rows : {1, 2, 7, 8, 9, 63, 64, 65, 128, 129, 200}) {
      for (const std::int32_t past : {0, 1, 63, 128}) {
        accumulate({.type = type, .head_dim = 32, .rows = rows, .past = {past}}, 0);
      }
    }
  }
}

TEST_F(Mass, AccumulatedOfGroupsBlocksAndPatchRows) {
  for (const DType type : {DType::kF32, DType::kF16}) {
    for (const std::int32_t group : {1, 2, 3, 4, 8, 16}) {
      accumulate({.type = type, .group = group, .block = 7, .rows = 35, .past = {129, 9, 0}}, 3);
    }
    for (const std::int64_t patch : {0, 1, 11, 12}) {  // the last: no row counts
      accumulate({.type = type, .group = 4, .block = 1, .rows = 12, .past = {40, 2}}, patch);
    }
  }
}

// The log-sum-exps of attention itself: rows give what they have, no more.
TEST_F(Mass, AccumulatedAfterAttention) {
  for (const DType type : kTypes) {
    const Case c{.type = type, .group = 4, .rows = 70, .past = {50}};
    const auto inputs = make(c);
    const DeviceArray<float> lse(device(), index(c.rows * 4));
    const DeviceArray<float> out(device(), index(c.rows * 4 * c.head_dim));
    AttentionArgs attention;
    attention.cache = inputs->streams.layer();
    attention.q = inputs->q_device.data();
    attention.rows = c.rows;
    attention.q_heads = 4;
    attention.scale = inputs->scale;
    attention.out = out.data();
    attention.log_sum_exp = lse.data();
    launch_prefill_attention(attention, stream());
    const DeviceArray<float> accumulated(device(), std::vector<float>(480, 0.0F));
    AccumulateMass args;
    args.input = input(c, *inputs);
    args.log_sum_exp = lse.data();
    args.accumulated = accumulated.data();
    args.stride = 120;
    launch_accumulate_mass(args, stream());
    const std::vector<float> got = accumulated.read();
    for (std::int64_t q = 0; q < 4; ++q) {
      double sum = 0;
      for (std::int64_t key = 0; key < 120; ++key) {
        sum += double{got[index(q * 120 + key)]};
      }
      EXPECT_NEAR(sum, 70, 1e-4);
    }
  }
}

TEST_F(Mass, KeyNorms) {
  for (const DType type : kTypes) {
    for (const std::int32_t dim : {8, 24, 64, 80, 128, 256}) {
      for (const std::int64_t last : {-1, 0, 1, 16, 40, 500}) {
        const Case c{.type = type, .head_dim = dim, .block = 7, .past = {129, 0, 31}};
        const auto inputs = make(c);
        const std::int64_t columns = last < 0 ? 130 : std::min<std::int64_t>(last, 130);
        const std::int64_t stride = 133;
        const DeviceArray<float> norms(device(), index(3 * stride));
        launch_key_norms({.cache = inputs->streams.layer(),
                          .last = last,
                          .longest = columns,
                          .norms = norms.data(),
                          .stride = stride},
                         stream());
        const std::vector<float> got = norms.read();
        for (std::int32_t head = 0; head < 3; ++head) {
          const std::int64_t entries = inputs->past(head) + 1;
          const std::int64_t begin = last < 0 ? 0 : std::max<std::int64_t>(0, entries - last);
          for (std::int64_t column = 0; column < stride; ++column) {
            const float value = got[index(head * stride + column)];
            if (begin + column >= entries) {
              ASSERT_TRUE(std::isnan(value)) << dim << " " << last << " " << column;
              continue;
            }
            double sum = 0;
            for (const float x : inputs->streams.row(head, begin + column, false)) {
              sum += double{x} * double{x};
            }
            ASSERT_NEAR(value, std::sqrt(sum), 1e-6 * std::sqrt(sum));
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace kvfoot::cuda
