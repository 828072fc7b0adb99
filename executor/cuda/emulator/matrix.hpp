// Tensor-core steps, emulated: what executor/cuda/primitives/matrix.hpp declares.
#pragma once

#include <cstdint>
#include <source_location>
#include <type_traits>

#include "executor/cuda/primitives/scalar.hpp"

namespace kvfoot::cuda {

namespace emulator {
struct MmaOperands {
  float* c;                // 4
  const std::uint32_t* a;  // 4
  const std::uint32_t* b;  // 2
};
void mma_bf16(MmaOperands& operands, std::source_location where);
void mma_f16(MmaOperands& operands, std::source_location where);
void load_matrices(std::uint32_t* r, const void* row, bool transposed, std::source_location where);
}  // namespace emulator

// Products are exact in fp32; a card adds them in an order of its own, here it is k ascending, one
// rounding each.
template <class T>
void mma_16816(float (&c)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2],
               std::source_location where = std::source_location::current()) {
  static_assert(std::is_same_v<T, BFloat16> || std::is_same_v<T, Float16>);
  emulator::MmaOperands operands{c, a, b};
  if constexpr (std::is_same_v<T, BFloat16>) {
    emulator::mma_bf16(operands, where);
  } else {
    emulator::mma_f16(operands, where);
  }
}

inline void ldmatrix_x4(std::uint32_t (&r)[4], const void* row,
                        std::source_location where = std::source_location::current()) {
  emulator::load_matrices(r, row, false, where);
}
inline void ldmatrix_x4_trans(std::uint32_t (&r)[4], const void* row,
                              std::source_location where = std::source_location::current()) {
  emulator::load_matrices(r, row, true, where);
}

}  // namespace kvfoot::cuda
