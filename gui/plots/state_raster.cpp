// Coverage by difference arrays along the rows: each key (of a long run: one of several neighbours,
// for all of them) adds where its states begin and end.
#include "gui/plots/state_raster.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>
#include <utility>

#include "gui/plots/state_sum.hpp"
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

// Neighbouring keys that are drawn as if all of them went when `key` does, which is one of them.
struct Keys {
  std::int64_t begin = 0;
  std::int64_t count = 1;
  std::int64_t key = 0;
};

// Calls visit(column, share of the column that the keys cover).
template <class Visit>
void for_columns(const StateView& view, double scale, const Keys& keys, const Visit& visit) {
  const double left = (static_cast<double>(keys.begin) - 0.5 - view.keys.low) * scale;
  const double width = static_cast<double>(keys.count) * scale;
  const double right = left + width;
  const auto first = static_cast<std::size_t>(std::max(left, 0.0));
  if (left >= 0 && right <= static_cast<double>(first + 1) && first < view.width) {
    visit(first, static_cast<float>(width));  // as nearly all of 128K keys do
    return;
  }
  const double from = std::max(left, 0.0);
  const double to = std::min(right, static_cast<double>(view.width));
  for (auto x = static_cast<std::size_t>(from); static_cast<double>(x) < to; ++x) {
    const double begin = std::max(from, static_cast<double>(x));
    const double end = std::min(to, static_cast<double>(x + 1));
    visit(x, static_cast<float>(end - begin));
  }
}

// The three layers of one picture and where keys and rows lie in it.
class Shares {
 public:
  Shares(const StateMap& map, const StateView& view)
      : map_(map),
        view_(view),
        key_scale_(static_cast<double>(view.width) / (view.keys.high - view.keys.low)),
        row_scale_(static_cast<double>(view.height) / (view.rows.high - view.rows.low)),
        bottom_(y_of(map.rows)),
        first_(key_at(std::floor(view.keys.low + 0.5))),
        last_(key_at(std::ceil(view.keys.high + 0.5))),
        together_(keys_together(last_ - first_, view.width)),
        present_(view),
        evicted_(view) {
    const bool slides = std::any_of(map.streams.begin(), map.streams.end(),
                                    [](const KeyLives& lives) { return lives.window > 0; });
    if (slides || !map.inactive.empty() || (map.sum != nullptr && map.sum->any_inactive())) {
      inactive_.emplace(view);
    }
  }

  void add_present() {
    for_keys(first_, last_, [&](const Keys& keys) {
      const double born = y_of(keys.begin) + 0.5 * static_cast<double>(keys.count - 1) * row_scale_;
      columns(keys, [&](std::size_t x, float share) {
        present_.begin_at(x, born, share);
        present_.begin_at(x, bottom_, -share);
      });
    });
  }

  void add_stream(const KeyLives& lives, float weight) {
    const std::int32_t* const evicted_at = lives.evicted_at->data();
    for_keys(first_, last_, [&](const Keys& keys) {
      const std::int64_t gone = evicted_at[keys.key];
      const std::int64_t unseen = lives.window > 0 ? keys.key + lives.window : map_.rows;
      if (gone < map_.rows) {
        const double freed = y_of(gone);
        columns(keys, [&](std::size_t x, float share) { evict(x, freed, share * weight); });
      }
      if (unseen < std::min(gone, map_.rows)) {
        rest(keys, unseen, std::min(gone, map_.rows), weight);
      }
    });
  }

  // Runs of keys that lie inside one column of pixels count as a whole, others key by key.
  void add_sum(const StateSum& sum) {
    const float weight = 1.0F / static_cast<float>(sum.streams());
    for (std::int64_t key = first_; key < last_;) {
      const double left = x_of(key);
      std::size_t level = 0;
      while (left >= 0 && level + 1 < sum.levels() && whole_run(sum, level + 1, key, left)) {
        ++level;
      }
      const std::int64_t keys = StateSum::run_keys(level);
      const auto changes = sum.changes(level, key / keys);
      if (level > 0) {
        const auto share = static_cast<float>(key_scale_);
        change(static_cast<std::size_t>(left), share * weight, changes);
      } else {
        columns({key, 1, key},
                [&](std::size_t x, float share) { change(x, share * weight, changes); });
      }
      key += keys;
    }
  }

  void add_rect(const InactiveRect& rect, float weight) {
    const auto& lives = *map_.streams[static_cast<std::size_t>(rect.stream)].evicted_at;
    for_keys(std::max<std::int64_t>(rect.key_begin, first_),
             std::min<std::int64_t>(rect.key_end, last_), [&](const Keys& keys) {
               const std::int64_t begin = std::max<std::int64_t>(rect.row_begin, keys.key);
               const std::int64_t end =
                   std::min<std::int64_t>(rect.row_end, lives[static_cast<std::size_t>(keys.key)]);
               if (begin < end) {
                 rest(keys, begin, end, weight);
               }
             });
  }

  StateShares sum() && {
    StateShares shares{std::move(present_).sum(), std::move(evicted_).sum(), {}};
    if (inactive_) {
      shares.inactive = std::move(*inactive_).sum();
    }
    return shares;
  }

