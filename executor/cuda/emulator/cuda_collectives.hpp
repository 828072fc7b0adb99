// CUDA's barriers, shuffles, votes and reductions over a warp.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>
#include <source_location>
#include <type_traits>

#include "executor/cuda/emulator/warp.hpp"

namespace kvfoot::cuda::emulator {

struct ShuffleOperands {
  std::uint64_t value;   // in: offered; out: received
  std::uint32_t source;  // the lane whose value is wanted
};
extern const Collective kShuffle, kShuffleUp, kShuffleDown, kShuffleXor;
struct VoteOperands {
  std::uint64_t value;   // in
  std::uint32_t result;  // out
};
extern const Collective kBallot, kAny, kAll, kMatchAny, kSyncWarp;
extern const Collective kReduceAdd, kReduceMin, kReduceMax, kReduceAnd, kReduceOr, kReduceXor;
extern const Collective kReduceMinSigned, kReduceMaxSigned;

template <class T>
T shuffle(const Collective& kind, std::uint32_t mask, T value, std::uint32_t source,
          std::source_location where) {
  static_assert(std::is_arithmetic_v<T> && sizeof(T) <= 8);
  ShuffleOperands operands{0, source};
  std::memcpy(&operands.value, &value, sizeof(T));
  converge(kind, mask, &operands, where);
  std::memcpy(&value, &operands.value, sizeof(T));
  return value;
}
inline std::uint32_t vote(const Collective& kind, std::uint32_t mask, std::uint64_t value,
                          std::source_location where) {
  VoteOperands operands{value, 0};
  converge(kind, mask, &operands, where);
  return operands.result;
}

}  // namespace kvfoot::cuda::emulator

// NOLINTBEGIN(readability-identifier-naming): CUDA's names.

#define KVFOOT_HERE std::source_location where = std::source_location::current()

inline void __syncthreads(KVFOOT_HERE) { kvfoot::cuda::emulator::block_barrier(where); }
inline void __syncwarp(unsigned mask = 0xffffffffU, KVFOOT_HERE) {
  kvfoot::cuda::emulator::converge(kvfoot::cuda::emulator::kSyncWarp, mask, nullptr, where);
}

// Segments of `width` lanes (a power of two); a lane that asks beyond its segment gets its own
// value, but __shfl_sync wraps around.
template <class T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  const std::uint32_t lane = e::running_lane;
  const auto w = static_cast<std::uint32_t>(width);
  const std::uint32_t from = (lane & ~(w - 1)) | (static_cast<std::uint32_t>(source) & (w - 1));
  return e::shuffle(e::kShuffle, mask, value, from, where);
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned distance, int width = 32, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  const std::uint32_t lane = e::running_lane;
  const std::uint32_t in_segment = lane & (static_cast<std::uint32_t>(width) - 1);
  return e::shuffle(e::kShuffleUp, mask, value, distance <= in_segment ? lane - distance : lane,
                    where);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned distance, int width = 32, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  const std::uint32_t lane = e::running_lane;
  const auto w = static_cast<std::uint32_t>(width);
  const std::uint32_t in_segment = lane & (w - 1);
  return e::shuffle(e::kShuffleDown, mask, value,
                    distance < w - in_segment ? lane + distance : lane, where);
}
// A lane may read from earlier segments but not from later ones.
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = 32, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  const std::uint32_t lane = e::running_lane;
  const std::uint32_t segment_end = (lane | (static_cast<std::uint32_t>(width) - 1)) + 1;
  const std::uint32_t from = lane ^ static_cast<std::uint32_t>(lanes);
  return e::shuffle(e::kShuffleXor, mask, value, from < segment_end ? from : lane, where);
}

inline unsigned __ballot_sync(unsigned mask, int predicate, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  return e::vote(e::kBallot, mask, predicate != 0 ? 1 : 0, where);
}
inline int __any_sync(unsigned mask, int predicate, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  return static_cast<int>(e::vote(e::kAny, mask, predicate != 0 ? 1 : 0, where));
}
inline int __all_sync(unsigned mask, int predicate, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  return static_cast<int>(e::vote(e::kAll, mask, predicate != 0 ? 1 : 0, where));
}
template <class T>
unsigned __match_any_sync(unsigned mask, T value, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  return e::vote(e::kMatchAny, mask, bits, where);
}
template <class T>
  requires std::same_as<T, int> || std::same_as<T, unsigned>
T __reduce_add_sync(unsigned mask, T value, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  return static_cast<T>(e::vote(e::kReduceAdd, mask, static_cast<std::uint32_t>(value), where));
}
template <class T>
  requires std::same_as<T, int> || std::same_as<T, unsigned>
T __reduce_min_sync(unsigned mask, T value, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  return static_cast<T>(e::vote(std::is_signed_v<T> ? e::kReduceMinSigned : e::kReduceMin, mask,
                                static_cast<std::uint32_t>(value), where));
}
template <class T>
  requires std::same_as<T, int> || std::same_as<T, unsigned>
T __reduce_max_sync(unsigned mask, T value, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  return static_cast<T>(e::vote(std::is_signed_v<T> ? e::kReduceMaxSigned : e::kReduceMax, mask,
                                static_cast<std::uint32_t>(value), where));
}
inline unsigned __reduce_and_sync(unsigned mask, unsigned value, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  return e::vote(e::kReduceAnd, mask, value, where);
}
inline unsigned __reduce_or_sync(unsigned mask, unsigned value, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  return e::vote(e::kReduceOr, mask, value, where);
}
inline unsigned __reduce_xor_sync(unsigned mask, unsigned value, KVFOOT_HERE) {
  namespace e = kvfoot::cuda::emulator;
  return e::vote(e::kReduceXor, mask, value, where);
}
#undef KVFOOT_HERE

// NOLINTEND(readability-identifier-naming)
