// What the window does with results and errors; its panels stand in panels.cpp, its menus in
// menus.cpp, what it does with files in files.cpp.
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
#include <QSignalBlocker>
#include <QStatusBar>
#include <QTimer>
#include <QToolBar>
#include <QToolButton>
#include <algorithm>

#include "gui/model/message_text.hpp"
#include "gui/model/number_text.hpp"
#include "gui/model/plain_tip.hpp"
#include "gui/model/scenario_fields.hpp"
#include "gui/view/elided_label.hpp"
#include "gui/view/error_label.hpp"
#include "gui/view/lesson_panel.hpp"
#include "gui/view/timeline_panel.hpp"
#include "gui/window/pending_entry.hpp"
#include "gui/window/playback.hpp"
#include "gui/window/settings.hpp"
#include "sim/core/text.hpp"
#include "sim/report/units.hpp"

namespace kvfoot::gui {
namespace {

// Empty if none of what is dragged is a file: a link to the web is not.
QString first_file(const QMimeData& data) {
  const QList<QUrl> urls = data.urls();
  const auto file = std::ranges::find_if(urls, &QUrl::isLocalFile);
  return file == urls.end() ? QString() : file->toLocalFile();
}

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
  new PendingEntry(this);
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

// The panels go after this, with the base class: what they report on their way (the focus moves,
// the stack is clean) would reach members that are gone.
MainWindow::~MainWindow() {
  qApp->disconnect(this);
  workspace_.disconnect(this);
  workspace_.undo_stack().disconnect(this);
}

void MainWindow::make_status() {
  auto* playback = new Playback(workspace_);
  addToolBar(Qt::BottomToolBarArea, playback);
  runs_bar_ = new QToolBar(tr("Runs of the scenario file"));
  runs_bar_->setObjectName(QStringLiteral("runs"));
  runs_ = new QComboBox;
  runs_->setAccessibleName(tr("Run of the scenario file"));
  runs_->setToolTip(tr("The runs of the opened file; it is empty while a changed one is shown"));
  // Adjusting to the contents would measure each of thousands.
  runs_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  runs_->setMinimumContentsLength(80);
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
  does_not_fit_ = new ErrorLabel;
  does_not_fit_->setObjectName(QStringLiteral("does_not_fit"));
  does_not_fit_->setWordWrap(false);
  numbers_ = new ElidedLabel(Qt::ElideRight);
  numbers_->setObjectName(QStringLiteral("numbers"));
  numbers_->setAccessibleName(tr("Result"));
  progress_ = new QProgressBar;
  progress_->setMaximumWidth(160);
  progress_->setAccessibleName(tr("Progress of the replay"));
  progress_->hide();
  cancel_ = new QToolButton;
  cancel_->setText(tr("Cancel"));
  cancel_->setToolTip(tr("Stop this replay; the old picture stays"));
  cancel_->hide();
  statusBar()->addWidget(does_not_fit_);
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
  connect(&workspace_, &Workspace::stopped, this, &MainWindow::show_numbers);
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
    show_numbers();
    return;
  }
  report({}, MessageBar::Source::kReplay);
  show_numbers();
}

// Of a scenario that could not be replayed, or was stopped, nothing is known: the numbers stay
// those of the one before, and say so.
void MainWindow::show_numbers() {
  const OutcomePtr& outcome = workspace_.outcome();
  if (outcome == nullptr) {
    return;
  }
  const bool stale = workspace_.stale();
  numbers_->setEnabled(!stale);
  const Metrics& metrics = outcome->result.metrics;
  const auto text = [](const std::string& words) { return QString::fromStdString(words); };
  QStringList parts;
  if (stale) {
    parts << tr("still the numbers of %1")
                 .arg(text(name_apart_from(workspace_.what_if(), outcome->asked)));
  }
  parts << tr("footprint %1").arg(text(format_percent(metrics.footprint)));
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
  // Whether it runs at all comes before every number, and is never cut.
  const Warning* exceeds = stale ? nullptr : outcome->exceeds_memory();
  const auto marked = [](const Warning& warning) {
    return QStringLiteral("⚠ ") + message_text(warning.text);
  };
  does_not_fit_->set_message(
      exceeds == nullptr ? QString()
                         : tr("⚠ does not fit: %1 on %2", "peak, memory of the device")
                               .arg(text(format_bytes(metrics.peak_total_bytes.value_or(0))),
                                    text(format_bytes(outcome->capacity))));
  does_not_fit_->setToolTip(exceeds == nullptr ? QString()
                                               : plain_tip(message_text(exceeds->text)));
  for (const Warning& warning : outcome->result.warnings) {
    if (&warning != exceeds) {
      parts << marked(warning);
    }
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
  const settings::Layout layout = settings::layout();
  restoreGeometry(layout.geometry);
  restoreState(layout.panels);
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
  show_numbers();
  messages_->take_over(*before.messages_);
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
  settings::set_layout({saveGeometry(), saveState()});
  // A scenario that was edited and not saved is kept and offered again: no question on the way out.
  if (workspace_.undo_stack().isClean()) {
    recovery_->forget();
  } else {
    recovery_->keep();
  }
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (!first_file(*event->mimeData()).isEmpty()) {
    event->acceptProposedAction();
  }
}

void MainWindow::dropEvent(QDropEvent* event) {
  if (const QString file = first_file(*event->mimeData()); !file.isEmpty()) {
    open_file(file);
  }
}

}  // namespace kvfoot::gui
