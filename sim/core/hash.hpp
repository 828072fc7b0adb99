// Counter-based pseudo-random numbers: a pure function of its inputs, the same everywhere.
#pragma once

#include <cstdint>
#include <string_view>

namespace kvfoot {

// splitmix64 finaliser (Steele, Lea, Flood, OOPSLA 2014).
[[nodiscard]] constexpr std::uint64_t mix64(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// Hash of a tuple of integers; order matters.
template <class... Words>
[[nodiscard]] constexpr std::uint64_t hash_words(Words... words) {
  std::uint64_t h = 0x243f6a8885a308d3ULL;
  ((h = mix64(h ^ static_cast<std::uint64_t>(words))), ...);
  return h;
}

// FNV-1a; for names, not for files.
[[nodiscard]] constexpr std::uint64_t hash_text(std::string_view text) {
  std::uint64_t h = 0xcbf29ce484222325ULL;
  for (const char c : text) {
    h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  return mix64(h);
}

// Uniform in [0, 1) with 53 bits.
[[nodiscard]] constexpr double unit_interval(std::uint64_t h) {
  return static_cast<double>(h >> 11) * 0x1.0p-53;
}

// Uniform in [0, bound), bound >= 1, without modulo bias worth speaking of (64 x 64 -> 128 bits).
[[nodiscard]] constexpr std::uint64_t below(std::uint64_t h, std::uint64_t bound) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<Wide>(h) * bound) >> 64);
}

}  // namespace kvfoot
