// Choices, picture, numbers.
#include "gui/view/timeline_panel.hpp"

#include <QComboBox>
#include <QLabel>
#include <QRegularExpression>
#include <QStandardItemModel>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "gui/model/number_text.hpp"
#include "gui/plots/numbers.hpp"
#include "gui/view/flow_layout.hpp"
#include "gui/view/looks.hpp"

namespace kvfoot::gui {
namespace {

constexpr int kNarrowest = 282;  // two choices side by side; a window of 900 pixels has this room

// Lines break between the numbers, not inside them, nor between the letters of a Chinese word.
QString unbroken(QString words) {
  static const QRegularExpression single(QStringLiteral("(?<! ) (?! )"));
  static const QRegularExpression han(QStringLiteral("(?<=\\p{Han})(?=\\p{Han})"));
  constexpr QChar kWordJoiner(0x2060);
  return words.replace(single, QString(QChar::Nbsp)).replace(han, QString(kWordJoiner));
}

}  // namespace

TimelinePanel::TimelinePanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace) {
  view_ = new TimelineView(workspace);
  view_->setMinimumWidth(kNarrowest);
  what_ = new QComboBox;
  what_->addItem(tr("KV cache"));
  what_->addItem(tr("Whole memory"));
  what_->setAccessibleName(tr("What the timeline shows"));
  what_->setToolTip(
      tr("The cache alone, or weights, activations, workspace and logits too, at the "
         "fullest moment of each pass; that needs a device"));
  unit_ = new QComboBox;
  unit_->addItem(tr("Bytes"), static_cast<int>(EntryUnit::kGiB));
  unit_->addItem(tr("Percent"), static_cast<int>(EntryUnit::kShare));
  unit_->addItem(tr("Entries"), static_cast<int>(EntryUnit::kEntries));
  unit_->addItem(tr("Entries per stream"), static_cast<int>(EntryUnit::kEntriesPerStream));
  unit_->setAccessibleName(tr("Unit of the timeline"));
  unit_->setToolTip(
      tr("What the timeline counts; percent is of full attention's cache at the end"));
  axis_ = new QComboBox;
  axis_->addItem(tr("over rows"));
  axis_->addItem(tr("over seconds"));
  axis_->setAccessibleName(tr("Axis of the timeline"));
  axis_->setToolTip(tr("Rows are the clock of the footprint; seconds need a device"));
  auto* fit = new QToolButton;
  fit->setText(tr("Fit"));
  fit->setToolTip(tr("Show the whole run (F, or double click)"));
  decode_ = new QToolButton;
  decode_->setText(tr("Decode"));
  decode_->setToolTip(tr("Show the decode rows alone (D)"));
  readout_ = new QLabel;
  readout_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  readout_->setContentsMargins(8, 0, 8, 4);
  readout_->setWordWrap(true);
  readout_->setAlignment(Qt::AlignLeft | Qt::AlignTop);
  // Long numbers take another line rather than pushing other panels aside.
  readout_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
  readout_->setAccessibleName(tr("Numbers at the row"));
  auto* choices = new FlowLayout;
  choices->setContentsMargins(6, 4, 6, 0);
  choices->setSpacing(6);
  for (QWidget* choice : std::initializer_list<QWidget*>{what_, unit_, axis_, fit, decode_}) {
    choices->addWidget(choice);
  }
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(2);
  layout->addLayout(choices);
  layout->addWidget(view_, 1);
  layout->addWidget(readout_);
  connect(what_, &QComboBox::currentIndexChanged, this, &TimelinePanel::choose);
  connect(unit_, &QComboBox::currentIndexChanged, this, &TimelinePanel::choose);
  connect(axis_, &QComboBox::currentIndexChanged, this, &TimelinePanel::choose);
  connect(fit, &QToolButton::clicked, view_, &PlotWidget::fit);
  connect(decode_, &QToolButton::clicked, view_, &TimelineView::fit_decode);
  connect(&workspace_, &Workspace::row_changed, this, &TimelinePanel::follow);
  connect(&workspace_, &Workspace::outcome_changed, this, [this] {
    show_choices();
    follow();
  });
  show_choices();
  follow();
}

void TimelinePanel::choose() {
  if (!showing_) {
    wanted_ = {what_->currentIndex() == 1, axis_->currentIndex() == 1, unit_->currentIndex()};
    apply();
  }
}

