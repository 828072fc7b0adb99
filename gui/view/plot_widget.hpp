// A widget around one PlotSpec: zoom, pan, fit, cursor, export. Views derive from it and say what
// to draw; nothing here knows what the picture means.
#pragma once

#include <QImage>
#include <QString>
#include <QWidget>
#include <cstdint>
#include <optional>
#include <string>

#include "gui/plots/plot.hpp"
#include "gui/plots/save.hpp"
#include "gui/plots/spec.hpp"
#include "gui/view/view_range.hpp"

namespace kvfoot::gui {

// A key that moves the cursor, in directions of the screen.
struct CursorStep {
  enum class Reach : std::uint8_t { kStep, kPage, kEnd };
  int across = 0;  // -1: to the left, 1: to the right
  int down = 0;
  Reach reach = Reach::kStep;
};

// Wheel zooms about the pointer (with Ctrl only y, with Shift it pans), drag or Shift with arrows
// pans, double click or F fits, + and - zoom. A left click moves the cursor, and so do arrows, page
// keys, Home and End; where there is no cursor, arrows pan too.
class PlotWidget : public QWidget {
  Q_OBJECT
 public:
  explicit PlotWidget(QWidget* parent = nullptr);

  // What is drawn now, its axes set to the view; null: the empty text stands in the middle.
  [[nodiscard]] const plots::PlotSpec* spec() const { return spec_ ? &*spec_ : nullptr; }
  // Where the last painting put the data; valid after a paint.
  [[nodiscard]] const std::optional<plots::PlotGeometry>& geometry() const { return geometry_; }
  [[nodiscard]] const ViewRange& view() const { return view_; }
  void set_view(const ViewRange& view);
  void fit();
  void set_empty_text(const QString& text);

  // x of a vertical line, y of a horizontal one, in data.
  void set_cursor(std::optional<double> x, std::optional<double> y);

  // To PNG, SVG or PDF by its extension; what is shown, in a size that does not depend on the
  // panel, light (for paper) whatever the window is.
  [[nodiscard]] Status export_picture(const QString& path,
                                      plots::Look look = plots::Look::kLight) const;

  [[nodiscard]] QSize sizeHint() const override { return {640, 360}; }
  [[nodiscard]] QSize minimumSizeHint() const override { return {160, 88}; }

 signals:
  void hovered(double x, double y);  // data under the pointer
  void left();                       // the pointer left the plot area
  void clicked(double x, double y);
  void view_changed();

 protected:
  // The derived view gives its picture anew; the view range stays unless `refit`.
  void show_spec(std::optional<plots::PlotSpec> spec, bool refit = false);
  // Whether a direction can be zoomed; both by default. Heat maps and bars have none.
  void set_zoomable(bool x, bool y);
  // The whole range of the data; zooming out ends there.
  void set_limits(plots::Range x, plots::Range y);
  // Smallest range that zooming in reaches.
  void set_smallest(double x, double y);
  // Moves what the view has for a cursor; false: it has none, or none in this direction.
  virtual bool move_cursor(const CursorStep& /*step*/) { return false; }
  // How far a step of the cursor goes along an axis: what a pixel covers, a tenth of what is shown.
  [[nodiscard]] double step_across(CursorStep::Reach reach) const;
  [[nodiscard]] double step_down(CursorStep::Reach reach) const;
  // Pans by as little as brings a point into view.
  void reveal(std::optional<double> x, std::optional<double> y);
  [[nodiscard]] std::optional<double> cursor_x() const { return cursor_x_; }
  [[nodiscard]] std::optional<double> cursor_y() const { return cursor_y_; }
  // What is shown, in data; valid after a paint.
  [[nodiscard]] plots::Range shown_x() const;
  [[nodiscard]] plots::Range shown_y() const;
  // Drawn above the picture, clipped to the plot area, never cached.
  virtual void paint_overlay(QPainter& /*painter*/, const plots::PlotGeometry& /*geometry*/) {}
  // What an exported picture shows above the plot, in its theme, and what its subtitle says then.
  // Nothing outside the plot area: files need not clip. Cursors and what the pointer reads are not
  // exported.
  virtual void paint_exported(QPainter& /*painter*/, const plots::PlotGeometry& /*geometry*/,
                              const plots::Theme& /*theme*/) const {}
  [[nodiscard]] virtual std::string exported_subtitle() const { return spec_->subtitle; }
  [[nodiscard]] virtual plots::PlotSpec exported_spec() const;
  // Logical pixels; 0: what suits the kind of plot.
  [[nodiscard]] virtual int exported_width() const { return 0; }

  void paintEvent(QPaintEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void zoom(double factor, double x_share, double y_share, bool x, bool y);
  void pan(double x_share, double y_share);
  [[nodiscard]] plots::Theme theme() const;
  // There are pixels, and it is known where the data lie on them.
  [[nodiscard]] bool placed() const { return geometry_.has_value() && !size().isEmpty(); }

  std::optional<plots::PlotSpec> spec_;
  std::optional<plots::PlotGeometry> geometry_;
  ViewRange view_;
  AxisLimits x_{true, std::nullopt, 1};
  AxisLimits y_{false, std::nullopt, 0};
  QString empty_text_;
  std::optional<double> cursor_x_;
  std::optional<double> cursor_y_;
  QImage picture_;  // of the last painting, without cursor and overlay
  bool stale_ = true;
  std::optional<QPointF> press_;
  std::optional<QPointF> drag_;
};

}  // namespace kvfoot::gui
