// Waiting for the window: pictures of it, and tests.
#pragma once

namespace kvfoot::gui {

class MainWindow;

// Runs the event loop until nothing of the window is under way (MainWindow::working), nothing in
// it moves, and what it shows is laid out and painted; what is painted may ask for more. A replay
// that does not end keeps it, playback and a blinking caret do not. Not from within an event.
void settle(const MainWindow& window);

}  // namespace kvfoot::gui
