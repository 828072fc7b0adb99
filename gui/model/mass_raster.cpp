// Rows are decoded once each; cells add up runs of keys.
#include "gui/model/mass_raster.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/core/check.hpp"

namespace kvfoot::gui {
namespace {

constexpr float kGone = -1;

// Cell c of `cells` over [begin, end) holds the entries [edge(c), edge(c + 1)).
std::vector<std::int64_t> cell_edges(std::int64_t begin, std::int64_t end, std::int32_t cells) {
  std::vector<std::int64_t> edges;
  const std::int64_t length = end - begin;
  for (std::int64_t c = 0; c <= cells; ++c) {
    // The first entry whose middle lies at or beyond the edge: (i + 1/2) * cells >= c * length.
    edges.push_back(begin + (2 * c * length + cells - 1) / (2 * std::int64_t{cells}));
  }
  edges.front() = begin;
  edges.back() = end;
  return edges;
}

// What the entries of a row of cells add up to.
class CellRow {
 public:
  CellRow(std::span<const std::int64_t> edges, bool largest)
      : edges_(edges),
        largest_(largest),
        sum_(edges.size() - 1),
        count_(edges.size() - 1),
        top_(edges.size() - 1) {}

  // Keys [from, to) of `rows` rows with the same masses.
  void add(std::span<const float> mass, std::int64_t from, std::int64_t to, std::int64_t rows) {
    from = std::max(from, edges_.front());
    to = std::min(to, edges_.back());
    if (from >= to) {
      return;
    }
    const auto first = std::upper_bound(edges_.begin(), edges_.end(), from) - edges_.begin() - 1;
    for (auto c = static_cast<std::size_t>(first); c < sum_.size() && edges_[c] < to; ++c) {
      const std::int64_t end = std::min(edges_[c + 1], to);
      double sum = 0;
      std::int64_t count = 0;
      float top = top_[c];
      for (std::int64_t key = std::max(edges_[c], from); key < end; ++key) {
        const float value = mass[static_cast<std::size_t>(key)];
        sum += static_cast<double>(std::max(value, 0.0F));
        count += value >= 0 ? 1 : 0;
        top = std::max(top, value);
      }
      sum_[c] += sum * static_cast<double>(rows);
      count_[c] += count * rows;
      top_[c] = top;
    }
  }

  void take(std::span<float> out) {
    for (std::size_t c = 0; c < sum_.size(); ++c) {
      out[c] = count_[c] == 0 ? std::numeric_limits<float>::quiet_NaN()
               : largest_     ? top_[c]
                              : static_cast<float>(sum_[c] / static_cast<double>(count_[c]));
      sum_[c] = 0;
      count_[c] = 0;
      top_[c] = 0;
    }
  }

