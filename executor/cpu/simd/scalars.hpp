// Reading scalars of the three stored types, for the kernel files.
#pragma once

#include "executor/cpu/kernels.hpp"
#include "executor/cpu/simd/vec16.hpp"

namespace kvfoot::cpu::KVFOOT_SIMD_NAMESPACE {

struct FromF32 {
  using Element = float;
  static Vec get(const float* p) { return load(p); }
};
struct FromF16 {
  using Element = uint16_t;
  static Vec get(const uint16_t* p) { return load_f16(p); }
};
struct FromBF16 {
  using Element = uint16_t;
  static Vec get(const uint16_t* p) { return load_bf16(p); }
};

template <class From>
inline Vec get_first(const typename From::Element* p, int64_t n) {
  typename From::Element buffer[16] = {};
  memcpy(buffer, p, static_cast<size_t>(n) * sizeof buffer[0]);
  return From::get(buffer);
}

template <class From>
inline void widen_run(const typename From::Element* from, int64_t n, float* out) {
  int64_t k = 0;
  for (; k + kLanes <= n; k += kLanes) {
    store(out + k, From::get(from + k));
  }
  if (k < n) {
    store_first(out + k, get_first<From>(from + k, n - k), n - k);
  }
}

}  // namespace kvfoot::cpu::KVFOOT_SIMD_NAMESPACE
