// Formulas as boxes that are measured, then painted: text, variables, fractions, sums.
#pragma once

#include <QFont>
#include <QPointF>
#include <QString>
#include <memory>
#include <vector>

class QPainter;

namespace kvfoot::gui {

// Painting takes the painter's pen. Measure with the font that paints.
class MathBox {
 public:
  virtual ~MathBox() = default;
  virtual void measure(const QFont& font) = 0;
  // `at`: left end of the baseline.
  virtual void paint(QPainter& painter, QPointF at) const = 0;
  // The formula in one line, "(x + 1) / 2".
  [[nodiscard]] virtual QString plain() const = 0;
  // For papers and notebooks, "\frac{x + 1}{2}"; words stand in \text of amsmath.
  [[nodiscard]] virtual QString latex() const = 0;

  double width = 0;
  double ascent = 0;
  double descent = 0;
};
using MathBoxPtr = std::unique_ptr<MathBox>;

[[nodiscard]] MathBoxPtr math_text(const QString& text);
[[nodiscard]] MathBoxPtr math_variable(const QString& text);  // italic
[[nodiscard]] MathBoxPtr math_fraction(MathBoxPtr above, MathBoxPtr below);
[[nodiscard]] MathBoxPtr math_sum(const QString& over);  // a sigma with words below
[[nodiscard]] MathBoxPtr math_row(std::vector<MathBoxPtr> boxes);

// A row from any number of boxes.
template <class... Boxes>
[[nodiscard]] MathBoxPtr math_row(MathBoxPtr first, Boxes... rest) {
  std::vector<MathBoxPtr> boxes;
  boxes.push_back(std::move(first));
  (boxes.push_back(std::move(rest)), ...);
  return math_row(std::move(boxes));
}

}  // namespace kvfoot::gui
