// Products of one row with a matrix against sums in double.
#include <algorithm>
#include <cmath>
#include <optional>
#include <sstream>

#include "executor/cuda/kernels/gemv.hpp"
#include "tests/cuda/support.hpp"

namespace kvfoot::cuda {
namespace {

struct Case {
  DType type = DType::kF32;
  std::int64_t n = 1, k = 1;
  DType x_type = DType::kF32;
  bool norm = false;
  Gemv::Finish finish = Gemv::Finish::kStore;
  DType y_type = DType::kF32;
  std::int32_t multiprocessors = 3;
  bool aligned = true;  // W
  std::int64_t shared_bytes = 99 * 1024;

  [[nodiscard]] std::int64_t outputs() const { return finish == Gemv::Finish::kSwiglu ? n / 2 : n; }
  [[nodiscard]] std::string text() const {
    std::ostringstream out;
    out << to_string(type) << " n " << n << " k " << k << " x " << to_string(x_type)
        << (norm ? " norm" : "") << " finish " << static_cast<int>(finish) << " y "
        << to_string(y_type) << " grid " << multiprocessors << (aligned ? "" : " unaligned");
    return out.str();
  }
};

struct Inputs {
  std::vector<float> w, x, norm, before;  // as the kernel sees them, rounded to their types
  float epsilon = 1e-5F;
};

Inputs draw(const Case& c, Random& random) {
  const auto n = static_cast<std::size_t>(c.n);
  const auto k = static_cast<std::size_t>(c.k);
  // Large matrices repeat, at a distance that is no multiple of a row.
  constexpr std::size_t kPeriod = 1000003;
  Inputs in;
  const std::vector<float> some = random.scalars(c.type, std::min(n * k, kPeriod));
  in.w.resize(n * k);
  for (std::size_t i = 0; i < in.w.size(); ++i) {
    in.w[i] = some[i % some.size()];
  }
  in.x = random.scalars(c.x_type, k, -2, 2);
  if (c.norm) {
    in.norm = random.floats(k, 0.5F, 1.5F);
  }
  if (c.finish == Gemv::Finish::kAdd) {
    in.before = random.floats(n, -4, 4);
  }
  return in;
}

std::vector<float> launch(Device& device, const Case& c, const Inputs& in) {
  const DeviceBytes w(device, encode(c.type, in.w), c.aligned ? 0 : weight_bytes(c.type));
  const DeviceBytes x(device, encode(c.x_type, in.x));
  const DeviceArray<float> norm(device, in.norm);
  DeviceBytes y(device, static_cast<std::size_t>(c.outputs()) * weight_bytes(c.y_type));
  if (!in.before.empty()) {
    y.write(std::as_bytes(std::span(in.before)));
  }
  Gemv args;
  args.type = c.type;
  args.w = w.data();
  args.n = c.n;
  args.k = c.k;
  args.x = x.data();
  args.x_type = c.x_type;
  args.norm = c.norm ? norm.data() : nullptr;
  args.epsilon = in.epsilon;
  args.finish = c.finish;
  args.y = y.data();
  args.y_type = c.y_type;
  args.multiprocessors = c.multiprocessors;
  args.shared_bytes = c.shared_bytes;
  launch_gemv(args, device.compute_stream());
  (void)w.read();  // the guard zones of the inputs
  (void)x.read();
  return decode(c.y_type, y.read());
}

struct Bounded {
  double value = 0;
  double slack = 0;  // how far fp32 may be off
};

void expect_products(const Case& c, const Inputs& in, const std::vector<float>& got) {
  const auto k = static_cast<std::size_t>(c.k);
  std::vector<double> x(in.x.begin(), in.x.end());
  std::vector<double> x_slack(k, 0);  // of a rounding that may go either way
  if (c.norm) {
    double squares = 0;
    for (const double value : x) {
      squares += value * value;
    }
    const double factor =
        1 / std::sqrt(squares / static_cast<double>(c.k) + static_cast<double>(in.epsilon));
    for (std::size_t i = 0; i < k; ++i) {
      const double exact = x[i] * factor * static_cast<double>(in.norm[i]);
      const auto low = static_cast<double>(rounded(c.type, static_cast<float>(exact * (1 - 4e-7))));
      const auto high =
          static_cast<double>(rounded(c.type, static_cast<float>(exact * (1 + 4e-7))));
      x[i] = low;
      x_slack[i] = std::abs(high - low) + (c.type == DType::kF32 ? 4e-7 * std::abs(exact) : 0);
    }
  }
  const auto product = [&](std::size_t row) {
    Bounded sum;
    double absolute = 0;
    for (std::size_t i = 0; i < k; ++i) {
      const auto w = static_cast<double>(in.w[row * k + i]);
      sum.value += w * x[i];
      absolute += std::abs(w * x[i]);
      sum.slack += std::abs(w) * x_slack[i];
    }
    // Additions that a term goes through: those of its lane, and the folding.
    const double steps = static_cast<double>(c.k) / 32 + 8;
    sum.slack += steps * 0x1p-24 * absolute;
    return sum;
  };
  double largest = 0;
  for (std::size_t j = 0; j < got.size(); ++j) {
    Bounded want = product(j);
    if (c.finish == Gemv::Finish::kSwiglu) {
      const Bounded up = product(j + got.size());
      const double gate = want.value / (1 + std::exp(-want.value));
      // The derivative of gate / (1 + e^-gate) stays below 1.1.
      want.slack = 1.1 * want.slack * std::abs(up.value) + std::abs(gate) * up.slack +
                   8 * 0x1p-24 * std::abs(gate * up.value);
      want.value = gate * up.value;
    } else if (c.finish == Gemv::Finish::kAdd) {
      want.value += static_cast<double>(in.before[j]);
    }
    expect_near(static_cast<double>(got[j]), want.value, c.y_type, want.slack,
                c.text() + " element " + std::to_string(j));
    largest = std::max(largest, std::abs(want.value));
    if (::testing::Test::HasFailure()) {
      return;
    }
  }
  EXPECT_GT(largest, 1e-3) << c.text() << ": all near zero";
}

class GemvTest : public DeviceTest {
 protected:
  void check(const Case& c) {
    const Inputs in = draw(c, random_);
    expect_products(c, in, launch(device(), c, in));
  }
  Random random_;
};

constexpr Gemv::Finish kFinishes[] = {Gemv::Finish::kStore, Gemv::Finish::kAdd,
                                      Gemv::Finish::kSwiglu};

TEST_F(GemvTest, EveryEdgeOfK) {
  // 1024 columns of 16 bits are a batch, 512 of 32; 256 and 128 are a piece for each lane.
  for (const std::int64_t k :
       {1,   4,   7,    8,    9,    15,   16,   31,   32,   33,   63,   64,
        65,  127, 128,  129,  248,  255,  256,  257,  264,  511,  512,  513,
        516, 520, 1016, 1023, 1024, 1025, 1028, 1032, 2047, 2048, 2056, 4096}) {
    for (const DType type : kTypes) {
      check({.type = type, .n = 5, .k = k, .x_type = k % 3 == 0 ? DType::kF32 : type});
    }
  }
}

TEST_F(GemvTest, EveryEdgeOfN) {
  for (const std::int64_t n : {1,  2,  3,  15, 16, 17,  31,  32,  33,  63,  64,
                               65, 95, 96, 97, 98, 127, 128, 129, 193, 194, 195}) {
    for (const std::int32_t grid : {1, 2, 132}) {
      check(
          {.type = DType::kBF16, .n = n, .k = 72, .x_type = DType::kBF16, .multiprocessors = grid});
    }
  }
}

TEST_F(GemvTest, EveryCombination) {
  for (const DType type : kTypes) {
    for (const Gemv::Finish finish : kFinishes) {
      for (const DType y_type : kTypes) {
        if (finish == Gemv::Finish::kAdd && y_type != DType::kF32) {
          continue;
        }
        for (const std::int64_t k : {40, 1160, 2309}) {
          for (const bool norm : {false, true}) {
            for (const DType x_type : {DType::kF32, type}) {
              if (norm && x_type != DType::kF32) {
                continue;
              }
              check({.type = type,
                     .n = 38,
                     .k = k,
                     .x_type = x_type,
                     .norm = norm,
                     .finish = finish,
                     .y_type = y_type,
                     .multiprocessors = 2});
            }
          }
        }
      }
    }
  }
}

// More than one held piece per thread, and more columns than are staged.
TEST_F(GemvTest, LongRows) {
  for (const DType type : kTypes) {
    for (const bool norm : {false, true}) {
      check({.type = type, .n = 3, .k = 16384, .x_type = DType::kF32, .norm = norm});
    }
    check({.type = type, .n = 3, .k = 14336, .x_type = type});
    check({.type = type, .n = 2, .k = 24576, .x_type = type});
    check({.type = type, .n = 2, .k = 24584, .x_type = type});
    const std::int64_t most = device().info().shared_bytes_per_block;
    check({.type = type, .n = 2, .k = most / 4 / 1024 * 1024 - 1024, .shared_bytes = most});
    check({.type = type, .n = 2, .k = most / 4 / 8 * 8, .shared_bytes = most});
  }
}

// The order of a sum depends on k and the type only.
TEST_F(GemvTest, BitsDependOnTheRowAlone) {
  for (const DType type : kTypes) {
    for (const bool norm : {false, true}) {
      Case c{.type = type, .n = 37, .k = 1368, .x_type = DType::kF32, .norm = norm};
      const Inputs in = draw(c, random_);
      const std::vector<float> once = launch(device(), c, in);
      for (const std::int32_t grid : {1, 2, 132}) {
        c.multiprocessors = grid;
        EXPECT_EQ(once, launch(device(), c, in)) << c.text();
      }
      c.aligned = false;  // single scalars
      EXPECT_EQ(once, launch(device(), c, in)) << c.text();
      // Row 4 alone.
      Inputs row = in;
      row.w.assign(in.w.begin() + 4 * c.k, in.w.begin() + 5 * c.k);
      c.n = 1;
      c.aligned = true;
      EXPECT_EQ(once[4], launch(device(), c, row)[0]) << c.text();
    }
  }
}

TEST_F(GemvTest, NothingIsReadBeyondTheRow) {
  // What lies behind W and x in memory is NaN.
  check({.type = DType::kF16, .n = 1, .k = 8, .x_type = DType::kF16});
  check({.type = DType::kF16, .n = 1, .k = 5, .x_type = DType::kF16});
}

// Layers that hand their rows to each other: kernels that begin early, and bytes asked for ahead,
// change nothing.
TEST_F(GemvTest, EarlyStartChangesNothing) {
  const bool emulated = device().info().emulated;
  const std::int64_t h = emulated ? 72 : 2048;
  const std::int64_t f = emulated ? 136 : 5632;
  const int layers = emulated ? 2 : 100;
  const DType type = DType::kBF16;
  const auto matrix = [&](std::int64_t n, std::int64_t k) {
    const float limit = 1 / std::sqrt(static_cast<float>(k));
    return encode(type, random_.floats(static_cast<std::size_t>(n * k), -limit, limit));
  };
  const DeviceBytes mix(device(), matrix(h, h));
  const DeviceBytes gate_up(device(), matrix(2 * f, h));
  const DeviceBytes down(device(), matrix(h, f));
  const DeviceArray<float> norm(device(), random_.floats(static_cast<std::size_t>(h), 0.5F, 1.5F));
  const std::vector<float> begin = random_.floats(static_cast<std::size_t>(h));
  const auto run_layers = [&](bool early) {
    const DeviceArray<float> x(device(), begin);
    const DeviceBytes mixed(device(), static_cast<std::size_t>(h) * 2);
    const DeviceBytes inner(device(), static_cast<std::size_t>(f) * 2);
    Gemv base;
    base.type = type;
    base.epsilon = 1e-5F;
    base.y_type = type;
    base.multiprocessors = device().info().multiprocessors;
    base.early = early;
    const auto from_x = [&](const DeviceBytes& w, std::int64_t n, Gemv::Finish finish,
                            const DeviceBytes& y, const DeviceBytes& next) {
      Gemv args = base;
      args.w = w.data();
      args.n = n;
      args.k = h;
      args.x = x.data();
      args.norm = norm.data();
      args.finish = finish;
      args.y = y.data();
      args.next = early ? next.data() : nullptr;
      args.next_bytes = static_cast<std::int64_t>(next.size());
      launch_gemv(args, stream());
    };
    const auto into_x = [&](const DeviceBytes& w, std::int64_t k, const DeviceBytes& y) {
      Gemv args = base;
      args.w = w.data();
      args.n = h;
      args.k = k;
      args.x = y.data();
      args.x_type = type;
      args.finish = Gemv::Finish::kAdd;
      args.y = x.data();
      args.y_type = DType::kF32;
      launch_gemv(args, stream());
    };
    for (int layer = 0; layer < layers; ++layer) {
      from_x(mix, h, Gemv::Finish::kStore, mixed, mix);
      into_x(mix, h, mixed);
      from_x(gate_up, 2 * f, Gemv::Finish::kSwiglu, inner, down);
      into_x(down, f, inner);
    }
    return x.read();
  };
  const std::vector<float> want = run_layers(false);
  EXPECT_TRUE(std::ranges::all_of(want, [](float value) { return std::isfinite(value); }));
  if (!emulated && device().info().compute_major < 9) {
    GTEST_SKIP() << "kernels cannot begin early here";
  }
  for (int i = 0; i < (emulated ? 1 : 20); ++i) {
    EXPECT_EQ(run_layers(true), want);
  }
}

TEST_F(GemvTest, ShapesOfLargeModels) {
  if (device().info().emulated) {
    GTEST_SKIP() << "for a real device";
  }
  const std::int32_t grid = device().info().multiprocessors;
  const DType b = DType::kBF16;
  check({.type = b, .n = 6144, .k = 4096, .norm = true, .y_type = b, .multiprocessors = grid});
  check({.type = b,
         .n = 4096,
         .k = 14336,
         .x_type = b,
         .finish = Gemv::Finish::kAdd,
         .multiprocessors = grid});
  check({.type = b,
         .n = 28672,
         .k = 4096,
         .norm = true,
         .finish = Gemv::Finish::kSwiglu,
         .y_type = b,
         .multiprocessors = grid});
  check({.type = b, .n = 128256, .k = 4096, .norm = true, .multiprocessors = grid});
}

}  // namespace
}  // namespace kvfoot::cuda
