// What the window does with files, results and errors; its panels stand in panels.cpp, its menus in
// menus.cpp.
#include "gui/window/main_window.hpp"

#include <QApplication>
#include <QCloseEvent>
#include <QComboBox>
#include <QDir>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QMimeData>
#include <QProgressBar>
#include <QSettings>
#include <QSignalBlocker>
#include <QStatusBar>
#include <QTimer>
#include <QToolBar>
#include <QToolButton>
#include <algorithm>

#include "gui/model/message_text.hpp"
#include "gui/model/number_text.hpp"
#include "gui/view/lesson_panel.hpp"
#include "gui/view/timeline_panel.hpp"
#include "gui/window/playback.hpp"
#include "gui/window/status_text.hpp"
#include "sim/core/text.hpp"
#include "sim/report/units.hpp"

namespace kvfoot::gui {
namespace {

constexpr int kSlowOpening = 300;  // milliseconds before the reader is told

}  // namespace

MainWindow::MainWindow(Workspace& workspace, Recovery* recovery, QWidget* parent)
    : QMainWindow(parent), workspace_(workspace), recovery_(recovery) {
  setDockOptions(AllowNestedDocks | AllowTabbedDocks | AnimatedDocks);
  setAcceptDrops(true);
  resize(1440, 900);
  make_panels();
  make_status();
  make_file_menu();
  make_edit_menu();
  make_view_menu();
  make_help_menu();
  connect(&workspace_, &Workspace::outcome_changed, this, &MainWindow::show_state);
  connect(&workspace_, &Workspace::what_if_changed, this, [this] {
    follow_lesson();
    show_title();
  });
  connect(&workspace_.undo_stack(), &QUndoStack::cleanChanged, this, &MainWindow::show_title);
  connect(qApp, &QApplication::focusChanged, this,
          [this](QWidget*, QWidget* now) { follow_focus(now); });
  restore_layout();
  show_title();
  offer_left_behind();
}

// The undo stack reports that it is clean as it goes, when what the title is made of is gone.
MainWindow::~MainWindow() { workspace_.undo_stack().disconnect(this); }

// Of windows that are gone, and of this one before it opened a file. One after the other; what is
// neither restored nor discarded is offered again at the next start.
void MainWindow::offer_left_behind() {
  const WhatIf* left = recovery_ == nullptr ? nullptr : recovery_->left_behind();
  if (left == nullptr) {
    return;
  }
  messages_->show_offer(
      tr("This scenario was not saved: %1").arg(QString::fromStdString(short_name(*left))),
      {{tr("Restore"), tr("Make it the scenario of this window; undo takes it back"),
        [this] {
          lessons_->leave();
          workspace_.end_edit();
          workspace_.edit(WhatIf(*recovery_->left_behind()), tr("Restore"));
          workspace_.end_edit();
          detach_document();
          recovery_->restored();
          offer_left_behind();
        }},
       {tr("Discard"), tr("Delete it"),
        [this] {
          recovery_->discard();
          offer_left_behind();
        }},
       {tr("Not now"), tr("Keep it, and ask again at the next start"),
        [this] { recovery_->postpone(); }}});
}

void MainWindow::make_status() {
  auto* playback = new Playback(workspace_);
  addToolBar(Qt::BottomToolBarArea, playback);
  runs_bar_ = new QToolBar(tr("Runs of the scenario file"));
  runs_bar_->setObjectName(QStringLiteral("runs"));
  runs_ = new QComboBox;
  runs_->setAccessibleName(tr("Run of the scenario file"));
  runs_->setToolTip(tr("The runs of the opened file; it is empty while a changed one is shown"));
  runs_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  runs_->setMaximumWidth(900);
  runs_bar_->addWidget(runs_);
  addToolBar(Qt::TopToolBarArea, runs_bar_);
  runs_bar_->hide();
  connect(runs_, &QComboBox::activated, this, [this](int index) {
    workspace_.end_edit();
    workspace_.edit(document_.runs[static_cast<std::size_t>(index)], tr("Run of the scenario"));
  });
  connect(&workspace_, &Workspace::what_if_changed, this,
          [this] { runs_->setCurrentIndex(run_shown()); });
  numbers_ = new StatusText;
  numbers_->setAccessibleName(tr("Result"));
  progress_ = new QProgressBar;
  progress_->setMaximumWidth(160);
  progress_->setAccessibleName(tr("Progress of the replay"));
  progress_->hide();
  cancel_ = new QToolButton;
  cancel_->setText(tr("Cancel"));
  cancel_->setToolTip(tr("Stop this replay; the old picture stays"));
  cancel_->hide();
  statusBar()->addWidget(numbers_, 1);
  statusBar()->addPermanentWidget(progress_);
  statusBar()->addPermanentWidget(cancel_);
  connect(cancel_, &QToolButton::clicked, this, &MainWindow::stop_work);
  // Replays of milliseconds shall not flicker: the bar shows with the first report after a while.
  connect(&workspace_, &Workspace::progressed, this, [this](qint64 done, qint64 total) {
    if (!workspace_.busy()) {  // a report that was under way when the replay ended
      return;
    }
    progress_->setRange(0, 1000);
    progress_->setValue(total > 0 ? static_cast<int>(1000 * done / total) : 0);
    progress_->show();
    cancel_->show();
  });
  connect(&workspace_, &Workspace::busy_changed, this, [this](bool busy) {
    if (!busy) {
      progress_->hide();
      cancel_->setVisible(opening() && !cancel_->isHidden());
    }
  });
}

void MainWindow::open_file(const QString& file) {
  opening_ = file;
  opener_.request(
      [this, file, name = file.toStdString()](const std::atomic<bool>&) -> Latest::Delivery {
        return [this, file, document = open_document(name)] {
          end_opening();
          if (document) {
            add_recent_file(file);
            fill_recent();
            show_document(*document);
            report({});
          } else {
            report(document.error());
          }
          emit opened(document.ok());
        };
      });
  // A folder of the network may take its time; where it does not, nothing flickers.
  QTimer::singleShot(kSlowOpening, this, [this] {
    if (opening()) {
      statusBar()->showMessage(tr("Opening %1 …").arg(QFileInfo(opening_).fileName()));
      cancel_->show();
    }
  });
}

void MainWindow::end_opening() {
  statusBar()->clearMessage();
  cancel_->setVisible(!progress_->isHidden());
}

void MainWindow::stop_work() {
  workspace_.cancel();
  opener_.cancel();
  end_opening();
}

void MainWindow::fill_runs() {
  const QSignalBlocker blocker(runs_);
  runs_->clear();
  for (const WhatIf& run : document_.runs) {
    const std::string command = to_command(run);
    runs_->addItem(QString::fromStdString(command.substr(command.find("replay") + 7)));
  }
  runs_->setCurrentIndex(run_shown());
  runs_bar_->setVisible(document_.runs.size() > 1);
}

int MainWindow::run_shown() const {
  const auto at = std::ranges::find(document_.runs, workspace_.what_if());
  return at == document_.runs.end() ? -1 : static_cast<int>(at - document_.runs.begin());
}

void MainWindow::show_document(const Document& document) {
  lessons_->leave();  // what is there then is the reader's
  const WhatIf before = workspace_.what_if();
  if (recovery_ != nullptr && !workspace_.undo_stack().isClean()) {
    recovery_->set_aside();
  }
  document_ = document;
  if (document.recorded) {
    document_.runs = {on_trace(before, document.file, *document.recorded)};
  }
  fill_runs();
  workspace_.open(document_.runs.front());
  workspace_.undo_stack().setClean();
  show_title();
  offer_left_behind();
}

// A lesson borrows the window: its scenario is not that of the file that is open. One that the
// reader goes on to change is nobody's file, also when the lesson is left.
void MainWindow::follow_lesson() {
  if (const WhatIf* before = lessons_->before_lesson()) {
    under_lesson_ = *before;
  } else if (under_lesson_) {
    const bool back = workspace_.what_if() == *under_lesson_ || run_shown() >= 0;
    under_lesson_.reset();
    if (!back) {
      detach_document();
    }
  }
}

void MainWindow::detach_document() {
  document_ = {};
  fill_runs();
  workspace_.undo_stack().resetClean();
  show_title();
}

void MainWindow::save() {
  // A file of several runs is not overwritten with one of them, nor one's own with a lesson's.
  if (document_.scenario && document_.runs.size() == 1 && lessons_->before_lesson() == nullptr) {
    save_to(QString::fromStdString(document_.file));
  } else {
    save_as();
  }
}

bool MainWindow::save_to(const QString& file) {
  const Status status = save_scenario(workspace_.what_if(), file.toStdString());
  report(status);
  if (!status) {
    return false;
  }
  add_recent_file(file);
  fill_recent();
  const QString whole = QFileInfo(file).absoluteFilePath();
  if (lessons_->before_lesson() != nullptr) {
    if (whole.toStdString() == document_.file) {
      workspace_.undo_stack().resetClean();  // the reader's own is in no file now
    }
    messages_->show_message(
        MessageBar::Kind::kNote,
        tr("Saved the lesson's scenario: %1").arg(QDir::toNativeSeparators(whole)));
    return true;
  }
  document_ = Document{whole.toStdString(), true, {workspace_.what_if()}, std::nullopt};
  runs_->clear();  // the file has this run alone
  runs_bar_->hide();
  workspace_.undo_stack().setClean();
  if (recovery_ != nullptr) {
    recovery_->forget();
  }
  show_title();
  return true;
}

void MainWindow::report(const Status& status, MessageBar::Source source) {
  if (status) {
    messages_->clear_error(source);
  } else {
    messages_->show_message(MessageBar::Kind::kError,
                            QString::fromStdString(status.error().message()), {}, source);
  }
}

void MainWindow::show_state() {
  if (const auto& error = workspace_.error()) {
    report(*error, MessageBar::Source::kReplay);
    return;
  }
  report({}, MessageBar::Source::kReplay);
  const OutcomePtr& outcome = workspace_.outcome();
  const Metrics& metrics = outcome->result.metrics;
  const auto text = [](const std::string& words) { return QString::fromStdString(words); };
  QStringList parts{tr("footprint %1").arg(text(format_percent(metrics.footprint)))};
  if (metrics.peak_kv_bytes) {  // both or none
    parts << tr("peak KV in whole pages: %1 layer by layer, %2 a pass at a time")
                 .arg(text(format_bytes(*metrics.peak_kv_bytes)),
                      text(format_bytes(metrics.peak_kv_bytes_pass.value_or(0))));
  }
  if (metrics.peak_total_bytes) {
    parts << tr("peak memory %1").arg(text(format_bytes(*metrics.peak_total_bytes)));
  }
  if (metrics.retained_mass) {
    parts << tr("retained mass %1").arg(text(format_percent(*metrics.retained_mass)));
  }
  if (metrics.ttft_s) {
    parts << tr("TTFT %1").arg(seconds_text(*metrics.ttft_s));
  }
  if (metrics.tpot_s) {
    parts << tr("TPOT %1").arg(seconds_text(*metrics.tpot_s));
  }
  for (const Warning& warning : outcome->result.warnings) {
    parts << QStringLiteral("⚠ ") + message_text(warning.text);
  }
  numbers_->set_parts(parts);
}

void MainWindow::show_title() {
  const bool saved = workspace_.undo_stack().isClean();
  const bool no_file = document_.file.empty() || lessons_->before_lesson() != nullptr;
  const QString name = no_file ? QString::fromStdString(short_name(workspace_.what_if()))
                               : QFileInfo(QString::fromStdString(document_.file)).fileName();
  setWindowTitle(name + QStringLiteral("[*] — kvfoot"));
  setWindowModified(!saved);
}

void MainWindow::restore_layout() {
  first_layout_ = saveState();
  if (recovery_ == nullptr) {
    runs_bar_->hide();
    return;
  }
  const QSettings settings;
  restoreGeometry(settings.value(QStringLiteral("geometry")).toByteArray());
  restoreState(settings.value(QStringLiteral("layout")).toByteArray());
  runs_bar_->hide();
}

void MainWindow::take_over(const MainWindow& before) {
  restoreGeometry(before.saveGeometry());
  if (!before.isMaximized() && !before.isFullScreen()) {
    setGeometry(before.geometry());  // above, the frame of a window never shown would shift it
  }
  restoreState(before.saveState());
  document_ = before.document_;
  fill_runs();
  lessons_->take_over(*before.lessons_);
  follow_lesson();
  show_title();
  if (workspace_.error() || workspace_.outcome() != nullptr) {
    show_state();
  }
  if (before.opening()) {
    open_file(before.opening_);
  }
}

void MainWindow::closeEvent(QCloseEvent* event) {
  lessons_->leave();  // what is kept is the reader's scenario
  stop_work();
  event->accept();
  if (recovery_ == nullptr) {
    return;
  }
  QSettings settings;
  settings.setValue(QStringLiteral("geometry"), saveGeometry());
  settings.setValue(QStringLiteral("layout"), saveState());
  // A scenario that was edited and not saved is kept and offered again: no question on the way out.
  if (workspace_.undo_stack().isClean()) {
    recovery_->forget();
  } else {
    recovery_->keep();
  }
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls()) {
    event->acceptProposedAction();
  }
}

void MainWindow::dropEvent(QDropEvent* event) {
  const QList<QUrl> urls = event->mimeData()->urls();
  if (!urls.isEmpty()) {
    open_file(urls.front().toLocalFile());
  }
}

}  // namespace kvfoot::gui
