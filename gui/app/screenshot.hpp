// Pictures of the window for documentation.
#pragma once

#include <QString>

namespace kvfoot::gui {

class MainWindow;

// Waits for the replay, writes the picture, and gives the exit code; errors go to stderr.
[[nodiscard]] int take_screenshot(MainWindow& window, const QString& file);

}  // namespace kvfoot::gui
