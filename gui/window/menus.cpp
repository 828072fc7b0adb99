// The menus of the main window.
#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QClipboard>
#include <QDockWidget>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenu>
#include <QMenuBar>
#include <QMessageBox>

#include "gui/model/plain_tip.hpp"
#include "gui/model/scenario_text.hpp"
#include "gui/window/main_window.hpp"
#include "gui/window/save_dialog.hpp"
#include "gui/window/settings.hpp"

namespace kvfoot::gui {

void MainWindow::make_file_menu() {
  QMenu* file = menuBar()->addMenu(tr("&File"));
  QAction* open = file->addAction(tr("&Open..."), this, [this] {
    const QString path = QFileDialog::getOpenFileName(
        this, tr("Open a trace or a scenario"), first_folder(),
        tr("Traces and scenarios (*.h5 *.hdf5 *.yaml *.yml);;All files (*)"));
    if (!path.isEmpty()) {
      remember_folder_of(path);
      open_file(path);
    }
  });
  open->setShortcut(QKeySequence::Open);
  open->setObjectName(QStringLiteral("action.open"));
  recent_ = file->addMenu(tr("Open &recent"));
  fill_recent();
  QMenu* bundled = file->addMenu(tr("Open an exa&mple"));
  const auto add = [&](const QStringList& files) {
    for (const QString& path : files) {
      const QString name = QFileInfo(path).fileName();
      QAction* action = bundled->addAction(name, this, [this, path] { open_file(path); });
      action->setObjectName(QStringLiteral("example.%1").arg(name));
      action->setStatusTip(path);
    }
  };
  const Examples found = examples();
  add(found.traces);
  bundled->addSeparator();
  add(found.scenarios);
  bundled->setEnabled(!found.traces.isEmpty() || !found.scenarios.isEmpty());
  file->addSeparator();
  QAction* save = file->addAction(tr("&Save"), this, &MainWindow::save);
  save->setShortcut(QKeySequence::Save);
  save->setObjectName(QStringLiteral("action.save"));
  QAction* save_other = file->addAction(tr("Save &as..."), this, &MainWindow::save_as);
  // Not QKeySequence::SaveAs, nor Quit below: on some desktops they have no keys.
  save_other->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S));
  save_other->setObjectName(QStringLiteral("action.save_as"));
  file->addSeparator();
  QAction* picture = file->addAction(tr("&Export..."), this, &MainWindow::ask_export);
  picture->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_E));
  picture->setObjectName(QStringLiteral("action.export"));
  file->addAction(make_look_of_exports());
  file->addSeparator();
  QAction* reload = file->addAction(tr("Re&load"), &workspace_, &Workspace::refresh);
  reload->setShortcut(QKeySequence::Refresh);
  reload->setObjectName(QStringLiteral("action.reload"));
  QAction* quit = file->addAction(tr("&Quit"), this, &QWidget::close);
  quit->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_Q));
  quit->setObjectName(QStringLiteral("action.quit"));
}

void MainWindow::save_as() {
  // Before a name is asked for.
  if (const Status status = check_scenario(workspace_.what_if()); !status) {
    report(status);
    return;
  }
  const QString path = ask_save_file(this, tr("Save the scenario"), QStringLiteral("scenario.yaml"),
                                     {{QStringLiteral("yaml"), tr("Scenarios (*.yaml)")}});
  if (!path.isEmpty()) {
    save_to(path);
  }
}

void MainWindow::fill_recent() {
  recent_->clear();
  const QStringList files = recent_files();
  for (const QString& path : files) {
    QAction* action = recent_->addAction(without_mnemonics(QFileInfo(path).fileName()), this,
                                         [this, path] { open_file(path); });
    action->setObjectName(QStringLiteral("recent.%1").arg(files.indexOf(path)));
    action->setToolTip(plain_tip(path));
    action->setStatusTip(path);
  }
  recent_->setToolTipsVisible(true);
  recent_->setEnabled(!files.isEmpty());
  if (!files.isEmpty()) {
    recent_->addSeparator();
    recent_->addAction(tr("&Clear"), this, [this] {
      clear_recent_files();
      fill_recent();
    });
  }
}

