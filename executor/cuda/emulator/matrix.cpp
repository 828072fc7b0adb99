// Tensor-core steps on the fragments of a whole warp. Layouts: PTX ISA 8.7, "Matrix Fragments for
// mma.m16n8k16 with floating point type" and "Warp-level matrix load instruction: ldmatrix".
#include "executor/cuda/emulator/matrix.hpp"

#include <array>
#include <cstring>

#include "executor/cuda/emulator/memory.hpp"
#include "executor/cuda/emulator/warp.hpp"

namespace kvfoot::cuda::emulator {
namespace {

constexpr std::uint32_t kWarp = 32;
constexpr std::uint32_t kAllOfThem = 0xffffffffU;
constexpr std::size_t kM = 16, kN = 8, kK = 16;

// A fragment register holds two neighbours, the first in its lower half. Element i of a lane
// (i / 2 is the register) lies, with group = lane / 4 and pair = lane % 4 * 2,
//   of A in row group (+ 8 for i in 2, 3, 6, 7), column pair + i % 2 (+ 8 for i >= 4),
//   of B in row pair + i % 2 (+ 8 for i >= 2), column group,
//   of C in row group (+ 8 for i >= 2), column pair + i % 2.
template <class T>
void complete_mma(void* const* operands, std::uint32_t /*mask*/) {
  std::array<std::array<float, kM>, kK> a{};  // transposed: a[k][row]
  std::array<std::array<float, kN>, kK> b{};
  std::array<std::array<float, kN>, kM> c{};
  for (std::size_t lane = 0; lane < kWarp; ++lane) {
    const auto& own = *static_cast<const MmaOperands*>(operands[lane]);
    const std::size_t group = lane / 4;
    const std::size_t pair = lane % 4 * 2;
    for (std::size_t reg = 0; reg < 4; ++reg) {
      const std::size_t row = group + reg % 2 * 8;
      const std::size_t column = pair + reg / 2 * 8;
      a[column][row] = unpack_low<T>(own.a[reg]);
      a[column + 1][row] = unpack_high<T>(own.a[reg]);
    }
    for (std::size_t reg = 0; reg < 2; ++reg) {
      const std::size_t row = pair + reg * 8;
      b[row][group] = unpack_low<T>(own.b[reg]);
      b[row + 1][group] = unpack_high<T>(own.b[reg]);
    }
    c[group][pair] = own.c[0];
    c[group][pair + 1] = own.c[1];
    c[group + 8][pair] = own.c[2];
    c[group + 8][pair + 1] = own.c[3];
  }
  for (std::size_t row = 0; row < kM; ++row) {
    for (std::size_t k = 0; k < kK; ++k) {
      for (std::size_t column = 0; column < kN; ++column) {
        c[row][column] += a[k][row] * b[k][column];
      }
    }
  }
  for (std::size_t lane = 0; lane < kWarp; ++lane) {
    float* out = static_cast<const MmaOperands*>(operands[lane])->c;
    const std::size_t group = lane / 4;
    const std::size_t pair = lane % 4 * 2;
    out[0] = c[group][pair];
    out[1] = c[group][pair + 1];
    out[2] = c[group + 8][pair];
    out[3] = c[group + 8][pair + 1];
  }
}

// Lane l brings row l % 8 of matrix l / 8, as it finds it: meeting the other lanes does not order
// their writes before this read.
struct LoadOperands {
  std::uint32_t* r;  // 4
  std::array<std::uint16_t, 8> row;
};

template <bool kTransposed>
void complete_load(void* const* operands, std::uint32_t /*mask*/) {
  for (std::size_t matrix = 0; matrix < 4; ++matrix) {
    std::array<std::array<std::uint16_t, 8>, 8> m{};
    for (std::size_t row = 0; row < 8; ++row) {
      m[row] = static_cast<const LoadOperands*>(operands[matrix * 8 + row])->row;
    }
    for (std::size_t lane = 0; lane < kWarp; ++lane) {
      const std::size_t group = lane / 4;
      const std::size_t pair = lane % 4 * 2;
      const std::uint32_t low = kTransposed ? m[pair][group] : m[group][pair];
      const std::uint32_t high = kTransposed ? m[pair + 1][group] : m[group][pair + 1];
      static_cast<const LoadOperands*>(operands[lane])->r[matrix] = low | high << 16;
    }
  }
}

const Collective kMmaBf16{"mma_16816<BFloat16>", complete_mma<BFloat16>, true};
const Collective kMmaF16{"mma_16816<Float16>", complete_mma<Float16>, true};
const Collective kLoad{"ldmatrix_x4", complete_load<false>, true};
const Collective kLoadTransposed{"ldmatrix_x4_trans", complete_load<true>, true};

}  // namespace

void mma_bf16(MmaOperands& operands, std::source_location where) {
  converge(kMmaBf16, kAllOfThem, &operands, where);
}

void mma_f16(MmaOperands& operands, std::source_location where) {
  converge(kMmaF16, kAllOfThem, &operands, where);
}

void load_matrices(std::uint32_t* r, const void* row, bool transposed, std::source_location where) {
  check_shared(row, transposed ? "ldmatrix_x4_trans" : "ldmatrix_x4");
  LoadOperands operands{r, {}};
  std::memcpy(operands.row.data(), row, sizeof(operands.row));
  converge(transposed ? kLoadTransposed : kLoad, kAllOfThem, &operands, where);
}

}  // namespace kvfoot::cuda::emulator
