// Kernels that work row by row, against the same in double.
#include <algorithm>
#include <cmath>

#include "executor/cuda/kernels/gemv.hpp"
#include "executor/cuda/kernels/rows.hpp"
#include "tests/cuda/paged_streams.hpp"
#include "tests/cuda/support.hpp"

namespace kvfoot::cuda {
namespace {

class RowsTest : public DeviceTest {
 protected:
  Random random_;
};

constexpr std::int64_t kWidths[] = {1,  2,  3,  7,  8,   9,   15,  16,  17,   31,   32,  33,
                                    40, 63, 64, 65, 127, 128, 129, 256, 2047, 2048, 2056};

TEST_F(RowsTest, Embed) {
  for (const DType type : kTypes) {
    for (const std::int64_t hidden : kWidths) {
      const std::int64_t vocab = 11;
      const std::vector<std::int32_t> tokens{3, 0, 10, 10, 7};
      const std::vector<float> table =
          random_.scalars(type, static_cast<std::size_t>(vocab * hidden));
      const DeviceBytes on_device(device(), encode(type, table));
      const DeviceArray<std::int32_t> ids(device(), tokens);
      const DeviceArray<float> x(device(), tokens.size() * static_cast<std::size_t>(hidden));
      EmbedArgs args;
      args.tokens = ids.data();
      args.table = on_device.data();
      args.type = type;
      args.rows = static_cast<std::int64_t>(tokens.size());
      args.hidden = hidden;
      args.x = x.data();
      launch_embed(args, stream());
      std::vector<float> want;
      for (const std::int32_t token : tokens) {
        want.insert(want.end(), table.begin() + token * hidden,
                    table.begin() + (token + 1) * hidden);
      }
      EXPECT_EQ(x.read(), want) << to_string(type) << " hidden " << hidden;
    }
  }
}

TEST_F(RowsTest, RmsNorm) {
  for (const DType type : kTypes) {
    for (const std::int64_t hidden :
         {1,   2,   3,   4,   5,   15,  16,   17,   31,   33,   63,   64,  65,
          127, 128, 129, 511, 512, 513, 2047, 2048, 2049, 2052, 4096, 6148}) {
      const std::int64_t rows = 3;
      const auto count = static_cast<std::size_t>(rows * hidden);
      const std::vector<float> x = random_.floats(count, -3, 3);
      const std::vector<float> weight =
          random_.floats(static_cast<std::size_t>(hidden), 0.5F, 1.5F);
      const DeviceArray<float> on_device(device(), x);
      const DeviceArray<float> weights(device(), weight);
      const DeviceBytes out(device(), count * weight_bytes(type));
      RmsNormArgs args;
      args.x = on_device.data();
      args.weight = weights.data();
      args.epsilon = 1e-5F;
      args.rows = rows;
      args.hidden = hidden;
      args.out = out.data();
      args.type = type;
      launch_rms_norm(args, stream());
      const std::vector<float> got = decode(type, out.read());
      for (std::int64_t r = 0; r < rows; ++r) {
        double squares = 0;
        for (std::int64_t i = 0; i < hidden; ++i) {
          const auto value = static_cast<double>(x[static_cast<std::size_t>(r * hidden + i)]);
          squares += value * value;
        }
        const double factor =
            1 / std::sqrt(squares / static_cast<double>(hidden) + static_cast<double>(1e-5F));
        for (std::int64_t i = 0; i < hidden; ++i) {
          const auto at = static_cast<std::size_t>(r * hidden + i);
          const double want = static_cast<double>(x[at]) * factor *
                              static_cast<double>(weight[static_cast<std::size_t>(i)]);
          expect_near(static_cast<double>(got[at]), want, type, 5e-7 * std::abs(want),
                      std::to_string(hidden) + " row " + std::to_string(r));
        }
      }
      if (HasFailure()) {
        return;
      }
    }
  }
}

// A product of a normed row has the same bits whether it is normed on the way or before.
TEST_F(RowsTest, RmsNormIsTheOneOfTheProducts) {
  for (const DType type : kTypes) {
    for (const std::int64_t k : {1, 33, 40, 2048, 2056, 4096, 8200}) {
      const std::vector<float> x = random_.floats(static_cast<std::size_t>(k), -3, 3);
      const DeviceArray<float> on_device(device(), x);
      const DeviceArray<float> weight(device(),
                                      random_.floats(static_cast<std::size_t>(k), 0.5F, 1.5F));
      const DeviceBytes normed(device(), static_cast<std::size_t>(k) * weight_bytes(type));
      RmsNormArgs norm;
      norm.x = on_device.data();
      norm.weight = weight.data();
      norm.epsilon = 1e-5F;
      norm.rows = 1;
      norm.hidden = k;
      norm.out = normed.data();
      norm.type = type;
      launch_rms_norm(norm, stream());
      const std::int64_t n = 3;
      const DeviceBytes w(device(), encode(type, random_.floats(static_cast<std::size_t>(n * k))));
      const DeviceArray<float> apart(device(), static_cast<std::size_t>(n));
      const DeviceArray<float> fused(device(), static_cast<std::size_t>(n));
      Gemv args;
      args.type = type;
      args.w = w.data();
      args.n = n;
      args.k = k;
      args.x = normed.data();
      args.x_type = type;
      args.y = apart.data();
      launch_gemv(args, stream());
      args.x = on_device.data();
      args.x_type = DType::kF32;
      args.norm = weight.data();
      args.epsilon = 1e-5F;
      args.y = fused.data();
      launch_gemv(args, stream());
      EXPECT_EQ(apart.read(), fused.read()) << to_string(type) << " " << k;
    }
  }
}

// How many floats lie between two of the same sign.
std::int64_t ulps(float a, float b) {
  return std::abs(static_cast<std::int64_t>(std::bit_cast<std::int32_t>(a)) -
                  static_cast<std::int64_t>(std::bit_cast<std::int32_t>(b)));
}

TEST_F(RowsTest, RopeTable) {
  for (const std::int64_t half : {1, 3, 15, 16, 32, 33, 64, 65, 128}) {
    for (const bool given : {true, false}) {
      const std::vector<std::int32_t> positions{0, 1, 7, 4095, 131071, 1000003, 2};
      const auto rows = static_cast<std::int64_t>(positions.size());
      std::vector<float> frequency;
      for (std::int64_t i = 0; i < half; ++i) {
        frequency.push_back(static_cast<float>(
            std::pow(500000.0, -static_cast<double>(i) / static_cast<double>(half))));
      }
      const DeviceArray<std::int32_t> at(device(), positions);
      const DeviceArray<float> frequencies(device(), frequency);
      const auto count = static_cast<std::size_t>(rows * half);
      const DeviceArray<float> cosine(device(), count);
      const DeviceArray<float> sine(device(), count);
      RopeTableArgs args;
      args.positions = given ? at.data() : nullptr;
      args.frequency = frequencies.data();
      args.rows = rows;
      args.half = half;
      args.cosine = cosine.data();
      args.sine = sine.data();
      launch_rope_table(args, stream());
      const std::vector<float> c = cosine.read();
      const std::vector<float> s = sine.read();
      for (std::size_t i = 0; i < count; ++i) {
        const auto row = static_cast<std::int32_t>(i / static_cast<std::size_t>(half));
        const auto position =
            static_cast<float>(given ? positions[static_cast<std::size_t>(row)] : row);
        const auto angle =
            static_cast<double>(position * frequency[i % static_cast<std::size_t>(half)]);
        EXPECT_LE(ulps(c[i], static_cast<float>(std::cos(angle))), 1) << half << " " << i;
        EXPECT_LE(ulps(s[i], static_cast<float>(std::sin(angle))), 1) << half << " " << i;
      }
    }
  }
}

// Pairs (i, i + half) turned in fp32, every product and sum rounded.
std::vector<float> turned(const std::vector<float>& row, const float* cosine, const float* sine) {
  const std::size_t half = row.size() / 2;
  std::vector<float> out(row.size());
  for (std::size_t i = 0; i < half; ++i) {
    const float ac = row[i] * cosine[i];
    const float bs = row[half + i] * sine[i];
    const float bc = row[half + i] * cosine[i];
    const float as = row[i] * sine[i];
    out[i] = ac - bs;
    out[half + i] = bc + as;
  }
  return out;
}

std::vector<float> slice(const std::vector<float>& all, std::int64_t first, std::int64_t count) {
  return {all.begin() + first, all.begin() + first + count};
}

std::vector<float> rounded_row(DType type, std::vector<float> row) {
  for (float& value : row) {
    value = rounded(type, value);
  }
  return row;
}

struct AppendCase {
  DType type = DType::kF32, cache_type = DType::kF32;
  std::int64_t rows = 1;
  std::int32_t q_heads = 4, kv_heads = 2, storage = 2, head_dim = 16, block = 16;
  bool rotated = true;
};

class AppendTest : public RowsTest {
 protected:
  void check(const AppendCase& c) {
    SCOPED_TRACE(std::string(to_string(c.type)) + " to " + std::string(to_string(c.cache_type)) +
                 " rows " + std::to_string(c.rows) + " head_dim " + std::to_string(c.head_dim) +
                 " storage heads " + std::to_string(c.storage) + " block " +
                 std::to_string(c.block));
    PagedStreams::Geometry geometry{
        .type = c.cache_type, .block = c.block, .head_dim = c.head_dim, .entries = {}};
    for (std::int32_t head = 0; head < c.storage; ++head) {  // ragged, the new rows included
      geometry.entries.push_back(static_cast<std::int32_t>(c.rows) + 5 * head + 3);
    }
    PagedStreams streams(device(), geometry, random_);
    streams.fill(random_);
    const std::int64_t d = c.head_dim;
    const std::int64_t width = (c.q_heads + 2 * c.kv_heads) * d;
    const std::vector<float> qkv =
        random_.scalars(c.type, static_cast<std::size_t>(c.rows * width));
    const std::vector<float> cosine = random_.floats(static_cast<std::size_t>(c.rows * d / 2));
    const std::vector<float> sine = random_.floats(static_cast<std::size_t>(c.rows * d / 2));
    const DeviceBytes qkv_bytes(device(), encode(c.type, qkv));
    const DeviceArray<float> cosines(device(), cosine);
    const DeviceArray<float> sines(device(), sine);
    const DeviceBytes q(
        device(), static_cast<std::size_t>(c.rows * c.q_heads * d) * weight_bytes(c.cache_type));
    AppendArgs args;
    args.qkv = qkv_bytes.data();
    args.type = c.type;
    args.cosine = c.rotated ? cosines.data() : nullptr;
    args.sine = c.rotated ? sines.data() : nullptr;
    args.rows = c.rows;
    args.q_heads = c.q_heads;
    args.kv_heads = c.kv_heads;
    args.q = q.data();
    args.cache = streams.layer();
    launch_append(args, stream());

    const auto head_row = [&](std::int64_t r, std::int64_t head, bool rotates) {
      std::vector<float> row = slice(qkv, r * width + head * d, d);
      if (rotates && c.rotated) {
        row = turned(row, cosine.data() + r * d / 2, sine.data() + r * d / 2);
      }
      return rounded_row(c.cache_type, std::move(row));
    };
    const std::vector<float> got_q = decode(c.cache_type, q.read());
    for (std::int64_t r = 0; r < c.rows; ++r) {
      for (std::int64_t head = 0; head < c.q_heads; ++head) {
        EXPECT_EQ(slice(got_q, (r * c.q_heads + head) * d, d), head_row(r, head, true))
            << "query row " << r << " head " << head;
      }
      for (std::int32_t head = 0; head < c.storage; ++head) {
        const std::int64_t kv = head / (c.storage / c.kv_heads);
        const std::int64_t entry = geometry.entries[static_cast<std::size_t>(head)] - c.rows + r;
        const std::vector<float> key = head_row(r, c.q_heads + kv, true);
        const std::vector<float> value = head_row(r, c.q_heads + c.kv_heads + kv, false);
        for (std::int64_t i = 0; i < d; ++i) {
          streams.set(head, entry, false, i, key[static_cast<std::size_t>(i)]);
          streams.set(head, entry, true, i, value[static_cast<std::size_t>(i)]);
        }
      }
    }
    const std::vector<std::byte> want = streams.image();
    streams.download();
    EXPECT_EQ(streams.image(), want);  // nothing else was touched
  }
};

TEST_F(AppendTest, Types) {
  for (const DType type : kTypes) {
    for (const DType cache_type : kTypes) {
      for (const bool rotated : {true, false}) {
        check({.type = type, .cache_type = cache_type, .rows = 3, .rotated = rotated});
        check({.type = type,
               .cache_type = cache_type,
               .rows = 3,
               .head_dim = 10,
               .rotated = rotated});
      }
    }
  }
}

TEST_F(AppendTest, Shapes) {
  for (const std::int64_t rows : {1, 2, 15, 16, 17, 33}) {
    for (const std::int32_t head_dim : {2, 6, 16, 24, 64, 128}) {
      check({.type = DType::kBF16,
             .cache_type = DType::kBF16,
             .rows = rows,
             .head_dim = head_dim,
             .block = rows % 2 == 0 ? 16 : 5});
    }
  }
}

TEST_F(AppendTest, Copies) {
  check({.type = DType::kF16, .cache_type = DType::kF16, .rows = 5, .storage = 4});
  check({.type = DType::kF16,
         .cache_type = DType::kF16,
         .rows = 5,
         .q_heads = 6,
         .kv_heads = 2,
         .storage = 6});
  check({.type = DType::kF16,
         .cache_type = DType::kF16,
         .rows = 1,
         .q_heads = 3,
         .kv_heads = 1,
         .storage = 1,
         .block = 1});
}

TEST_F(RowsTest, RotateQueries) {
  for (const DType type : kTypes) {
    for (const std::int32_t head_dim : {2, 10, 16, 64, 128}) {
      for (const std::int64_t rows : {1, 3, 17}) {
        const std::int32_t q_heads = 6;
        PagedStreams::Geometry geometry{
            .type = type, .block = 16, .head_dim = head_dim, .entries = {20, 33, 17}};
        const PagedStreams streams(device(), geometry, random_);
        const std::int64_t d = head_dim;
        const auto table = static_cast<std::size_t>(33 * d / 2);
        const std::vector<float> cosine = random_.floats(table);
        const std::vector<float> sine = random_.floats(table);
        const std::vector<float> q =
            random_.scalars(type, static_cast<std::size_t>(rows * q_heads * d));
        const DeviceArray<float> cosines(device(), cosine);
        const DeviceArray<float> sines(device(), sine);
        const DeviceBytes queries(device(), encode(type, q));
        RotateQueries args;
        args.q = queries.data();
        args.rows = rows;
        args.q_heads = q_heads;
        args.cosine = cosines.data();
        args.sine = sines.data();
        args.cache = streams.layer();
        launch_rotate_queries(args, stream());
        const std::vector<float> got = decode(type, queries.read());
        for (std::int64_t r = 0; r < rows; ++r) {
          for (std::int64_t head = 0; head < q_heads; ++head) {
            const std::int64_t at = (r * q_heads + head) * d;
            const std::int64_t index =
                geometry.entries[static_cast<std::size_t>(head / 2)] - rows + r;
            EXPECT_EQ(slice(got, at, d),
                      rounded_row(type, turned(slice(q, at, d), cosine.data() + index * d / 2,
                                               sine.data() + index * d / 2)))
                << to_string(type) << " head_dim " << d << " row " << r << " head " << head;
          }
        }
      }
    }
  }
}

TEST_F(RowsTest, Swiglu) {
  for (const DType type : kTypes) {
    for (const std::int64_t ffn : kWidths) {
      const std::int64_t rows = 3;
      std::vector<float> in =
          random_.scalars(type, static_cast<std::size_t>(2 * rows * ffn), -8, 8);
      in[0] = -100;  // e^100 is no fp32 number
      const DeviceBytes gate_up(device(), encode(type, in));
      const DeviceBytes out(device(), static_cast<std::size_t>(rows * ffn) * weight_bytes(type));
      SwigluArgs args;
      args.gate_up = gate_up.data();
      args.type = type;
      args.rows = rows;
      args.ffn = ffn;
      args.out = out.data();
      launch_swiglu(args, stream());
      const std::vector<float> got = decode(type, out.read());
      for (std::int64_t r = 0; r < rows; ++r) {
        for (std::int64_t i = 0; i < ffn; ++i) {
          const auto gate = static_cast<double>(in[static_cast<std::size_t>(2 * r * ffn + i)]);
          const auto up = static_cast<double>(in[static_cast<std::size_t>((2 * r + 1) * ffn + i)]);
          const double want = gate / (1 + std::exp(-gate)) * up;
          expect_near(static_cast<double>(got[static_cast<std::size_t>(r * ffn + i)]), want, type,
                      1e-6 * std::abs(want) + 1e-36,
                      std::string(to_string(type)) + " ffn " + std::to_string(ffn));
        }
      }
    }
  }
}

}  // namespace
}  // namespace kvfoot::cuda
