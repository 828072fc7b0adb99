#include "gui/window/program.hpp"

#include <utility>

namespace kvfoot::gui {

Program::Program(Memory memory)
    : recovery_(memory == Memory::kUser ? std::make_unique<Recovery>(workspace_) : nullptr) {
  make_window();
}

Program::~Program() = default;

void Program::make_window() {
  window_ = std::make_unique<MainWindow>(workspace_, recovery_.get());
  // Queued: the menu that asked is part of the window that goes.
  connect(window_.get(), &MainWindow::language_chosen, this, &Program::set_language,
          Qt::QueuedConnection);
}

void Program::set_language(Language language) {
  apply_language(language);
  const std::unique_ptr<MainWindow> before = std::exchange(window_, nullptr);
  make_window();
  window_->take_over(*before);
  // The new one shows first: the program ends with its last window.
  window_->setVisible(before->isVisible());
}

}  // namespace kvfoot::gui
