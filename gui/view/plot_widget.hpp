// A widget around one PlotSpec: zoom, pan, fit, cursor, export. Views derive from it and say what
// to draw; nothing here knows what the picture means.
#pragma once

#include <QImage>
#include <QString>
#include <QWidget>
#include <optional>

#include "gui/plots/plot.hpp"
#include "gui/plots/spec.hpp"

namespace kvfoot::gui {

// The part of the data that is shown; absent axes show everything.
struct ViewRange {
  std::optional<plots::Range> x;
  std::optional<plots::Range> y;
  friend bool operator==(const ViewRange&, const ViewRange&) = default;
};

// Wheel zooms about the pointer (with Ctrl only y), drag pans, double click or F fits, + and -
// zoom, arrows pan (with Shift further), left click moves the cursor.
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

  // To PNG, SVG or PDF by its extension; what is shown, light unless the window is dark.
  [[nodiscard]] Status export_picture(const QString& path) const;

  [[nodiscard]] QSize sizeHint() const override { return {640, 360}; }
  [[nodiscard]] QSize minimumSizeHint() const override { return {160, 120}; }

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
  // Drawn above the picture, clipped to the plot area, never cached.
  virtual void paint_overlay(QPainter& /*painter*/, const plots::PlotGeometry& /*geometry*/) {}

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
  [[nodiscard]] plots::Range shown_x() const;
  [[nodiscard]] plots::Range shown_y() const;

  std::optional<plots::PlotSpec> spec_;
  std::optional<plots::PlotGeometry> geometry_;
  ViewRange view_;
  std::optional<plots::Range> limit_x_;
  std::optional<plots::Range> limit_y_;
  double smallest_x_ = 1;
  double smallest_y_ = 0;
  bool zoom_x_ = true;
  bool zoom_y_ = false;
  QString empty_text_;
  std::optional<double> cursor_x_;
  std::optional<double> cursor_y_;
  QImage picture_;  // of the last painting, without cursor and overlay
  bool stale_ = true;
  std::optional<QPointF> press_;
  std::optional<QPointF> drag_;
};

}  // namespace kvfoot::gui
