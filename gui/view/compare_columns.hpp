// The comparison's table in the room that it has: columns share the width, headers break their
// lines to it.
#pragma once

#include <QHeaderView>
#include <QTableView>

namespace kvfoot::gui {

// A header of several lines, broken behind commas, colons and spaces to the width of its column;
// what still does not fit is elided (the tool tip has it whole).
class CompareHeader final : public QHeaderView {
  Q_OBJECT
 public:
  explicit CompareHeader(QWidget* parent = nullptr);
  // The text of a section as it is painted.
  [[nodiscard]] QString fitted(int section) const;

 protected:
  void initStyleOptionForIndex(QStyleOptionHeader* option, int section) const override;
  [[nodiscard]] QSize sectionSizeFromContents(int section) const override;
};

// Until somebody drags a column, all of them are as wide as their numbers need, and share what is
// left of the width up to a comfortable one.
class CompareColumns final : public QTableView {
  Q_OBJECT
 public:
  explicit CompareColumns(QWidget* parent = nullptr);
  void setModel(QAbstractItemModel* model) override;
  [[nodiscard]] CompareHeader& header() const { return *header_; }

 protected slots:
  void updateGeometries() override;

 private:
  void share_width();
  [[nodiscard]] int least_width(int column) const;  // shows every number and difference whole

  CompareHeader* header_ = nullptr;
  bool by_hand_ = false;
  bool sharing_ = false;
};

}  // namespace kvfoot::gui
