// A painter with a theme: measured text, halos, markers. Coordinates are logical pixels.
#pragma once

#include <QFontMetricsF>
#include <QPainter>
#include <QPointF>
#include <QRectF>
#include <QString>
#include <QStringList>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "gui/plots/theme.hpp"

namespace kvfoot::plots {

enum class Align : std::uint8_t { kLeft, kCentre, kRight };

class Canvas {
 public:
  // `vector` says that the device keeps shapes (SVG, PDF) instead of pixels.
  Canvas(QPainter& painter, const QRectF& rect, const Theme& theme, bool vector);

  [[nodiscard]] QPainter& painter() { return painter_; }
  [[nodiscard]] const QRectF& rect() const { return rect_; }
  [[nodiscard]] const Theme& theme() const { return theme_; }
  [[nodiscard]] bool vector() const { return vector_; }

  [[nodiscard]] double text_width(const QString& text, TextKind kind) const;
  [[nodiscard]] double line_height(TextKind kind) const;
  [[nodiscard]] double ascent(TextKind kind) const;
  [[nodiscard]] double cap_height(TextKind kind) const;

  // `at` is on the baseline. A halo in the background colour keeps text readable over data.
  void text(const QPointF& at, Align align, const QString& text, TextKind kind, Rgb colour,
            bool halo = false);
  // Reads upwards, centred on `at`, baseline on x.
  void vertical_text(const QPointF& at, const QString& text, TextKind kind, Rgb colour);

  void line(const QPointF& from, const QPointF& to, const QColor& colour, double width,
            Qt::PenStyle style = Qt::SolidLine);
  void fill(const QRectF& rect, const QColor& colour);
  // Seven shapes, so that series differ without colour too.
  void marker(std::size_t shape, const QPointF& centre, double radius, Rgb colour);

  // Fits `text` into `width` by breaking after commas, spaces and colons, at most `max_lines`
  // lines, the last one shortened in the middle.
  [[nodiscard]] QStringList wrap(const QString& text, TextKind kind, double width,
                                 int max_lines) const;
  [[nodiscard]] QString shorten(const QString& text, TextKind kind, double width) const;

 private:
  // Looking a font up costs more than measuring a word with it.
  struct Face {
    QFont font;
    QFontMetricsF metrics;
  };
  void draw_halo(const QPointF& start, const QString& text);  // in the painter's font
  static Face make_face(const Theme& theme, TextKind kind);
  [[nodiscard]] const Face& face(TextKind kind) const {
    return faces_[static_cast<std::size_t>(kind)];
  }

  QPainter& painter_;
  QRectF rect_;
  const Theme& theme_;
  bool vector_;
  std::array<Face, kTextKinds> faces_;
};

[[nodiscard]] inline QString to_qstring(const std::string& text) {
  return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

}  // namespace kvfoot::plots
