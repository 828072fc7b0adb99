// Plot data of the query x key picture: a raster of state shares, exact at any resolution.
#include <algorithm>

#include "sim/core/check.hpp"
#include "sim/report/plot_data.hpp"

namespace kvfoot {
namespace {

// Areas of states over cells of rows x keys, where a (row, key) pair is the unit square
// [row, row + 1) x [key, key + 1), split where a cell boundary cuts it. Each key adds whole cells
// as a step in a difference array down its column, so that the cost per key does not grow with
// cells.
class Raster {
 public:
  Raster(std::int64_t rows, std::int32_t cells)
      : cells_(cells), width_(static_cast<double>(rows) / cells) {
    const auto count = static_cast<std::size_t>(cells) * static_cast<std::size_t>(cells);
    part_.assign(count, {0, 0, 0});
    step_.assign(count, {0, 0, 0});
  }

  // Adds the pairs of rows [row_begin, row_end) and one key, `sign` times.
  void add(std::int64_t row_begin, std::int64_t row_end, std::int64_t key, KeyState state,
           double sign) {
    if (row_begin >= row_end) {
      return;
    }
    const auto begin = static_cast<double>(row_begin);
    const auto end = static_cast<double>(row_end);
    const auto left = static_cast<double>(key);
    const std::int32_t first = cell_of(left);
    // A cell is at least one key wide: a key touches two cells at most.
    const double cut = std::min(left + 1, (first + 1) * width_);
    add_column(first, begin, end, sign * (cut - left), state);
    if (cut < left + 1 && first + 1 < cells_) {
      add_column(first + 1, begin, end, sign * (left + 1 - cut), state);
    }
  }

  [[nodiscard]] std::vector<std::array<float, 3>> shares() const {
    std::vector<std::array<float, 3>> share(part_.size());
    const double cell_area = width_ * width_;
    for (std::int32_t column = 0; column < cells_; ++column) {
      std::array<double, 3> whole = {0, 0, 0};
      for (std::int32_t line = 0; line < cells_; ++line) {
        const std::size_t i = index(line, column);
        for (std::size_t state = 0; state < 3; ++state) {
          whole[state] += step_[i][state];
          share[i][state] = static_cast<float>(
              std::clamp((whole[state] + part_[i][state]) / cell_area, 0.0, 1.0));
        }
      }
    }
    return share;
  }

 private:
  [[nodiscard]] std::size_t index(std::int32_t line, std::int32_t column) const {
    return static_cast<std::size_t>(line) * static_cast<std::size_t>(cells_) +
           static_cast<std::size_t>(column);
  }
  [[nodiscard]] std::int32_t cell_of(double at) const {
    return std::min(cells_ - 1, static_cast<std::int32_t>(at / width_));
  }

  void add_column(std::int32_t column, double begin, double end, double key_part, KeyState state) {
    const auto k = static_cast<std::size_t>(state);
    const std::int32_t first = cell_of(begin);
    const std::int32_t last = cell_of(end);
    if (first == last) {
      part_[index(first, column)][k] += (end - begin) * key_part;
      return;
    }
    part_[index(first, column)][k] += ((first + 1) * width_ - begin) * key_part;
    part_[index(last, column)][k] += (end - last * width_) * key_part;
    step_[index(first + 1, column)][k] += width_ * key_part;
    step_[index(last, column)][k] -= width_ * key_part;
  }

  std::int32_t cells_;
  double width_;
  std::vector<std::array<double, 3>> part_;  // cells that a boundary of rows cuts
  std::vector<std::array<double, 3>> step_;  // whole cells, as differences down a column
};

}  // namespace

StateRaster state_raster(std::span<const DecisionRecord> decisions,
                         std::span<const InactiveRange> inactive, const RunLengths& run,
                         std::int32_t layer, std::int32_t head, std::int32_t max_cells) {
  KVFOOT_CHECK(max_cells > 0 && run.rows() > 0);
  const std::int64_t rows = run.rows();
  StateRaster picture;
  picture.title = "Layer " + std::to_string(layer) + ", head " + std::to_string(head);
  picture.rows = rows;
  picture.cells = static_cast<std::int32_t>(std::min<std::int64_t>(rows, max_cells));
  picture.prefill_end = static_cast<double>(run.prefill_rows());
  for (std::int64_t pass = 0; pass < run.prefill_passes(); ++pass) {
    picture.chunk_ends.push_back(static_cast<double>(pass_at(run, pass, 0).end));
  }

  // First row that no longer has the key; N when it stays to the end.
  std::vector<std::int64_t> gone(static_cast<std::size_t>(rows), rows);
  for (const DecisionRecord& record : decisions) {
    if (record.layer != layer || record.head != head) {
      continue;
    }
    const std::int64_t end = pass_at(run, record.pass, 0).end;
    for (const PosRange& range : record.evicted) {
      KVFOOT_CHECK(range.begin >= 0 && range.end <= rows);
      std::fill(gone.begin() + range.begin, gone.begin() + range.end, end);
    }
  }

  Raster raster(rows, picture.cells);
  for (std::int64_t key = 0; key < rows; ++key) {
    const std::int64_t end = gone[static_cast<std::size_t>(key)];
    raster.add(key, end, key, KeyState::kLive, 1);
    raster.add(end, rows, key, KeyState::kEvicted, 1);
  }
  for (const InactiveRange& range : inactive) {
    for (std::int64_t key = range.keys.begin; key < range.keys.end; ++key) {
      const std::int64_t begin = std::max(range.row_begin, key);
      const std::int64_t end = std::min(range.row_end, gone[static_cast<std::size_t>(key)]);
      raster.add(begin, end, key, KeyState::kInactive, 1);
      raster.add(begin, end, key, KeyState::kLive, -1);
    }
  }
  picture.share = raster.shares();
  return picture;
}

}  // namespace kvfoot
