// Table, pictures, and what one can do with a column.
#include "gui/view/compare_view.hpp"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QEvent>
#include <QHeaderView>
#include <QLabel>
#include <QMimeData>
#include <QPainter>
#include <QScrollArea>
#include <QSplitter>
#include <QTableView>
#include <QToolBar>
#include <QVBoxLayout>

#include "gui/model/message_text.hpp"
#include "gui/view/compare_cells.hpp"
#include "gui/view/compare_columns.hpp"
#include "gui/view/compare_plots.hpp"
#include "gui/view/looks.hpp"

namespace kvfoot::gui {
namespace {

constexpr int kSwatch = 12;

QPixmap swatch(const QColor& colour, double ratio) {
  QPixmap picture(QSize(kSwatch, kSwatch) * ratio);
  picture.setDevicePixelRatio(ratio);
  picture.fill(colour);
  return picture;
}

// As high as it may be where there is room, and a line where there is none: a small window must
// not grow because much does not compare.
class Notes final : public QScrollArea {
 public:
  [[nodiscard]] QSize sizeHint() const override {
    return {QScrollArea::sizeHint().width(), maximumHeight()};
  }
  [[nodiscard]] QSize minimumSizeHint() const override { return {0, minimumHeight()}; }
};

}  // namespace

CompareView::CompareView(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace) {
  setAccessibleName(tr("Comparison"));
  make_table();
  timelines_ = new OverlayTimelines;
  bars_ = new PeakBars;
  make_actions();

  auto* tools = new QToolBar;
  tools->setAccessibleName(tr("Comparison tools"));
  tools->setToolButtonStyle(Qt::ToolButtonTextOnly);
  tools->addActions({pin_, unpin_, clear_});
  tools->addSeparator();
  tools->addActions({load_, base_, copy_});
  tools->addSeparator();
  auto* unit = new QComboBox;
  unit->setAccessibleName(tr("Unit of the timelines"));
  unit->setToolTip(tr("What the timelines count"));
  unit->addItems({tr("KV bytes"), tr("Entries per stream"), tr("Entries")});
  connect(unit, &QComboBox::currentIndexChanged, timelines_,
          [this](int index) { timelines_->set_unit(static_cast<OverlayTimelines::Unit>(index)); });
  tools->addWidget(unit);

  cautions_ = new QLabel;
  cautions_->setWordWrap(true);
  cautions_->setContentsMargins(8, 2, 8, 2);
  cautions_->setAccessibleName(tr("Cautions"));
  cautions_->setTextFormat(Qt::PlainText);
  cautions_->setAlignment(Qt::AlignLeft | Qt::AlignTop);
  cautions_area_ = new Notes;
  cautions_area_->setAccessibleName(tr("Cautions"));
  cautions_area_->setFrameShape(QFrame::NoFrame);
  cautions_area_->setWidgetResizable(true);
  cautions_area_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  cautions_area_->setWidget(cautions_);

  auto* pictures = new QSplitter(Qt::Horizontal);
  pictures->addWidget(timelines_);
  pictures->addWidget(bars_);
  pictures->setStretchFactor(0, 5);
  pictures->setStretchFactor(1, 4);
  pictures->setChildrenCollapsible(true);
  // As in the dock below: upright at first, it would make a small window higher for good.
  parts_ = new QSplitter(Qt::Horizontal);
  parts_->addWidget(table_);
  parts_->addWidget(pictures);
  parts_->setStretchFactor(0, 3);
  parts_->setStretchFactor(1, 2);
  parts_->setSizes({550, 450});

  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addWidget(tools);
  layout->addWidget(cautions_area_);
  layout->addWidget(parts_, 1);

  connect(&workspace_, &Workspace::outcome_changed, this, &CompareView::rebuild);
  connect(&workspace_, &Workspace::stopped, this, &CompareView::rebuild);
  connect(&workspace_, &Workspace::pins_changed, this, &CompareView::rebuild);
  connect(&sight_, &Sight::appeared, this, [this] {
    if (stale_) {
      rebuild();
    }
  });
  rebuild();
}

// In a low dock the numbers stand beside the pictures instead of above them.
void CompareView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  fit_cautions();
  const Qt::Orientation wanted = is_wide(size()) ? Qt::Horizontal : Qt::Vertical;
  if (parts_->orientation() != wanted) {
    parts_->setOrientation(wanted);
    // Beside the pictures the table has room for the baseline and one more.
    parts_->setSizes(wanted == Qt::Horizontal ? QList<int>{width() * 11 / 20, width() * 9 / 20}
                                              : QList<int>{height() * 3 / 5, height() * 2 / 5});
  }
}

