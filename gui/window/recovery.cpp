// One scenario file and lock per window, in the user's data folder.
#include "gui/window/recovery.hpp"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QStandardPaths>
#include <algorithm>
#include <filesystem>
#include <utility>

#include "gui/model/policy_fields.hpp"
#include "gui/model/scenario_text.hpp"
#include "gui/window/documents.hpp"
#include "sim/io/file.hpp"

namespace kvfoot::gui {
namespace {

// Empty if there is no folder for it.
QString file_number(int i) {
  const QString folder = QStandardPaths::writableLocation(QStandardPaths::AppDataLocation);
  return folder.isEmpty() || !QDir().mkpath(folder)
             ? QString()
             : QStringLiteral("%1/unsaved-%2.yaml").arg(folder).arg(i);
}

// Null while its window lives.
std::unique_ptr<QLockFile> try_lock(const QString& file) {
  if (file.isEmpty()) {
    return nullptr;
  }
  auto lock = std::make_unique<QLockFile>(file + QStringLiteral(".lock"));
  lock->setStaleLockTime(0);  // stale only when its process is gone
  return lock->tryLock(0) ? std::move(lock) : nullptr;
}

// Whether the text is in the file now.
bool put(const std::string& file, const std::optional<std::string>& text) {
  if (text) {
    return write_file(file, *text).ok();
  }
  std::error_code error;
  std::filesystem::remove(file, error);
  return false;
}

}  // namespace

Recovery::Recovery(Workspace& workspace, QObject* parent)
    : QObject(parent), workspace_(workspace), unsaved_([this] { return &workspace_.what_if(); }) {
  find_files();
  timer_.setSingleShot(true);
  timer_.setInterval(1000);
  connect(&timer_, &QTimer::timeout, this, &Recovery::write_later);
  connect(&workspace_.undo_stack(), &QUndoStack::indexChanged, this, [this] {
    if (workspace_.undo_stack().count() > 0) {  // what was only opened is on disk already
      timer_.start();
    }
  });
}

void Recovery::find_files() {
  for (int i = 0; i < kMostWindows; ++i) {
    const QString file = file_number(i);
    if (!QFile::exists(file)) {
      continue;
    }
    auto lock = try_lock(file);
    if (lock == nullptr || !QFile::exists(file)) {
      continue;  // its window lives, or has removed it meanwhile
    }
    left_.push_back({file,
                     std::move(lock),
                     {},
                     QFileInfo(file).lastModified().toMSecsSinceEpoch(),
                     std::nullopt});
    try_again();
  }
  sort_left();
  take_free_file();
}

void Recovery::sort_left() {
  std::ranges::stable_sort(left_, {},
                           [](const Left& left) { return std::pair(!left.error, left.changed); });
}

void Recovery::take_free_file() {
  for (int i = 0; i < kMostWindows; ++i) {
    const QString file = file_number(i);
    if (QFile::exists(file)) {
      continue;
    }
    auto lock = try_lock(file);
    if (lock != nullptr && !QFile::exists(file)) {
      file_ = file;
      lock_ = std::move(lock);
      return;
    }
  }
}

const WhatIf* Recovery::left_behind() const {
  return left_.empty() || left_.back().error ? nullptr : &left_.back().what_if;
}

const Error* Recovery::unreadable() const {
  return left_.empty() || !left_.back().error ? nullptr : &*left_.back().error;
}

void Recovery::try_again() {
  Left& left = left_.back();
  const auto runs = load_scenarios(left.file.toStdString());
  left.error = runs ? std::nullopt : std::optional(runs.error());
  if (runs) {
    left.what_if = runs->front();
  }
}

// It stands in that file and nowhere else: neither goes before the other has come.
void Recovery::restored() {
  Left left = std::move(left_.back());
  left_.pop_back();
  if (left.file.isEmpty()) {
    return;  // written as any edit is
  }
  timer_.stop();
  remove();
  file_ = left.file;
  lock_ = std::move(left.lock);
}

void Recovery::set_aside() {
  timer_.stop();
  const WhatIf& what_if = workspace_.what_if();
  if (std::ranges::any_of(
          left_, [&](const Left& left) { return !left.error && left.what_if == what_if; })) {
    forget();
    return;
  }
  Left left{{}, nullptr, what_if, QDateTime::currentMSecsSinceEpoch(), std::nullopt};
  if (write()) {
    left.file = std::exchange(file_, QString());
    left.lock = std::move(lock_);
    take_free_file();
  }
  left_.push_back(std::move(left));
}

void Recovery::discard() {
  if (!left_.empty()) {
    if (!left_.back().file.isEmpty()) {
      QFile::remove(left_.back().file);
    }
    left_.pop_back();
  }
}

std::optional<std::string> Recovery::text() {
  const WhatIf* unsaved = unsaved_();
  // Undone to what is saved, or another that was opened meanwhile.
  const bool saved = unsaved == &workspace_.what_if() && workspace_.undo_stack().isClean();
  if (unsaved == nullptr || saved) {
    return std::nullopt;
  }
  WhatIf kept = *unsaved;
  if (check_given(kept.policy)) {
    usable_ = kept.policy;
  } else {
    kept.policy = usable_;  // one that is half given cannot be read again; the rest is not lost
  }
  return scenario_text(kept);
}

bool Recovery::write() {
  writes_.finish();
  return mine() && put(file_.toStdString(), text());
}

void Recovery::write_later() {
  if (mine()) {
    writes_.run([file = file_.toStdString(), text = text()] { put(file, text); });
  }
}

void Recovery::remove() {
  writes_.finish();
  if (mine()) {
    QFile::remove(file_);
  }
}

void Recovery::keep() {
  if (timer_.isActive()) {
    timer_.stop();
    write();
  } else {
    writes_.finish();
  }
}

void Recovery::forget() {
  timer_.stop();
  const WhatIf* unsaved = unsaved_();
  if (unsaved != nullptr && *unsaved != workspace_.what_if()) {
    write();
  } else {
    remove();
  }
}

}  // namespace kvfoot::gui
