// The scenario of a window that did not end well, offered again at the next start.
#pragma once

#include <QLockFile>
#include <QObject>
#include <QTimer>
#include <memory>
#include <optional>

#include "gui/model/workspace.hpp"

namespace kvfoot::gui {

// Writes the scenario to a file of the user's a second after it has changed, and removes it when
// the window closes or the scenario is saved. Failing to write is silent: it is a second net.
class Recovery final : public QObject {
  Q_OBJECT
 public:
  explicit Recovery(Workspace& workspace, QObject* parent = nullptr);

  // What an earlier window left behind, if it reads; asked before this one writes.
  [[nodiscard]] const std::optional<WhatIf>& left_behind() const { return left_behind_; }
  void forget_left_behind() { left_behind_.reset(); }
  // Writes now what would be written within a second.
  void keep();
  void forget();

 private:
  void write();
  [[nodiscard]] bool mine() const { return lock_ != nullptr && lock_->isLocked(); }
  [[nodiscard]] static QString file();

  Workspace& workspace_;
  QTimer timer_;
  std::unique_ptr<QLockFile> lock_;  // of the file; null or not locked: somebody else's
  std::optional<WhatIf> left_behind_;
};

}  // namespace kvfoot::gui
