// Prefill and decode attention against double arithmetic, at sizes on both sides of every tile,
// page and warp edge.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "executor/cuda/kernels/attention_parts.hpp"
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
  DType out_type = DType::kF32;
  bool log_sum_exp = true;

  [[nodiscard]] std::int32_t heads() const { return static_cast<std::int32_t>(past.size()); }
  [[nodiscard]] std::int32_t q_heads() const { return heads() * group; }
  [[nodiscard]] std::string name() const {
    std::string text = std::string(to_string(type)) + " dim " + std::to_string(head_dim) +
                       " group " + std::to_string(group) + " block " + std::to_string(block) +
                       " rows " + std::to_string(rows) + " past";
    for (const std::int32_t p : past) {
      text += " " + std::to_string(p);
    }
    return text;
  }
};

// A weight is rounded to the cache's type before it meets the values; |value| <= 1.
double output_tolerance(DType type) { return type == DType::kF32 ? 4e-6 : 1.2 * epsilon_of(type); }

class Attention : public DeviceTest {
 protected:
  std::unique_ptr<AttentionInputs> make(const Case& c, float q_range = 4) {
    PagedStreams::Geometry geometry;
    geometry.type = c.type;
    geometry.block = c.block;
    geometry.head_dim = c.head_dim;
    for (const std::int32_t p : c.past) {
      geometry.entries.push_back(p + static_cast<std::int32_t>(c.rows));
    }
    return std::make_unique<AttentionInputs>(device(), geometry, c.rows, c.group, q_range, random_);
  }
  // Without outputs.
  static AttentionArgs call(const Case& c, const AttentionInputs& inputs) {
    AttentionArgs args;
    args.cache = inputs.streams.layer();
    args.q = inputs.q_device.data();
    args.rows = c.rows;
    args.q_heads = inputs.q_heads;
    args.scale = inputs.scale;
    args.out_type = c.out_type;
    return args;
  }

  void compare(const Case& c, const AttentionInputs& inputs, const DeviceBytes& out,
               const DeviceArray<float>& lse) {
    const std::vector<float> got = decode(c.out_type, out.read());
    const std::vector<float> got_lse = lse.read();
    const std::int64_t dim = c.head_dim;
    double largest = 0;
    for (const float value : got) {
      ASSERT_TRUE(std::isfinite(value)) << c.name();
    }
    // Of large cases the last row and some before it.
    const double longest = *std::ranges::max_element(inputs.streams.geometry().entries);
    const double products = static_cast<double>(c.rows * c.q_heads() * dim) * longest;
    const auto step = static_cast<std::int64_t>(1 + products / 1e8);
    for (std::int64_t row = c.rows - 1; row >= 0; row -= step) {
      for (std::int32_t q = 0; q < c.q_heads(); ++q) {
        const ReferenceSoftmax softmax = reference_softmax(reference_scores(inputs, row, q));
        const std::vector<double> want = reference_output(inputs, softmax, q);
        const std::string where =
            c.name() + ": row " + std::to_string(row) + " query head " + std::to_string(q);
        for (std::int64_t i = 0; i < dim; ++i) {
          const float value = got[static_cast<std::size_t>((row * c.q_heads() + q) * dim + i)];
          expect_near(value, want[static_cast<std::size_t>(i)], c.out_type,
                      output_tolerance(c.type), where + " dim " + std::to_string(i));
          largest = std::max(largest, std::abs(want[static_cast<std::size_t>(i)]));
        }
        if (c.log_sum_exp) {
          EXPECT_NEAR(got_lse[static_cast<std::size_t>(q * c.rows + row)], softmax.log_sum_exp,
                      4e-6 * (4 + std::abs(softmax.log_sum_exp)))
              << where;
        }
        if (HasFailure()) {
          return;
        }
      }
    }
    EXPECT_GT(largest, 0.05) << c.name();
  }

  DeviceBytes output(const Case& c) {
    const auto count = static_cast<std::size_t>(c.rows * c.q_heads() * c.head_dim);
    return DeviceBytes(device(), count * weight_bytes(c.out_type));
  }

