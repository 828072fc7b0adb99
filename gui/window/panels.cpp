// The panels of the main window and where they stand.
#include <QDockWidget>
#include <QPointer>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>
#include <vector>

#include "gui/view/compare_view.hpp"
#include "gui/view/formula_view.hpp"
#include "gui/view/heads_view.hpp"
#include "gui/view/lesson_panel.hpp"
#include "gui/view/scenario_panel.hpp"
#include "gui/view/state_map_view.hpp"
#include "gui/view/timeline_panel.hpp"
#include "gui/view/tokens_view.hpp"
#include "gui/view/trade_off_view.hpp"
#include "gui/window/main_window.hpp"

namespace kvfoot::gui {

void MainWindow::make_panels() {
  auto* centre = new QWidget;
  auto* layout = new QVBoxLayout(centre);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  messages_ = new MessageBar;
  timeline_ = new TimelinePanel(workspace_);
  layout->addWidget(messages_);
  layout->addWidget(timeline_, 1);
  setCentralWidget(centre);
  auto* scenario = new ScenarioPanel(workspace_);
  connect(scenario, &ScenarioPanel::open_requested, this, &MainWindow::open_file);
  QDockWidget* scenario_dock =
      add_panel(Qt::LeftDockWidgetArea, scenario, tr("Scenario"), "scenario");
  scenario_dock->setMinimumWidth(300);  // of its fields; a little is left of 900 pixels
  setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
  QDockWidget* states =
      add_panel(Qt::RightDockWidgetArea, new StateMapView(workspace_), tr("State map"), "states");
  QDockWidget* heads =
      add_panel(Qt::RightDockWidgetArea, new HeadsView(workspace_), tr("Heads"), "heads");
  QDockWidget* tokens =
      add_panel(Qt::RightDockWidgetArea, new TokensView(workspace_), tr("Tokens"), "tokens");
  tabifyDockWidget(states, heads);
  tabifyDockWidget(heads, tokens);
  // Beside the scenario, so that a lesson and the panel that it is about are both seen.
  lessons_ = new LessonPanel(workspace_, recovery_ != nullptr);
  connect(lessons_, &LessonPanel::look_at, this, &MainWindow::look_at);
  connect(lessons_, &LessonPanel::began, timeline_, &TimelinePanel::keep_choices);
  connect(lessons_, &LessonPanel::ended, timeline_, &TimelinePanel::restore_choices);
  if (recovery_ != nullptr) {  // it outlives this window
    recovery_->set_unsaved([panel = QPointer(lessons_), &workspace = workspace_] {
      return panel != nullptr ? panel->unsaved() : &workspace.what_if();
    });
  }
  QDockWidget* lessons_dock = add_panel(Qt::LeftDockWidgetArea, lessons_, tr("Lessons"), "lessons");
  tabifyDockWidget(scenario_dock, lessons_dock);
  lessons_dock->hide();
  states->raise();
  QDockWidget* compare =
      add_panel(Qt::BottomDockWidgetArea, new CompareView(workspace_), tr("Compare"), "compare");
  QDockWidget* trade_off = add_panel(Qt::BottomDockWidgetArea, new TradeOffView(workspace_),
                                     tr("Trade-off"), "trade_off");
  tabifyDockWidget(compare, trade_off);
  QDockWidget* formula =
      add_panel(Qt::BottomDockWidgetArea, new FormulaView(workspace_), tr("Formula"), "formula");
  tabifyDockWidget(trade_off, formula);
  compare->raise();
  resizeDocks({scenario_dock, states}, {330, 400}, Qt::Horizontal);
  resizeDocks({compare}, {300}, Qt::Vertical);
}

bool MainWindow::working() const {
  return opening() || workspace_.busy() || lessons_->busy() || findChild<StateMapView*>()->busy() ||
         findChild<HeadsView*>()->busy() || findChild<TokensView*>()->busy() ||
         findChild<TradeOffView*>()->busy();
}

QDockWidget* MainWindow::add_panel(Qt::DockWidgetArea area, QWidget* panel, const QString& title,
                                   const char* name) {
  auto* dock = new QDockWidget(title, this);
  dock->setObjectName(QString::fromLatin1(name));  // saveState() knows docks by their names
  dock->setWidget(panel);
  addDockWidget(area, dock);
  connect(dock, &QDockWidget::visibilityChanged, this, [this, dock](bool visible) {
    if (visible) {
      take_focus(dock);
    }
  });
  return dock;
}

void MainWindow::take_focus(QDockWidget* front) {
  for (QDockWidget* behind : tabifiedDockWidgets(front)) {
    if (focusWidget() != nullptr && behind->isAncestorOf(focusWidget())) {
      front->widget()->setFocus();
    }
  }
}

bool MainWindow::focusNextPrevChild(bool next) {
  // Qt moves what is behind another tab out of the window, and tab bars that it has no use for, and
  // still calls them visible (Sight).
  std::vector<std::pair<QWidget*, Qt::FocusPolicy>> unseen;
  const auto leave_out = [&](QWidget* widget) {
    if ((widget->focusPolicy() & Qt::TabFocus) != 0 && widget->focusProxy() == nullptr) {
      unseen.emplace_back(widget, widget->focusPolicy());
    }
  };
  for (QWidget* part : findChildren<QWidget*>(Qt::FindDirectChildrenOnly)) {
    if (part->isVisible() && !part->isWindow() && part->visibleRegion().isEmpty()) {
      leave_out(part);
      std::ranges::for_each(part->findChildren<QWidget*>(), leave_out);
    }
  }
  // Only while Qt looks for the next one: whoever adds a field later need not know of this.
  for (const auto& [widget, policy] : unseen) {
    widget->setFocusPolicy(Qt::NoFocus);
  }
  QWidget* const before = focusWidget();
  const bool moved = QMainWindow::focusNextPrevChild(next);
  for (const auto& [widget, policy] : unseen) {
    widget->setFocusPolicy(policy);
  }
  return moved || focusWidget() != before;
}

bool MainWindow::open_lesson(const QString& place) {
  if (!lessons_->has(place)) {
    return false;
  }
  if (opening()) {
    auto* until = new QObject(this);
    const auto go_on = [this, until, place] {
      disconnect(this, nullptr, until, nullptr);
      disconnect(cancel_, nullptr, until, nullptr);
      until->deleteLater();
      open_lesson(place);
    };
    connect(this, &MainWindow::opened, until, go_on);
    connect(cancel_, &QToolButton::clicked, until, go_on);  // after the opening is stopped
    return true;
  }
  look_at(QStringLiteral("lessons"));
  return lessons_->open(place);
}

QStringList MainWindow::panel_names() const {
  QStringList names;
  for (const QDockWidget* dock :
       findChildren<QDockWidget*>(QString(), Qt::FindDirectChildrenOnly)) {
    names += dock->objectName();
  }
  names.sort();  // raising one moves it among the children
  return QStringList{QStringLiteral("timeline"), QStringLiteral("memory")} + names;
}

void MainWindow::look_at(const QString& panel) {
  if (auto* dock = findChild<QDockWidget*>(panel)) {
    dock->show();
    dock->raise();
    dock->widget()->setFocus();
  } else {
    if (panel == QLatin1String("memory")) {
      timeline_->show_whole_memory();
    } else {
      timeline_->show_cache();
    }
    timeline_->view().setFocus();
  }
}

}  // namespace kvfoot::gui
