// The window: docks around the timeline, menus, and what is remembered between starts.
#pragma once

#include <QMainWindow>

#include "gui/model/workspace.hpp"

class QLabel;
class QProgressBar;

namespace kvfoot::gui {

class MainWindow final : public QMainWindow {
  Q_OBJECT
 public:
  explicit MainWindow(QWidget* parent = nullptr);

  [[nodiscard]] Workspace& workspace() { return workspace_; }

 private:
  QDockWidget* add_panel(Qt::DockWidgetArea area, QWidget* panel, const QString& title,
                         const char* name);
  void make_menus();
  void show_state();

  Workspace workspace_;
  QLabel* numbers_ = nullptr;
  QProgressBar* progress_ = nullptr;
};

}  // namespace kvfoot::gui
