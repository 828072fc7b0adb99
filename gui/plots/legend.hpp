// The legend stands beside the data, never on it: rows above the plot, or a column at the right.
#pragma once

#include <QRectF>
#include <QString>
#include <QStringList>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "gui/plots/canvas.hpp"

namespace kvfoot::plots {

struct LegendItem {
  enum class Kind : std::uint8_t { kBox, kLineMarker, kDashes, kDot } kind = Kind::kBox;
  QString text;
  Rgb colour;
  std::size_t marker = 0;
  bool dashed = false;
};

// Where each item goes, relative to the legend's own top left corner.
struct LegendLayout {
  struct Cell {
    QPointF at;  // top left
    QStringList lines;
  };
  std::vector<Cell> cells;  // one per shown item
  QSizeF size{0, 0};
  std::size_t hidden = 0;  // items that did not fit, announced as "and 3 more"
};

// Rows of equal columns (or ragged rows when those are fewer) across `width`.
[[nodiscard]] LegendLayout legend_in_rows(const Canvas& canvas,
                                          const std::vector<LegendItem>& items, double width);
// One item below the other, names broken over up to three lines, at most `height` high.
[[nodiscard]] LegendLayout legend_in_column(const Canvas& canvas,
                                            const std::vector<LegendItem>& items, double width,
                                            double height);
void draw_legend(Canvas& canvas, const std::vector<LegendItem>& items, const LegendLayout& layout,
                 const QPointF& top_left);

}  // namespace kvfoot::plots
