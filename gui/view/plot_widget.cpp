// Painting into a cached image; zoom and pan as arithmetic on the view range.
#include "gui/view/plot_widget.hpp"

#include <QApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPalette>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <utility>

#include "gui/plots/save.hpp"
#include "gui/view/looks.hpp"

namespace kvfoot::gui {
namespace {

constexpr double kWheelStep = 1.25;
constexpr double kKeyZoom = 1.5;
constexpr double kKeyPan = 0.1;  // of what is shown

struct AxisPair {
  plots::Axis* x = nullptr;
  plots::Axis* y = nullptr;
};

// The axes that a view range sets; heat maps and bars have none.
AxisPair axes_of(plots::PlotSpec& spec) {
  AxisPair axes;
  if (auto* areas = std::get_if<plots::StackedAreas>(&spec.content)) {
    axes = {&areas->x, &areas->y};
  } else if (auto* lines = std::get_if<plots::LinePlot>(&spec.content)) {
    axes = {&lines->x, &lines->y};
  } else if (auto* states = std::get_if<plots::StateMap>(&spec.content)) {
    axes = {&states->key, &states->query};
  }
  return axes;
}

// `range` made `factor` times longer about the point at `share` of it, not longer than `limit`, not
// shorter than `smallest`, and moved back inside.
plots::Range zoomed(const plots::Range& range, double factor, double share,
                    const plots::Range& limit, double smallest) {
  const double length = range.high - range.low;
  const double longest = limit.high - limit.low;
  const double wanted = std::clamp(length * factor, std::min(smallest, longest), longest);
  const double at = range.low + share * length;
  const double low =
      std::clamp(at - share * wanted, limit.low, std::max(limit.low, limit.high - wanted));
  return {low, low + wanted};
}

}  // namespace

PlotWidget::PlotWidget(QWidget* parent) : QWidget(parent) {
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setAttribute(Qt::WA_OpaquePaintEvent);
}

void PlotWidget::show_spec(std::optional<plots::PlotSpec> spec, bool refit) {
  spec_ = std::move(spec);
  if (refit) {
    limit_x_.reset();
    limit_y_.reset();
  }
  set_view(refit ? ViewRange{} : std::exchange(view_, ViewRange{}));
  stale_ = true;
  update();
}

void PlotWidget::set_zoomable(bool x, bool y) {
  zoom_x_ = x;
  zoom_y_ = y;
}

void PlotWidget::set_limits(plots::Range x, plots::Range y) {
  limit_x_ = x;
  limit_y_ = y;
}

void PlotWidget::set_smallest(double x, double y) {
  smallest_x_ = x;
  smallest_y_ = y;
}

void PlotWidget::set_empty_text(const QString& text) {
  empty_text_ = text;
  update();
}

void PlotWidget::set_view(const ViewRange& view) {
  const bool changed = view_ != view;
  view_ = view;
  if (spec_) {
    const AxisPair axes = axes_of(*spec_);
    if (axes.x != nullptr) {
      axes.x->range = view_.x;
      axes.y->range = view_.y;
    }
  }
  stale_ = true;
  update();
  if (changed) {
    emit view_changed();
  }
}

void PlotWidget::fit() { set_view(ViewRange{}); }

void PlotWidget::set_cursor(std::optional<double> x, std::optional<double> y) {
  if (x != cursor_x_ || y != cursor_y_) {
    cursor_x_ = x;
    cursor_y_ = y;
    update();
  }
}

Status PlotWidget::export_picture(const QString& path) const {
  const std::string file = path.toStdString();
  if (!spec_) {
    return Error{file, "there is no picture to export"};
  }
  plots::PlotOptions options;
  options.width = width();
  options.height = height();
  options.look = theme().dark() ? plots::Look::kDark : plots::Look::kLight;
  return plots::save_plot(*spec_, file, options);
}

plots::Theme PlotWidget::theme() const { return theme_of(*this); }

plots::Range PlotWidget::shown_x() const { return view_.x.value_or(geometry_->x.range()); }
plots::Range PlotWidget::shown_y() const { return view_.y.value_or(geometry_->y.range()); }

void PlotWidget::zoom(double factor, double x_share, double y_share, bool x, bool y) {
  if (!geometry_) {
    return;
  }
  ViewRange next = view_;
  if (x && zoom_x_) {
    const plots::Range limit = limit_x_.value_or(shown_x());
    const plots::Range range = zoomed(shown_x(), factor, x_share, limit, smallest_x_);
    next.x = range == limit ? std::nullopt : std::optional(range);
  }
  if (y && zoom_y_) {
    const plots::Range limit = limit_y_.value_or(shown_y());
    const plots::Range range = zoomed(shown_y(), factor, y_share, limit, smallest_y_);
    next.y = range == limit ? std::nullopt : std::optional(range);
  }
  set_view(next);
}

void PlotWidget::pan(double x_share, double y_share) {
  if (!geometry_) {
    return;
  }
  ViewRange next = view_;
  if (next.x && limit_x_) {
    const double length = next.x->high - next.x->low;
    const double low = std::clamp(next.x->low + x_share * length, limit_x_->low,
                                  std::max(limit_x_->low, limit_x_->high - length));
    next.x = plots::Range{low, low + length};
  }
  if (next.y && limit_y_) {
    const double length = next.y->high - next.y->low;
    const double low = std::clamp(next.y->low + y_share * length, limit_y_->low,
                                  std::max(limit_y_->low, limit_y_->high - length));
    next.y = plots::Range{low, low + length};
  }
  set_view(next);
}

void PlotWidget::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  if (!spec_) {
    geometry_.reset();
    painter.fillRect(rect(), plots::to_qcolor(theme().background));
    painter.setPen(plots::to_qcolor(theme().muted));
    painter.drawText(rect().adjusted(24, 24, -24, -24), Qt::AlignCenter | Qt::TextWordWrap,
                     empty_text_);
    return;
  }
  const double ratio = devicePixelRatioF();
  const QSize pixels = (QSizeF(size()) * ratio).toSize();
  if (stale_ || picture_.size() != pixels || !geometry_) {
    picture_ = QImage(pixels, QImage::Format_RGB32);
    picture_.setDevicePixelRatio(ratio);
    QPainter inner(&picture_);
    geometry_ = plots::paint_plot(inner, QRectF(QPointF(0, 0), QSizeF(size())), *spec_, theme(),
                                  plots::Device::kPixels);
    stale_ = false;
  }
  painter.drawImage(QPointF(0, 0), picture_);
  painter.save();
  painter.setClipRect(geometry_->plot);
  paint_overlay(painter, *geometry_);
  painter.setPen(QPen(plots::to_qcolor(theme().text), 1));
  if (cursor_x_) {
    const double x = geometry_->to_pixel(*cursor_x_, geometry_->y.range().low).x();
    painter.drawLine(QPointF(x, geometry_->plot.top()), QPointF(x, geometry_->plot.bottom()));
  }
  if (cursor_y_) {
    const double y = geometry_->to_pixel(geometry_->x.range().low, *cursor_y_).y();
    painter.drawLine(QPointF(geometry_->plot.left(), y), QPointF(geometry_->plot.right(), y));
  }
  painter.restore();
  if (hasFocus()) {  // where the keyboard goes
    painter.setPen(QPen(palette().color(QPalette::Highlight), 1));
    painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
  }
}

