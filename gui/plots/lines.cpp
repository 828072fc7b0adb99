// Lines with markers over a linear or logarithmic x: footprint against budget or chunk size.
#include <QPolygonF>
#include <algorithm>
#include <cmath>

#include "gui/plots/clip.hpp"
#include "gui/plots/kinds.hpp"
#include "gui/plots/label_placer.hpp"
#include "gui/plots/line_points.hpp"

namespace kvfoot::plots {
namespace {

constexpr std::size_t kMostMarkers = 60;  // per series; beyond that markers would hide the line
constexpr double kCoincide = 1.5;         // pixels: closer lines hide one another
constexpr int kMostLayers = 2;            // of widening
constexpr double kColumns = 2;            // per logical pixel in SVG and PDF

bool dashed(const Canvas& canvas, std::size_t index) {
  return (index / series_palette(canvas.theme().dark()).size()) % 2 == 1;
}

FrameRequest request_for(const Canvas& canvas, const PlotSpec& spec, const LinePlot& plot) {
  FrameRequest request;
  request.title = spec.title;
  request.subtitle = spec.subtitle;
  request.x = plot.x;
  request.y = plot.y;
  request.y.unit_of = unit_value(plot);
  RangeFinder xs(plot.x.scale);
  RangeFinder ys(plot.y.scale);
  for (std::size_t i = 0; i < plot.series.size(); ++i) {
    const LineSeries& series = plot.series[i];
    const std::size_t style = series.style.value_or(i);
    std::for_each(series.x.begin(), series.x.end(), [&](double value) { xs.add(value); });
    std::for_each(series.y.begin(), series.y.end(), [&](double value) { ys.add(value); });
    request.legend.push_back({LegendItem::Kind::kLineMarker, to_qstring(series.name),
                              canvas.theme().series(style), style, dashed(canvas, style)});
  }
  for (const ReferenceLine& line : plot.references) {
    ys.add(line.y);
  }
  for (const AxisTick& tick : plot.x.ticks) {
    xs.add(tick.value);
  }
  const bool from_zero = plot.y.scale == Scale::kLinear && plot.y_from_zero;
  if (from_zero) {
    ys.add(0);
  }
  request.x_range = plot.x.range.value_or(xs.found(0.04));
  Range y = ys.found(0.06);
  if (from_zero) {
    const Range tight = ys.found(0);  // no padding below or above nothing
    y.low = tight.low < 0 ? y.low : 0;
    y.high = tight.high <= 0 ? std::max(tight.high, y.low + 1) : y.high;
  }
  request.y_range = plot.y.range.value_or(y);
  return request;
}

std::vector<QPolygonF> pixels(Canvas& canvas, const Frame& frame, const LinePlot& plot) {
  const double columns = canvas.vector() ? frame.plot.width() * kColumns
                                         : device_pixels(canvas.painter(), frame.plot).width;
  std::vector<QPolygonF> lines;
  for (const LineSeries& series : plot.series) {
    lines.push_back(line_points(frame, series, static_cast<std::size_t>(columns)));
  }
  return lines;
}

double distance_to(const QPolygonF& line, const QPointF& point) {
  double least = 1e300;
  for (qsizetype i = 0; i < line.size(); ++i) {
    const QPointF from = line[i];
    const QPointF along = i + 1 < line.size() ? line[i + 1] - from : QPointF();
    const double length = QPointF::dotProduct(along, along);
    const double at = length > 0 ? QPointF::dotProduct(point - from, along) / length : 0;
    const QPointF gap = point - (from + along * std::clamp(at, 0.0, 1.0));
    least = std::min(least, std::hypot(gap.x(), gap.y()));
  }
  return least;
}

// How many later lines run over each one. Such a line is drawn wider, so that its colour still
// shows beside what covers it. Long lines are not compared.
std::vector<int> covered_by(const LinePlot& plot, const std::vector<QPolygonF>& lines) {
  const auto exact = [&](std::size_t i) { return plot.series[i].x.size() <= kMostExactPoints; };
  std::vector<int> depth(lines.size(), 0);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (std::size_t j = i + 1; j < lines.size() && exact(i); ++j) {
      if (!exact(j)) {
        continue;
      }
      const auto near = std::count_if(lines[i].begin(), lines[i].end(), [&](const QPointF& point) {
        return distance_to(lines[j], point) < kCoincide;
      });
      depth[i] += 4 * near >= 3 * lines[i].size() ? 1 : 0;
    }
    depth[i] = std::min(depth[i], kMostLayers);
  }
  return depth;
}

// As many single lines: the outline of a polyline that goes up and down in every column takes time
// with the square of its points.
void draw_dense(QPainter& painter, const QPolygonF& points, QPen pen) {
  pen.setCapStyle(Qt::SquareCap);  // fills the corners
  painter.setPen(pen);
  const QList<qreal> dashes = pen.dashPattern();
  const double period = dashes.isEmpty() ? 0 : (dashes[0] + dashes[1]) * pen.widthF();
  QList<QLineF> lines;
  for (qsizetype i = 1; i < points.size(); ++i) {
    const QLineF line(points[i - 1], points[i]);
    // Lines shorter than a dash would never come to a gap of their own.
    const bool gap =
        line.length() < period && std::fmod(line.x1(), period) > dashes[0] * pen.widthF();
    if (!gap) {
      lines << line;
    }
  }
  painter.drawLines(lines);
}

void draw_series(Canvas& canvas, const QRectF& plot, const QPolygonF& points, std::size_t count,
                 std::size_t index, int depth) {
  const Rgb colour = canvas.theme().series(index);
  QPainter& painter = canvas.painter();
  QPen pen(to_qcolor(colour), 1.8 + 2.0 * depth, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin);
  if (dashed(canvas, index)) {
    pen.setDashPattern({4, 2.5});
    pen.setCapStyle(Qt::FlatCap);
  }
  painter.setPen(pen);
  const QRectF edges = plot.adjusted(-1, -1, 1, 1);  // what lies on an axis is inside
  for (const QPolygonF& part : clipped(points, edges)) {
    if (count <= kMostExactPoints || canvas.vector()) {
      painter.drawPolyline(part);
    } else {
      draw_dense(painter, part, pen);
    }
  }
  if (count <= kMostMarkers) {
    for (const QPointF& point : points) {
      if (edges.contains(point)) {
        canvas.marker(index, point, 4 + 1.8 * depth, colour);
      }
    }
  }
}

void draw_reference(Canvas& canvas, const Frame& frame, const ReferenceLine& line) {
  const double y = frame.y_at(line.y);
  const QRectF& plot = frame.plot;
  if (y >= plot.top() && y <= plot.bottom()) {
    canvas.line({plot.left(), y}, {plot.right(), y}, to_qcolor(canvas.theme().muted), 1,
                Qt::DashLine);
  }
}

// A note in the first free one of the given corners (top left of its box).
class Notes {
 public:
  Notes(Canvas& canvas, const Frame& frame, const std::vector<QPolygonF>& lines)
      : canvas_(canvas), plot_(frame.plot), placer_(frame.plot.adjusted(0, 0, 1, 1)) {
    for (const QPolygonF& line : lines) {
      placer_.avoid(line);
    }
  }

