// The query x key picture as pixels: O(keys * streams + pixels), or with a StateSum about
// O(keys + pixels); never O(rows * keys), and of a long run O(pixels).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "gui/plots/colour.hpp"
#include "gui/plots/spec.hpp"

namespace kvfoot::plots {

// Entry (row i, key j) fills the square [i - 0.5, i + 0.5] x [j - 0.5, j + 0.5].
struct StateView {
  std::size_t width = 0;   // pixels along the keys
  std::size_t height = 0;  // pixels along the rows, first row on top
  Range keys;
  Range rows;
};

// So many keys in view are drawn one by one, or so many per column of pixels if that is more.
constexpr std::int64_t kMostExactKeys = 1 << 18;
constexpr std::int64_t kMostKeysPerColumn = 256;
// Of more keys, how many neighbours are drawn as one of them: a power of two.
[[nodiscard]] std::int64_t keys_together(std::int64_t keys, std::size_t width);

// Shares of each pixel's area, [height][width], mean over streams; what is missing to 1 lies above
// the diagonal or outside the run. Exact while keys_together() is 1; else a column is as good as
// a quarter of kMostKeysPerColumn keys of it tell, and a StateSum stays exact.
struct StateShares {
  std::vector<float> present;  // live + inactive + evicted
  std::vector<float> evicted;
  std::vector<float> inactive;  // empty when nothing of the map is inactive
};
[[nodiscard]] StateShares state_shares(const StateMap& map, const StateView& view);

struct StateColours {
  Rgb live;
  Rgb inactive;
  Rgb evicted;
  Rgb background;
};
// Opaque ARGB, out[height][width].
void raster_states(const StateShares& shares, const StateColours& colours,
                   std::span<std::uint32_t> out);

}  // namespace kvfoot::plots
