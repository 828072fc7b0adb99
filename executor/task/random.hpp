// The random numbers of the task generators: the same sequence on every machine and compiler.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/core/check.hpp"

namespace kvfoot::task {

// splitmix64 (Steele, Lea, Flood 2014): a counter and a mixer, so a seed is a sequence.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15ULL); }

  // Uniform in [0, bound): 32 random bits scaled by a product, so there is no rejection loop; the
  // bias is below bound / 2^32.
  std::uint32_t below(std::uint32_t bound) {
    KVFOOT_CHECK(bound > 0);
    return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
  }

  // Uniform in [low, high], both included.
  std::uint32_t between(std::uint32_t low, std::uint32_t high) {
    KVFOOT_CHECK(low <= high);
    return low + below(high - low + 1);
  }

  bool chance(std::uint32_t percent) { return below(100) < percent; }

  static std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};

// One number from a name and two integers (FNV-1a over the name, then mixed): the seed of a sample.
inline std::uint64_t sample_seed(std::string_view name, std::uint64_t seed, std::uint64_t index) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : name) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  return Random::mix(Random::mix(hash ^ Random::mix(seed)) ^ index);
}

}  // namespace kvfoot::task
