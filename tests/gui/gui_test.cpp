#include "tests/gui/gui_test.hpp"

#include <gtest/gtest.h>

#include <QDir>
#include <QFile>
#include <QSettings>
#include <QStandardPaths>
#include <QTest>

namespace kvfoot::gui {

QApplication& application() { return *qApp; }

bool wait_until(const std::function<bool()>& done) {
  application();
  return QTest::qWaitFor(done, 240'000);  // a busy machine under a sanitizer takes more than one
}

bool settled(Workspace& workspace) {
  return wait_until([&] { return !workspace.busy(); }) && !workspace.error() &&
         workspace.outcome() != nullptr && workspace.outcome()->asked == workspace.what_if();
}

Metrics replayed(const WhatIf& what_if) {
  SourceCache sources;
  auto request = to_request(what_if, sources);
  EXPECT_TRUE(request.ok());
  auto outcome = replay(*request);
  EXPECT_TRUE(outcome.ok()) << (outcome.ok() ? "" : outcome.error().message());
  return outcome->metrics;
}

WhatIf shaped(const std::string& policy, const Lengths& lengths) {
  WhatIf what_if;
  what_if.prompt = lengths.prompt;
  what_if.chunk = lengths.chunk;
  what_if.output = lengths.output;
  what_if.policy = *parse_policy(policy);
  return what_if;
}

WhatIf traced(const std::string& policy, std::int64_t chunk) {
  WhatIf what_if;
  what_if.trace = bundled_trace("needle-320-rows.h5");
  what_if.chunk = chunk;
  what_if.policy = *parse_policy(policy);
  return what_if;
}

std::string bundled_trace(const std::string& name) {
  return std::string(KVFOOT_SOURCE_DIR) + "/traces/" + name;
}

}  // namespace kvfoot::gui

// The application outlives every test and ends before the libraries do, which a static one may not.
int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) {
    qputenv("QT_QPA_PLATFORM", "offscreen");
  }
  QStandardPaths::setTestModeEnabled(true);  // nobody's settings are touched
  QApplication app(argc, argv);
  // Tests run side by side, each with its own settings and recovery file.
  QApplication::setApplicationName(
      QStringLiteral("kvfoot-test-%1").arg(QCoreApplication::applicationPid()));
  QApplication::setOrganizationName(QStringLiteral("kvfoot"));
  const int result = RUN_ALL_TESTS();
  QSettings().clear();
  QFile::remove(QSettings().fileName());
  QDir(QStandardPaths::writableLocation(QStandardPaths::AppDataLocation)).removeRecursively();
  return result;
}
