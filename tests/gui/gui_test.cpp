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
  return QTest::qWaitFor(done, 60'000);
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
