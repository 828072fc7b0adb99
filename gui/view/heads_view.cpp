// From an outcome to the grid, and from the grid to the stream that the others show.
#include "gui/view/heads_view.hpp"

#include <QHBoxLayout>
#include <QVBoxLayout>
#include <utility>

#include "gui/model/number_text.hpp"
#include "gui/model/within_memory.hpp"
#include "gui/view/heads_words.hpp"
#include "gui/view/looks.hpp"

namespace kvfoot::gui {

HeadsView::HeadsView(Workspace& workspace, QWidget* parent)
    : QWidget(parent),
      workspace_(workspace),
      measures_(new QComboBox),
      plot_(new HeadsPlot),
      readout_(new QLabel) {
  setAccessibleName(tr("Heads"));
  plot_->setAccessibleName(tr("Layers and heads"));
  plot_->setAccessibleDescription(
      tr("One cell per stream. Click chooses a stream, click again or Esc chooses all; arrows move "
         "the choice."));
  measures_->setAccessibleName(tr("Measure that colours the heads"));
  for (const HeadMeasure measure : head_measures()) {
    measures_->addItem(measure_name(measure), static_cast<int>(measure));
    measures_->setItemData(measures_->count() - 1, measure_help(measure), Qt::ToolTipRole);
  }
  readout_->setAccessibleName(tr("Value of the head"));
  readout_->setWordWrap(true);
  readout_->setAlignment(Qt::AlignLeft | Qt::AlignTop);
  readout_->setMinimumHeight(2 * line_height(readout_->font()));  // no jumps under way
  readout_->setTextFormat(Qt::PlainText);

  auto* const label = new QLabel(tr("Colou&r by"));
  label->setBuddy(measures_);
  auto* const top = new QHBoxLayout;
  top->addWidget(label);
  top->addWidget(measures_, 1);
  auto* const all = new QVBoxLayout(this);
  all->setContentsMargins(6, 6, 6, 6);
  all->addLayout(top);
  all->addWidget(plot_, 1);
  all->addWidget(readout_);

  connect(measures_, &QComboBox::currentIndexChanged, this,
          [this] { set_measure(static_cast<HeadMeasure>(measures_->currentData().toInt())); });
  connect(plot_, &HeadsPlot::chosen, this,
          [this](StreamChoice stream) { workspace_.set_stream(stream); });
  connect(plot_, &HeadsPlot::pointed, this, [this](StreamChoice stream) {
    pointed_ = stream;
    write_readout();
  });
  connect(&workspace_, &Workspace::outcome_changed, this, &HeadsView::rebuild);
  connect(&workspace_, &Workspace::row_changed, this, [this] {
    if (follows_row(measure_)) {
      rebuild();
    }
  });
  connect(&workspace_, &Workspace::stream_changed, this, [this] {
    plot_->set_chosen(workspace_.stream());
    write_readout();
  });
  connect(&sight_, &Sight::appeared, this, &HeadsView::rebuild);
  connect(&sight_, &Sight::vanished, &latest_, &Latest::cancel);
  set_measure(HeadMeasure::kKeptShare);
  rebuild();
}

void HeadsView::set_measure(HeadMeasure measure) {
  measures_->setCurrentIndex(measures_->findData(static_cast<int>(measure)));
  measures_->setToolTip(measure_help(measure));
  if (measure_ != measure) {
    measure_ = measure;
    rebuild();
  }
}

void HeadsView::rebuild() {
  const OutcomePtr& outcome = workspace_.outcome();
  if (!sight_.seen()) {
    if (outcome != shown_) {  // not kept for nobody
      shown_ = nullptr;
      made_.clear();
    }
    return;  // once it appears, this comes again
  }
  if (outcome != shown_) {
    shown_ = outcome;
    made_.clear();
  }
  latest_.cancel();
  if (outcome == nullptr) {
    plot_->show_nothing(tr("Open a trace, or choose a shape, to see which heads keep what."));
  } else if (const MeasureLack lack = lack_of(measure_, *outcome); lack != MeasureLack::kNone) {
    plot_->show_nothing(lack_words(lack));
  } else if (const auto made = made_.find(measure_); made != made_.end()) {
    take(made->second);
    return;
  } else if (is_quick(measure_)) {
    take(*head_grid(measure_, *outcome, workspace_.row()));
    return;
  } else {
    latest_.request(
        [this, outcome, measure = measure_](const std::atomic<bool>& cancel) -> Latest::Delivery {
          auto grid =
              within_memory(needs_more_memory(short_name(outcome->asked), "choose a shorter run"),
                            [&] { return head_grid(measure, *outcome, 0, &cancel); });
          return [this, measure, grid = std::move(grid)] {
            if (grid) {
              made_[measure] = *grid;
              take(*grid);
            } else {
              plot_->show_nothing(QString::fromStdString(grid.error().message()));
              write_readout();
            }
          };
        });
  }
  write_readout();
}

void HeadsView::take(HeadGrid grid) {
  const HeadsCaption words = caption(grid);
  plot_->show_grid(std::move(grid), words);
  plot_->set_chosen(workspace_.stream());
  write_readout();
}

HeadsCaption HeadsView::caption(const HeadGrid& grid) const {
  HeadsCaption words;
  words.title = follows_row(grid.measure) ? tr("Kept share at row %1").arg(count_text(grid.row))
                                          : measure_name(grid.measure);
  words.head = head_name(*shown_);
  words.colour = measure_label(grid.measure);
  return words;
}

QString HeadsView::stream_words(const HeadGrid& grid, StreamChoice stream) const {
  return tr("Layer %1, %2 %3: %4")
      .arg(QString::number(stream.layer), head_name(*shown_), QString::number(stream.head),
           value_words(grid, grid.at(stream.layer, stream.head)));
}

void HeadsView::write_readout() {
  const HeadGrid* const shown = grid();
  if (latest_.busy()) {
    readout_->setText(tr("Computing…"));
  } else if (shown == nullptr || shown_ == nullptr) {
    readout_->clear();
  } else if (const StreamChoice stream = pointed_.all() ? workspace_.stream() : pointed_;
             !stream.all() && stream.layer < shown->layers && stream.head < shown->heads) {
    readout_->setText(stream_words(*shown, stream));
  } else {
    readout_->setText(summary_words(*shown));
  }
}

}  // namespace kvfoot::gui
