#include "gui/window/settle.hpp"

#include <QAbstractAnimation>
#include <QApplication>
#include <QDeadlineTimer>
#include <QEventLoop>
#include <QTimer>
#include <QWindow>
#include <algorithm>

#include "gui/window/main_window.hpp"

namespace kvfoot::gui {
namespace {

constexpr int kShowing = 2000;  // milliseconds; a desktop need not show a window at all
constexpr int kLook = 20;       // between two looks at what ends without an event

bool moving(const QWidget& window) {
  return std::ranges::any_of(window.findChildren<QAbstractAnimation*>(), [](const auto* animation) {
    return animation->state() == QAbstractAnimation::Running;
  });
}

// Shown, but not painted until the desktop says so.
bool appearing(const QWidget& window) {
  return window.isVisible() && !window.isMinimized() && window.windowHandle() != nullptr &&
         !window.windowHandle()->isExposed();
}

}  // namespace

void settle(const MainWindow& window) {
  const QDeadlineTimer shown(kShowing);
  QTimer look;
  look.start(kLook);
  QEventLoop loop;
  for (int quiet = 0; quiet < 2;) {  // what the last events asked for may come with the next
    const bool events = loop.processEvents();
    QApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    if (window.working() || moving(window) || (appearing(window) && !shown.hasExpired())) {
      loop.processEvents(QEventLoop::WaitForMoreEvents);
      quiet = 0;
    } else {
      quiet = events ? 0 : quiet + 1;
    }
  }
}

}  // namespace kvfoot::gui