void PlotWidget::wheelEvent(QWheelEvent* event) {
  if (!geometry_ || (!zoom_x_ && !zoom_y_)) {
    event->ignore();
    return;
  }
  const QRectF& plot = geometry_->plot;
  const double x = std::clamp((event->position().x() - plot.left()) / plot.width(), 0.0, 1.0);
  double y = std::clamp((plot.bottom() - event->position().y()) / plot.height(), 0.0, 1.0);
  if (geometry_->y_down) {
    y = 1 - y;
  }
  const double notches = event->angleDelta().y() / 120.0;
  const bool only_y = event->modifiers().testFlag(Qt::ControlModifier);
  zoom(std::pow(kWheelStep, -notches), x, y, !only_y, zoom_y_);
  event->accept();
}

void PlotWidget::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) {
    press_ = event->position();
    drag_ = event->position();
  }
}

void PlotWidget::mouseMoveEvent(QMouseEvent* event) {
  if (!geometry_) {
    return;
  }
  if (drag_) {
    const QPointF moved = event->position() - *drag_;
    if ((event->position() - *press_).manhattanLength() >= QApplication::startDragDistance() ||
        *drag_ != *press_) {
      pan(-moved.x() / geometry_->plot.width(),
          (geometry_->y_down ? -1 : 1) * moved.y() / geometry_->plot.height());
      drag_ = event->position();
    }
    return;
  }
  if (geometry_->plot.contains(event->position())) {
    const QPointF at = geometry_->to_data(event->position());
    emit hovered(at.x(), at.y());
  } else {
    emit left();
  }
}

void PlotWidget::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton || !press_) {
    return;
  }
  const bool moved = *drag_ != *press_;
  const QPointF at = event->position();
  press_.reset();
  drag_.reset();
  if (!moved && geometry_ && geometry_->plot.contains(at)) {
    const QPointF there = geometry_->to_data(at);
    emit clicked(there.x(), there.y());
  }
}

void PlotWidget::mouseDoubleClickEvent(QMouseEvent* /*event*/) { fit(); }

void PlotWidget::leaveEvent(QEvent* /*event*/) { emit left(); }

void PlotWidget::keyPressEvent(QKeyEvent* event) {
  const double step = event->modifiers().testFlag(Qt::ShiftModifier) ? 5 * kKeyPan : kKeyPan;
  const double down = geometry_ && geometry_->y_down ? step : -step;
  switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      zoom(1 / kKeyZoom, 0.5, 0.5, true, true);
      break;
    case Qt::Key_Minus:
      zoom(kKeyZoom, 0.5, 0.5, true, true);
      break;
    case Qt::Key_F:
    case Qt::Key_0:
      fit();
      break;
    case Qt::Key_Left:
      pan(-step, 0);
      break;
    case Qt::Key_Right:
      pan(step, 0);
      break;
    case Qt::Key_Up:
      pan(0, -down);
      break;
    case Qt::Key_Down:
      pan(0, down);
      break;
    default:
      QWidget::keyPressEvent(event);
  }
}

void PlotWidget::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
    stale_ = true;
    update();
  }
  QWidget::changeEvent(event);
}

}  // namespace kvfoot::gui
