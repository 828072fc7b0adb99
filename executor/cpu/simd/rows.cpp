// Row-wise kernels and the table of all kernels, compiled once per instruction set.
#include "executor/cpu/simd/scalars.hpp"

namespace kvfoot::cpu::KVFOOT_SIMD_NAMESPACE {

void linear(const LinearTile& tile);
void pack_keys(const KeyBlock& block, float* out);
void pack_values(const KeyBlock& block, float* out);
void scores(const ScoreTile& tile);
void attend(const AttendTile& tile);
void softmax(float* row, int64_t n, float* largest, float* sum);

void rotate(const float* x, const float* cosine, const float* sine, int64_t n, float* out) {
  const int64_t half = n / 2;
  for (int64_t k = 0; k < half; k += kLanes) {
    const int64_t left = half - k;
    const bool whole = left >= kLanes;
    const Vec a = whole ? load(x + k) : load_first(x + k, left);
    const Vec b = whole ? load(x + half + k) : load_first(x + half + k, left);
    const Vec c = whole ? load(cosine + k) : load_first(cosine + k, left);
    const Vec s = whole ? load(sine + k) : load_first(sine + k, left);
    const Vec first = sub(mul(a, c), mul(b, s));
    const Vec second = add(mul(b, c), mul(a, s));
    if (whole) {
      store(out + k, first);
      store(out + half + k, second);
    } else {
      store_first(out + k, first, left);
      store_first(out + half + k, second, left);
    }
  }
}

namespace {

template <class From>
float square_sum(const typename From::Element* x, int64_t n) {
  Vec sum = zero();
  int64_t k = 0;
  for (; k + kLanes <= n; k += kLanes) {
    const Vec v = From::get(x + k);
    sum = fma(v, v, sum);
  }
  if (k < n) {
    const Vec v = get_first<From>(x + k, n - k);
    sum = fma(v, v, sum);
  }
  return sum_lane(sum);
}

void rms_norm(const float* x, const float* weight, float epsilon, int64_t n, float* out) {
  const float mean = square_sum<FromF32>(x, n) / static_cast<float>(n);
  const Vec factor = broadcast(1.0F / __builtin_sqrtf(mean + epsilon));
  int64_t k = 0;
  for (; k + kLanes <= n; k += kLanes) {
    store(out + k, mul(load(weight + k), mul(load(x + k), factor)));
  }
  if (k < n) {
    const int64_t left = n - k;
    store_first(out + k, mul(load_first(weight + k, left), mul(load_first(x + k, left), factor)),
                left);
  }
}

Vec gated(Vec gate, Vec up) {
  const Vec one = broadcast(1.0F);
  return mul(div(gate, add(one, exp(sub(zero(), gate)))), up);
}

void swiglu(float* gate, const float* up, int64_t n) {
  int64_t k = 0;
  for (; k + kLanes <= n; k += kLanes) {
    store(gate + k, gated(load(gate + k), load(up + k)));
  }
  if (k < n) {
    const int64_t left = n - k;
    store_first(gate + k, gated(load_first(gate + k, left), load_first(up + k, left)), left);
  }
}

float length(const void* x, Scalar type, int64_t n) {
  float squares = 0.0F;
  switch (type) {
    case Scalar::kF32:
      squares = square_sum<FromF32>(static_cast<const float*>(x), n);
      break;
    case Scalar::kF16:
      squares = square_sum<FromF16>(static_cast<const uint16_t*>(x), n);
      break;
    case Scalar::kBF16:
      squares = square_sum<FromBF16>(static_cast<const uint16_t*>(x), n);
      break;
  }
  return __builtin_sqrtf(squares);
}

void widen(const void* x, Scalar type, int64_t n, float* out) {
  switch (type) {
    case Scalar::kF32:
      widen_run<FromF32>(static_cast<const float*>(x), n, out);
      break;
    case Scalar::kF16:
      widen_run<FromF16>(static_cast<const uint16_t*>(x), n, out);
      break;
    case Scalar::kBF16:
      widen_run<FromBF16>(static_cast<const uint16_t*>(x), n, out);
      break;
  }
}

}  // namespace

#if defined(KVFOOT_SIMD_V4)
constexpr const char* kName = "x86-64-v4";
#elif defined(KVFOOT_SIMD_V3)
constexpr const char* kName = "x86-64-v3";
#else
constexpr const char* kName = "plain";
#endif

extern const Kernels kTable;
const Kernels kTable = {kName,   linear,   pack_keys, pack_values, scores, attend,
                        softmax, rms_norm, swiglu,    length,      widen,  rotate};

}  // namespace kvfoot::cpu::KVFOOT_SIMD_NAMESPACE