  [[nodiscard]] QSizeF size(const QString& text) const {
    return {canvas_.text_width(text, TextKind::kNote), canvas_.line_height(TextKind::kNote)};
  }
  [[nodiscard]] QString fit(const std::string& text) const {
    return canvas_.shorten(to_qstring(text), TextKind::kNote, plot_.width() * 0.6);
  }

  void write(const QString& text, const std::vector<QPointF>& corners, Rgb colour) {
    std::vector<QRectF> boxes;
    for (const QPointF& corner : corners) {
      boxes.emplace_back(corner, size(text));
    }
    const QRectF box = placer_.place(boxes);
    canvas_.text(box.topLeft() + QPointF(0, canvas_.ascent(TextKind::kNote)), Align::kLeft, text,
                 TextKind::kNote, colour, true);
  }

 private:
  Canvas& canvas_;
  QRectF plot_;
  LabelPlacer placer_;
};

void draw_mark(Canvas& canvas, const Frame& frame, const Mark& mark, Notes& notes) {
  const QPointF at = frame.at(mark.x, mark.y);
  if (!frame.plot.adjusted(-2, -2, 2, 2).contains(at)) {
    return;
  }
  canvas.painter().setPen(QPen(to_qcolor(canvas.theme().text), 1.4));
  canvas.painter().drawEllipse(at, 6.5, 6.5);
  const QString label = notes.fit(mark.label);
  const QSizeF size = notes.size(label);
  const double right = at.x() + 9;
  const double left = at.x() - 9 - size.width();
  const double above = at.y() - 5 - size.height();
  const double below = at.y() + 5;
  const double middle = at.y() - size.height() / 2;
  notes.write(label,
              {{right, below},
               {right, above},
               {left, above},
               {left, below},
               {right, middle},
               {left, middle},
               {right + 20, below + 30},
               {left - 20, above - 30}},
              canvas.theme().text);
}

void draw_reference_label(const Canvas& canvas, const Frame& frame, const ReferenceLine& line,
                          Notes& notes) {
  const double y = frame.y_at(line.y);
  const QRectF& plot = frame.plot;
  if (y < plot.top() || y > plot.bottom() || line.label.empty()) {
    return;
  }
  const QString label = notes.fit(line.label);
  const QSizeF size = notes.size(label);
  const double above = y - size.height() - 1;
  const double below = y + 1;
  const double right = plot.right() - size.width() - 4;
  const double left = plot.left() + 6;
  const double centre = plot.center().x() - size.width() / 2;
  notes.write(label,
              {{right, above},
               {left, above},
               {right, below},
               {left, below},
               {centre, above},
               {centre, below}},
              canvas.theme().muted);
}

}  // namespace

