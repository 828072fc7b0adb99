// Plot data of the query x key picture: a raster of state shares, exact at any resolution.
#include <algorithm>

#include "sim/core/check.hpp"
#include "sim/report/plot_data.hpp"

namespace kvfoot {
namespace {

// Cell boundaries over N rows: cell i covers [i * N / cells, (i + 1) * N / cells) as real numbers.
class Raster {
 public:
  Raster(std::int64_t rows, std::int32_t cells)
      : rows_(rows), cells_(cells), width_(static_cast<double>(rows) / cells) {
    const auto count = static_cast<std::size_t>(cells) * static_cast<std::size_t>(cells);
    area_.assign(count, {0, 0, 0});
  }

  // Adds the pairs rows [row_begin, row_end) x the one key to `state`. A row-key pair counts as
  // the unit square [row, row + 1) x [key, key + 1), split where a cell boundary cuts it.
  void add(std::int64_t row_begin, std::int64_t row_end, std::int64_t key, KeyState state,
           double sign) {
    if (row_begin >= row_end) {
      return;
    }
    for_overlaps(static_cast<double>(key), static_cast<double>(key + 1),
                 [&](std::int32_t column, double key_part) {
                   for_overlaps(static_cast<double>(row_begin), static_cast<double>(row_end),
                                [&](std::int32_t line, double row_part) {
                                  area_[index(line, column)][static_cast<std::size_t>(state)] +=
                                      sign * key_part * row_part;
                                });
                 });
  }

  [[nodiscard]] std::vector<std::array<float, 3>> shares() const {
    std::vector<std::array<float, 3>> share(area_.size());
    const double cell_area = width_ * width_;
    for (std::size_t i = 0; i < area_.size(); ++i) {
      for (std::size_t state = 0; state < 3; ++state) {
        share[i][state] = static_cast<float>(std::clamp(area_[i][state] / cell_area, 0.0, 1.0));
      }
    }
    return share;
  }

 private:
  [[nodiscard]] std::size_t index(std::int32_t line, std::int32_t column) const {
    return static_cast<std::size_t>(line) * static_cast<std::size_t>(cells_) +
           static_cast<std::size_t>(column);
  }

  template <class Visit>
  void for_overlaps(double begin, double end, const Visit& visit) const {
    const auto first = std::max<std::int32_t>(0, static_cast<std::int32_t>(begin / width_) - 1);
    for (std::int32_t cell = first; cell < cells_; ++cell) {
      const double low = cell * width_;
      if (low >= end) {
        break;
      }
      const double overlap = std::min(end, low + width_) - std::max(begin, low);
      if (overlap > 0) {
        visit(cell, overlap);
      }
    }
  }

  std::int64_t rows_;
  std::int32_t cells_;
  double width_;
  std::vector<std::array<double, 3>> area_;
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
