// Text and shapes on a painter.
#include "gui/plots/canvas.hpp"

#include <QPainterPath>
#include <QPolygonF>
#include <QTransform>
#include <cmath>

#include "gui/plots/line_break.hpp"

namespace kvfoot::plots {
namespace {

constexpr double kHalo = 1.75;  // pixels around the strokes of letters
constexpr int kHaloCopies = 16;
constexpr int kOutlineSize = 2048;  // pixels

// Qt asks the one face that all sizes of a font share for outlines, and takes them as the last
// bitmap of a glyph left it: moved by the fraction of a pixel at which that began. Measuring a
// glyph clears that. Metrics of glyphs as large as these are never kept, so that laying out
// measures all of them just before their outlines are taken.
QPainterPath outline_of(const QPointF& start, QFont font, const QString& text) {
  const double scale = static_cast<double>(font.pixelSize()) / kOutlineSize;
  font.setPixelSize(kOutlineSize);
  QPainterPath outline;
  outline.addText({0, 0}, font, text);
  return QTransform(scale, 0, 0, scale, start.x(), start.y()).map(outline);
}

}  // namespace

Canvas::Canvas(QPainter& painter, const QRectF& rect, const Theme& theme, bool vector)
    : painter_(painter),
      rect_(rect),
      theme_(theme),
      vector_(vector),
      faces_{make_face(theme, TextKind::kTitle),     make_face(theme, TextKind::kSubtitle),
             make_face(theme, TextKind::kAxisLabel), make_face(theme, TextKind::kTick),
             make_face(theme, TextKind::kLegend),    make_face(theme, TextKind::kNote)} {}

Canvas::Face Canvas::make_face(const Theme& theme, TextKind kind) {
  const QFont font = theme.font(kind);
  return {font, QFontMetricsF(font)};
}

double Canvas::text_width(const QString& text, TextKind kind) const {
  return face(kind).metrics.horizontalAdvance(text);
}
double Canvas::line_height(TextKind kind) const { return face(kind).metrics.height(); }
double Canvas::ascent(TextKind kind) const { return face(kind).metrics.ascent(); }
double Canvas::cap_height(TextKind kind) const { return face(kind).metrics.capHeight(); }

void Canvas::text(const QPointF& at, Align align, const QString& text, TextKind kind, Rgb colour,
                  bool halo) {
  if (text.isEmpty()) {
    return;
  }
  QPointF start = at;
  if (align != Align::kLeft) {
    const double width = text_width(text, kind);
    start.rx() -= align == Align::kCentre ? width / 2 : width;
  }
  painter_.setFont(face(kind).font);
  if (halo) {
    draw_halo(start, text);
  }
  painter_.setPen(to_qcolor(colour));
  painter_.drawText(start, text);
}

void Canvas::draw_halo(const QPointF& start, const QString& text) {
  if (vector_) {  // where copies would be found and selected as text
    painter_.strokePath(outline_of(start, painter_.font(), text),
                        QPen(with_alpha(theme_.background, 225), 2 * kHalo, Qt::SolidLine,
                             Qt::RoundCap, Qt::RoundJoin));
    return;
  }
  // Copies of known bitmaps are drawn ten times as fast as a stroke.
  painter_.setPen(to_qcolor(theme_.background));
  for (int i = 0; i < kHaloCopies; ++i) {
    const double angle = 2 * M_PI * i / kHaloCopies;
    painter_.drawText(start + QPointF(std::cos(angle), std::sin(angle)) * kHalo, text);
  }
}

void Canvas::vertical_text(const QPointF& at, const QString& text, TextKind kind, Rgb colour) {
  painter_.save();
  painter_.translate(at);
  painter_.rotate(-90);
  this->text({0, 0}, Align::kCentre, text, kind, colour);
  painter_.restore();
}

void Canvas::line(const QPointF& from, const QPointF& to, const QColor& colour, double width,
                  Qt::PenStyle style) {
  QPen pen(colour, width, style, Qt::FlatCap);
  if (style != Qt::SolidLine) {
    pen.setDashPattern(style == Qt::DotLine ? QList<qreal>{1.2, 2.2} : QList<qreal>{4, 3});
  }
  painter_.setPen(pen);
  painter_.drawLine(from, to);
}

void Canvas::fill(const QRectF& rect, const QColor& colour) { painter_.fillRect(rect, colour); }

void Canvas::marker(std::size_t shape, const QPointF& centre, double radius, Rgb colour) {
  painter_.setPen(QPen(to_qcolor(theme_.background), 1));
  painter_.setBrush(to_qcolor(colour));
  const auto polygon = [&](int corners, double turn, double size) {
    QPolygonF points;
    for (int i = 0; i < corners; ++i) {
      const double angle = turn + 2 * M_PI * i / corners;
      points << centre + QPointF(std::cos(angle), std::sin(angle)) * size;
    }
    painter_.drawPolygon(points);
  };
  // Sizes are chosen so that the shapes have about the same area.
  switch (shape % 7) {
    case 0:
      painter_.drawEllipse(centre, radius, radius);
      break;
    case 1:
      polygon(4, M_PI / 4, radius * 1.25);
      break;
    case 2:
      polygon(3, -M_PI / 2, radius * 1.42);
      break;
    case 3:
      polygon(4, 0, radius * 1.32);
      break;
    case 4:
      polygon(3, M_PI / 2, radius * 1.42);
      break;
    case 5:
      polygon(5, -M_PI / 2, radius * 1.2);
      break;
    default:
      polygon(6, 0, radius * 1.15);
      break;
  }
  painter_.setBrush(Qt::NoBrush);
}

QString Canvas::shorten(const QString& text, TextKind kind, double width) const {
  if (text_width(text, kind) <= width) {
    return text;
  }
  // Both ends of a name tell policies apart, so the middle goes.
  const auto keep = [&](qsizetype kept) {
    const qsizetype head = (kept + 1) / 2;
    return text.left(head) + QChar(0x2026) + text.right(kept - head);
  };
  qsizetype fits = 0;
  qsizetype too_long = text.size();
  while (fits + 1 < too_long) {
    const qsizetype middle = (fits + too_long) / 2;
    (text_width(keep(middle), kind) <= width ? fits : too_long) = middle;
  }
  return fits == 0 ? QString() : keep(fits);
}

QStringList Canvas::wrap(const QString& text, TextKind kind, double width, int max_lines) const {
  QStringList lines;
  QString rest = text;
  while (!rest.isEmpty()) {
    if (text_width(rest, kind) <= width) {
      lines << rest;
      break;
    }
    if (lines.size() + 1 == max_lines) {
      lines << shorten(rest, kind, width);
      break;
    }
    const qsizetype cut =
        line_break(rest, [&](const QString& line) { return text_width(line, kind) <= width; });
    if (cut == 0) {
      lines << shorten(rest, kind, width);
      break;
    }
    lines << rest.left(cut).trimmed();
    rest = rest.mid(cut).trimmed();
  }
  return lines;
}

}  // namespace kvfoot::plots
