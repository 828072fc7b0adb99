// Puts the panels together; every panel knows the workspace alone.
#include "gui/window/main_window.hpp"

#include <QAction>
#include <QDockWidget>
#include <QLabel>
#include <QMenuBar>
#include <QProgressBar>
#include <QStatusBar>

#include "gui/view/timeline_view.hpp"
#include "sim/report/units.hpp"

namespace kvfoot::gui {

MainWindow::MainWindow(QWidget* parent) : QMainWindow(parent) {
  setWindowTitle(tr("kvfoot"));
  setDockOptions(AllowNestedDocks | AllowTabbedDocks | AnimatedDocks);
  resize(1360, 860);
  setCentralWidget(new TimelineView(workspace_));
  numbers_ = new QLabel;
  progress_ = new QProgressBar;
  progress_->setMaximumWidth(160);
  progress_->hide();
  statusBar()->addWidget(numbers_, 1);
  statusBar()->addPermanentWidget(progress_);
  connect(&workspace_, &Workspace::outcome_changed, this, &MainWindow::show_state);
  make_menus();
}

QDockWidget* MainWindow::add_panel(Qt::DockWidgetArea area, QWidget* panel, const QString& title,
                                   const char* name) {
  auto* dock = new QDockWidget(title, this);
  dock->setObjectName(QString::fromLatin1(name));  // saveState() knows docks by their names
  dock->setWidget(panel);
  addDockWidget(area, dock);
  return dock;
}

void MainWindow::make_menus() {
  QMenu* file = menuBar()->addMenu(tr("&File"));
  file->addAction(tr("&Quit"), QKeySequence::Quit, this, &QWidget::close);
  QMenu* edit = menuBar()->addMenu(tr("&Edit"));
  QAction* undo = workspace_.undo_stack().createUndoAction(this, tr("&Undo"));
  undo->setShortcuts(QKeySequence::Undo);
  QAction* redo = workspace_.undo_stack().createRedoAction(this, tr("&Redo"));
  redo->setShortcuts(QKeySequence::Redo);
  edit->addActions({undo, redo});
}

void MainWindow::show_state() {
  if (const auto& error = workspace_.error()) {
    numbers_->setText(QString::fromStdString(error->message()));
  } else if (const OutcomePtr& outcome = workspace_.outcome()) {
    numbers_->setText(
        tr("footprint %1")
            .arg(QString::fromStdString(format_percent(outcome->result.metrics.footprint))));
  }
}

}  // namespace kvfoot::gui