  using Launch = void (*)(const AttentionArgs&, Stream);
  void prefill(const Case& c, Launch launch = launch_prefill_attention) {
    const auto inputs = make(c);
    const DeviceBytes out = output(c);
    const DeviceArray<float> lse(device(), static_cast<std::size_t>(c.rows * c.q_heads()));
    AttentionArgs args = call(c, *inputs);
    args.out = out.data();
    args.log_sum_exp = c.log_sum_exp ? lse.data() : nullptr;
    launch(args, stream());
    compare(c, *inputs, out, lse);
  }

  using LaunchPieces = void (*)(const DecodeAttention&, Stream);
  void in_pieces(const Case& c, std::int32_t splits, LaunchPieces launch) {
    const auto inputs = make(c);
    const DeviceBytes out = output(c);
    const DeviceArray<float> lse(device(), static_cast<std::size_t>(c.rows * c.q_heads()));
    const DeviceArray<float> partial(
        device(),
        static_cast<std::size_t>(c.rows * decode_partial_floats(c.q_heads(), c.head_dim, splits)));
    DecodeAttention args;
    args.attention = call(c, *inputs);
    args.attention.out = out.data();
    args.attention.log_sum_exp = c.log_sum_exp ? lse.data() : nullptr;
    args.splits = splits;
    args.partial = partial.data();
    launch(args, stream());
    compare(c, *inputs, out, lse);
  }
  void decode_row(const Case& c, std::int32_t splits) {
    in_pieces(c, splits, launch_decode_attention);
  }
  void split_prefill(const Case& c, std::int32_t splits) {
    in_pieces(c, splits, launch_split_prefill);
  }

  Random random_;
};

TEST_F(Attention, GeometriesAreNamedThatCannotRun) {
  EXPECT_EQ(attention_unsupported(128, 4), nullptr);
  EXPECT_EQ(attention_unsupported(8, 1), nullptr);
  EXPECT_EQ(attention_unsupported(256, 256), nullptr);
  EXPECT_NE(attention_unsupported(4, 1), nullptr);
  EXPECT_NE(attention_unsupported(100, 1), nullptr);
  EXPECT_NE(attention_unsupported(264, 1), nullptr);
  EXPECT_NE(attention_unsupported(64, 0), nullptr);
  EXPECT_NE(attention_unsupported(64, 257), nullptr);
}

TEST_F(Attention, PrefillOfEveryTypeAndHeadDimension) {
  for (const DType type : kTypes) {
    for (const std::int32_t dim : {8, 32, 64, 80, 128, 256}) {
      prefill({.type = type, .head_dim = dim, .group = 2, .rows = 17, .past = {40, 0}});
    }
  }
}

TEST_F(Attention, PrefillAroundEveryEdge) {
  for (const std::int64_t rows : {1, 15, 16, 17, 31, 32, 33, 63, 64, 65}) {
    for (const std::int32_t past : {0, 1, 31, 63, 64, 65}) {
      prefill({.type = DType::kBF16, .head_dim = 32, .rows = rows, .past = {past}});
    }
  }
  for (const std::int64_t rows : {1, 31, 33, 63, 65}) {
    for (const std::int32_t past : {0, 31, 32, 33}) {
      prefill({.type = DType::kF32, .head_dim = 32, .rows = rows, .past = {past}});
    }
  }
  prefill({.type = DType::kF16, .head_dim = 32, .rows = 129, .past = {127}});
}

TEST_F(Attention, PrefillOfGroupsBlocksAndRaggedHeads) {
  for (const DType type : {DType::kF32, DType::kBF16}) {
    for (const std::int32_t group : {1, 2, 3, 4, 8}) {
      prefill({.type = type, .head_dim = 64, .group = group, .rows = 23, .past = {11, 70, 0}});
    }
    for (const std::int32_t block : {1, 7, 16, 32, 100}) {
      prefill({.type = type, .head_dim = 64, .block = block, .rows = 19, .past = {66, 13}});
    }
  }
  prefill({.type = DType::kF16, .head_dim = 128, .group = 71, .rows = 2, .past = {9}});
}

