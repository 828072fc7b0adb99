// Large products against sums in double, for the layouts, types and strides that the backend uses:
// cuBLASLt's on a card, and those of the emulated one.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "executor/cuda/runtime/device.hpp"
#include "tests/cuda/support.hpp"

namespace kvfoot::cuda {
namespace {

struct Case {
  std::int64_t m, n, k;
  std::int64_t ldx, ldy;  // 0: as wide as the matrix
  DType type, y_type;
  bool accumulate;
};

std::string name_of(const Case& one) {
  return "m " + std::to_string(one.m) + " n " + std::to_string(one.n) + " k " +
         std::to_string(one.k) + " ldx " + std::to_string(one.ldx) + " " +
         std::string(to_string(one.type)) + " to " + std::string(to_string(one.y_type)) +
         (one.accumulate ? " accumulated" : "");
}

class DeviceGemm : public DeviceTest {
 protected:
  std::vector<float> product(const Case& one, const std::vector<float>& x,
                             const std::vector<float>& w, const std::vector<float>& y) {
    DeviceBytes on_x(device(), encode(one.type, x));
    DeviceBytes on_w(device(), encode(one.type, w));
    DeviceBytes on_y(device(), encode(one.y_type, y));
    device().gemm({.type = one.type,
                   .x = on_x.data(),
                   .ldx = one.ldx,
                   .w = on_w.data(),
                   .y = on_y.data(),
                   .y_type = one.y_type,
                   .ldy = one.ldy,
                   .m = one.m,
                   .n = one.n,
                   .k = one.k,
                   .accumulate = one.accumulate},
                  stream());
    return decode(one.y_type, on_y.read());
  }

  void check(const Case& one) {
    const std::int64_t ldx = one.ldx == 0 ? one.k : one.ldx;
    const std::int64_t ldy = one.ldy == 0 ? one.n : one.ldy;
    Random random;
    const auto count = [](std::int64_t rows, std::int64_t width) {
      return static_cast<std::size_t>(rows * width);
    };
    const std::vector<float> x = random.scalars(one.type, count(one.m, ldx));
    const std::vector<float> w = random.scalars(one.type, count(one.n, one.k));
    const std::vector<float> before = random.scalars(one.y_type, count(one.m, ldy));
    const std::vector<float> got = product(one, x, w, before);
    // A sum of k products of fp32 is off by at most k half-units of the sum of their sizes.
    const double unit = std::ldexp(1.0, -24);
    for (std::int64_t r = 0; r < one.m; ++r) {
      for (std::int64_t c = 0; c < ldy; ++c) {
        const auto at = static_cast<std::size_t>(r * ldy + c);
        if (c >= one.n) {
          ASSERT_EQ(got[at], before[at]) << "between rows, " << name_of(one);
          continue;
        }
        double sum = one.accumulate ? before[at] : 0;
        double sizes = std::abs(sum);
        for (std::int64_t i = 0; i < one.k; ++i) {
          const double term = static_cast<double>(x[static_cast<std::size_t>(r * ldx + i)]) *
                              w[static_cast<std::size_t>(c * one.k + i)];
          sum += term;
          sizes += std::abs(term);
        }
        expect_near(got[at], sum, one.y_type, static_cast<double>(one.k) * unit * sizes,
                    name_of(one));
        if (HasFailure()) {
          return;
        }
      }
    }
    EXPECT_EQ(product(one, x, w, before), got) << "not the same bits again: " << name_of(one);
  }
};

TEST_F(DeviceGemm, RowMajorProductsOfEveryType) {
  for (const DType type : kTypes) {
    for (const auto& [m, n, k] : {std::array<std::int64_t, 3>{1, 64, 64},
                                  {2, 192, 64},
                                  {17, 33, 40},
                                  {64, 256, 128},
                                  {65, 160, 512}}) {
      for (const DType y_type : {type, DType::kF32}) {
        check({m, n, k, 0, 0, type, y_type, false});
      }
      check({m, n, k, 0, 0, type, DType::kF32, true});
    }
  }
}

TEST_F(DeviceGemm, RowsMayLieApart) {
  check({19, 48, 64, 96, 0, DType::kBF16, DType::kBF16, false});
  check({19, 48, 64, 0, 80, DType::kBF16, DType::kF32, true});
  check({19, 48, 64, 96, 80, DType::kF32, DType::kF32, false});
}

// 2^-12 is lost beside 1 in the ten bits that TF32 keeps of a factor.
TEST_F(DeviceGemm, FactorsOfFp32KeepAllTheirBits) {
  const std::int64_t size = 256;
  const std::size_t count = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  std::vector<float> w(count, 0.0F);
  for (std::size_t i = 0; i < static_cast<std::size_t>(size); ++i) {
    w[i * static_cast<std::size_t>(size) + i] = 1.0F;
  }
  const std::vector<float> x(count, 1.0F + 1.0F / 4096);
  const Case one{size, size, size, 0, 0, DType::kF32, DType::kF32, false};
  EXPECT_EQ(product(one, x, w, std::vector<float>(count)), x);
}

}  // namespace
}  // namespace kvfoot::cuda