// A scenario without a device shows the cache over rows; the next one with a device what was
// wanted.
void TimelinePanel::show_choices() {
  const OutcomePtr& outcome = workspace_.outcome();
  const bool timed = outcome != nullptr && outcome->replay.clock.has_value();
  showing_ = true;
  for (QComboBox* choice : {what_, axis_}) {
    qobject_cast<QStandardItemModel*>(choice->model())->item(1)->setEnabled(timed);
  }
  what_->setCurrentIndex(timed && wanted_.whole_memory ? 1 : 0);
  axis_->setCurrentIndex(timed && wanted_.seconds ? 1 : 0);
  unit_->setCurrentIndex(wanted_.unit);
  showing_ = false;
  apply();
}

void TimelinePanel::restore_choices() {
  if (kept_) {
    wanted_ = *std::exchange(kept_, std::nullopt);
    show_choices();
  }
}

void TimelinePanel::apply() {
  const bool whole = what_->currentIndex() == 1;
  unit_->setEnabled(!whole);  // weights have no entries
  view_->set_options(
      {static_cast<EntryUnit>(unit_->currentData().toInt()), axis_->currentIndex() == 1, whole});
}

void TimelinePanel::show_whole_memory() {
  const OutcomePtr& outcome = workspace_.outcome();
  if (outcome != nullptr && !outcome->memory.empty()) {
    what_->setCurrentIndex(1);
  }
}

void TimelinePanel::show_cache() { what_->setCurrentIndex(0); }

QString TimelinePanel::readout() const { return words_at(workspace_.row()); }

void TimelinePanel::follow() {
  const OutcomePtr& outcome = workspace_.outcome();
  decode_->setEnabled(outcome != nullptr && outcome->result.inputs.run.decode_rows() > 0);
  readout_->setText(unbroken(words_at(workspace_.row())));
  if (outcome != measured_) {
    make_room();
  }
}

// In the unit of the picture where that has bytes.
QString TimelinePanel::bytes_text(std::int64_t bytes) const {
  const auto* areas = view_->spec() == nullptr
                          ? nullptr
                          : std::get_if<plots::StackedAreas>(&view_->spec()->content);
  const bool shared = areas != nullptr && areas->y.quantity == plots::Quantity::kBytes;
  const auto value = static_cast<double>(bytes);
  return QString::fromStdString(plots::format_quantity(
      value, plots::Quantity::kBytes, shared ? plots::unit_value(*areas) : value, 2));
}

QString TimelinePanel::words_at(std::int64_t row) const {
  const OutcomePtr& outcome = workspace_.outcome();
  if (outcome == nullptr || !outcome->replay.profile || row >= outcome->result.inputs.run.rows()) {
    return {};
  }
  const TimelinePoint point = outcome->replay.profile->at(row);
  QString text = tr("row %1:  live %2   inactive %3   evicted %4   %5 in whole pages")
                     .arg(count_text(point.row), count_text(point.live), count_text(point.inactive),
                          count_text(point.evicted), bytes_text(point.resident_bytes));
  if (outcome->result.inputs.batch > 1) {
    text += tr("   bytes of all %1 requests").arg(count_text(outcome->result.inputs.batch));
  }
  if (outcome->replay.clock) {
    text += tr("   at %1").arg(seconds_text(time_of_row(*outcome, point.row)));
  }
  return text;
}

void TimelinePanel::make_room() {
  measured_ = workspace_.outcome();
  const std::int64_t rows = measured_ == nullptr ? 0 : measured_->result.inputs.run.rows();
  const QMargins margins = readout_->contentsMargins();
  const QRect place(0, 0, std::max(80, width() - margins.left() - margins.right()), 1 << 12);
  int height = readout_->fontMetrics().height();
  for (const std::int64_t row : {rows / 2, rows - 1}) {
    if (row >= 0) {
      height = std::max(height, readout_->fontMetrics()
                                    .boundingRect(place, Qt::TextWordWrap, unbroken(words_at(row)))
                                    .height());
    }
  }
  // Words of several scripts are higher than the font's own lines.
  const int lines = height / readout_->fontMetrics().height();
  height = std::max(height, lines * line_height(readout_->font()));
  readout_->setFixedHeight(height + margins.top() + margins.bottom());
}

void TimelinePanel::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  make_room();
}

}  // namespace kvfoot::gui
