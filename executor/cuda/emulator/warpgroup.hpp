// Products of a warpgroup, emulated: what executor/cuda/primitives/warpgroup.hpp declares. A
// product happens in the wait that covers it. Until then its result is poison, and shared memory
// that it reads must stay as it was when the product was given.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <source_location>
#include <type_traits>
#include <vector>

#include "executor/cuda/emulator/memory.hpp"
#include "executor/cuda/primitives/scalar.hpp"

namespace kvfoot::cuda {

inline std::uint32_t shared_address(const void* shared) {
  return static_cast<std::uint32_t>(static_cast<const std::byte*>(shared) -
                                    emulator::shared_begin());
}

// Of what came by cp.async its absence is noticed; ordinary writes are visible at once here.
inline void fence_for_products() { emulator::async_fence(); }

namespace emulator {

struct WarpgroupProduct {
  bool brain = false;      // bf16
  bool registers = false;  // A comes in them, and B's tile has rows of B
  bool accumulate = false;
  std::uint32_t n = 0;
  std::uint32_t group = 0;  // how many were committed before it
  float* d = nullptr;       // (n / 2)
  std::array<float, 64> before{};
  std::array<std::uint32_t, 4> a{};
  std::uint64_t a_tile = 0;
  std::uint64_t b_tile = 0;
  std::vector<std::uint16_t> b_given;  // what lane 0 saw; the others' are empty
};

// Of one thread.
class WarpgroupQueue {
 public:
  void fence() { fenced_ = true; }
  void give(WarpgroupProduct product);
  void commit();
  void wait(std::uint32_t pending, std::source_location where);

  static void complete(void* const* operands, std::uint32_t mask);

 private:
  bool fenced_ = false;
  std::uint32_t committed_ = 0;
  std::vector<WarpgroupProduct> products_;
};

}  // namespace emulator

class Warpgroup {
 public:
  void fence() { queue_.fence(); }
  template <class T, int kN>
  void multiply(float (&d)[kN / 2], std::uint64_t a, std::uint64_t b, bool accumulate) {
    emulator::WarpgroupProduct product = make<T, kN>(d, b, accumulate);
    product.a_tile = a;
    queue_.give(product);
  }
  template <class T, int kN>
  void multiply_rows(float (&d)[kN / 2], const std::uint32_t (&a)[4], std::uint64_t b,
                     bool accumulate) {
    emulator::WarpgroupProduct product = make<T, kN>(d, b, accumulate);
    product.registers = true;
    product.a = {a[0], a[1], a[2], a[3]};
    queue_.give(product);
  }
  void commit() { queue_.commit(); }
  template <int kPending, int kCount>
  void wait(float (& /*d*/)[kCount], std::source_location where = std::source_location::current()) {
    queue_.wait(kPending, where);
  }

 private:
  template <class T, int kN>
  static emulator::WarpgroupProduct make(float* d, std::uint64_t b, bool accumulate) {
    static_assert(kN == 64 || kN == 128);
    emulator::WarpgroupProduct product;
    product.brain = std::is_same_v<T, BFloat16>;
    product.accumulate = accumulate;
    product.n = kN;
    product.d = d;
    product.b_tile = b;
    return product;
  }

  emulator::WarpgroupQueue queue_;
};

}  // namespace kvfoot::cuda
