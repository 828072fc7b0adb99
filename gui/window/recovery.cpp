// One scenario file and lock per window, in the user's data folder.
#include "gui/window/recovery.hpp"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QStandardPaths>
#include <algorithm>
#include <utility>

#include "gui/model/scenario_text.hpp"
#include "gui/window/documents.hpp"

namespace kvfoot::gui {

Recovery::Recovery(Workspace& workspace, QObject* parent)
    : QObject(parent), workspace_(workspace), unsaved_([this] { return &workspace_.what_if(); }) {
  find_files();
  timer_.setSingleShot(true);
  timer_.setInterval(1000);
  connect(&timer_, &QTimer::timeout, this, &Recovery::write);
  connect(&workspace_.undo_stack(), &QUndoStack::indexChanged, this, [this] {
    if (workspace_.undo_stack().count() > 0) {  // what was only opened is on disk already
      timer_.start();
    }
  });
}

void Recovery::find_files() {
  const QString folder = QStandardPaths::writableLocation(QStandardPaths::AppDataLocation);
  if (folder.isEmpty() || !QDir().mkpath(folder)) {
    return;
  }
  for (int i = 0; i < kMostWindows; ++i) {
    const QString file = QStringLiteral("%1/unsaved-%2.yaml").arg(folder).arg(i);
    auto lock = std::make_unique<QLockFile>(file + QStringLiteral(".lock"));
    lock->setStaleLockTime(0);  // stale only when its process is gone
    if (!lock->tryLock(0)) {
      continue;  // its window lives
    }
    if (!QFile::exists(file)) {
      if (lock_ == nullptr) {
        file_ = file;
        lock_ = std::move(lock);
      }
    } else if (auto runs = load_scenarios(file.toStdString())) {
      left_.push_back({file, std::move(lock), std::move(runs->front()),
                       QFileInfo(file).lastModified().toMSecsSinceEpoch()});
    }
  }
  std::ranges::stable_sort(left_, {}, &Left::changed);
}

const WhatIf* Recovery::left_behind() const {
  return left_.empty() ? nullptr : &left_.back().what_if;
}

void Recovery::restored() {
  keep();
  if (mine()) {  // else that file is the only net
    discard();
  }
}

void Recovery::discard() {
  if (!left_.empty()) {
    QFile::remove(left_.back().file);
    left_.pop_back();
  }
}

void Recovery::write() {
  if (!mine()) {
    return;
  }
  if (const WhatIf* unsaved = unsaved_()) {
    static_cast<void>(save_scenario(*unsaved, file_.toStdString()));
  } else {
    QFile::remove(file_);
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
  const WhatIf* unsaved = unsaved_();
  if (unsaved != nullptr && *unsaved != workspace_.what_if()) {
    write();
  } else if (mine()) {
    QFile::remove(file_);
  }
}

}  // namespace kvfoot::gui
