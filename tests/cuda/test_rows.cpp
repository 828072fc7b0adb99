// Kernels that work row by row, against the same in double.
#include <algorithm>
#include <cmath>

#include "executor/cuda/kernels/gemv.hpp"
#include "executor/cuda/kernels/rows.hpp"
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