// A long legend makes the picture higher instead of the data smaller.
QSizeF natural_size(const LinePlot& plot) {
  std::size_t longest = 0;
  for (const LineSeries& series : plot.series) {
    longest = std::max(longest, series.name.size());
  }
  constexpr double kWidth = 560;
  const double item = 46 + 7 * static_cast<double>(longest);
  const double columns = std::max(1.0, std::floor(kWidth / item));
  const double rows = std::ceil(static_cast<double>(plot.series.size()) / columns);
  return {640, 400 + 17 * std::clamp(rows - 2, 0.0, 12.0)};
}

Frame paint(Canvas& canvas, const PlotSpec& spec, const LinePlot& plot) {
  const FrameRequest request = request_for(canvas, spec, plot);
  const Frame frame = lay_out(canvas, request);
  draw_grid(canvas, frame, true, true);
  for (const ReferenceLine& line : plot.references) {
    draw_reference(canvas, frame, line);
  }
  draw_frame(canvas, frame, request);
  // Over the spines: a marker that sits on an axis stays whole.
  canvas.painter().save();
  const std::vector<QPolygonF> lines = pixels(canvas, frame, plot);
  const std::vector<int> depth = covered_by(plot, lines);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const LineSeries& series = plot.series[i];
    draw_series(canvas, frame.plot, lines[i], series.x.size(), series.style.value_or(i), depth[i]);
  }
  canvas.painter().restore();
  Notes notes(canvas, frame, lines);
  for (const Mark& mark : plot.marks) {
    draw_mark(canvas, frame, mark, notes);
  }
  for (const ReferenceLine& line : plot.references) {
    draw_reference_label(canvas, frame, line, notes);
  }
  return frame;
}

}  // namespace kvfoot::plots
