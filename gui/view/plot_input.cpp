// What mouse, wheel and keys do to a plot.
#include <QApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "gui/view/plot_widget.hpp"

namespace kvfoot::gui {
namespace {

constexpr double kWheelStep = 1.25;
constexpr double kKeyZoom = 1.5;
constexpr double kKeyPan = 0.1;  // of what is shown

// The step that a key asks for.
std::optional<CursorStep> cursor_step(int key) {
  using Reach = CursorStep::Reach;
  switch (key) {
    case Qt::Key_Left:
      return CursorStep{-1, 0, Reach::kStep};
    case Qt::Key_Right:
      return CursorStep{1, 0, Reach::kStep};
    case Qt::Key_Up:
      return CursorStep{0, -1, Reach::kStep};
    case Qt::Key_Down:
      return CursorStep{0, 1, Reach::kStep};
    case Qt::Key_PageUp:
      return CursorStep{0, -1, Reach::kPage};
    case Qt::Key_PageDown:
      return CursorStep{0, 1, Reach::kPage};
    case Qt::Key_Home:
      return CursorStep{-1, 0, Reach::kEnd};
    case Qt::Key_End:
      return CursorStep{1, 0, Reach::kEnd};
    default:
      return std::nullopt;
  }
}

}  // namespace

void PlotWidget::wheelEvent(QWheelEvent* event) {
  if (!placed() || (!x_.zoomable && !y_.zoomable)) {
    event->ignore();
    return;
  }
  event->accept();
  const QPointF notches = QPointF(event->angleDelta()) / 120.0;
  if (event->modifiers().testFlag(Qt::ShiftModifier)) {
    pan(-kKeyPan * (notches.x() + notches.y()), 0);
    return;
  }
  if (notches.y() == 0) {  // a touchpad, sideways
    pan(-kKeyPan * notches.x(), 0);
    return;
  }
  const QRectF& plot = geometry_->plot;
  const double x = std::clamp((event->position().x() - plot.left()) / plot.width(), 0.0, 1.0);
  double y = std::clamp((plot.bottom() - event->position().y()) / plot.height(), 0.0, 1.0);
  if (geometry_->y_down) {
    y = 1 - y;
  }
  const bool only_y = event->modifiers().testFlag(Qt::ControlModifier);
  zoom(std::pow(kWheelStep, -notches.y()), x, y, !only_y, true);
}

void PlotWidget::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) {
    press_ = event->position();
    drag_ = event->position();
  }
}

void PlotWidget::mouseMoveEvent(QMouseEvent* event) {
  if (!placed()) {
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
  if (!moved && placed() && geometry_->plot.contains(at)) {
    const QPointF there = geometry_->to_data(at);
    emit clicked(there.x(), there.y());
  }
}

void PlotWidget::mouseDoubleClickEvent(QMouseEvent* /*event*/) { fit(); }

void PlotWidget::leaveEvent(QEvent* /*event*/) { emit left(); }

void PlotWidget::keyPressEvent(QKeyEvent* event) {
  if ((event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier)) != 0) {
    QWidget::keyPressEvent(event);  // a shortcut of somebody else
    return;
  }
  if (const auto step = cursor_step(event->key())) {
    const bool pans = event->modifiers().testFlag(Qt::ShiftModifier);
    if (!placed() || (!pans && move_cursor(*step))) {
      return;
    }
    if (step->reach == CursorStep::Reach::kStep) {
      pan(kKeyPan * step->across, (geometry_->y_down ? kKeyPan : -kKeyPan) * step->down);
    } else {
      QWidget::keyPressEvent(event);
    }
    return;
  }
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
    default:
      QWidget::keyPressEvent(event);
  }
}

}  // namespace kvfoot::gui