 private:
  std::span<const std::int64_t> edges_;
  bool largest_;
  std::vector<double> sum_;
  std::vector<std::int64_t> count_;
  std::vector<float> top_;
};

}  // namespace

RecordedMass::RecordedMass(std::shared_ptr<const TraceReader> trace, StreamLife life,
                           std::int32_t layer, std::int32_t head, std::int32_t heads)
    : trace_(std::move(trace)),
      life_(std::move(life)),
      layer_(layer),
      first_head_(head * (trace_->header().shape.q_heads / heads)),
      group_(trace_->header().shape.q_heads / heads),
      access_(*trace_) {}

std::pair<std::int64_t, std::int64_t> RecordedMass::block_of(std::int64_t row) const {
  KVFOOT_CHECK(row >= 0 && row < rows(), "a row of the recording");
  const auto blocks = access_.blocks();
  if (blocks.empty()) {
    return {row, row + 1};
  }
  const auto at =
      std::upper_bound(blocks.begin(), blocks.end(), row,
                       [](std::int64_t r, const BlockPlace& place) { return r < place.end; });
  return {at->begin, at->end};
}

Status RecordedMass::add_head(std::int64_t row, std::int32_t q_head, std::int64_t keys) {
  const auto blocks = access_.blocks();
  if (blocks.empty()) {
    KVFOOT_ASSIGN(const std::span<const float> values, access_.row(row, layer_, q_head));
    KVFOOT_CHECK(static_cast<std::int64_t>(values.size()) == keys, "keys of a recorded row");
    std::transform(sum_.begin(), sum_.end(), values.begin(), sum_.begin(), std::plus<>());
    return {};
  }
  const auto at =
      std::upper_bound(blocks.begin(), blocks.end(), row,
                       [](std::int64_t r, const BlockPlace& place) { return r < place.end; });
  KVFOOT_TRY(access_.block(*at, layer_, q_head, decoded_));
  dense_.resize(static_cast<std::size_t>(keys));
  expand_block(decoded_, trace_->coding().key_block, dense_);
  std::transform(sum_.begin(), sum_.end(), dense_.begin(), sum_.begin(), std::plus<>());
  return {};
}

Result<std::span<const float>> RecordedMass::block(std::int64_t row) {
  const std::int64_t end = block_of(row).second;
  const std::int32_t file_pass = access_.pass_of_row(row);
  const Pass& pass = trace_->passes()[static_cast<std::size_t>(file_pass)].pass;
  KVFOOT_ASSIGN(const std::int64_t past, trace_->past(file_pass, layer_, first_head_));
  const std::int64_t keys = past + end - pass.begin;
  sum_.assign(static_cast<std::size_t>(keys), 0.0F);
  for (std::int32_t q_head = first_head_; q_head < first_head_ + group_; ++q_head) {
    KVFOOT_TRY(add_head(row, q_head, keys));
  }
  for (float& value : sum_) {
    value /= static_cast<float>(group_);
  }
  if (past == pass.begin) {
    return std::span<const float>(sum_);
  }
  // A run may be shorter than its recording; keys beyond it are nobody's.
  const auto known = static_cast<std::int64_t>(life_.evicted_at->size());
  // Survivors in ascending order, then the pass's own keys.
  placed_.assign(static_cast<std::size_t>(end), kGone);
  std::size_t next = 0;
  for (std::int64_t key = 0; key < end; ++key) {
    const bool there =
        key >= known || (*life_.evicted_at)[static_cast<std::size_t>(key)] > pass.begin;
    if (there && next < sum_.size()) {
      placed_[static_cast<std::size_t>(key)] = sum_[next];
    }
    next += there ? 1 : 0;
  }
  if (next != sum_.size()) {
    return Error{trace_->path(),
                 "holds " + std::to_string(past) + " entries before row " +
                     std::to_string(pass.begin) + ", which this schedule does not",
                 "attention is shown for the schedule that the trace was recorded under"};
  }
  return std::span<const float>(placed_);
}

Result<std::optional<float>> RecordedMass::entry(std::int64_t row, std::int64_t key) {
  if (row >= rows() || key > row) {
    return std::optional<float>();
  }
  KVFOOT_ASSIGN(const std::span<const float> masses, block(row));
  const float value = masses[static_cast<std::size_t>(key)];
  return value < 0 ? std::optional<float>() : std::optional(value);
}

Result<MassRaster> raster_mass(RecordedMass& mass, const MassView& view,
                               const std::atomic<bool>* cancel) {
  MassRaster raster;
  raster.view = view;
  MassView& grid = raster.view;
  KVFOOT_CHECK(view.row_begin < view.row_end && view.key_begin < view.key_end && view.width > 0 &&
                   view.height > 0,
               "a part of the map");
  grid.width =
      static_cast<std::int32_t>(std::min<std::int64_t>(view.width, view.key_end - view.key_begin));
  grid.height =
      static_cast<std::int32_t>(std::min<std::int64_t>(view.height, view.row_end - view.row_begin));
  raster.mass.resize(static_cast<std::size_t>(grid.width) * static_cast<std::size_t>(grid.height));
  const auto key_edges = cell_edges(view.key_begin, view.key_end, grid.width);
  const auto row_edges = cell_edges(view.row_begin, view.row_end, grid.height);
  CellRow cells(key_edges, view.largest);
  std::span<const float> values;
  std::pair<std::int64_t, std::int64_t> block{0, 0};  // whose masses `values` are
  for (std::int32_t y = 0; y < grid.height; ++y) {
    const std::int64_t end = row_edges[static_cast<std::size_t>(y) + 1];
    for (std::int64_t row = row_edges[static_cast<std::size_t>(y)];
         row < std::min(end, mass.rows());) {
      if (row >= block.second || row < block.first) {
        if (cancel != nullptr && cancel->load()) {
          return Error{"attention", "was interrupted", {}, ErrorKind::kInterrupted};
        }
        KVFOOT_ASSIGN(values, mass.block(row));
        block = mass.block_of(row);
      }
      // All rows of a block share the masses of the keys that the first of them sees.
      const std::int64_t stop = std::min(end, block.second);
      cells.add(values, 0, row + 1, stop - row);
      for (std::int64_t later = row + 1; later < stop; ++later) {
        cells.add(values, row + 1, later + 1, 1);
      }
      row = stop;
    }
    cells.take(std::span(raster.mass)
                   .subspan(static_cast<std::size_t>(y) * static_cast<std::size_t>(grid.width),
                            static_cast<std::size_t>(grid.width)));
  }
  return raster;
}

}  // namespace kvfoot::gui
