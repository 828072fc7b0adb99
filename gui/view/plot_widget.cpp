// Painting into a cached image, and changing what it shows. plot_input.cpp has mouse and keys.
#include "gui/view/plot_widget.hpp"

#include <QEvent>
#include <QPainter>
#include <QPalette>
#include <algorithm>
#include <utility>

#include "gui/view/looks.hpp"

namespace kvfoot::gui {
namespace {

constexpr double kPage = 0.1;  // of what is shown

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

double step_length(CursorStep::Reach reach, const plots::Range& shown, double pixels) {
  const double length = shown.high - shown.low;
  return reach == CursorStep::Reach::kPage ? length * kPage : length / std::max(pixels, 1.0);
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
    x_.whole.reset();
    y_.whole.reset();
  }
  set_view(refit ? ViewRange{} : std::exchange(view_, ViewRange{}));
  stale_ = true;
  update();
}

void PlotWidget::set_zoomable(bool x, bool y) {
  x_.zoomable = x;
  y_.zoomable = y;
}

void PlotWidget::set_limits(plots::Range x, plots::Range y) {
  x_.whole = x;
  y_.whole = y;
}

void PlotWidget::set_smallest(double x, double y) {
  x_.smallest = x;
  y_.smallest = y;
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

Status PlotWidget::export_picture(const QString& path, plots::Look look) const {
  const std::string file = path.toStdString();
  if (!spec_) {
    return Error{file, "there is no picture to export"};
  }
  plots::PlotOptions options;  // of a size that suits the plot: that of the panel is of the desk
  options.width = exported_width();
  options.look = look;
  return plots::save_plot(
      exported_spec(), file, options,
      [this](QPainter& painter, const plots::PlotGeometry& geometry, const plots::Theme& theme) {
        paint_exported(painter, geometry, theme);
      });
}

plots::PlotSpec PlotWidget::exported_spec() const {
  plots::PlotSpec exported = *spec_;
  exported.subtitle = exported_subtitle();
  return exported;
}

plots::Theme PlotWidget::theme() const { return theme_of(*this); }

plots::Range PlotWidget::shown_x() const { return view_.x.value_or(geometry_->x.range()); }
plots::Range PlotWidget::shown_y() const { return view_.y.value_or(geometry_->y.range()); }

void PlotWidget::zoom(double factor, double x_share, double y_share, bool x, bool y) {
  if (placed()) {
    set_view({x ? zoomed(view_.x, shown_x(), factor, x_share, x_) : view_.x,
              y ? zoomed(view_.y, shown_y(), factor, y_share, y_) : view_.y});
  }
}

void PlotWidget::pan(double x_share, double y_share) {
  if (placed()) {
    set_view({panned(view_.x, x_share, x_), panned(view_.y, y_share, y_)});
  }
}

void PlotWidget::reveal(std::optional<double> x, std::optional<double> y) {
  if (placed()) {
    set_view({x ? revealing(view_.x, *x, x_) : view_.x, y ? revealing(view_.y, *y, y_) : view_.y});
  }
}

double PlotWidget::step_across(CursorStep::Reach reach) const {
  return step_length(reach, shown_x(), geometry_->plot.width());
}

double PlotWidget::step_down(CursorStep::Reach reach) const {
  return step_length(reach, shown_y(), geometry_->plot.height());
}

void PlotWidget::paintEvent(QPaintEvent* /*event*/) {
  if (size().isEmpty()) {
    return;
  }
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

void PlotWidget::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
    stale_ = true;
    update();
  }
  QWidget::changeEvent(event);
}

}  // namespace kvfoot::gui
