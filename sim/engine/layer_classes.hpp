// Layers that cost the same in every pass of a run of decode passes, counted once.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/engine/clock.hpp"

namespace kvfoot {

struct LayerClass {
  std::int32_t window = 0;     // of the architecture; 0: sees everything
  bool experts = false;        // in place of the MLP
  std::int64_t before = 0;     // entries at the start of the first pass
  std::int64_t growing = 0;    // entries that each pass adds for good
  std::int64_t moved = 0;      // entries of streams that lose one in each pass
  std::int64_t transient = 0;  // pages taken and given back in each pass
  friend auto operator<=>(const LayerClass&, const LayerClass&) = default;
};

// Streams of a layer that take a page in pass first + phase, and every `block` passes from there.
struct PageGrowth {
  std::int64_t phase = 0;
  std::int32_t layer = 0;
  std::int64_t streams = 0;
};

struct LayerClasses {
  std::vector<LayerClass> sums;
  std::vector<std::int64_t> layers;  // how many layers each class has
  std::vector<std::size_t> of;       // (layers) their classes
  std::vector<std::int32_t> first;   // a layer of each class
  std::vector<PageGrowth> growth;    // by phase, then layer
};

// From pass `first` on every stream gains one entry per pass, or loses one and holds its size.
[[nodiscard]] LayerClasses classify_layers(const ClockRequest& request, std::int64_t first);

}  // namespace kvfoot
