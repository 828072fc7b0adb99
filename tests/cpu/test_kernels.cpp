// Every kernel against a naive twin in double, over sizes that cross register, lane and tile edges,
// and every instruction set against the others, bit for bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <vector>

#include "executor/cpu/kernels.hpp"
#include "executor/model/weight_type.hpp"
#include "tests/cpu/support.hpp"

namespace kvfoot::cpu {
namespace {

using cpu_test::noise;

constexpr std::array<std::int64_t, 12> kSizes = {1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 129};

std::vector<const Kernels*> tables() {
  int count = 0;
  const Kernels* const* all = runnable_kernels(count);
  return {all, all + count};
}

// Scalars of `type`, and what they are in double.
struct Stored {
  Stored(std::int64_t count, Scalar scalar, std::uint64_t seed) : type(scalar) {
    const WeightType as = scalar == Scalar::kF32   ? WeightType::kF32
                          : scalar == Scalar::kF16 ? WeightType::kF16
                                                   : WeightType::kBF16;
    bytes.resize(static_cast<std::size_t>(count) * weight_bytes(as));
    const std::vector<float> from = noise(count, seed);
    for (std::size_t i = 0; i < from.size(); ++i) {
      store_weight(bytes.data(), as, i, from[i]);
      values.push_back(load_weight(bytes.data(), as, i));
    }
  }
  [[nodiscard]] const std::byte* at(std::int64_t i) const {
    return bytes.data() + static_cast<std::size_t>(i) * (type == Scalar::kF32 ? 4U : 2U);
  }
  Scalar type;
  std::vector<std::byte> bytes;
  std::vector<float> values;
};

constexpr std::array<Scalar, 3> kTypes = {Scalar::kF32, Scalar::kF16, Scalar::kBF16};

// fp32 sums of `terms` products of numbers below 1, each rounded at most a few times.
double sum_tolerance(std::int64_t terms) {
  return 1e-7 * (4.0 + std::sqrt(static_cast<double>(terms)) * 2.0);
}

std::vector<float> linear(const Kernels& kernels, const std::vector<float>& x, const Stored& w,
                          std::int64_t m, std::int64_t n, std::int64_t k) {
  std::vector<float> y(static_cast<std::size_t>(m * n), -1.0F);
  std::vector<float> panel(static_cast<std::size_t>(kPanelRows * kPanelStride));
  kernels.linear({x.data(), k, w.bytes.data(), w.type, k, y.data(), n, m, n, k, panel.data()});
  return y;
}

void check_linear(std::int64_t m, std::int64_t n, std::int64_t k, Scalar type) {
  const std::vector<float> x = noise(m * k, 1);
  const Stored w(n * k, type, 2);
  const std::vector<float> fastest = linear(*tables().front(), x, w, m, n, k);
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (std::int64_t p = 0; p < k; ++p) {
        sum += static_cast<double>(x[static_cast<std::size_t>(i * k + p)]) *
               w.values[static_cast<std::size_t>(j * k + p)];
      }
      ASSERT_NEAR(fastest[static_cast<std::size_t>(i * n + j)], sum, sum_tolerance(k))
          << m << " x " << n << " x " << k << " at " << i << ", " << j;
    }
  }
  for (const Kernels* table : tables()) {
    ASSERT_EQ(linear(*table, x, w, m, n, k), fastest) << table->name;
  }
}

TEST(LinearKernel, AgreesWithTheTwin) {
  for (const Scalar type : kTypes) {
    for (const std::int64_t size : kSizes) {
      check_linear(size, 33, 65, type);
      check_linear(7, size, 48, type);
      check_linear(9, 5, size, type);
      check_linear(1, size, size, type);
    }
    check_linear(13, 9, kSumBlock + 17, type);
    check_linear(2, 4, 2 * kSumBlock, type);
  }
}

TEST(LinearKernel, ARowDoesNotDependOnTheRowsBesideIt) {
  const std::int64_t k = kSumBlock + 77;
  const std::int64_t n = 37;
  const std::vector<float> x = noise(40 * k, 3);
  const Stored w(n * k, Scalar::kBF16, 4);
  for (const Kernels* table : tables()) {
    const std::vector<float> all = linear(*table, x, w, 40, n, k);
    for (const std::int64_t m : {1, 2, 3, 5, 6, 7, 8, 9, 13}) {
      for (std::int64_t first = 0; first + m <= 40; first += m) {
        const std::vector<float> part(x.begin() + first * k, x.begin() + (first + m) * k);
        const std::vector<float> some = linear(*table, part, w, m, n, k);
        ASSERT_TRUE(std::equal(some.begin(), some.end(), all.begin() + first * n))
            << table->name << ": rows " << first << " to " << first + m;
      }
    }
  }
}

