#include "gui/app/screenshot.hpp"

#include <QApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QPixmap>
#include <cstdio>

#include "gui/window/main_window.hpp"

namespace kvfoot::gui {
namespace {

// Runs the event loop for so long; panels compute on threads of their own and report late.
void run_events(int milliseconds) {
  QElapsedTimer timer;
  timer.start();
  while (timer.elapsed() < milliseconds) {
    QApplication::processEvents(QEventLoop::AllEvents, 20);
  }
}

}  // namespace

int take_screenshot(MainWindow& window, const QString& file) {
  // Panels ask for more once they have been painted.
  do {
    run_events(200);
  } while (window.working());
  const QString message = window.messages().text();
  if (window.workspace().error()) {
    std::fprintf(stderr, "error: %s\n", qUtf8Printable(message));
    return 2;
  }
  if (!window.grab().save(file)) {
    std::fprintf(stderr, "error: %s: cannot be written; give a .png file in a folder that exists\n",
                 qUtf8Printable(file));
    return 2;
  }
  return 0;
}

}  // namespace kvfoot::gui