void CompareView::make_table() {
  model_ = new CompareTable(this);
  table_ = new CompareColumns;
  table_->setAccessibleName(tr("Metrics of the compared scenarios"));
  table_->setModel(model_);
  table_->setItemDelegate(new CompareCells(table_));
  table_->setAlternatingRowColors(true);
  table_->setShowGrid(false);
  table_->setWordWrap(false);
  table_->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
  table_->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
  table_->setSelectionMode(QAbstractItemView::ContiguousSelection);
  table_->setTabKeyNavigation(false);  // Tab leaves the table
  table_->setContextMenuPolicy(Qt::ActionsContextMenu);
  table_->verticalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  table_->verticalHeader()->setHighlightSections(false);
  table_->verticalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  connect(table_->selectionModel(), &QItemSelectionModel::currentChanged, this,
          &CompareView::update_actions);
  connect(table_->horizontalHeader(), &QHeaderView::sectionDoubleClicked, this, &CompareView::load);
}

void CompareView::make_actions() {
  const auto make = [&](const QString& text, const QString& tip, void (CompareView::*act)()) {
    auto* action = new QAction(text, this);
    action->setToolTip(tip);
    connect(action, &QAction::triggered, this, act);
    return action;
  };
  pin_ =
      make(tr("Pin"), tr("Keep the current scenario to compare others with it"), &CompareView::pin);
  unpin_ = make(tr("Unpin"), tr("Drop the chosen column from the comparison"), &CompareView::unpin);
  clear_ = new QAction(tr("Unpin all"), this);
  clear_->setToolTip(tr("Drop every pinned scenario"));
  connect(clear_, &QAction::triggered, &workspace_, &Workspace::clear_pins);
  load_ = make(tr("Load"), tr("Make the chosen column the current scenario"), &CompareView::load);
  base_ = make(tr("Baseline"), tr("Compare the other columns with the chosen one"),
               &CompareView::set_baseline);
  copy_ =
      make(tr("Copy"), tr("Copy the selected cells, or else the whole table, in full precision"),
           &CompareView::copy_tsv);
  copy_->setShortcut(QKeySequence::Copy);
  copy_->setShortcutContext(Qt::WidgetWithChildrenShortcut);
  copy_csv_ = make(tr("Copy as CSV"), tr("The same with commas"), &CompareView::copy_csv);
  addAction(copy_);
  table_->addActions({load_, unpin_, base_, copy_, copy_csv_});
}

int CompareView::column() const { return table_->currentIndex().column(); }

void CompareView::rebuild() {
  if (!sight_.seen()) {
    if (!std::exchange(stale_, true)) {
      show_scenarios({});  // outcomes that are gone are not kept for nobody
    }
    return;
  }
  stale_ = false;
  // The cursor stays with its scenario.
  const int before = column();
  const OutcomePtr chosen = before >= 0 && before < model_->columnCount()
                                ? model_->scenarios()[static_cast<std::size_t>(before)].outcome
                                : nullptr;
  const int row = std::max(table_->currentIndex().row(), 0);
  show_scenarios(compared_scenarios(workspace_));
  set_swatches();
  int at = std::min(model_->columnCount(), 1) - 1;  // the current one
  for (int i = 0; i < model_->columnCount(); ++i) {
    if (model_->scenarios()[static_cast<std::size_t>(i)].outcome == chosen) {
      at = i;
    }
  }
  if (at >= 0) {
    table_->setCurrentIndex(model_->index(std::min(row, model_->rowCount() - 1), at));
  }
  show_cautions();
  update_actions();
}

void CompareView::show_scenarios(const std::vector<Compared>& scenarios) {
  model_->set_scenarios(scenarios);
  timelines_->set_scenarios(scenarios);
  bars_->set_scenarios(scenarios);
}

