// What several views draw alike: the theme of a widget, and the box that names what is under the
// pointer.
#pragma once

#include <QColor>
#include <QFont>
#include <QRectF>
#include <QSize>
#include <QString>
#include <vector>

#include "gui/plots/theme.hpp"

class QPainter;
class QWidget;

namespace kvfoot::gui {

// Light or dark as the widget's palette is.
[[nodiscard]] plots::Theme theme_of(const QWidget& widget);

// A frame that is seen on every colour: in `ink` on a wider one of the background.
void paint_outline(QPainter& painter, const plots::Theme& theme, const QRectF& frame,
                   const QColor& ink, double width);

// Whether there is more room beside than below, as in panels at the bottom of a window.
[[nodiscard]] bool is_wide(const QSize& size);

// Of a line of text in the language of the program: letters that the font does not have come from
// others, which may be taller.
[[nodiscard]] int line_height(const QFont& font);

// A title, then a line per entry: swatch, name, number.
class ReadOut {
 public:
  explicit ReadOut(QString title) : title_(std::move(title)) {}
  // An invalid colour gives no swatch.
  void add(const QColor& colour, const QString& name, const QString& number);
  // Beside x at the top of the plot area, or of the whole widget where the area is too small.
  void paint(QPainter& painter, const plots::Theme& theme, const QRectF& plot, const QRectF& widget,
             double x) const;

 private:
  struct Line {
    QColor colour;
    QString name;
    QString number;
  };
  QString title_;
  std::vector<Line> lines_;
};

}  // namespace kvfoot::gui