TEST(SoftmaxKernel, AgreesWithTheTwin) {
  for (const std::int64_t n : kSizes) {
    std::vector<float> scores = noise(n, 5, 30.0F);
    scores[0] = -120.0F;  // e^-150 and less is nothing
    double largest = -1e9;
    for (const float s : scores) {
      largest = std::max(largest, static_cast<double>(s));
    }
    double sum = 0;
    for (const float s : scores) {
      sum += std::exp(static_cast<double>(s) - largest);
    }
    std::vector<float> first;
    for (const Kernels* table : tables()) {
      std::vector<float> row = scores;
      float top = 0;
      float total = 0;
      table->softmax(row.data(), n, &top, &total);
      EXPECT_EQ(top, static_cast<float>(largest));
      EXPECT_NEAR(total, sum, 3e-7 * sum);
      for (std::size_t j = 0; j < row.size(); ++j) {
        // The difference to the largest score is rounded to fp32 first.
        const double below = largest - static_cast<double>(scores[j]);
        const double expected = std::exp(-below) / sum;
        ASSERT_NEAR(row[j], expected, (5e-7 + 6e-8 * below) * expected + 1e-37);
      }
      if (first.empty()) {
        first = row;
      }
      EXPECT_EQ(row, first) << table->name;
    }
  }
}

TEST(RowKernels, AgreeWithTheirTwins) {
  for (const std::int64_t n : kSizes) {
    const std::vector<float> x = noise(n, 6, 4.0F);
    const std::vector<float> weight = noise(n, 7);
    double squares = 0;
    for (const float v : x) {
      squares += static_cast<double>(v) * v;
    }
    std::vector<std::vector<float>> first;
    for (const Kernels* table : tables()) {
      std::vector<float> norm(x.size());
      table->rms_norm(x.data(), weight.data(), 1e-5F, n, norm.data());
      std::vector<float> gate = x;
      gate[0] = -200.0F;
      const std::vector<float> before = gate;
      table->swiglu(gate.data(), weight.data(), n);
      const double root = std::sqrt(squares / static_cast<double>(n) + 1e-5);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double normal = static_cast<double>(weight[i]) * x[i] / root;
        ASSERT_NEAR(norm[i], normal, 1e-6 * std::abs(normal));
        const double gated = static_cast<double>(before[i]) /
                             (1.0 + std::exp(-static_cast<double>(before[i]))) * weight[i];
        ASSERT_NEAR(gate[i], gated, 1e-6 * std::abs(gated) + 1e-30);
      }
      if (first.empty()) {
        first = {norm, gate};
      }
      EXPECT_EQ(norm, first[0]) << table->name;
      EXPECT_EQ(gate, first[1]) << table->name;
      for (const Scalar type : kTypes) {
        const Stored stored(n, type, 8);
        double length = 0;
        for (const float v : stored.values) {
          length += static_cast<double>(v) * v;
        }
        EXPECT_NEAR(table->length(stored.bytes.data(), type, n), std::sqrt(length),
                    1e-6 * std::sqrt(length));
        std::vector<float> wide(stored.values.size() + 1, 9.0F);
        table->widen(stored.bytes.data(), type, n, wide.data());
        EXPECT_TRUE(std::equal(stored.values.begin(), stored.values.end(), wide.begin()));
        EXPECT_EQ(wide.back(), 9.0F) << "wrote past the end";
      }
    }
  }
}

TEST(RowKernels, WidenEveryHalf) {
  for (const Kernels* table : tables()) {
    for (std::uint32_t begin = 0; begin < 0x10000U; begin += 16) {
      std::array<std::uint16_t, 16> bits{};
      for (std::uint32_t i = 0; i < 16; ++i) {
        bits[i] = static_cast<std::uint16_t>(begin + i);
      }
      std::array<float, 16> wide{};
      table->widen(bits.data(), Scalar::kF16, 16, wide.data());
      for (std::size_t i = 0; i < 16; ++i) {
        const float expected = f16_to_float(bits[i]);
        if (std::isnan(expected)) {
          ASSERT_TRUE(std::isnan(wide[i]));
        } else {
          ASSERT_EQ(std::bit_cast<std::uint32_t>(wide[i]), std::bit_cast<std::uint32_t>(expected));
        }
      }
    }
  }
}

