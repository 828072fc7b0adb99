// The pictures of docs/images, made by the program itself: scripts/make_screenshots.sh.
#include <QApplication>
#include <QDir>
#include <QDockWidget>
#include <QFont>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QStandardPaths>
#include <cstdio>
#include <utility>

#include "gui/view/compare_view.hpp"
#include "gui/view/heads_view.hpp"
#include "gui/view/lesson_panel.hpp"
#include "gui/view/state_map_view.hpp"
#include "gui/view/tokens_view.hpp"
#include "gui/view/trade_off_view.hpp"
#include "gui/window/appearance.hpp"
#include "gui/window/program.hpp"
#include "gui/window/settle.hpp"

namespace kvfoot::gui {
namespace {

class Pictures {
 public:
  explicit Pictures(QString folder) : folder_(std::move(folder)) {}

  // 0: all of them are there.
  int make(const QString& trace);

 private:
  MainWindow& window() { return program_.window(); }
  Workspace& workspace() { return program_.workspace(); }
  template <class View>
  View& view() {
    return *window().findChild<View*>();
  }
  void edit(const char* policy, std::int64_t chunk) {
    WhatIf next = workspace().what_if();
    next.policy = *parse_policy(policy);
    next.chunk = chunk;
    workspace().edit(next, QStringLiteral("policy"));
    workspace().end_edit();
    settle(window());
  }
  void save(QWidget& widget, const char* name) {
    settle(window());
    const QString file = folder_ + QLatin1Char('/') + QLatin1String(name);
    if (!widget.grab().toImage().convertToFormat(QImage::Format_RGB888).save(file, "PNG", 0)) {
      std::fprintf(stderr, "error: %s: cannot be written\n", qUtf8Printable(file));
      ++failed_;
    }
  }
  // The panel alone, as if it had been torn off.
  void save_panel(const char* panel, QSize size, const char* name) {
    window().look_at(QLatin1String(panel));
    auto* dock = window().findChild<QDockWidget*>(QLatin1String(panel));
    dock->setFloating(true);
    dock->show();
    dock->widget()->setFixedSize(size);
    dock->adjustSize();
    save(*dock->widget(), name);
    dock->widget()->setMinimumSize(0, 0);
    dock->widget()->setMaximumSize(QWIDGETSIZE_MAX, QWIDGETSIZE_MAX);
    dock->setFloating(false);
  }

  // To the first question of the lesson, and a right answer to it.
  void ask_and_answer() {
    auto& lessons = view<LessonPanel>();
    while (lessons.findChild<QLineEdit*>(QStringLiteral("number")) == nullptr) {
      lessons.findChild<QPushButton*>(QStringLiteral("next"))->click();
      settle(window());
    }
    lessons.findChild<QLineEdit*>(QStringLiteral("number"))->setText(QStringLiteral("16.01"));
    lessons.findChild<QPushButton*>(QStringLiteral("check"))->click();
    settle(window());
  }

  QString folder_;
  Program program_{Program::Memory::kNothing};
  int failed_ = 0;
};

int Pictures::make(const QString& trace) {
  window().resize(1280, 820);
  WhatIf first;
  first.policy = *parse_policy("snapkv:sparsity=0.7,window=8");
  first.chunk = 64;
  workspace().open(first);
  window().open_file(trace);
  window().show();
  settle(window());
  if (const QString problem = window().messages().text(); !problem.isEmpty()) {
    std::fprintf(stderr, "error: %s\n", qUtf8Printable(problem));
    return 2;
  }
  view<HeadsView>().set_measure(HeadMeasure::kRetainedMass);  // where heads differ
  workspace().set_row(250);
  workspace().pin();
  edit("snapkv:sparsity=0.4,window=8", 64);
  workspace().pin();
  edit("snapkv:sparsity=0.7,window=8", 64);
  workspace().set_row(250);
  save(window(), "window.png");
  save_panel("compare", {1240, 420}, "compare.png");
  save_panel("heads", {460, 420}, "heads.png");
  save_panel("trade_off", {640, 400}, "trade_off.png");
  save_panel("tokens", {560, 330}, "tokens.png");
  save_panel("formula", {1100, 270}, "formula.png");
  workspace().set_stream({1, 1});
  workspace().set_key(40);
  view<StateMapView>().show_mass(true);
  save_panel("states", {640, 560}, "states.png");
  apply_appearance(Appearance::kDark);
  window().look_at(QStringLiteral("heads"));
  save(window(), "window-dark.png");
  apply_appearance(Appearance::kLight);
  workspace().set_stream({});
  window().look_at(QStringLiteral("lessons"));
  view<LessonPanel>().open(QStringLiteral("growth"));
  ask_and_answer();
  save_panel("lessons", {420, 520}, "lesson.png");
  return failed_ == 0 ? 0 : 2;
}

}  // namespace
}  // namespace kvfoot::gui

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: kvfoot-pictures TRACE FOLDER\n", stderr);
    return 2;
  }
  qputenv("QT_QPA_PLATFORM", "offscreen");
  QStandardPaths::setTestModeEnabled(true);
  QLocale::setDefault(QLocale(QLocale::English));
  QApplication app(argc, argv);
  QApplication::setApplicationName(QStringLiteral("kvfoot-pictures"));
  QApplication::setOrganizationName(QStringLiteral("kvfoot"));
  // The same letters on every machine that has them.
  QApplication::setFont(QFont(QStringLiteral("DejaVu Sans"), 9));
  kvfoot::gui::apply_appearance(kvfoot::gui::Appearance::kLight);
  kvfoot::gui::apply_language(kvfoot::gui::Language::kEnglish);
  return kvfoot::gui::Pictures(QString::fromLocal8Bit(argv[2]))
      .make(QString::fromLocal8Bit(argv[1]));
}