// Enough rows that blocks of 128 pairs are chosen.
TEST_F(Attention, PrefillOfManyRows) {
  if (device().info().emulated) {
    prefill({.type = DType::kBF16,
             .head_dim = 32,
             .group = 128,
             .rows = 37,
             .past = {65, 3, 0, 1, 2, 9, 33, 64}});
    return;
  }
  for (const std::int32_t dim : {32, 64, 128, 256}) {
    prefill({.type = DType::kBF16,
             .head_dim = dim,
             .group = 4,
             .rows = 1100,
             .past = {900, 3, 0, 1, 2, 9, 33, 64}});
  }
}

TEST_F(Attention, PrefillWritesEveryTypeAndNoLogSumExp) {
  for (const DType type : kTypes) {
    for (const DType out : kTypes) {
      prefill({.type = type,
               .head_dim = 64,
               .rows = 5,
               .past = {3},
               .out_type = out,
               .log_sum_exp = false});
      decode_row(
          {.type = type, .head_dim = 64, .past = {30}, .out_type = out, .log_sum_exp = false}, 2);
    }
  }
}

TEST_F(Attention, SplitPrefillOfEveryTypeAndHeadDimension) {
  for (const DType type : {DType::kF16, DType::kBF16}) {
    for (const std::int32_t dim : {32, 64, 128, 256}) {
      for (const DType out : {DType::kF32, type}) {
        split_prefill({.type = type,
                       .head_dim = dim,
                       .group = 2,
                       .rows = 5,
                       .past = {200, 0},
                       .out_type = out,
                       .log_sum_exp = out == type},
                      3);
      }
    }
  }
}

// Pieces end at tiles of 64 keys; the last one has the rows' own keys, and some may be empty.
TEST_F(Attention, SplitPrefillAroundEveryEdge) {
  for (const std::int64_t rows : {1, 2, 16, 63, 64, 65}) {
    for (const std::int32_t past : {0, 1, 62, 63, 64, 127, 128, 129, 191, 192, 300}) {
      for (const std::int32_t splits : {2, 3, 40}) {
        if (splits == 2 || rows < 3) {
          split_prefill({.type = DType::kBF16, .head_dim = 32, .rows = rows, .past = {past}},
                        splits);
        }
      }
    }
  }
}

TEST_F(Attention, SplitPrefillOfGroupsBlocksAndRaggedHeads) {
  for (const std::int32_t group : {1, 3, 4, 8}) {
    split_prefill(
        {.type = DType::kF16, .head_dim = 64, .group = group, .rows = 19, .past = {330, 70, 0}}, 4);
  }
  for (const std::int32_t block : {1, 7, 100}) {
    split_prefill(
        {.type = DType::kBF16, .head_dim = 64, .block = block, .rows = 9, .past = {266, 13}}, 2);
  }
}

// The same bits again.
TEST_F(Attention, SplitPrefillRepeats) {
  const Case c{.type = DType::kBF16, .head_dim = 64, .group = 4, .rows = 20, .past = {500, 130}};
  const auto inputs = make(c);
  const std::int32_t splits = 5;
  std::vector<std::vector<std::byte>> results;
  for (int repeat = 0; repeat < 2; ++repeat) {
    const DeviceBytes out = output(c);
    const DeviceArray<float> partial(
        device(),
        static_cast<std::size_t>(c.rows * decode_partial_floats(c.q_heads(), c.head_dim, splits)));
    DecodeAttention args{call(c, *inputs), splits, partial.data()};
    args.attention.out = out.data();
    launch_split_prefill(args, stream());
    results.push_back(out.read());
  }
  EXPECT_EQ(results[0], results[1]);
}

