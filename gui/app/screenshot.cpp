#include "gui/app/screenshot.hpp"

#include <QPixmap>
#include <cstdio>

#include "gui/window/main_window.hpp"
#include "gui/window/settle.hpp"

namespace kvfoot::gui {
int take_screenshot(MainWindow& window, const QString& file) {
  settle(window);
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