void CompareView::set_swatches() {
  const plots::Theme theme = theme_of(*this);
  for (int i = 0; i < model_->columnCount(); ++i) {
    const QColor colour =
        plots::to_qcolor(theme.series(model_->scenarios()[static_cast<std::size_t>(i)].style));
    model_->setHeaderData(i, Qt::Horizontal, swatch(colour, devicePixelRatioF()),
                          Qt::DecorationRole);
  }
}

void CompareView::show_cautions() {
  QStringList lines;
  if (model_->columnCount() == 0) {
    lines << tr("Open a trace, or choose a shape. Then pin the scenario and change it.");
  } else if (model_->columnCount() == 1) {
    lines << (workspace_.pins().empty()
                  ? tr("Pin this scenario, then change it: the two stand side by side.")
                  : tr("This scenario is pinned. Change it: the two stand side by side."));
  } else {
    lines << model_->about_differences();
    for (const std::string& caution : model_->cautions()) {
      lines << tr("Mind: %1.").arg(message_text(caution));
    }
  }
  cautions_->setText(lines.join(QLatin1Char('\n')));
  fit_cautions();
}

// As high as they are, up to a few lines: the others are scrolled to.
void CompareView::fit_cautions() {
  constexpr int kMostLines = 3;
  const QMargins around = cautions_->contentsMargins();
  const int line = line_height(cautions_->font());
  const int most = kMostLines * line + around.top() + around.bottom();
  const int wanted = std::max(cautions_->heightForWidth(width()), 0);  // -1: no text
  cautions_area_->setMinimumHeight(std::min(wanted, line + around.top() + around.bottom()));
  cautions_area_->setMaximumHeight(std::min(wanted, most));
  // The keyboard has something to do there only if there is more.
  cautions_area_->setFocusPolicy(wanted > most ? Qt::StrongFocus : Qt::NoFocus);
}

void CompareView::update_actions() {
  const int at = column();
  const bool valid = at >= 0 && at < model_->columnCount();
  const Compared* chosen = valid ? &model_->scenarios()[static_cast<std::size_t>(at)] : nullptr;
  bool pinned = false;
  for (const Compared& scenario : model_->scenarios()) {
    pinned = pinned || (scenario.current && scenario.pin.has_value());
  }
  pin_->setEnabled(workspace_.outcome() != nullptr && !workspace_.stale() && !pinned);
  unpin_->setEnabled(valid && chosen->pin.has_value());
  clear_->setEnabled(!workspace_.pins().empty());
  load_->setEnabled(valid && chosen->outcome->asked != workspace_.what_if());
  base_->setEnabled(valid && at != model_->baseline());
  copy_->setEnabled(model_->columnCount() > 0);
  copy_csv_->setEnabled(model_->columnCount() > 0);
}

void CompareView::pin() { workspace_.pin(); }

void CompareView::unpin() {
  const int at = column();
  if (at >= 0 && at < model_->columnCount()) {
    if (const auto pin = model_->scenarios()[static_cast<std::size_t>(at)].pin) {
      workspace_.unpin(*pin);
    }
  }
}

void CompareView::load() {
  const int at = column();
  if (at >= 0 && at < model_->columnCount()) {
    workspace_.edit(model_->scenarios()[static_cast<std::size_t>(at)].outcome->asked,
                    tr("Load a compared scenario"));
    workspace_.end_edit();
  }
}

void CompareView::set_baseline() {
  model_->set_baseline(column());
  show_cautions();
  update_actions();
}

void CompareView::copy_tsv() {
  const QModelIndexList cells = table_->selectionModel()->selectedIndexes();
  auto* copied = new QMimeData;
  copied->setText(model_->to_tsv(cells));
  copied->setData(QStringLiteral("text/csv"), model_->to_csv(cells).toUtf8());
  QApplication::clipboard()->setMimeData(copied);
}

void CompareView::copy_csv() {
  QApplication::clipboard()->setText(model_->to_csv(table_->selectionModel()->selectedIndexes()));
}

void CompareView::changeEvent(QEvent* event) {
  if (event->type() == QEvent::FontChange && cautions_area_ != nullptr) {
    fit_cautions();
  }
  if (event->type() == QEvent::PaletteChange && model_ != nullptr) {
    set_swatches();
  }
  QWidget::changeEvent(event);
}

}  // namespace kvfoot::gui
