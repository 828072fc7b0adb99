// Stacked areas over rows: live, inactive, evicted, with chunk boundaries and the peak.
#include <QImage>
#include <QPolygonF>
#include <algorithm>
#include <array>
#include <cmath>

#include "gui/plots/area_raster.hpp"
#include "gui/plots/kinds.hpp"
#include "gui/plots/label_placer.hpp"
#include "gui/plots/words.hpp"

namespace kvfoot::plots {
namespace {

constexpr std::size_t kMostVertices = 4000;  // per boundary in SVG and PDF
constexpr double kRoomAbove = 1.04;          // of a reference line, for what it says
constexpr double kLinesForLabel = 6;         // lower pictures have room for one
constexpr double kClosestBoundaries = 14;    // pixels; denser chunk boundaries are left out

FrameRequest request_for(const PlotSpec& spec, const StackedAreas& areas) {
  FrameRequest request;
  request.title = spec.title;
  request.subtitle = spec.subtitle;
  request.x = areas.x;
  request.y = areas.y;
  request.x.unit_of = areas.x.unit_of > 0 ? areas.x.unit_of : std::abs(areas.series->x().back());
  request.y.unit_of = unit_value(areas);
  const auto x = areas.series->x();
  RangeFinder found(Scale::kLinear);
  found.add(x.front());
  found.add(x.back());
  request.x_range = areas.x.range.value_or(found.found(0));
  double highest = static_cast<double>(areas.series->highest());
  for (const ReferenceLine& line : areas.references) {
    highest = std::max(highest, line.y * kRoomAbove);
  }
  request.y_range = areas.y.range.value_or(Range{0, highest > 0 ? highest * 1.05 : 1});
  return request;
}

bool boundaries_visible(const StackedAreas& areas, const Range& range, double width) {
  const auto inside = std::count_if(areas.boundaries.begin(), areas.boundaries.end(),
                                    [&](double b) { return b > range.low && b < range.high; });
  return inside > 0 && width / static_cast<double>(inside) >= kClosestBoundaries;
}

void add_legend(FrameRequest& request, const StackedAreas& areas, const Theme& theme,
                double width) {
  for (std::size_t k = 0; k < areas.layers.size(); ++k) {
    if (!areas.series->layer_is_zero(k)) {
      request.legend.push_back({LegendItem::Kind::kBox, to_qstring(areas.layers[k].name),
                                theme.role(areas.layers[k].role), 0, false});
    }
  }
  if (boundaries_visible(areas, request.x_range, width)) {
    request.legend.push_back({LegendItem::Kind::kDashes,
                              to_qstring(words(QT_TRANSLATE_NOOP("Plot", "chunk boundary"))),
                              theme.axis, 0, false});
  }
  if (areas.decode_begin) {
    request.legend.push_back({LegendItem::Kind::kDashes,
                              to_qstring(words(QT_TRANSLATE_NOOP("Plot", "first decode row"))),
                              theme.text, 0, true});
  }
}

void draw_as_image(Canvas& canvas, const Frame& frame, const StackedAreas& areas,
                   std::span<const Rgb> colours) {
  const DevicePixels pixels = device_pixels(canvas.painter(), frame.plot);
  // The image covers whole device pixels; its data range follows from that, not from the plot's.
  const auto x_value = [&](double x) {
    return frame.x.from_unit((x - frame.plot.left()) / frame.plot.width());
  };
  const auto y_value = [&](double y) {
    return frame.y.from_unit((frame.plot.bottom() - y) / frame.plot.height());
  };
  const AreaRaster raster{static_cast<std::size_t>(pixels.width),
                          static_cast<std::size_t>(pixels.height), y_value(pixels.logical.bottom()),
                          y_value(pixels.logical.top())};
  const auto bands = areas.series->columns(x_value(pixels.logical.left()),
                                           x_value(pixels.logical.right()), raster.width);
  QImage image(pixels.width, pixels.height, QImage::Format_ARGB32_Premultiplied);
  // 32-bit rows have no padding, so the image is one block of pixels.
  raster_areas(raster, bands, colours,
               {reinterpret_cast<std::uint32_t*>(image.bits()), raster.width * raster.height});
  canvas.painter().drawImage(pixels.logical, image);
}

void draw_as_polygons(Canvas& canvas, const Frame& frame, const StackedAreas& areas,
                      std::span<const Rgb> colours) {
  const StackedSeries& series = *areas.series;
  const Range& view = frame.x.range();
  const std::size_t begin = std::max<std::size_t>(series.first_at_or_after(view.low), 1) - 1;
  std::size_t end = series.first_at_or_after(view.high);
  while (end < series.points() && series.x()[end] <= view.high) {
    ++end;
  }
  end = std::min(end + 1, series.points());
  QPainter& painter = canvas.painter();
  painter.save();
  painter.setClipRect(frame.plot);
  painter.setPen(Qt::NoPen);
  const bool exact = end - begin <= kMostVertices;
  const auto columns = static_cast<std::size_t>(frame.plot.width() * 2);
  const auto bands = exact ? std::vector<Band>{} : series.columns(view.low, view.high, columns);
  for (std::size_t k = series.layers(); k-- > 0;) {  // the top area first, the others over it
    QPolygonF outline;
    if (exact) {
      for (std::size_t i = begin; i < end; ++i) {
        outline << frame.at(series.x()[i], static_cast<double>(series.boundary(k)[i]));
      }
    } else {
      for (std::size_t c = 0; c < columns; ++c) {
        const Band& band = bands[k * columns + c];
        if (!band.empty()) {
          const double x = frame.plot.left() + (static_cast<double>(c) + 0.5) / 2;
          outline << QPointF(x, frame.y_at(static_cast<double>(band.low)));
          outline << QPointF(x, frame.y_at(static_cast<double>(band.high)));
        }
      }
    }
    if (outline.isEmpty()) {
      continue;
    }
    const double bottom = frame.y_at(0);
    outline << QPointF(outline.last().x(), bottom) << QPointF(outline.first().x(), bottom);
    painter.setBrush(to_qcolor(colours[k]));
    painter.drawPolygon(outline);
  }
  painter.restore();
}

void draw_boundaries(Canvas& canvas, const Frame& frame, const StackedAreas& areas) {
  const QRectF& plot = frame.plot;
  const Theme& theme = canvas.theme();
  if (boundaries_visible(areas, frame.x.range(), plot.width())) {
    for (const double boundary : areas.boundaries) {
      const double x = frame.x_at(boundary);
      if (x > plot.left() + 1 && x < plot.right() - 1) {
        canvas.line({x, plot.top()}, {x, plot.bottom()}, with_alpha(theme.axis, 110), 0.8);
      }
    }
  }
  if (areas.decode_begin) {
    const double x = frame.x_at(*areas.decode_begin);
    if (x >= plot.left() && x <= plot.right() + 0.5) {
      canvas.line({x, plot.top()}, {x, plot.bottom()}, to_qcolor(theme.text), 1, Qt::DashLine);
    }
  }
}

void draw_peak(Canvas& canvas, const Frame& frame, const Mark& peak, LabelPlacer& notes) {
  const QPointF at = frame.at(peak.x, peak.y);
  const QRectF& plot = frame.plot;
  if (!plot.adjusted(-1, -1, 1, 1).contains(at)) {
    return;
  }
  const Theme& theme = canvas.theme();
  // From the axis to the point: the left side of a growing cache is empty, so the label rests
  // there.
  canvas.line({plot.left(), at.y()}, at, to_qcolor(theme.text), 1, Qt::DotLine);
  canvas.painter().setPen(QPen(to_qcolor(theme.background), 1.2));
  canvas.painter().setBrush(to_qcolor(theme.text));
  canvas.painter().drawEllipse(at, 3.6, 3.6);
  canvas.painter().setBrush(Qt::NoBrush);
  const QString label = canvas.shorten(to_qstring(peak.label), TextKind::kNote, plot.width() - 12);
  const bool room_above = at.y() - plot.top() > canvas.line_height(TextKind::kNote) + 6;
  const double baseline = room_above ? at.y() - 5 : at.y() + canvas.ascent(TextKind::kNote) + 4;
  const double left = plot.left() + 8;
  const QRectF box(left, baseline - canvas.ascent(TextKind::kNote),
                   canvas.text_width(label, TextKind::kNote), canvas.line_height(TextKind::kNote));
  notes.place({&box, 1});
  canvas.text({left, baseline}, Align::kLeft, label, TextKind::kNote,
              peak.alarm ? theme.alarm : theme.text, true);
}

void draw_reference(Canvas& canvas, const Frame& frame, const ReferenceLine& line,
                    LabelPlacer& notes) {
  const QRectF& plot = frame.plot;
  const double y = frame.y_at(line.y);
  if (y < plot.top() || y > plot.bottom()) {
    return;
  }
  const Theme& theme = canvas.theme();
  const Rgb colour = line.alarm ? theme.alarm : theme.text;
  // On the areas as well as beside them: a rim in the colour of the paper.
  canvas.line({plot.left(), y}, {plot.right(), y}, with_alpha(theme.background, 200), 3.2);
  canvas.line({plot.left(), y}, {plot.right(), y}, to_qcolor(colour), 1.6, Qt::DashLine);
  if (plot.height() < kLinesForLabel * canvas.line_height(TextKind::kNote)) {
    return;  // the peak is named
  }
  const QString label = canvas.shorten(to_qstring(line.label), TextKind::kNote, plot.width() - 12);
  const QSizeF size(canvas.text_width(label, TextKind::kNote), canvas.line_height(TextKind::kNote));
  const double right = plot.right() - size.width() - 6;
  const double left = plot.left() + 8;
  const double above = y - size.height() - 2;
  const double below = y + 3;
  // What exceeds a line covers its right end: caches grow.
  const double first = line.alarm ? left : right;
  const double second = line.alarm ? right : left;
  const std::array<QRectF, 4> places{QRectF({first, above}, size), QRectF({second, above}, size),
                                     QRectF({first, below}, size), QRectF({second, below}, size)};
  const QRectF box = notes.place(places);
  canvas.text(box.topLeft() + QPointF(0, canvas.ascent(TextKind::kNote)), Align::kLeft, label,
              TextKind::kNote, colour, true);
}

}  // namespace

Frame paint(Canvas& canvas, const PlotSpec& spec, const StackedAreas& areas) {
  FrameRequest request = request_for(spec, areas);
  add_legend(request, areas, canvas.theme(), canvas.rect().width());
  const Frame frame = lay_out(canvas, request);
  std::vector<Rgb> colours;
  for (const AreaLayer& layer : areas.layers) {
    colours.push_back(canvas.theme().role(layer.role));
  }
  draw_grid(canvas, frame, false, true);
  if (canvas.vector()) {
    draw_as_polygons(canvas, frame, areas, colours);
  } else {
    draw_as_image(canvas, frame, areas, colours);
  }
  draw_boundaries(canvas, frame, areas);
  LabelPlacer notes(frame.plot.adjusted(0, 0, 1, 1));
  if (areas.peak) {
    draw_peak(canvas, frame, *areas.peak, notes);
  }
  for (const ReferenceLine& line : areas.references) {
    draw_reference(canvas, frame, line, notes);
  }
  draw_frame(canvas, frame, request);
  return frame;
}

}  // namespace kvfoot::plots
