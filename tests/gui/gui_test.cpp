#include "tests/gui/gui_test.hpp"

#include <QElapsedTimer>
#include <QStandardPaths>
#include <QTest>

namespace kvfoot::gui {

QApplication& application() {
  static QApplication& app = [&]() -> QApplication& {
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) {
      qputenv("QT_QPA_PLATFORM", "offscreen");
    }
    QStandardPaths::setTestModeEnabled(true);  // nobody's settings are touched
    static int argc = 1;
    static char name[] = "test";
    static char* argv[] = {name, nullptr};
    // Never destroyed: at the exit of the process Qt's own statics are gone before it.
    static auto* made = new QApplication(argc, argv);
    return *made;
  }();
  return app;
}

bool wait_until(const std::function<bool()>& done) {
  application();
  return QTest::qWaitFor(done, 60'000);
}

bool settled(Workspace& workspace) {
  return wait_until([&] { return !workspace.busy(); }) && !workspace.error() &&
         workspace.outcome() != nullptr && workspace.outcome()->asked == workspace.what_if();
}

std::string bundled_trace(const std::string& name) {
  return std::string(KVFOOT_SOURCE_DIR) + "/traces/" + name;
}

}  // namespace kvfoot::gui
