// The grid of layers and storage heads: one coloured cell per stream, one of them chosen.
#pragma once

#include <optional>

#include "gui/model/head_measures.hpp"
#include "gui/model/workspace.hpp"
#include "gui/view/plot_widget.hpp"

namespace kvfoot::gui {

// What stands around a grid.
struct HeadsCaption {
  QString title;
  QString head;    // "KV head"
  QString colour;  // of the colour bar
};

// Click chooses a stream, click again or Esc all of them; arrows, Home and End move the choice.
class HeadsPlot final : public PlotWidget {
  Q_OBJECT
 public:
  explicit HeadsPlot(QWidget* parent = nullptr);

  void show_grid(HeadGrid grid, const HeadsCaption& caption);
  void show_nothing(const QString& why);
  [[nodiscard]] const HeadGrid* grid() const { return grid_ ? &*grid_ : nullptr; }
  void set_chosen(StreamChoice stream);

  // The stream whose cell holds a point of the plot's data; none beside the cells.
  [[nodiscard]] std::optional<StreamChoice> stream_at(double x, double y) const;
  // The cell of a stream in pixels of the widget; valid after a paint.
  [[nodiscard]] QRectF cell_of(StreamChoice stream) const;

 signals:
  void chosen(kvfoot::gui::StreamChoice stream);
  void pointed(kvfoot::gui::StreamChoice stream);  // all of them: at none

 protected:
  void paint_overlay(QPainter& painter, const plots::PlotGeometry& geometry) override;
  void keyPressEvent(QKeyEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  void rebuild();
  void point(StreamChoice stream);
  void choose(StreamChoice stream);
  [[nodiscard]] bool turned() const;

  std::optional<HeadGrid> grid_;
  HeadsCaption caption_;
  bool across_ = true;  // the longer side lies across
  StreamChoice chosen_;
  StreamChoice pointed_;
};

}  // namespace kvfoot::gui
