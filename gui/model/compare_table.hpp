// Scenarios side by side: a metric per row, a scenario per column, differences to a baseline.
#pragma once

#include <QAbstractTableModel>
#include <QModelIndexList>
#include <QString>
#include <map>
#include <vector>

#include "gui/model/compared.hpp"
#include "gui/model/metric_text.hpp"

namespace kvfoot::gui {

// Rows are the metrics that at least one scenario has. Cells give the number as people read it
// (metric_text; an en dash where the run cannot know); kDifferenceRole the difference to the
// baseline, empty where there is none to give.
class CompareTable final : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Role : int { kDifferenceRole = Qt::UserRole };

  explicit CompareTable(QObject* parent = nullptr);

  void set_scenarios(std::vector<Compared> scenarios);
  [[nodiscard]] const std::vector<Compared>& scenarios() const { return scenarios_; }
  // The column that others are compared with: the oldest pin's unless another was chosen and is
  // still there; the only one without pins, -1 without scenarios. The current one, if chosen, is
  // whatever is current.
  [[nodiscard]] int baseline() const;
  void set_baseline(int column);
  // What the differences say, with the name of the baseline; empty where there are none.
  [[nodiscard]] QString about_differences() const;
  // Why some numbers say nothing about the baseline's, a sentence each.
  [[nodiscard]] std::vector<std::string> cautions() const;

  // The cells with their headers for a spreadsheet: full precision in plain units, empty where
  // absent. At most one cell: the whole table.
  [[nodiscard]] QString to_tsv(const QModelIndexList& cells = {}) const;
  [[nodiscard]] QString to_csv(const QModelIndexList& cells = {}) const;

  [[nodiscard]] const MetricInfo& metric(int row) const {
    return *metrics_[static_cast<std::size_t>(row)];
  }

  [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
  [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                    int role) const override;
  // Decorations only: the swatch of a scenario in the plots beside the table.
  bool setHeaderData(int section, Qt::Orientation orientation, const QVariant& value,
                     int role) override;

 private:
  using Records = std::vector<std::vector<std::string>>;
  [[nodiscard]] Records records(const QModelIndexList& cells) const;
  [[nodiscard]] std::optional<MetricValue> value(int row, int column) const;
  [[nodiscard]] DifferenceText difference(int row, int column) const;

  std::vector<Compared> scenarios_;
  std::vector<const MetricInfo*> metrics_;
  OutcomePtr baseline_;           // null: the oldest pin, or
  bool against_current_ = false;  // whatever is current, while it is there
  std::map<int, QVariant> decorations_;
};

}  // namespace kvfoot::gui
