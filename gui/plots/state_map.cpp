// The query x key state picture: which entries are live, inactive or evicted at which row.
#include "gui/plots/state_raster.hpp"

#include <QImage>
#include <algorithm>
#include <cmath>

#include "gui/plots/kinds.hpp"
#include "gui/plots/state_sum.hpp"
#include "gui/plots/words.hpp"

namespace kvfoot::plots {
namespace {

constexpr double kSmallestCell = 6;       // pixels; larger entries are drawn as squares with gaps
constexpr double kClosestBoundaries = 8;  // pixels
constexpr double kShapeResolution = 2;    // image pixels per logical pixel in SVG and PDF

StateColours colours_of(const Theme& theme) {
  return {theme.role(Role::kLive), theme.role(Role::kInactive), theme.role(Role::kEvicted),
          theme.background};
}

bool anything_evicted(const StateMap& map) {
  if (map.sum != nullptr) {
    return map.sum->any_evicted();
  }
  return map.any_evicted ? *map.any_evicted
                         : std::ranges::any_of(map.streams, [&](const KeyLives& lives) {
                             return evicts(lives, map.rows);
                           });
}

bool anything_inactive(const StateMap& map) {
  if (map.sum != nullptr) {
    return map.sum->any_inactive();
  }
  return !map.inactive.empty() ||
         std::any_of(map.streams.begin(), map.streams.end(), [&](const KeyLives& lives) {
           return lives.window > 0 && lives.window < map.rows;
         });
}

FrameRequest request_for(const PlotSpec& spec, const StateMap& map, const Theme& theme) {
  FrameRequest request;
  request.title = spec.title;
  request.subtitle = spec.subtitle;
  request.x = map.key;
  request.y = map.query;
  const Range whole{-0.5, static_cast<double>(map.rows) - 0.5};
  request.x_range = map.key.range.value_or(whole);
  request.y_range = map.query.range.value_or(whole);
  request.y_down = true;
  request.square = map.square;
  const auto box = [&](const char* name, Role role) {
    request.legend.push_back(
        {LegendItem::Kind::kBox, to_qstring(words(name)), theme.role(role), 0, false});
  };
  box(QT_TRANSLATE_NOOP("Plot", "live"), Role::kLive);
  if (anything_inactive(map)) {
    box(QT_TRANSLATE_NOOP("Plot", "inactive"), Role::kInactive);
  }
  if (anything_evicted(map)) {
    box(QT_TRANSLATE_NOOP("Plot", "evicted"), Role::kEvicted);
  }
  if (!map.boundaries.empty()) {
    request.legend.push_back({LegendItem::Kind::kDashes,
                              to_qstring(words(QT_TRANSLATE_NOOP("Plot", "chunk boundary"))),
                              theme.axis, 0, false});
  }
  if (map.decode_begin) {
    request.legend.push_back({LegendItem::Kind::kDashes,
                              to_qstring(words(QT_TRANSLATE_NOOP("Plot", "first decode row"))),
                              theme.text, 0, true});
  }
  return request;
}

void draw_image(Canvas& canvas, const Frame& frame, const StateMap& map) {
  QRectF target = frame.plot;
  StateView view;
  if (canvas.vector()) {
    view.width = static_cast<std::size_t>(std::ceil(target.width() * kShapeResolution));
    view.height = static_cast<std::size_t>(std::ceil(target.height() * kShapeResolution));
  } else {
    const DevicePixels pixels = device_pixels(canvas.painter(), target);
    target = pixels.logical;
    view.width = static_cast<std::size_t>(pixels.width);
    view.height = static_cast<std::size_t>(pixels.height);
  }
  const auto key = [&](double x) {
    return frame.x.from_unit((x - frame.plot.left()) / frame.plot.width());
  };
  const auto row = [&](double y) {
    return frame.y.from_unit((y - frame.plot.top()) / frame.plot.height());
  };
  view.keys = {key(target.left()), key(target.right())};
  view.rows = {row(target.top()), row(target.bottom())};
  QImage image(static_cast<int>(view.width), static_cast<int>(view.height), QImage::Format_RGB32);
  raster_states(state_shares(map, view), colours_of(canvas.theme()),
                {reinterpret_cast<std::uint32_t*>(image.bits()), view.width * view.height});
  canvas.painter().drawImage(target, image);
}

// Large entries: one square each, blended over the streams.
void draw_squares(Canvas& canvas, const Frame& frame, const StateMap& map) {
  const auto bounds = [&](const Range& range) {
    return std::pair{std::clamp(static_cast<std::int64_t>(std::floor(range.low + 0.5)),
                                std::int64_t{0}, map.rows),
                     std::clamp(static_cast<std::int64_t>(std::ceil(range.high + 0.5)),
                                std::int64_t{0}, map.rows)};
  };
  const auto [first_row, last_row] = bounds(frame.y.range());
  const auto [first_key, last_key] = bounds(frame.x.range());
  if (first_row >= last_row || first_key >= last_key) {
    return;
  }
  StateView view;
  view.width = static_cast<std::size_t>(last_key - first_key);
  view.height = static_cast<std::size_t>(last_row - first_row);
  view.keys = {static_cast<double>(first_key) - 0.5, static_cast<double>(last_key) - 0.5};
  view.rows = {static_cast<double>(first_row) - 0.5, static_cast<double>(last_row) - 0.5};
  const StateShares shares = state_shares(map, view);
  std::vector<std::uint32_t> colours(view.width * view.height);
  raster_states(shares, colours_of(canvas.theme()), colours);
  QPainter& painter = canvas.painter();
  painter.save();
  painter.setClipRect(frame.plot);
  for (std::size_t y = 0; y < view.height; ++y) {
    for (std::size_t x = 0; x < view.width; ++x) {
      if (shares.present[y * view.width + x] < 0.5F) {
        continue;
      }
      const double row = view.rows.low + static_cast<double>(y);
      const double key = view.keys.low + static_cast<double>(x);
      const QRectF cell(frame.at(key, row), frame.at(key + 1, row + 1));
      const double gap = std::min(1.0, std::min(cell.width(), cell.height()) * 0.06);
      canvas.fill(cell.adjusted(gap, gap, -gap, -gap), QColor(QRgb{colours[y * view.width + x]}));
    }
  }
  painter.restore();
}

void draw_boundaries(Canvas& canvas, const Frame& frame, const StateMap& map) {
  const QRectF& plot = frame.plot;
  const Theme& theme = canvas.theme();
  // Up to the diagonal: above it there is nothing to divide.
  const auto across = [&](std::int64_t row, const QColor& colour, double width,
                          Qt::PenStyle style) {
    const double edge = static_cast<double>(row) - 0.5;
    const double y = frame.y_at(edge);
    const double right = std::min(frame.x_at(edge), plot.right());
    if (y > plot.top() && y < plot.bottom() && right > plot.left()) {
      canvas.line({plot.left(), y}, {right, y}, colour, width, style);
    }
  };
  double last = -1e9;
  for (const std::int64_t boundary : map.boundaries) {
    const double y = frame.y_at(static_cast<double>(boundary) - 0.5);
    if (y - last >= kClosestBoundaries) {
      across(boundary, with_alpha(theme.axis, 190), 0.9, Qt::SolidLine);
    }
    last = y;
  }
  if (map.decode_begin) {
    across(*map.decode_begin, to_qcolor(theme.text), 1.1, Qt::DashLine);
  }
}

}  // namespace

bool evicts(const KeyLives& lives, std::int64_t rows) {
  return std::ranges::any_of(*lives.evicted_at, [&](std::int32_t row) { return row < rows; });
}

Frame paint(Canvas& canvas, const PlotSpec& spec, const StateMap& map) {
  const FrameRequest request = request_for(spec, map, canvas.theme());
  const Frame frame = lay_out(canvas, request);
  const Range& keys = frame.x.range();
  const Range& rows = frame.y.range();
  if (frame.plot.width() / (keys.high - keys.low) >= kSmallestCell &&
      frame.plot.height() / (rows.high - rows.low) >= kSmallestCell) {
    draw_squares(canvas, frame, map);
  } else {
    draw_image(canvas, frame, map);
  }
  draw_boundaries(canvas, frame, map);
  draw_frame(canvas, frame, request);
  return frame;
}

}  // namespace kvfoot::plots