void MainWindow::make_edit_menu() {
  QMenu* edit = menuBar()->addMenu(tr("&Edit"));
  QAction* undo = workspace_.undo_stack().createUndoAction(this, tr("&Undo"));
  undo->setShortcuts(QKeySequence::Undo);
  undo->setObjectName(QStringLiteral("action.undo"));
  QAction* redo = workspace_.undo_stack().createRedoAction(this, tr("&Redo"));
  redo->setShortcuts(QKeySequence::Redo);
  redo->setObjectName(QStringLiteral("action.redo"));
  edit->addActions({undo, redo});
  edit->addSeparator();
  QAction* command = edit->addAction(tr("Copy as &command"), this, &MainWindow::copy_command);
  command->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C));
  command->setObjectName(QStringLiteral("action.copy_command"));
  QAction* pin = edit->addAction(tr("&Pin this scenario"), &workspace_, &Workspace::pin);
  pin->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_P));
  pin->setObjectName(QStringLiteral("action.pin"));
  edit->addAction(tr("Unpin &all"), &workspace_, &Workspace::clear_pins);
}

void MainWindow::copy_command() {
  const Status status = check_scenario(workspace_.what_if());
  report(status);
  if (status) {
    const QString command = QString::fromStdString(to_command(workspace_.what_if()));
    QApplication::clipboard()->setText(command);
    messages_->show_message(MessageBar::Kind::kNote, tr("Copied: %1").arg(command));
  }
}

void MainWindow::make_view_menu() {
  panels_ = menuBar()->addMenu(tr("&View"));
  for (QDockWidget* dock : findChildren<QDockWidget*>()) {
    panels_->addAction(dock->toggleViewAction());
  }
  panels_->addSeparator();
  panels_->addAction(tr("&Reset layout"), this, [this] { restoreState(first_layout_); });
  panels_->addSeparator();
  auto* group = new QActionGroup(this);
  const Appearance now = settings::appearance();
  const auto add = [&](const QString& text, Appearance appearance) {
    QAction* action = panels_->addAction(text, this, [appearance] {
      settings::set_appearance(appearance);
      apply_appearance(appearance);
    });
    action->setCheckable(true);
    action->setChecked(appearance == now);
    group->addAction(action);
  };
  add(tr("As the desktop"), Appearance::kSystem);
  add(tr("Light"), Appearance::kLight);
  add(tr("Dark"), Appearance::kDark);
  make_language_menu();
}

void MainWindow::make_language_menu() {
  panels_->addSeparator();
  QMenu* menu = panels_->addMenu(tr("Lan&guage"));
  menu->setToolTipsVisible(true);
  auto* group = new QActionGroup(this);
  const Language now = settings::language();
  const auto add = [&](const QString& text, Language language) {
    QAction* action = menu->addAction(text, this, [this, language] {
      settings::set_language(language);
      emit language_chosen(language);
    });
    action->setCheckable(true);
    action->setChecked(language == now);
    group->addAction(action);
    if (!is_available(language)) {
      action->setEnabled(false);
      action->setToolTip(tr("This program was built without Qt's linguist tools"));
    }
  };
  add(tr("As the desktop"), Language::kSystem);
  // Languages are called what their speakers call them, whatever the window speaks.
  add(QStringLiteral("English"), Language::kEnglish);
  add(QStringLiteral("简体中文"), Language::kChinese);
}

void MainWindow::make_help_menu() {
  QMenu* help = menuBar()->addMenu(tr("&Help"));
  QAction* lessons =
      help->addAction(tr("&Lessons"), this, [this] { look_at(QStringLiteral("lessons")); });
  lessons->setShortcut(QKeySequence::HelpContents);
  lessons->setObjectName(QStringLiteral("action.lessons"));
  help->addAction(tr("&About kvfoot"), this, [this] {
    QMessageBox::about(
        this, tr("About kvfoot"),
        tr("<b>%1</b><p>Which KV entries does an eviction schedule keep, for how long, and what "
           "does attention lose?</p><p>The metric is the KV footprint of <i>Cache Me If You "
           "Can</i> "
           "(arXiv 2506.17121).</p>")
            .arg(QApplication::applicationVersion()));
  });
}

}  // namespace kvfoot::gui
