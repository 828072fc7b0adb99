// The scenarios of windows that did not end well or were not saved, offered again at the next
// start; and those that were not saved before another was opened.
#pragma once

#include <QLockFile>
#include <QObject>
#include <QTimer>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gui/model/workspace.hpp"
#include "gui/window/serial_queue.hpp"

namespace kvfoot::gui {

// Every window writes its scenario to a file of its own in the user's data folder, a second after
// it has changed (on a thread of its own: disks can be slow), and removes it when the scenario is
// saved, undone to what is, or nothing is unsaved at the end. Files
// whose windows are gone stay until they are restored or discarded, and are offered by one window
// at a time. Failing to write is silent: it is a second net.
class Recovery final : public QObject {
  Q_OBJECT
 public:
  explicit Recovery(Workspace& workspace, QObject* parent = nullptr);

  // What a window left behind that is gone, the latest first; null: nothing more that can be read.
  [[nodiscard]] const WhatIf* left_behind() const;
  // Then come files that cannot be read, because a shape that they name is away for example: why,
  // naming the file; null: left_behind() can be, or there is nothing more.
  [[nodiscard]] const Error* unreadable() const;
  // Reads that file again.
  void try_again();
  // The workspace has it now; its file becomes that of this window.
  void restored();
  // What the workspace has, and no file of the reader's, becomes left behind, as the latest.
  void set_aside();
  // Deletes what left_behind() or unreadable() is about.
  void discard();
  // Keeps what is left for another start or window.
  void postpone() { left_.clear(); }

  // What is unsaved where that may be another scenario than the workspace's, null: nothing. It is
  // asked from now on, each time.
  using Unsaved = std::function<const WhatIf*()>;
  void set_unsaved(Unsaved unsaved) { unsaved_ = std::move(unsaved); }
  // Writes now what would be written within a second; it is on disk then.
  void keep();
  // The scenario of the workspace is saved; another one that is unsaved stays kept.
  void forget();

  // Windows beyond these are not kept.
  static constexpr int kMostWindows = 32;

 private:
  struct Left {
    QString file;  // empty: it could not be written
    std::unique_ptr<QLockFile> lock;
    WhatIf what_if;
    qint64 changed = 0;
    std::optional<Error> error;  // why there is no scenario
  };
  void find_files();
  void sort_left();
  void take_free_file();
  // What the file should have; absent: nothing is unsaved.
  [[nodiscard]] std::optional<std::string> text();
  // After what is under way; false: there is nothing unsaved, or it stands in no file.
  bool write();
  void write_later();
  void remove();
  [[nodiscard]] bool mine() const { return lock_ != nullptr; }

  Workspace& workspace_;
  Unsaved unsaved_;
  PolicySpec usable_{"full", {}};  // the last with which the scenario could be read again
  QTimer timer_;
  QString file_;
  std::unique_ptr<QLockFile> lock_;  // of the file, as long as the window lives
  SerialQueue writes_;               // of the file; before it changes hands all are done
  std::vector<Left> left_;           // latest last, after those that cannot be read
};

}  // namespace kvfoot::gui
