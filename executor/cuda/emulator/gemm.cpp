// Rows are turned into fp32 once; four rows of W at a time are multiplied with every row of x.
#include "executor/cuda/emulator/gemm.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <vector>

#include "executor/model/weight_type.hpp"
#include "sim/core/check.hpp"

namespace kvfoot::cuda::emulator {
namespace {

constexpr std::size_t kLanes = 16;  // partial sums, which the compiler keeps in vectors
constexpr std::size_t kRows = 4;    // of W at a time

void to_floats(DType type, const void* from, std::size_t count, float* to) {
  if (type == DType::kF32) {
    std::memcpy(to, from, count * sizeof(float));
    return;
  }
  const auto* bits = static_cast<const std::uint16_t*>(from);
  if (type == DType::kBF16) {
    for (std::size_t i = 0; i < count; ++i) {
      to[i] = bf16_to_float(bits[i]);
    }
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      to[i] = f16_to_float(bits[i]);
    }
  }
}

// Dot products of one row with kRows rows, all padded with zeros to a multiple of kLanes.
std::array<float, kRows> dots(const float* x, const float* w, std::size_t padded) {
  float sums[kRows][kLanes] = {};
  for (std::size_t k = 0; k < padded; k += kLanes) {
    for (std::size_t r = 0; r < kRows; ++r) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        sums[r][lane] += x[k + lane] * w[r * padded + k + lane];
      }
    }
  }
  std::array<float, kRows> result{};
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t half = kLanes / 2; half > 0; half /= 2) {
      for (std::size_t lane = 0; lane < half; ++lane) {
        sums[r][lane] += sums[r][lane + half];
      }
    }
    result[r] = sums[r][0];
  }
  return result;
}

void store(const Gemm& p, std::size_t at, float value) {
  switch (p.y_type) {
    case DType::kF32: {
      auto* y = static_cast<float*>(p.y) + at;
      *y = p.accumulate ? *y + value : value;
      break;
    }
    case DType::kBF16:
      static_cast<std::uint16_t*>(p.y)[at] = float_to_bf16(value);
      break;
    case DType::kF16:
      static_cast<std::uint16_t*>(p.y)[at] = float_to_f16(value);
      break;
  }
}

}  // namespace

void run_gemm(const Gemm& p) {
  const auto m = static_cast<std::size_t>(p.m);
  const auto n = static_cast<std::size_t>(p.n);
  const auto k = static_cast<std::size_t>(p.k);
  const std::size_t ldx = p.ldx == 0 ? k : static_cast<std::size_t>(p.ldx);
  const std::size_t ldy = p.ldy == 0 ? n : static_cast<std::size_t>(p.ldy);
  const std::size_t scalar = weight_bytes(p.type);
  const std::size_t padded = (k + kLanes - 1) / kLanes * kLanes;
  std::vector<float> x(m * padded);
  for (std::size_t row = 0; row < m; ++row) {
    to_floats(p.type, static_cast<const std::byte*>(p.x) + row * ldx * scalar, k,
              x.data() + row * padded);
  }
  std::vector<float> w(kRows * padded);
  for (std::size_t column = 0; column < n; column += kRows) {
    const std::size_t rows = std::min(kRows, n - column);
    for (std::size_t r = 0; r < rows; ++r) {
      to_floats(p.type, static_cast<const std::byte*>(p.w) + (column + r) * k * scalar, k,
                w.data() + r * padded);
    }
    for (std::size_t row = 0; row < m; ++row) {
      const std::array<float, kRows> sums = dots(x.data() + row * padded, w.data(), padded);
      for (std::size_t r = 0; r < rows; ++r) {
        store(p, row * ldy + column + r, sums[r]);
      }
    }
  }
}

}  // namespace kvfoot::cuda::emulator
