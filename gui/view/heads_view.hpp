// Layers x storage heads, coloured by a measure of choice: which heads retrieve, which stream.
#pragma once

#include <QComboBox>
#include <QLabel>
#include <QWidget>
#include <map>

#include "gui/model/head_measures.hpp"
#include "gui/model/latest.hpp"
#include "gui/model/workspace.hpp"
#include "gui/view/heads_plot.hpp"
#include "gui/view/sight.hpp"

namespace kvfoot::gui {

class HeadsView final : public QWidget {
  Q_OBJECT
 public:
  explicit HeadsView(Workspace& workspace, QWidget* parent = nullptr);

  [[nodiscard]] HeadMeasure measure() const { return measure_; }
  void set_measure(HeadMeasure measure);
  // What is shown; null while nothing can be.
  [[nodiscard]] const HeadGrid* grid() const { return plot_->grid(); }
  [[nodiscard]] bool busy() const { return latest_.busy(); }
  [[nodiscard]] HeadsPlot& plot() { return *plot_; }
  // What the line below the grid says.
  [[nodiscard]] QString readout() const { return readout_->text(); }

 private:
  void rebuild();
  void take(HeadGrid grid);
  void write_readout();
  [[nodiscard]] HeadsCaption caption(const HeadGrid& grid) const;
  [[nodiscard]] QString stream_words(const HeadGrid& grid, StreamChoice stream) const;

  Workspace& workspace_;
  Sight sight_{*this};
  QComboBox* measures_;
  HeadsPlot* plot_;
  QLabel* readout_;
  HeadMeasure measure_ = HeadMeasure::kKeptShare;
  OutcomePtr shown_;
  std::map<HeadMeasure, HeadGrid> made_;  // of shown_, what does not follow the row
  StreamChoice pointed_;
  Latest latest_;
};

}  // namespace kvfoot::gui