TEST_F(Attention, PiecesOfFewRowsSuitTheCard) {
  LayerPages cache{.heads = 8, .head_dim = 128, .type = DType::kBF16};
  // 16 rows of 32 query heads: 64 pairs per storage head, one block each; two per multiprocessor.
  EXPECT_EQ(prefill_splits(cache, 16, 32, 131072, 132), 33);
  EXPECT_EQ(prefill_splits(cache, 17, 32, 131072, 132), 16);
  EXPECT_EQ(prefill_splits(cache, 16, 32, 4096, 132), 8);  // 512 keys at least
  EXPECT_EQ(prefill_splits(cache, 16, 32, 1023, 132), 1);
  EXPECT_EQ(prefill_splits(cache, 8192, 32, 131072, 132), 1);
  EXPECT_EQ(prefill_splits(cache, 16 * 16, 32, 131072, 132), 2);  // 128 blocks
  EXPECT_EQ(prefill_splits(cache, 16 * 17, 32, 131072, 132), 1);  // 136 are a wave
  cache.type = DType::kF32;
  EXPECT_EQ(prefill_splits(cache, 16, 32, 131072, 132), 1);
  cache = {.heads = 8, .head_dim = 80, .type = DType::kBF16};
  EXPECT_EQ(prefill_splits(cache, 16, 32, 131072, 132), 1);
}

TEST_F(Attention, WarpgroupsOnHopperOnly) {
  LayerPages cache{.head_dim = 128, .type = DType::kBF16};
  EXPECT_TRUE(has_warpgroup_kernels(cache, 9, 0));
  EXPECT_FALSE(has_warpgroup_kernels(cache, 8, 0));
  EXPECT_FALSE(has_warpgroup_kernels(cache, 10, 0));
  cache.head_dim = 256;
  EXPECT_FALSE(has_warpgroup_kernels(cache, 9, 0));
  cache = {.head_dim = 64, .type = DType::kF32};
  EXPECT_FALSE(has_warpgroup_kernels(cache, 9, 0));
}

TEST_F(Attention, PrefillWithWarpgroups) {
  const DeviceInfo& info = device().info();
  if (!info.emulated && (info.compute_major != 9 || info.compute_minor != 0)) {
    GTEST_SKIP() << "needs a card of compute capability 9.0";
  }
  const auto check = [&](const Case& c) { prefill(c, launch_prefill_warpgroups); };
  for (const DType type : {DType::kF16, DType::kBF16}) {
    for (const std::int32_t dim : {64, 128}) {
      check({.type = type, .head_dim = dim, .group = 2, .rows = 17, .past = {140, 0}});
    }
  }
  for (const std::int64_t rows : {1, 63, 64, 65, 127, 128, 129}) {
    for (const std::int32_t past : {0, 1, 127, 128, 129}) {
      check({.type = DType::kBF16, .head_dim = 64, .rows = rows, .past = {past}});
    }
  }
  for (const std::int32_t past : {255, 256, 500, 700}) {
    check({.type = DType::kF16, .head_dim = 128, .group = 3, .rows = 3, .past = {past}});
  }
  for (const std::int32_t group : {1, 3, 4, 8}) {
    check({.type = DType::kBF16, .group = group, .block = 7, .rows = 43, .past = {11, 300, 0}});
  }
  if (!info.emulated) {
    check({.type = DType::kBF16, .head_dim = 128, .group = 4, .rows = 1100, .past = {900, 3}});
  }
}

TEST_F(Attention, DecodeOfEveryTypeAndHeadDimension) {
  for (const DType type : kTypes) {
    for (const std::int32_t dim : {8, 32, 64, 80, 128, 256}) {
      decode_row({.type = type, .head_dim = dim, .group = 4, .past = {149, 0}}, 2);
    }
  }
}

TEST_F(Attention, DecodeAroundEveryEdge) {
  for (const DType type : {DType::kF32, DType::kF16}) {
    for (const std::int32_t past :
         {0, 1, 3, 4, 14, 15, 16, 30, 31, 32, 62, 63, 64, 127, 128, 255, 256, 330}) {
      decode_row({.type = type, .head_dim = 64, .past = {past}}, 1);
    }
  }
}

TEST_F(Attention, DecodeOfGroupsBlocksAndPieces) {
  for (const DType type : {DType::kF32, DType::kBF16}) {
    for (const std::int32_t group : {1, 2, 3, 4, 5, 8, 16, 17, 33}) {
      decode_row({.type = type, .head_dim = 64, .group = group, .past = {100, 37}}, 3);
    }
    for (const std::int32_t block : {1, 7, 16, 32, 100}) {
      for (const std::int32_t splits : {1, 2, 5, 40}) {
        decode_row({.type = type, .head_dim = 64, .group = 2, .block = block, .past = {213, 8, 0}},
                   splits);
      }
    }
  }
}