 private:
  [[nodiscard]] double x_of(std::int64_t key) const {
    return (static_cast<double>(key) - 0.5 - view_.keys.low) * key_scale_;
  }
  [[nodiscard]] double y_of(std::int64_t row) const {
    return (static_cast<double>(row) - 0.5 - view_.rows.low) * row_scale_;
  }
  [[nodiscard]] std::int64_t key_at(double edge) const {
    return std::clamp(static_cast<std::int64_t>(edge), std::int64_t{0}, map_.rows);
  }
  // The keys in [begin, end), together_ at a time. Which of them stands for the others differs
  // from one to the next by the golden ratio, so that no pattern among keys falls in with it.
  template <class Visit>
  void for_keys(std::int64_t begin, std::int64_t end, const Visit& visit) const {
    if (together_ == 1) {
      for (std::int64_t key = begin; key < end; ++key) {
        visit(Keys{key, 1, key});
      }
      return;
    }
    constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15;  // 2^64 / ((1 + sqrt 5) / 2)
    const int shift = 64 - std::countr_zero(static_cast<std::uint64_t>(together_));
    for (std::int64_t run = begin / together_; run * together_ < end; ++run) {
      const std::int64_t from = std::max(run * together_, begin);
      const std::int64_t to = std::min((run + 1) * together_, end);
      const auto chosen =
          static_cast<std::int64_t>(static_cast<std::uint64_t>(run) * kGolden >> shift);
      visit(Keys{from, to - from, std::clamp(run * together_ + chosen, from, to - 1)});
    }
  }
  template <class Visit>
  void columns(const Keys& keys, const Visit& visit) const {
    for_columns(view_, key_scale_, keys, visit);
  }
  // Whether a run of this level begins at the key and ends inside the column that it begins in.
  [[nodiscard]] bool whole_run(const StateSum& sum, std::size_t level, std::int64_t key,
                               double left) const {
    const std::int64_t keys = StateSum::run_keys(level);
    return key % keys == 0 && key + keys <= std::min(last_, sum.rows()) &&
           left + static_cast<double>(keys) * key_scale_ <= std::floor(left) + 1 &&
           std::floor(left) < static_cast<double>(view_.width);
  }
  void evict(std::size_t x, double y, float share) {
    evicted_.begin_at(x, y, share);
    evicted_.begin_at(x, bottom_, -share);
  }
  void rest(const Keys& keys, std::int64_t begin, std::int64_t end, float weight) {
    columns(keys, [&](std::size_t x, float share) {
      inactive_->begin_at(x, y_of(begin), share * weight);
      inactive_->begin_at(x, y_of(end), -share * weight);
    });
  }
  void change(std::size_t x, float weight, std::span<const StateSum::Change> changes) {
    for (const StateSum::Change& change : changes) {
      const double y = y_of(change.row);
      if (change.evicted != 0) {
        evict(x, y, weight * static_cast<float>(change.evicted));
      }
      if (change.inactive != 0) {
        inactive_->begin_at(x, y, weight * static_cast<float>(change.inactive));
        inactive_->begin_at(x, bottom_, -weight * static_cast<float>(change.inactive));
      }
    }
  }

  const StateMap& map_;
  const StateView& view_;
  double key_scale_;
  double row_scale_;
  double bottom_;
  std::int64_t first_;
  std::int64_t last_;
  std::int64_t together_;
  Layer present_;
  Layer evicted_;
  std::optional<Layer> inactive_;
};

}  // namespace

std::int64_t keys_together(std::int64_t keys, std::size_t width) {
  const std::int64_t most =
      std::max(kMostExactKeys, kMostKeysPerColumn * static_cast<std::int64_t>(width));
  if (keys <= most) {
    return 1;
  }
  // Half as many as that: they lie apart, so that each is fetched from memory of its own.
  std::int64_t together = 2;
  while (keys > most / 2 * together) {
    together *= 2;
  }
  return together;
}

StateShares state_shares(const StateMap& map, const StateView& view) {
  Shares shares(map, view);
  shares.add_present();
  if (map.sum != nullptr) {
    shares.add_sum(*map.sum);
  } else {
    const float weight = 1.0F / static_cast<float>(map.streams.size());
    for (const KeyLives& lives : map.streams) {
      shares.add_stream(lives, weight);
    }
    for (const InactiveRect& rect : map.inactive) {
      shares.add_rect(rect, weight);
    }
  }
  return std::move(shares).sum();
}

namespace {

// A loop without branches, which the compiler turns into vectors; `inactive` only where it is.
template <bool kInactive>
void blend(const StateShares& shares, const StateColours& colours, std::uint32_t* out,
           std::size_t count) {
  const float* const present = shares.present.data();
  const float* const evicted = shares.evicted.data();
  const float* const inactive = shares.inactive.data();
  // Differences to the background, so that an empty pixel needs no term of its own.
  struct Channel {
    float live, idle, gone, none;
  };
  const auto channel = [&](std::uint8_t Rgb::* part) {
    const auto of = [&](Rgb colour) { return static_cast<float>(colour.*part); };
    const float live = of(colours.live);
    return Channel{live - of(colours.background), of(colours.inactive) - live,
                   of(colours.evicted) - live, of(colours.background) + 0.5F};
  };
  const Channel red = channel(&Rgb::r);
  const Channel green = channel(&Rgb::g);
  const Channel blue = channel(&Rgb::b);
  for (std::size_t i = 0; i < count; ++i) {
    const float idle = kInactive ? inactive[i] : 0.0F;
    const auto mixed = [&](const Channel& c) {
      const float value = c.live * present[i] + c.idle * idle + c.gone * evicted[i] + c.none;
      return static_cast<std::int32_t>(std::min(255.0F, std::max(0.0F, value)));
    };
    out[i] = 0xFF000000U |
             static_cast<std::uint32_t>(mixed(red) << 16 | mixed(green) << 8 | mixed(blue));
  }
}

}  // namespace

void raster_states(const StateShares& shares, const StateColours& colours,
                   std::span<std::uint32_t> out) {
  KVFOOT_CHECK(shares.present.size() == out.size() && shares.evicted.size() == out.size());
  if (shares.inactive.empty()) {
    blend<false>(shares, colours, out.data(), out.size());
  } else {
    blend<true>(shares, colours, out.data(), out.size());
  }
}

}  // namespace kvfoot::plots
