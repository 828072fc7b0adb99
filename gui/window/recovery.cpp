// One scenario file in the user's data folder.
#include "gui/window/recovery.hpp"

#include <QDir>
#include <QFile>
#include <QStandardPaths>

#include "gui/model/scenario_text.hpp"
#include "gui/window/documents.hpp"

namespace kvfoot::gui {

QString Recovery::file() {
  const QString folder = QStandardPaths::writableLocation(QStandardPaths::AppDataLocation);
  return folder.isEmpty() ? QString() : folder + QStringLiteral("/unsaved.yaml");
}

Recovery::Recovery(Workspace& workspace, QObject* parent) : QObject(parent), workspace_(workspace) {
  const QString path = file();
  if (!path.isEmpty() && QDir().mkpath(QFileInfo(path).path())) {
    lock_ = std::make_unique<QLockFile>(path + QStringLiteral(".lock"));
    lock_->setStaleLockTime(0);  // stale only when its process is gone
    lock_->tryLock(0);
  }
  if (mine() && QFile::exists(path)) {
    if (auto runs = load_scenarios(path.toStdString())) {
      left_behind_ = runs->front();
    }
    QFile::remove(path);
  }
  timer_.setSingleShot(true);
  timer_.setInterval(1000);
  connect(&timer_, &QTimer::timeout, this, &Recovery::write);
  connect(&workspace_.undo_stack(), &QUndoStack::indexChanged, this, [this] {
    if (workspace_.undo_stack().count() > 0) {  // what was only opened is on disk already
      timer_.start();
    }
  });
}

void Recovery::write() {
  if (mine()) {
    static_cast<void>(save_scenario(workspace_.what_if(), file().toStdString()));
  }
}

void Recovery::keep() {
  if (timer_.isActive()) {
    timer_.stop();
    write();
  }
}

void Recovery::forget() {
  timer_.stop();
  if (mine()) {
    QFile::remove(file());
  }
}

}  // namespace kvfoot::gui
