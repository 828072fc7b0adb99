// Controls above, map, readout below; lives and attention come from workers.
#include "gui/view/state_map_view.hpp"

#include <QCoreApplication>
#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "gui/model/number_text.hpp"
#include "gui/model/plain_tip.hpp"
#include "gui/model/scenario_fields.hpp"
#include "gui/model/within_memory.hpp"
#include "gui/view/looks.hpp"
#include "gui/view/state_map_controls.hpp"
#include "gui/view/state_map_plot.hpp"
#include "gui/view/state_map_spec.hpp"

namespace kvfoot::gui {
namespace {

QString why_unknown(LivesSource source, const WhatIf& asked) {
  const QString policy = QString::fromStdString(asked.policy.name);
  switch (source) {
    case LivesSource::kNeedsTrace:
      return QCoreApplication::translate(
                 "StateMap",
                 "Which keys %1 keeps depends on attention, and a shape has none. Open a trace, or "
                 "choose a policy that does not look at attention, such as streaming.")
          .arg(policy);
    case LivesSource::kTooLong:
      return QCoreApplication::translate(
          "StateMap",
          "What every stream of this run keeps would take more than a gigabyte. Choose a shorter "
          "output, or a trace of a shorter prompt.");
    case LivesSource::kPaper:
      return QCoreApplication::translate(
          "StateMap", "The published closed forms know no keys. Choose exact accounting.");
    case LivesSource::kLog:
    case LivesSource::kPolicy:
      break;
  }
  return {};
}

}  // namespace

StateMapView::StateMapView(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace) {
  setAccessibleName(tr("State map"));
  build();
  connect_controls();
  connect(&workspace_, &Workspace::outcome_changed, this, &StateMapView::follow_outcome);
  connect(&workspace_, &Workspace::stream_changed, this, &StateMapView::follow_stream);
  connect(&workspace_, &Workspace::row_changed, this, &StateMapView::follow_cursor);
  connect(&workspace_, &Workspace::key_changed, this, &StateMapView::follow_cursor);
  connect(&sight_, &Sight::appeared, this, &StateMapView::appear);
  connect(&sight_, &Sight::vanished, this, &StateMapView::vanish);
  connect(&lives_, &MapLives::ready, this, &StateMapView::show_subject);
  patience_.setSingleShot(true);
  patience_.setInterval(300);
  connect(&patience_, &QTimer::timeout, this, [this] {
    behind_ = true;
    point_at(pointer_);
  });
  connect(&lives_, &MapLives::failed, this,
          [this](const Error& error) { show_nothing(QString::fromStdString(error.message())); });
  follow_outcome();
}

StateMapView::~StateMapView() = default;

void StateMapView::build() {
  controls_ = new StateMapControls(workspace_, this);
  plot_ = new StateMapPlot(this);
  plot_->setAccessibleName(tr("Map of rows and keys"));
  plot_->setAccessibleDescription(tr(
      "Live, inactive and evicted entries, rows downwards and keys to the right. Wheel or + and "
      "- zoom, F fits, Shift with arrows pans. A click or arrows choose row and key, Esc no key. "
      "The words below the map say what became of the entry."));
  readout_ = new QLabel(this);
  readout_->setAccessibleName(tr("Entry"));
  readout_->setWordWrap(true);
  readout_->setTextFormat(Qt::PlainText);
  readout_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  readout_->setAlignment(Qt::AlignLeft | Qt::AlignTop);
  readout_->setContentsMargins(6, 0, 6, 4);
  readout_->setFixedHeight(3 * line_height(readout_->font()) + 6);  // nothing jumps

  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(2);
  column->addWidget(controls_);
  column->addWidget(plot_, 1);
  column->addWidget(readout_);
}

void StateMapView::connect_controls() {
  connect(controls_, &StateMapControls::mass_changed, this, &StateMapView::request_mass);
  connect(plot_, &PlotWidget::view_changed, this, &StateMapView::request_mass);
  connect(plot_, &StateMapPlot::resized, this, &StateMapView::request_mass, Qt::QueuedConnection);
  connect(plot_, &PlotWidget::hovered, this,
          [this](double x, double y) { point_at(EntryPlace{std::llround(y), std::llround(x)}); });
  connect(plot_, &PlotWidget::left, this, [this] { point_at(std::nullopt); });
  connect(plot_, &PlotWidget::clicked, this, [this](double x, double y) {
    pointer_.reset();  // from here the words are about what was chosen, until the pointer moves
    workspace_.set_row(std::llround(y));
    workspace_.set_key(std::llround(x));
    point_at(std::nullopt);
  });
  connect(plot_, &StateMapPlot::dropped, this, [this] { workspace_.set_key(-1); });
}

void StateMapView::follow_outcome() {
  controls_->follow();
  const OutcomePtr& outcome = workspace_.outcome();
  if (outcome == nullptr) {
    show_nothing(workspace_.error()
                     ? QString::fromStdString(workspace_.error()->message())
                     : tr("Open a trace, or choose a shape and a policy that does not look at "
                          "attention, to see which keys stay."));
  } else if (outcome != subject_.outcome) {
    if (!sight_.seen()) {
      show_nothing({});  // the lists of an outcome that is gone are not kept for nobody
    }
    follow_stream();
  }
}

void StateMapView::follow_stream() {
  controls_->follow();
  const OutcomePtr& outcome = workspace_.outcome();
  if (outcome == nullptr || !sight_.seen()) {  // appear() makes up for it
    return;
  }
  const LivesSource source = lives_source(*outcome);
  if (source == LivesSource::kLog || source == LivesSource::kPolicy) {
    StreamChoice stream = workspace_.stream();
    if (stream.layer >= outcome->layers() || stream.head >= outcome->heads()) {
      stream = {};
    }
    stream = stream.all() ? StreamChoice{} : stream;
    if (subject_.outcome == outcome && subject_.stream == stream) {
      lives_.cancel();
      keep_up();
      point_at(pointer_);
    } else {
      if (subject_.outcome == nullptr) {
        plot_->set_empty_text(tr("Working out which keys stay"));
      } else if (!patience_.isActive() && !behind_) {
        patience_.start();
      }
      lives_.request(outcome, stream);
    }
  } else {
    show_nothing(why_unknown(source, outcome->asked));
  }
}

void StateMapView::appear() {
  follow_stream();
  follow_cursor();
  request_mass();
}

// What is drawn stays; the lists of other streams and what is being worked out do not.
void StateMapView::vanish() {
  lives_.forget();
  keep_up();
  mass_job_.cancel();
}

void StateMapView::keep_up() {
  patience_.stop();
  behind_ = false;
}

void StateMapView::show_nothing(const QString& why) {
  lives_.forget();
  keep_up();
  subject_ = {};
  entry_mass_.reset();
  plot_->set_empty_text(why);
  plot_->show_map(std::nullopt);
  request_mass();
  point_at(std::nullopt);
}

void StateMapView::show_subject(const MapSubject& subject) {
  subject_ = subject;
  keep_up();
  entry_mass_.reset();
  plot_->set_mass(std::nullopt);
  const Outcome& outcome = *subject_.outcome;
  auto spec = subject_.life ? state_spec(outcome, *subject_.life, subject_.stream)
                            : state_spec(outcome, subject_.sum);
  plot_->show_map(std::move(spec));
  if (outcome.trace != nullptr && subject_.life && outcome.result.inputs.run.rows() <= most_rows_) {
    entry_mass_ =
        std::make_unique<RecordedMass>(outcome.trace, *subject_.life, subject_.stream.layer,
                                       subject_.stream.head, outcome.heads());
  }
  follow_cursor();
  request_mass();
}

void StateMapView::follow_cursor() {
  if (!sight_.seen()) {
    return;  // reading an entry decodes attention; appear() makes up for it
  }
  const bool any = subject_.outcome != nullptr;
  const auto at = [](std::int64_t entry) { return std::optional(static_cast<double>(entry)); };
  plot_->set_cursor(any && workspace_.key() >= 0 ? at(workspace_.key()) : std::nullopt,
                    any ? at(workspace_.row()) : std::nullopt);
  point_at(pointer_);
}

bool StateMapView::mass_shown() const { return controls_->mass_shown(); }

void StateMapView::show_mass(bool shown) { controls_->show_mass(shown); }

void StateMapView::request_mass() {
  controls_->follow();
  auto view = plot_->visible();
  // What is drawn may be of the scenario before, which need not have had a trace.
  if (!mass_shown() || subject_.outcome == nullptr || subject_.outcome->trace == nullptr ||
      !subject_.life || !view) {
    mass_job_.cancel();
    plot_->set_mass(std::nullopt);
    return;
  }
  view->largest = controls_->largest();
  if (!sight_.seen() || (plot_->mass() && plot_->mass()->view == *view)) {
    return;
  }
  mass_job_.request([this, subject = subject_, view = *view](const std::atomic<bool>& cancel) {
    auto raster = within_memory(
        Error{"attention", "needs more memory than this machine gives", "zoom in"}, [&] {
          RecordedMass mass(subject.outcome->trace, *subject.life, subject.stream.layer,
                            subject.stream.head, subject.outcome->heads());
          return raster_mass(mass, view, &cancel);
        });
    return [this, raster = std::move(raster)] {
      if (raster) {
        plot_->set_mass(*raster);
      } else {
        plot_->set_mass(std::nullopt);
        readout_->setText(QString::fromStdString(raster.error().message()));
      }
    };
  });
}

QString StateMapView::words_at(std::int64_t row, std::int64_t key) {
  const std::int64_t rows =
      subject_.outcome == nullptr ? 0 : subject_.outcome->result.inputs.run.rows();
  if (row < 0 || key < 0 || row >= rows || key >= rows) {
    return {};
  }
  const Outcome& outcome = *subject_.outcome;
  const EntryPlace place{row, key};
  if (!subject_.life) {
    return entry_words(outcome, place, *subject_.sum);
  }
  std::optional<float> mass;
  if (entry_mass_ != nullptr) {
    const auto found = entry_mass_->entry(row, key);
    mass = found ? *found : std::nullopt;
  }
  const auto [layer, head] = subject_.stream;
  const QString words = entry_words(
      outcome, place, entry_story(outcome, *subject_.life, layer, head, row, key), mass);
  return outcome.trace == nullptr || rows <= most_rows_ || key > row
             ? words
             : words + tr(" · attention of single entries: of runs up to %1 rows only")
                           .arg(count_text(most_rows_));
}

void StateMapView::point_at(std::optional<EntryPlace> place) {
  pointer_ = place;
  QString text =
      place ? words_at(place->row, place->key) : words_at(workspace_.row(), workspace_.key());
  if (text.isEmpty() && subject_.outcome != nullptr) {
    text =
        tr("Point at an entry to read what became of it. The wheel zooms, dragging pans, a click "
           "or the arrow keys choose row and key.");
  }
  if (behind_) {
    text = tr("Still the map of %1. Working out which keys stay now.")
               .arg(QString::fromStdString(
                   name_apart_from(workspace_.what_if(), subject_.outcome->asked)));
  }
  if (text != text_) {
    text_ = text;
    readout_->setText(text_);
    readout_->setToolTip(plain_tip(text_));  // a narrow panel may not show all of it
    emit hovered_text_changed(text_);
  }
}

}  // namespace kvfoot::gui
