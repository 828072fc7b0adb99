// What tests of the program share: one offscreen application, and waiting for replays.
#pragma once

#include <QApplication>
#include <QString>
#include <functional>
#include <string>

#include "gui/model/workspace.hpp"

namespace kvfoot::gui {

// The process's application, on the platform "offscreen" unless QT_QPA_PLATFORM says otherwise.
QApplication& application();

// Runs the event loop until `done`, at most a minute; whether it was done.
[[nodiscard]] bool wait_until(const std::function<bool()>& done);

// Waits until the workspace is idle, and says whether it has an outcome for its scenario.
[[nodiscard]] bool settled(Workspace& workspace);

// What `kvfoot replay` says of it.
[[nodiscard]] Metrics replayed(const WhatIf& what_if);

// On the default shape; lengths count tokens.
struct Lengths {
  std::int64_t prompt = 4096;
  std::int64_t chunk = 512;
  std::int64_t output = 64;
};
[[nodiscard]] WhatIf shaped(const std::string& policy, const Lengths& lengths = {});

// On the bundled "needle-320-rows.h5", with the answer that it recorded.
[[nodiscard]] WhatIf traced(const std::string& policy, std::int64_t chunk = 64);

// A trace of the repository, "needle-320-rows.h5".
[[nodiscard]] std::string bundled_trace(const std::string& name);

}  // namespace kvfoot::gui
