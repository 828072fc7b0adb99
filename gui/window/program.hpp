// What lives as long as the program: the workspace, what is remembered, and the window over them.
#pragma once

#include <QObject>
#include <memory>

#include "gui/window/language.hpp"
#include "gui/window/main_window.hpp"
#include "gui/window/recovery.hpp"

namespace kvfoot::gui {

class Program final : public QObject {
  Q_OBJECT
 public:
  // kNothing, for pictures and benchmarks: no layout, no unsaved scenario, read or written.
  enum class Memory : std::uint8_t { kUser, kNothing };
  explicit Program(Memory memory = Memory::kUser);
  ~Program() override;

  [[nodiscard]] Workspace& workspace() { return workspace_; }
  // Until the language changes; then another one.
  [[nodiscard]] MainWindow& window() { return *window_; }

  // The window is built anew in the language, around the same scenario, undo steps, pins and
  // document, at the same place and the same step of a lesson; what other panels alone knew (zoom,
  // choices) starts afresh.
  void set_language(Language language);

 private:
  void make_window();

  Workspace workspace_;
  std::unique_ptr<Recovery> recovery_;  // null: nothing is remembered
  std::unique_ptr<MainWindow> window_;
};

}  // namespace kvfoot::gui
