// Widths and lines.
#include "gui/view/compare_columns.hpp"

#include <QStyleOptionHeader>
#include <QStyledItemDelegate>
#include <algorithm>
#include <utility>
#include <vector>

#include "gui/plots/line_break.hpp"
#include "gui/view/looks.hpp"

namespace kvfoot::gui {
namespace {

constexpr int kLeast = 124;        // pixels
constexpr int kComfortable = 200;  // pixels
constexpr int kMostLines = 5;

// One line broken into those that fit.
QStringList broken(const QString& text, const QFontMetrics& font, int width) {
  QStringList lines;
  QString rest = text;
  while (font.horizontalAdvance(rest) > width) {
    const qsizetype cut = plots::line_break(
        rest, [&](const QString& line) { return font.horizontalAdvance(line) <= width; });
    if (cut == 0) {
      break;
    }
    lines << rest.left(cut).trimmed();
    rest = rest.mid(cut).trimmed();
  }
  lines << font.elidedText(rest, Qt::ElideMiddle, width);
  return lines;
}

}  // namespace

CompareHeader::CompareHeader(QWidget* parent) : QHeaderView(Qt::Horizontal, parent) {
  setSectionsClickable(true);
  setHighlightSections(true);
  setMinimumSectionSize(80);
  setDefaultSectionSize(kComfortable);
}

QString CompareHeader::fitted(int section) const {
  QFont bold = font();
  bold.setBold(true);  // as where the cursor stands
  const QFontMetrics metrics(bold);
  const int margin = style()->pixelMetric(QStyle::PM_HeaderMargin, nullptr, this);
  const int icon = style()->pixelMetric(QStyle::PM_SmallIconSize, nullptr, this);
  const int width = std::max(sectionSize(section) - icon - 4 * margin, 30);
  QStringList lines;
  const QString text = model()->headerData(section, Qt::Horizontal).toString();
  for (const QString& line : text.split(QLatin1Char('\n'))) {
    lines << broken(line, metrics, width);
  }
  if (lines.size() > kMostLines) {  // the last line says which one it is
    const QString last = lines.last();
    lines = lines.mid(0, kMostLines - 1);
    lines.last() = metrics.elidedText(lines.last() + QStringLiteral(" …"), Qt::ElideRight, width);
    lines << last;
  }
  return lines.join(QLatin1Char('\n'));
}

void CompareHeader::initStyleOptionForIndex(QStyleOptionHeader* option, int section) const {
  QHeaderView::initStyleOptionForIndex(option, section);
  option->text = fitted(section);
}

QSize CompareHeader::sectionSizeFromContents(int section) const {
  const QSize whole = QHeaderView::sectionSizeFromContents(section);
  QFont bold = font();
  bold.setBold(true);
  const auto lines = static_cast<int>(fitted(section).count(QLatin1Char('\n')) + 1);
  const int margin = style()->pixelMetric(QStyle::PM_HeaderMargin, nullptr, this);
  return {whole.width(), lines * line_height(bold) + 2 * margin};
}

CompareColumns::CompareColumns(QWidget* parent) : QTableView(parent) {
  header_ = new CompareHeader(this);
  setHorizontalHeader(header_);
  connect(header_, &QHeaderView::sectionResized, this, [this] {
    if (!sharing_) {
      by_hand_ = true;
      header_->headerDataChanged(Qt::Horizontal, 0, header_->count() - 1);  // other lines
    }
  });
}

void CompareColumns::setModel(QAbstractItemModel* model) {
  QTableView::setModel(model);
  by_hand_ = false;
}

void CompareColumns::updateGeometries() {
  if (!by_hand_) {
    share_width();
  }
  QTableView::updateGeometries();
}

int CompareColumns::least_width(int column) const {
  QStyleOptionViewItem option;
  initViewItemOption(&option);
  int width = kLeast;
  for (int row = 0; row < model()->rowCount(); ++row) {
    width = std::max(width, itemDelegate()->sizeHint(option, model()->index(row, column)).width());
  }
  return width;
}

void CompareColumns::share_width() {
  const int columns = model() == nullptr ? 0 : model()->columnCount();
  if (columns == 0 || sharing_) {
    return;
  }
  std::vector<int> widths;
  int left = viewport()->width();
  for (int column = 0; column < columns; ++column) {
    widths.push_back(least_width(column));
    left -= widths.back();
  }
  sharing_ = true;
  bool changed = false;
  for (int column = 0; column < columns; ++column) {
    int& width = widths[static_cast<std::size_t>(column)];
    const int more = std::clamp(left / (columns - column), 0, std::max(kComfortable - width, 0));
    width += more;
    left -= more;
    changed = changed || header_->sectionSize(column) != width;
    header_->resizeSection(column, width);
  }
  if (changed) {
    header_->headerDataChanged(Qt::Horizontal, 0, columns - 1);  // other lines, another height
  }
  sharing_ = false;
}

}  // namespace kvfoot::gui
