// kvfoot-gui: the window, on a trace or scenario if one is given.
#include <QApplication>

#include "gui/window/main_window.hpp"

int main(int argc, char** argv) {
  QApplication app(argc, argv);
  QApplication::setApplicationName(QStringLiteral("kvfoot-gui"));
  QApplication::setOrganizationName(QStringLiteral("kvfoot"));
  kvfoot::gui::MainWindow window;
  kvfoot::gui::WhatIf first;
  const QStringList arguments = QApplication::arguments();
  if (arguments.size() > 1) {
    first.trace = arguments[1].toStdString();
  }
  window.workspace().open(first);
  window.show();
  return QApplication::exec();
}
