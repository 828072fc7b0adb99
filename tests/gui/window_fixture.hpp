// A main window in front of a test, and dialogs that are answered by somebody.
#pragma once

#include <gtest/gtest.h>

#include <QSettings>
#include <QTemporaryDir>
#include <QToolButton>
#include <fstream>
#include <functional>
#include <memory>
#include <string>

#include "gui/window/program.hpp"
#include "tests/gui/gui_test.hpp"

namespace kvfoot::gui {

// Runs `ask`, which shows a file dialog, writes `file` into it and accepts it. Whether one came.
bool answer_dialog(const QString& file, const std::function<void()>& ask);

class WindowTest : public ::testing::Test {
 protected:
  void SetUp() override {
    application();
    QSettings().clear();
    QSettings().setValue(QStringLiteral("appearance"), QStringLiteral("light"));
    start();
  }
  void TearDown() override;  // what is unsaved is discarded, here and in the user's folder
  void start() {
    program_ = std::make_unique<Program>();
    window_ = &program_->window();
    window_->show();
  }
  // As after a crash: nobody is asked, nothing is cleaned up.
  void end_without_closing() {
    window_ = nullptr;
    program_.reset();
  }

  static WhatIf small() { return shaped("full", {.prompt = 1000, .chunk = 100, .output = 24}); }
  QString in_folder(const char* name) const {
    return folder_.path() + QLatin1Char('/') + QLatin1String(name);
  }
  QString write(const char* name, const std::string& text) const {
    std::ofstream(in_folder(name).toStdString()) << text;
    return in_folder(name);
  }
  Workspace& workspace() { return window_->workspace(); }
  // Opens it and waits; whether it could be read.
  bool open(const QString& file) {
    bool read = false;
    const auto told = QObject::connect(window_, &MainWindow::opened,
                                       [&](bool successfully) { read = successfully; });
    window_->open_file(file);
    EXPECT_TRUE(opened());
    QObject::disconnect(told);
    return read;
  }
  // Waits for a file that is being opened.
  bool opened() {
    return wait_until([&] { return !window_->opening(); });
  }
  void click_browse() {
    window_->findChild<QToolButton*>(QStringLiteral("source.browse"))->click();
  }

  QTemporaryDir folder_;
  std::unique_ptr<Program> program_;
  MainWindow* window_ = nullptr;
};

}  // namespace kvfoot::gui
