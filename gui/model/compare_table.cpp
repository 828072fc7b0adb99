// Cells, differences and copies.
#include "gui/model/compare_table.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "gui/model/message_text.hpp"
#include "gui/model/plain_tip.hpp"
#include "sim/io/csv.hpp"
#include "sim/report/compare.hpp"
#include "sim/report/units.hpp"

namespace kvfoot::gui {
namespace {

const QString kAbsent = QStringLiteral("–");
const QString kAlarm = QStringLiteral("⚠ ");

}  // namespace

CompareTable::CompareTable(QObject* parent) : QAbstractTableModel(parent) {}

void CompareTable::set_scenarios(std::vector<Compared> scenarios) {
  beginResetModel();
  scenarios_ = std::move(scenarios);
  decorations_.clear();
  metrics_.clear();
  for (const MetricInfo& metric : metric_table()) {
    const bool known = std::ranges::any_of(scenarios_, [&](const Compared& scenario) {
      return metric.get(scenario.outcome->result.metrics).has_value();
    });
    if (known) {
      metrics_.push_back(&metric);
    }
  }
  if (std::ranges::find(scenarios_, baseline_, &Compared::outcome) == scenarios_.end()) {
    baseline_ = nullptr;
  }
  endResetModel();
}

int CompareTable::baseline() const {
  if (scenarios_.empty()) {
    return -1;
  }
  if (against_current_) {
    return 0;  // it comes first
  }
  const auto at = std::ranges::find(scenarios_, baseline_, &Compared::outcome);
  if (at != scenarios_.end()) {
    return static_cast<int>(at - scenarios_.begin());
  }
  const auto oldest = std::ranges::min_element(scenarios_, {}, [](const Compared& scenario) {
    return scenario.pin.value_or(std::numeric_limits<std::size_t>::max());
  });
  return static_cast<int>(oldest - scenarios_.begin());
}

QString CompareTable::about_differences() const {
  if (columnCount() < 2) {
    return {};
  }
  return tr("Below each number: its difference to the baseline, %1.")
      .arg(QString::fromStdString(scenarios_[static_cast<std::size_t>(baseline())].name()));
}

void CompareTable::set_baseline(int column) {
  if (column < 0 || column >= columnCount() || column == baseline()) {
    return;
  }
  const Compared& chosen = scenarios_[static_cast<std::size_t>(column)];
  against_current_ = !chosen.pin;
  baseline_ = against_current_ ? nullptr : chosen.outcome;
  emit headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
  emit dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
}

std::vector<std::string> CompareTable::cautions() const {
  std::vector<std::string> all;
  const int base = baseline();
  for (int column = 0; column < columnCount(); ++column) {
    if (column == base) {
      continue;
    }
    SweepResult first;
    SweepResult second;
    first.results = {scenarios_[static_cast<std::size_t>(base)].outcome->result};
    second.results = {scenarios_[static_cast<std::size_t>(column)].outcome->result};
    for (std::string& caution : compare_results(first, second).cautions) {
      if (std::ranges::find(all, caution) == all.end()) {
        all.push_back(std::move(caution));
      }
    }
  }
  return all;
}

int CompareTable::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(metrics_.size());
}

int CompareTable::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(scenarios_.size());
}

std::optional<MetricValue> CompareTable::value(int row, int column) const {
  return metric(row).get(scenarios_[static_cast<std::size_t>(column)].outcome->result.metrics);
}

DifferenceText CompareTable::difference(int row, int column) const {
  const int base = baseline();
  const auto from = value(row, base);
  const auto to = value(row, column);
  return column != base && from && to ? difference_text(metric(row), *from, *to) : DifferenceText{};
}

QVariant CompareTable::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
    return {};
  }
  const auto number = value(index.row(), index.column());
  // Beside the peak that the device has no room for.
  const Warning* alarm =
      metric(index.row()).name == "peak_total_bytes"
          ? scenarios_[static_cast<std::size_t>(index.column())].outcome->exceeds_memory()
          : nullptr;
  const auto shown = [&] {
    return number
               ? (alarm != nullptr ? kAlarm : QString()) + metric_text(metric(index.row()), *number)
               : kAbsent;
  };
  const DifferenceText apart = difference(index.row(), index.column());
  const QString both =
      apart.relative.isEmpty()
          ? apart.absolute
          : tr("%1 (%2)", "absolute, relative difference").arg(apart.absolute, apart.relative);
  switch (role) {
    case Qt::DisplayRole:
      return shown();
    case kDifferenceRole:
      return both;
    case Qt::AccessibleTextRole:
      return both.isEmpty() ? shown() : tr("%1, difference %2").arg(shown(), both);
    case Qt::ToolTipRole:
      return !number
                 ? tr("This run cannot know it.")
                 : plain_tip(QString::fromStdString(plain_number(*number)) +
                             (alarm == nullptr ? QString()
                                               : QLatin1Char('\n') + message_text(alarm->text)));
    case Qt::TextAlignmentRole:
      return QVariant::fromValue(Qt::Alignment(Qt::AlignRight | Qt::AlignVCenter));
    default:
      return {};
  }
}

