// Coverage by difference arrays along the rows: each key adds where its states begin and end.
#include "gui/plots/state_raster.hpp"

#include <algorithm>
#include <cmath>

#include "sim/core/check.hpp"

namespace kvfoot::plots {
namespace {

// One layer of coverage while it is a difference array; two spare rows take what lies below.
class Layer {
 public:
  explicit Layer(const StateView& view)
      : width_(view.width), height_(view.height), cells_((view.height + 2) * view.width) {}

  // Adds `weight` to pixel column x from the height y (in pixels) downwards.
  void begin_at(std::size_t x, double y, float weight) {
    const double clipped = std::max(y, 0.0);
    if (clipped >= static_cast<double>(height_)) {
      return;
    }
    const auto row = static_cast<std::size_t>(clipped);
    const auto inside = static_cast<float>(clipped - static_cast<double>(row));
    float* cell = cells_.data() + row * width_ + x;
    cell[0] += weight * (1 - inside);
    cell[width_] += weight * inside;
  }

  std::vector<float> sum() && {
    for (std::size_t y = 1; y < height_; ++y) {
      float* row = cells_.data() + y * width_;
      const float* above = row - width_;
      for (std::size_t x = 0; x < width_; ++x) {
        row[x] += above[x];
      }
    }
    cells_.resize(width_ * height_);
    return std::move(cells_);
  }

 private:
  std::size_t width_;
  std::size_t height_;
  std::vector<float> cells_;
};

// Calls visit(column, share of the column that the key covers).
template <class Visit>
void for_columns(const StateView& view, double scale, std::int64_t key, const Visit& visit) {
  const double left = (static_cast<double>(key) - 0.5 - view.keys.low) * scale;
  const double right = left + scale;
  const double from = std::max(left, 0.0);
  const double to = std::min(right, static_cast<double>(view.width));
  for (auto x = static_cast<std::size_t>(from); static_cast<double>(x) < to; ++x) {
    const double begin = std::max(from, static_cast<double>(x));
    const double end = std::min(to, static_cast<double>(x + 1));
    visit(x, static_cast<float>(end - begin));
  }
}

}  // namespace

StateShares state_shares(const StateMap& map, const StateView& view) {
  Layer present(view);
  Layer evicted(view);
  Layer inactive(view);
  const double key_scale = static_cast<double>(view.width) / (view.keys.high - view.keys.low);
  const double row_scale = static_cast<double>(view.height) / (view.rows.high - view.rows.low);
  const auto y_of = [&](std::int64_t row) {
    return (static_cast<double>(row) - 0.5 - view.rows.low) * row_scale;
  };
  const double bottom = y_of(map.rows);
  const float weight = 1.0F / static_cast<float>(map.streams.size());
  const auto first = std::clamp(static_cast<std::int64_t>(std::floor(view.keys.low + 0.5)),
                                std::int64_t{0}, map.rows);
  const auto last = std::clamp(static_cast<std::int64_t>(std::ceil(view.keys.high + 0.5)),
                               std::int64_t{0}, map.rows);
  for (std::int64_t key = first; key < last; ++key) {
    const double born = y_of(key);
    for_columns(view, key_scale, key, [&](std::size_t x, float share) {
      present.begin_at(x, born, share);
      present.begin_at(x, bottom, -share);
    });
    for (const KeyLives& lives : map.streams) {
      const std::int64_t gone = lives.evicted_at[static_cast<std::size_t>(key)];
      if (gone < map.rows) {
        const double freed = y_of(gone);
        for_columns(view, key_scale, key, [&](std::size_t x, float share) {
          evicted.begin_at(x, freed, share * weight);
          evicted.begin_at(x, bottom, -share * weight);
        });
      }
    }
  }
  for (const InactiveRect& rect : map.inactive) {
    const auto& lives = map.streams[static_cast<std::size_t>(rect.stream)].evicted_at;
    for (std::int64_t key = std::max<std::int64_t>(rect.key_begin, first);
         key < std::min<std::int64_t>(rect.key_end, last); ++key) {
      const std::int64_t begin = std::max<std::int64_t>(rect.row_begin, key);
      const std::int64_t end =
          std::min<std::int64_t>(rect.row_end, lives[static_cast<std::size_t>(key)]);
      if (begin < end) {
        for_columns(view, key_scale, key, [&](std::size_t x, float share) {
          inactive.begin_at(x, y_of(begin), share * weight);
          inactive.begin_at(x, y_of(end), -share * weight);
        });
      }
    }
  }
  StateShares shares{std::move(present).sum(), std::move(evicted).sum(), {}};
  if (!map.inactive.empty()) {
    shares.inactive = std::move(inactive).sum();
  }
  return shares;
}

void raster_states(const StateShares& shares, const StateColours& colours,
                   std::span<std::uint32_t> out) {
  KVFOOT_CHECK(shares.present.size() == out.size());
  struct Floats {
    float r, g, b;
  };
  const auto floats = [](Rgb c) {
    return Floats{static_cast<float>(c.r), static_cast<float>(c.g), static_cast<float>(c.b)};
  };
  const Floats live = floats(colours.live);
  const Floats idle = floats(colours.inactive);
  const Floats gone = floats(colours.evicted);
  const Floats none = floats(colours.background);
  const bool has_inactive = !shares.inactive.empty();
  for (std::size_t i = 0; i < out.size(); ++i) {
    const float present = shares.present[i];
    const float evicted = shares.evicted[i];
    const float inactive = has_inactive ? shares.inactive[i] : 0.0F;
    const float active = present - evicted - inactive;
    const float empty = 1.0F - present;
    const auto channel = [&](float l, float n, float e, float b) {
      const float value = l * active + n * inactive + e * evicted + b * empty + 0.5F;
      return static_cast<std::int32_t>(std::min(255.0F, std::max(0.0F, value)));
    };
    const std::int32_t r = channel(live.r, idle.r, gone.r, none.r);
    const std::int32_t g = channel(live.g, idle.g, gone.g, none.g);
    const std::int32_t b = channel(live.b, idle.b, gone.b, none.b);
    out[i] = 0xFF000000U | static_cast<std::uint32_t>(r << 16 | g << 8 | b);
  }
}

}  // namespace kvfoot::plots
