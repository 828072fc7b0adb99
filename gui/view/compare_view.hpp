// The current scenario beside the pinned ones: numbers, timelines, peaks.
#pragma once

#include <QWidget>

#include "gui/model/compare_table.hpp"
#include "gui/model/workspace.hpp"
#include "gui/view/sight.hpp"

class QAction;
class QComboBox;
class QLabel;
class QScrollArea;
class QSplitter;
class QTableView;

namespace kvfoot::gui {

class OverlayTimelines;
class PeakBars;

class CompareView final : public QWidget {
  Q_OBJECT
 public:
  explicit CompareView(Workspace& workspace, QWidget* parent = nullptr);

  [[nodiscard]] CompareTable& model() { return *model_; }
  [[nodiscard]] QTableView& table() { return *table_; }
  [[nodiscard]] OverlayTimelines& timelines() { return *timelines_; }
  [[nodiscard]] PeakBars& bars() { return *bars_; }

 public slots:
  void pin();
  void unpin();  // the column where the table's cursor stands
  void load();   // makes that column's scenario the current one
  void set_baseline();
  void copy_tsv();  // both texts go to the clipboard: pasting chooses
  void copy_csv();

 protected:
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  void make_actions();
  void make_table();
  void rebuild();
  void show_scenarios(const std::vector<Compared>& scenarios);
  void update_actions();
  void set_swatches();
  void show_cautions();
  void fit_cautions();
  [[nodiscard]] int column() const;  // of the cursor, -1: none

  Workspace& workspace_;
  Sight sight_{*this};
  bool stale_ = true;  // nothing is shown, since nobody sees it
  CompareTable* model_ = nullptr;
  QTableView* table_ = nullptr;
  OverlayTimelines* timelines_ = nullptr;
  PeakBars* bars_ = nullptr;
  QSplitter* parts_ = nullptr;
  QLabel* cautions_ = nullptr;
  QScrollArea* cautions_area_ = nullptr;  // a few lines high: the table is what is looked at
  QAction* pin_ = nullptr;
  QAction* unpin_ = nullptr;
  QAction* clear_ = nullptr;
  QAction* load_ = nullptr;
  QAction* base_ = nullptr;
  QAction* copy_ = nullptr;
  QAction* copy_csv_ = nullptr;
};

}  // namespace kvfoot::gui