QVariant CompareTable::headerData(int section, Qt::Orientation orientation, int role) const {
  if (section < 0 || section >= (orientation == Qt::Vertical ? rowCount() : columnCount())) {
    return {};
  }
  if (orientation == Qt::Vertical) {
    switch (role) {
      case Qt::DisplayRole:
        return metric_label(metric(section));
      case Qt::ToolTipRole:
        // As HTML, so that it is broken into lines.
        return QStringLiteral("<p>%1</p><p>%2</p>")
            .arg(metric_help(metric(section)).toHtmlEscaped(),
                 tr("%1 in result files").arg(QString::fromUtf8(metric(section).name)));
      default:
        return {};
    }
  }
  const Compared& scenario = scenarios_[static_cast<std::size_t>(section)];
  switch (role) {
    case Qt::DisplayRole: {
      QStringList state;
      if (scenario.current) {
        state << tr("current");
      } else if (!scenario.pin) {
        state << tr("last result");  // the scenario in the form has none
      }
      if (scenario.pin) {
        state << tr("pinned");
      }
      if (section == baseline() && columnCount() > 1) {
        state << tr("baseline");
      }
      QStringList lines = {QString::fromStdString(scenario.policy)};
      if (scenario.outcome->exceeds_memory() != nullptr) {
        lines << kAlarm + tr("does not fit");
      }
      if (!scenario.details.empty()) {
        lines << QString::fromStdString(scenario.details);
      }
      lines << state.join(QStringLiteral(" · "));
      return lines.join(QLatin1Char('\n'));
    }
    case Qt::ToolTipRole:
      return plain_tip(headerData(section, orientation, Qt::DisplayRole).toString() +
                       QLatin1Char('\n') +
                       QString::fromStdString(to_command(scenario.outcome->asked)));
    case Qt::DecorationRole: {
      const auto found = decorations_.find(section);
      return found == decorations_.end() ? QVariant{} : found->second;
    }
    case Qt::TextAlignmentRole:
      return QVariant::fromValue(Qt::Alignment(Qt::AlignLeft | Qt::AlignVCenter));
    default:
      return {};
  }
}

bool CompareTable::setHeaderData(int section, Qt::Orientation orientation, const QVariant& value,
                                 int role) {
  if (orientation != Qt::Horizontal || role != Qt::DecorationRole || section < 0 ||
      section >= columnCount()) {
    return false;
  }
  decorations_[section] = value;
  emit headerDataChanged(orientation, section, section);
  return true;
}

CompareTable::Records CompareTable::records(const QModelIndexList& cells) const {
  std::set<int> rows;
  std::set<int> columns;
  for (const QModelIndex& cell : cells) {
    rows.insert(cell.row());
    columns.insert(cell.column());
  }
  if (cells.size() <= 1) {
    for (int row = 0; row < rowCount(); ++row) {
      rows.insert(row);
    }
    for (int column = 0; column < columnCount(); ++column) {
      columns.insert(column);
    }
  }
  // English in every language of the window: programs look for these.
  Records all = {{"metric", "unit"}};
  for (const int column : columns) {
    all.front().push_back(scenarios_[static_cast<std::size_t>(column)].name_in_files());
  }
  for (const int row : rows) {
    auto& record = all.emplace_back();
    record = {std::string(metric(row).name), std::string(unit_name(metric(row).unit))};
    for (const int column : columns) {
      const auto number = value(row, column);
      record.push_back(number ? plain_number(*number) : "");
    }
  }
  return all;
}

QString CompareTable::to_tsv(const QModelIndexList& cells) const {
  std::string text;
  for (auto& record : records(cells)) {
    for (std::size_t i = 0; i < record.size(); ++i) {
      // Nothing quotes in what spreadsheets take from the clipboard.
      std::ranges::replace_if(
          record[i], [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
      text += (i == 0 ? "" : "\t") + record[i];
    }
    text += '\n';
  }
  return QString::fromStdString(text);
}

QString CompareTable::to_csv(const QModelIndexList& cells) const {
  std::string text;
  for (const auto& record : records(cells)) {
    text += csv_record(record);
  }
  return QString::fromStdString(text);
}

}  // namespace kvfoot::gui
