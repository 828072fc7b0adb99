// A timer over rows, and a slider that is another view of the row.
#include "gui/window/playback.hpp"

#include <QAction>
#include <QEvent>
#include <QLabel>
#include <QSignalBlocker>
#include <algorithm>
#include <cmath>

#include "gui/model/number_text.hpp"
#include "gui/view/told_slider.hpp"
#include "gui/window/icons.hpp"

namespace kvfoot::gui {
namespace {

constexpr int kFrameMs = 33;
constexpr int kSliderSteps = 10'000;

}  // namespace

Playback::Playback(Workspace& workspace, QWidget* parent)
    : QToolBar(tr("Playback"), parent), workspace_(workspace) {
  setObjectName(QStringLiteral("playback"));
  const auto add = [&](const char* name, Symbol symbol, const QString& text, const QString& tip,
                       const QKeySequence& keys, auto&& run) {
    QAction* action = addAction(text);
    action->setObjectName(QLatin1String(name));
    action->setShortcut(keys);
    action->setToolTip(tip + QStringLiteral(" (") + keys.toString(QKeySequence::NativeText) +
                       QStringLiteral(")"));
    connect(action, &QAction::triggered, this, run);
    symbols_.emplace_back(action, symbol);
    return action;
  };
  add("action.pass_back", Symbol::kPassBack, tr("Previous pass"),
      tr("To the first row of the pass before"), QKeySequence(Qt::CTRL | Qt::Key_Left),
      [this] { step_pass(-1); });
  add("action.row_back", Symbol::kRowBack, tr("Previous row"), tr("One row back"),
      QKeySequence(Qt::ALT | Qt::Key_Left), [this] { step_row(-1); });
  play_ = add("action.play", Symbol::kPlay, tr("Play"), tr("Play the run, or pause"),
              QKeySequence(Qt::CTRL | Qt::Key_Space), [this] { set_playing(!playing()); });
  add("action.row_on", Symbol::kRowOn, tr("Next row"), tr("One row on"),
      QKeySequence(Qt::ALT | Qt::Key_Right), [this] { step_row(1); });
  add("action.pass_on", Symbol::kPassOn, tr("Next pass"), tr("To the first row of the next pass"),
      QKeySequence(Qt::CTRL | Qt::Key_Right), [this] { step_pass(1); });
  draw_symbols();
  slider_ = new ToldSlider({
      [this](int position) { return static_cast<double>(row_at(position)); },
      [this](int position) { return count_text(row_at(position)); },
  });
  slider_->setRange(0, kSliderSteps);
  slider_->setMinimumWidth(160);
  slider_->setAccessibleName(tr("Row"));
  slider_->setToolTip(tr("The row at which everything looks"));
  addWidget(slider_);
  where_ = new QLabel;
  where_->setMinimumWidth(fontMetrics().horizontalAdvance(
      QStringLiteral("row 999 999 of 0–999 999, decode pass 9999")));
  where_->setContentsMargins(8, 0, 8, 0);
  where_->setObjectName(QStringLiteral("where"));
  addWidget(where_);
  connect(slider_, &QSlider::valueChanged, this, [this](int value) {
    if (run() != nullptr) {
      set_playing(false);
      workspace_.set_row(row_at(value));
    }
  });
  timer_.setInterval(kFrameMs);
  connect(&timer_, &QTimer::timeout, this, &Playback::tick);
  connect(&workspace_, &Workspace::row_changed, this, &Playback::follow);
  connect(&workspace_, &Workspace::outcome_changed, this, &Playback::follow);
  follow();
}

std::int64_t Playback::row_at(int position) const {
  const RunLengths* lengths = run();
  return lengths == nullptr ? 0
                            : std::llround(static_cast<double>(position) / kSliderSteps *
                                           static_cast<double>(lengths->rows() - 1));
}

const RunLengths* Playback::run() const {
  const OutcomePtr& outcome = workspace_.outcome();
  return outcome == nullptr ? nullptr : &outcome->result.inputs.run;
}

void Playback::set_playing(bool playing) {
  const RunLengths* lengths = run();
  if (playing == timer_.isActive() || lengths == nullptr) {
    return;
  }
  if (playing) {
    if (workspace_.row() + 1 >= lengths->rows()) {
      workspace_.set_row(0);
    }
    position_ = static_cast<double>(workspace_.row());
    since_frame_.start();
    timer_.start();
  } else {
    timer_.stop();
  }
  draw_symbols();
  play_->setText(playing ? tr("Pause") : tr("Play"));
}

void Playback::draw_symbols() {
  const QColor colour = palette().color(QPalette::Active, QPalette::WindowText);
  const QColor disabled = palette().color(QPalette::Disabled, QPalette::WindowText);
  for (const auto& [action, symbol] : symbols_) {
    const bool pause = action == play_ && playing();
    action->setIcon(symbol_icon(pause ? Symbol::kPause : symbol, colour, disabled));
  }
}

void Playback::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange) {
    draw_symbols();
  }
  QToolBar::changeEvent(event);
}

void Playback::tick() {
  const RunLengths* lengths = run();
  if (lengths == nullptr) {
    set_playing(false);
    return;
  }
  // A row that somebody else has chosen meanwhile is where it goes on.
  if (std::llround(position_) != workspace_.row()) {
    position_ = static_cast<double>(workspace_.row());
  }
  // However long the picture before took.
  position_ += static_cast<double>(lengths->rows()) * static_cast<double>(since_frame_.restart()) /
               kMillisecondsPerRun;
  workspace_.set_row(std::llround(position_));
  position_ = std::min(position_, static_cast<double>(lengths->rows() - 1));
  if (workspace_.row() + 1 >= lengths->rows()) {
    set_playing(false);
  }
}

void Playback::step_row(int direction) {
  set_playing(false);
  workspace_.set_row(workspace_.row() + direction);
}

void Playback::step_pass(int direction) {
  set_playing(false);
  const RunLengths* lengths = run();
  if (lengths == nullptr) {
    return;
  }
  const std::int64_t row = workspace_.row();
  const std::int64_t pass = lengths->pass_of(row);
  const Pass here = pass_at(*lengths, pass, 0);
  if (direction > 0) {
    workspace_.set_row(here.end);
  } else if (row > here.begin) {
    workspace_.set_row(here.begin);
  } else if (pass > 0) {
    workspace_.set_row(pass_at(*lengths, pass - 1, 0).begin);
  }
}

void Playback::follow() {
  const RunLengths* lengths = run();
  setEnabled(lengths != nullptr);
  if (lengths == nullptr) {
    where_->clear();
    return;
  }
  const std::int64_t row = workspace_.row();
  const std::int64_t last = std::max<std::int64_t>(lengths->rows() - 1, 1);
  const QSignalBlocker blocker(slider_);
  slider_->setValue(static_cast<int>(row * kSliderSteps / last));
  const Pass pass = pass_at(*lengths, lengths->pass_of(row), 0);
  where_->setText(
      tr("row %1 of 0–%2, %3")
          .arg(count_text(row), count_text(lengths->rows() - 1), pass_name(pass, *lengths)));
}

}  // namespace kvfoot::gui
