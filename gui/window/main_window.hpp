// The window: panels around the timeline, menus, and what is remembered between starts.
#pragma once

#include <QMainWindow>
#include <QPointer>
#include <QString>
#include <optional>

#include "gui/model/latest.hpp"
#include "gui/model/workspace.hpp"
#include "gui/window/appearance.hpp"
#include "gui/window/documents.hpp"
#include "gui/window/language.hpp"
#include "gui/window/message_bar.hpp"
#include "gui/window/recovery.hpp"

class QAction;
class QComboBox;
class QDockWidget;
class QMenu;
class QProgressBar;
class QToolButton;

namespace kvfoot::gui {

class ElidedLabel;
class ErrorLabel;
class LessonPanel;
class PlotWidget;
class TimelinePanel;

class MainWindow final : public QMainWindow {
  Q_OBJECT
 public:
  // Both outlive it. No `recovery`: no layout, no unsaved scenario, read or written.
  explicit MainWindow(Workspace& workspace, Recovery* recovery = nullptr,
                      QWidget* parent = nullptr);
  ~MainWindow() override;

  [[nodiscard]] Workspace& workspace() { return workspace_; }
  [[nodiscard]] MessageBar& messages() { return *messages_; }

  // What is there before a file is opened. Its policy was nobody's choice: a trace is shown under
  // one that evicts something of its prompt.
  void suggest(const WhatIf& first);
  // A trace or a scenario, read on another thread; of several the last. Until opened() everything
  // stays, after an error too, which stands in the message bar.
  void open_file(const QString& file);
  [[nodiscard]] bool opening() const { return opener_.busy(); }
  // A file is read, the scenario is replayed, or a panel works out what it shows.
  [[nodiscard]] bool working() const;
  // To `file` as YAML; the scenario then counts as saved. A lesson's is a copy: the document stays.
  bool save_to(const QString& file);
  // Picture (png, svg, pdf) or numbers (csv) of the panel that had the focus last, if it is seen,
  // else of the timeline. The message bar says where it went, or why nothing was written.
  bool export_to(const QString& file);
  // Raises the panel with this name, which is one of panel_names().
  void look_at(const QString& panel);
  // "timeline", "memory", "scenario", ...
  [[nodiscard]] QStringList panel_names() const;
  // "rent", or "rent:3" at its third step; false if there is none. While a file is being opened it
  // waits for it: that is what the lesson gives back in the end.
  bool open_lesson(const QString& place);
  // Place, layout, document and lesson of another window on the same workspace.
  void take_over(const MainWindow& before);

 signals:
  void opened(bool successfully);
  // Remembered already; whoever owns the window builds it anew.
  void language_chosen(Language language);

 protected:
  void closeEvent(QCloseEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  // Tab goes through what can be seen: not into panels behind other tabs.
  bool focusNextPrevChild(bool next) override;

 private:
  // A panel that comes in front of the one that has the focus takes it.
  void take_focus(QDockWidget* front);
  QDockWidget* add_panel(Qt::DockWidgetArea area, QWidget* panel, const QString& title,
                         const char* name);
  void make_panels();
  void make_status();
  void make_file_menu();
  void make_edit_menu();
  void make_view_menu();
  void make_language_menu();
  void make_help_menu();
  void fill_recent();
  QAction* make_look_of_exports();
  void ask_export();  // where to, and as what
  void save();
  void save_as();
  void copy_command();
  void end_opening();
  void stop_work();  // the replay, and the file that is being opened
  void ask_to_overwrite(const QString& why, const QString& loses);
  void show_document(Document document);
  void follow_lesson();
  void detach_document();  // what the window shows is no file's any more
  void fill_runs();
  [[nodiscard]] int run_shown() const;  // of the document; -1: a scenario that it does not hold
  void show_state();
  void show_numbers();
  void show_title();
  void restore_layout();
  void offer_left_behind();
  // How an action of the reader's or a replay ended; an error stays until the next one of its kind.
  void report(const Status& status, MessageBar::Source source = MessageBar::Source::kAction);
  void follow_focus(QWidget* now);
  [[nodiscard]] QWidget* focused_panel() const;  // null: none, or it is not seen
  [[nodiscard]] PlotWidget* focused_plot() const;

  Workspace& workspace_;
  Recovery* recovery_ = nullptr;
  MessageBar* messages_ = nullptr;
  TimelinePanel* timeline_ = nullptr;
  LessonPanel* lessons_ = nullptr;
  ErrorLabel* does_not_fit_ = nullptr;
  ElidedLabel* numbers_ = nullptr;
  QProgressBar* progress_ = nullptr;
  QToolButton* cancel_ = nullptr;
  QMenu* recent_ = nullptr;
  QMenu* panels_ = nullptr;
  QToolBar* runs_bar_ = nullptr;
  QComboBox* runs_ = nullptr;
  Document document_;
  std::optional<WhatIf> under_lesson_;  // the document's, while the window shows a lesson's
  QString opening_;                     // the file that is read, while opening()
  Latest opener_;
  QPointer<PlotWidget> last_plot_;
  QPointer<QWidget> last_panel_;  // with numbers
  QByteArray first_layout_;
};

}  // namespace kvfoot::gui