TEST_F(Attention, LongDecode) {
  const std::int32_t past = device().info().emulated ? 3000 : 131071;
  decode_row({.type = DType::kBF16, .head_dim = 128, .group = 4, .past = {past, past / 3}},
             decode_splits(past, 2, 132));
  decode_row({.type = DType::kF32, .head_dim = 128, .group = 2, .past = {past}}, 8);
}

// Scores of some hundreds: weights of one key, nothing overflows.
TEST_F(Attention, LargeScores) {
  for (const DType type : kTypes) {
    const Case c{.type = type, .head_dim = 64, .group = 2, .rows = 3, .past = {70}};
    const auto inputs = make(c, 300);
    const DeviceBytes out = output(c);
    const DeviceArray<float> lse(device(), static_cast<std::size_t>(c.rows * c.q_heads()));
    AttentionArgs args = call(c, *inputs);
    args.out = out.data();
    launch_prefill_attention(args, stream());
    for (const float value : decode(c.out_type, out.read())) {
      EXPECT_LE(std::abs(value), 1.0F + 1e-5F);  // a mean of values; NaN fails too
    }
  }
}

// What lies in the pages behind the last entry has no influence, not even on bits.
TEST_F(Attention, UnusedEntriesDoNotCount) {
  for (const DType type : kTypes) {
    const Case c{.type = type, .head_dim = 64, .group = 2, .rows = 9, .past = {20, 3}};
    const auto inputs = make(c);
    std::vector<std::vector<std::byte>> results;
    for (const float filler : {0.0F, 60000.0F, -60000.0F}) {
      for (std::int32_t head = 0; head < 2; ++head) {
        const std::int32_t entries = c.past[static_cast<std::size_t>(head)] + 9;
        for (std::int64_t e = entries; e < (entries + 15) / 16 * 16; ++e) {
          for (std::int64_t i = 0; i < c.head_dim; ++i) {
            inputs->streams.set(head, e, false, i, filler);
            inputs->streams.set(head, e, true, i, filler);
          }
        }
      }
      inputs->streams.upload();
      const DeviceBytes out = output(c);
      AttentionArgs args = call(c, *inputs);
      args.out = out.data();
      launch_prefill_attention(args, stream());
      results.push_back(out.read());
    }
    EXPECT_EQ(results[0], results[1]);
    EXPECT_EQ(results[0], results[2]);
  }
}

// The same bits again; other cuts of the stream, close results; a row of prefill is a decode.
TEST_F(Attention, DecodeRepeatsAndAgreesWithPrefill) {
  for (const DType type : kTypes) {
    const Case c{.type = type, .head_dim = 64, .group = 4, .past = {300, 41}};
    const auto inputs = make(c);
    const DeviceBytes whole = output(c);
    AttentionArgs args = call(c, *inputs);
    args.out = whole.data();
    launch_prefill_attention(args, stream());
    const std::vector<float> want = decode(c.out_type, whole.read());
    for (const std::int32_t splits : {1, 2, 3, 7, 19, 64}) {
      std::vector<std::byte> before;
      for (int repeat = 0; repeat < 2; ++repeat) {
        const DeviceBytes out = output(c);
        const DeviceArray<float> partial(device(), static_cast<std::size_t>(decode_partial_floats(
                                                       c.q_heads(), c.head_dim, splits)));
        DecodeAttention piecewise{call(c, *inputs), splits, partial.data()};
        piecewise.attention.out = out.data();
        launch_decode_attention(piecewise, stream());
        const std::vector<std::byte> bytes = out.read();
        if (repeat == 1) {
          EXPECT_EQ(bytes, before);
        }
        before = bytes;
        const std::vector<float> got = decode(c.out_type, bytes);
        for (std::size_t i = 0; i < got.size(); ++i) {
          ASSERT_NEAR(got[i], want[i], 2 * output_tolerance(type)) << splits;
        }
      }
    }
  }
}