TEST(RowKernels, RotatePairs) {
  for (const std::int64_t n : {2, 16, 30, 32, 34, 64, 128}) {
    const std::int64_t half = n / 2;
    const std::vector<float> x = noise(n, 9);
    const std::vector<float> angle = noise(half, 10, 3.0F);
    std::vector<float> cosine;
    std::vector<float> sine;
    for (const float a : angle) {
      cosine.push_back(std::cos(a));
      sine.push_back(std::sin(a));
    }
    for (const Kernels* table : tables()) {
      std::vector<float> out = x;
      table->rotate(out.data(), cosine.data(), sine.data(), n, out.data());
      for (std::int64_t k = 0; k < half; ++k) {
        const auto i = static_cast<std::size_t>(k);
        const auto j = static_cast<std::size_t>(k + half);
        EXPECT_EQ(out[i], x[i] * cosine[i] - x[j] * sine[i]) << table->name;
        EXPECT_EQ(out[j], x[j] * cosine[i] + x[i] * sine[i]) << table->name;
      }
    }
  }
}

struct Packed {
  std::vector<float> keys, values;
};

Packed pack(const Kernels& kernels, const Stored& stored, std::int64_t count, std::int64_t d) {
  const std::int64_t width = (d + 15) / 16 * 16;
  std::vector<const void*> rows;
  for (std::int64_t j = 0; j < count; ++j) {
    rows.push_back(stored.at(j * d));
  }
  std::vector<float> scratch(static_cast<std::size_t>(kKeyBlock * width));
  Packed out{std::vector<float>(static_cast<std::size_t>(d * kKeyBlock), 7.0F),
             std::vector<float>(static_cast<std::size_t>(kKeyBlock * width), 7.0F)};
  const KeyBlock block{rows.data(), count, stored.type, d, nullptr, nullptr, scratch.data()};
  kernels.pack_keys(block, out.keys.data());
  kernels.pack_values(block, out.values.data());
  return out;
}

TEST(AttentionKernels, PackKeysAndValues) {
  for (const Kernels* table : tables()) {
    for (const Scalar type : kTypes) {
      for (const std::int64_t d : {2, 6, 16, 18, 64, 80, 128}) {
        for (const std::int64_t count : {1, 3, 16, 63, 64}) {
          const std::int64_t width = (d + 15) / 16 * 16;
          const Stored stored(count * d, type, 11);
          const Packed packed = pack(*table, stored, count, d);
          for (std::int64_t j = 0; j < kKeyBlock; ++j) {
            for (std::int64_t k = 0; k < width; ++k) {
              const float expected =
                  j < count && k < d ? stored.values[static_cast<std::size_t>(j * d + k)] : 0.0F;
              ASSERT_EQ(packed.values[static_cast<std::size_t>(j * width + k)], expected);
              if (k < d) {
                ASSERT_EQ(packed.keys[static_cast<std::size_t>(k * kKeyBlock + j)], expected);
              }
            }
          }
        }
      }
    }
  }
}

TEST(AttentionKernels, ScoresAgreeWithTheTwin) {
  for (const std::int64_t d : {2, 16, 20, 64, 128}) {
    const Stored keys(kKeyBlock * d, Scalar::kF32, 12);
    for (const std::int64_t queries : {1, 2, 3, 4, 5, 6, 7, 13, 24}) {
      const std::vector<float> q = noise(queries * d, 13);
      std::vector<float> first;
      for (const Kernels* table : tables()) {
        const Packed packed = pack(*table, keys, kKeyBlock, d);
        const std::int64_t stride = 70;
        std::vector<float> out(static_cast<std::size_t>(queries * stride), 5.0F);
        table->scores({q.data(), packed.keys.data(), queries, d, 0.25F, out.data(), stride});
        for (std::int64_t i = 0; i < queries; ++i) {
          for (std::int64_t j = 0; j < kKeyBlock; ++j) {
            double dot = 0;
            for (std::int64_t k = 0; k < d; ++k) {
              dot += static_cast<double>(q[static_cast<std::size_t>(i * d + k)]) *
                     keys.values[static_cast<std::size_t>(j * d + k)];
            }
            ASSERT_NEAR(out[static_cast<std::size_t>(i * stride + j)], 0.25 * dot,
                        sum_tolerance(d));
          }
          ASSERT_EQ(out[static_cast<std::size_t>(i * stride + kKeyBlock)], 5.0F);
        }
        if (first.empty()) {
          first = out;
        }
        ASSERT_EQ(out, first) << table->name;
      }
    }
  }
}

TEST(Kernels, TheFastestIsFirst) {
  EXPECT_EQ(tables().front(), &best_kernels());
  EXPECT_STREQ(tables().back()->name, "plain");
}

}  // namespace
}  // namespace kvfoot::cpu