// A row alone, over the keys that it sees, has the bits that it has among others, in blocks of
// either size.
TEST_F(Attention, RowsDoNotDependOnTheirNeighbours) {
  for (const DType type : kTypes) {
    const Case c{.type = type,
                 .head_dim = 32,
                 .group = type == DType::kBF16 ? 128 : 3,
                 .rows = 37,
                 .past = {65, 3, 0, 1, 2, 9, 33, 64}};
    const auto inputs = make(c);
    const DeviceBytes out = output(c);
    AttentionArgs args = call(c, *inputs);
    args.out = out.data();
    launch_prefill_attention(args, stream());
    const std::vector<std::byte> all = out.read();
    const std::size_t row_bytes = all.size() / static_cast<std::size_t>(c.rows);
    for (const std::int32_t row : {0, 17, 36}) {
      std::vector<std::int32_t> seen;
      for (const std::int32_t past : c.past) {
        seen.push_back(past + row + 1);
      }
      const DeviceArray<std::int32_t> entries(device(), seen);
      const DeviceBytes alone(device(), row_bytes);
      AttentionArgs one = call(c, *inputs);
      one.cache.entries = entries.data();
      one.q = inputs->q_device.data() +
              static_cast<std::size_t>(row * c.q_heads() * c.head_dim) * weight_bytes(type);
      one.rows = 1;
      one.out = alone.data();
      launch_prefill_attention(one, stream());
      const auto* from = all.data() + static_cast<std::size_t>(row) * row_bytes;
      EXPECT_EQ(alone.read(), std::vector<std::byte>(from, from + row_bytes)) << c.name();
    }
  }
}

// A captured launch reads the lengths when it runs.
TEST_F(Attention, CapturedDecodeFollowsTheStreams) {
  for (const DType type : {DType::kF32, DType::kBF16}) {
    const Case c{.type = type, .head_dim = 64, .group = 2, .past = {400, 90}};
    const auto inputs = make(c);
    const std::int32_t splits = 5;
    const auto floats =
        static_cast<std::size_t>(decode_partial_floats(c.q_heads(), c.head_dim, splits));
    const DeviceArray<float> partial(device(), floats);
    DeviceArray<std::int32_t> entries(device(), std::vector<std::int32_t>{1, 1});
    const DeviceBytes out = output(c);
    DecodeAttention args{call(c, *inputs), splits, partial.data()};
    args.attention.cache.entries = entries.data();
    args.attention.out = out.data();
    launch_decode_attention(args, stream());  // kernels are loaded before the capture
    ASSERT_TRUE(run());
    ASSERT_TRUE(device().begin_capture(stream()).ok());
    launch_decode_attention(args, stream());
    const Result<Graph> graph = device().end_capture(stream());
    ASSERT_TRUE(graph.ok());
    for (const std::int32_t length : {1, 16, 17, 80, 91, 300}) {
      entries.write({length, std::min(length, 91)});
      device().launch(graph.value(), stream());
      const std::vector<std::byte> captured = out.read();
      launch_decode_attention(args, stream());
      EXPECT_EQ(captured, out.read()) << length;
      DecodeAttention other = args;
      other.splits = 1;
      launch_decode_attention(other, stream());
      const std::vector<float> whole = decode(c.out_type, out.read());
      const std::vector<float> cut = decode(c.out_type, captured);
      for (std::size_t i = 0; i < whole.size(); ++i) {
        ASSERT_NEAR(cut[i], whole[i], 2 * output_tolerance(type)) << length;
      }
    }
    device().destroy(graph.value());
  }
}

TEST_F(Attention, PiecesSuitTheCard) {
  EXPECT_EQ(decode_splits(1, 8, 132), 1);
  EXPECT_EQ(decode_splits(128, 8, 132), 1);
  EXPECT_EQ(decode_splits(129, 8, 132), 2);
  EXPECT_EQ(decode_splits(131072, 8, 132), 33);  // 8 x 33 blocks: two per multiprocessor
  EXPECT_EQ(decode_splits(131072, 32, 132), 8);
  EXPECT_EQ(decode_splits(131072, 1000, 132), 1);
  EXPECT_EQ(decode_partial_floats(32, 128, 33), 32 * 33 * 130);
}

}  // namespace
}  // namespace kvfoot::cuda
