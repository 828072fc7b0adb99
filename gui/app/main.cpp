// kvfoot-gui: the window, on a trace or scenario if one is given.
#include <QApplication>
#include <QCommandLineParser>
#include <QIcon>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string_view>

#include "gui/app/benchmark.hpp"
#include "gui/app/screenshot.hpp"
#include "gui/model/data_folder.hpp"
#include "gui/window/program.hpp"
#include "gui/window/settings.hpp"

namespace {

using kvfoot::gui::Appearance;

// QCommandLineParser shows messages in boxes where there is no terminal; a program of a terminal
// writes there.
int fail(const QString& text) {
  std::fprintf(stderr, "error: %s\n", qUtf8Printable(text));
  return 2;
}

// Qt ends the process with a core dump where there is no display.
bool no_display() {
  return qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM") && qEnvironmentVariableIsEmpty("DISPLAY") &&
         qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY");
}

// Empty if there are none.
QString bundled_traces() {
  const auto folder = kvfoot::gui::find_data_folder();
  return folder.empty() ? QString() : QString::fromStdString((folder / "traces").string());
}

}  // namespace

int main(int argc, char** argv) {
  const auto asks = [&](const char* flag) {
    return std::any_of(argv + 1, argv + argc,
                       [&](const char* word) { return std::string_view(word).starts_with(flag); });
  };
  if (no_display()) {
    // Help, version, pictures and benchmarks need no screen.
    if (!asks("--help") && !asks("-h") && !asks("--version") && !asks("--screenshot") &&
        !asks("--benchmark")) {
      return fail(
          QStringLiteral("there is no display (DISPLAY and WAYLAND_DISPLAY are empty); over "
                         "ssh use ssh -X, or --screenshot FILE"));
    }
    qputenv("QT_QPA_PLATFORM", "offscreen");
  }
  QApplication app(argc, argv);
  QApplication::setApplicationName(QStringLiteral("kvfoot-gui"));
  QApplication::setApplicationDisplayName(QStringLiteral("kvfoot"));
  QApplication::setOrganizationName(QStringLiteral("kvfoot"));
  QApplication::setApplicationVersion(QStringLiteral("kvfoot " KVFOOT_VERSION));
  QApplication::setDesktopFileName(QStringLiteral("kvfoot"));
  QApplication::setWindowIcon(QIcon(QStringLiteral(":/kvfoot/kvfoot.svg")));

  QCommandLineParser parser;
  parser.setApplicationDescription(
      QStringLiteral("See live, inactive and evicted KV entries over time, and ask what if."));
  const QCommandLineOption help = parser.addHelpOption();
  const QCommandLineOption version(QStringLiteral("version"), QStringLiteral("Print the version."));
  const QCommandLineOption screenshot(
      QStringLiteral("screenshot"),
      QStringLiteral("Write a picture of the window once the first replay is done, and quit."),
      QStringLiteral("FILE"));
  const QCommandLineOption size(QStringLiteral("size"),
                                QStringLiteral("Size of the window, 1440x900."),
                                QStringLiteral("WxH"));
  const QCommandLineOption panel(
      QStringLiteral("panel"),
      QStringLiteral("Bring this panel to the front: timeline, memory, scenario, lessons, states, "
                     "heads, tokens, compare, trade_off or formula."),
      QStringLiteral("NAME"));
  const QCommandLineOption lesson(
      QStringLiteral("lesson"),
      QStringLiteral("Open a lesson, rent, or one of its steps, rent:3 (Help > Lessons)."),
      QStringLiteral("NAME"));
  const QCommandLineOption policy(QStringLiteral("policy"),
                                  QStringLiteral("Start with this policy, snapkv:sparsity=0.7."),
                                  QStringLiteral("SPEC"));
  const QCommandLineOption chunk(QStringLiteral("chunk"),
                                 QStringLiteral("Start with this prefill chunk: tokens, or all."),
                                 QStringLiteral("TOKENS"));
  const QCommandLineOption look(QStringLiteral("appearance"),
                                QStringLiteral("system, light or dark, for this start."),
                                QStringLiteral("NAME"));
  const QCommandLineOption language(QStringLiteral("language"),
                                    QStringLiteral("system, en or zh_CN, for this start."),
                                    QStringLiteral("CODE"));
  const QCommandLineOption benchmark(
      QStringLiteral("benchmark"),
      QStringLiteral(
          "Measure how long the window takes, with FILE also how long opening it does."));
  parser.addOptions(
      {version, benchmark, screenshot, size, panel, lesson, policy, chunk, look, language});
  parser.addPositionalArgument(QStringLiteral("FILE"),
                               QStringLiteral("A trace (.h5) or a scenario (.yaml) to open."),
                               QStringLiteral("[FILE]"));
  if (!parser.parse(QApplication::arguments())) {
    return fail(parser.errorText() + QStringLiteral("; see kvfoot-gui --help"));
  }
  if (parser.isSet(help)) {
    std::fputs(qUtf8Printable(parser.helpText()), stdout);
    return 0;
  }
  if (parser.isSet(version)) {
    std::puts("kvfoot " KVFOOT_VERSION);
    return 0;
  }
  const QStringList files = parser.positionalArguments();
  if (files.size() > 1) {
    return fail(
        QStringLiteral("%1: one file at a time; start the program once for each").arg(files[1]));
  }
  Appearance appearance = kvfoot::gui::settings::appearance();
  if (parser.isSet(look)) {
    appearance = kvfoot::gui::appearance_from(parser.value(look));
    if (to_text(appearance) != parser.value(look)) {
      return fail(QStringLiteral("--appearance: '%1' is unknown; write system, light or dark")
                      .arg(parser.value(look)));
    }
  }
  apply_appearance(appearance);
  kvfoot::gui::Language spoken = kvfoot::gui::settings::language();
  if (parser.isSet(language)) {
    spoken = kvfoot::gui::language_from(parser.value(language));
    if (to_text(spoken) != parser.value(language)) {
      return fail(QStringLiteral("--language: '%1' is unknown; write system, en or zh_CN")
                      .arg(parser.value(language)));
    }
    if (!is_available(spoken)) {
      return fail(
          QStringLiteral("--language: this program was built without translations; build it with "
                         "Qt's linguist tools (qt6-tools-dev, qt6-l10n-tools)"));
    }
  }
  apply_language(spoken);

  kvfoot::gui::WhatIf first;
  first.policy = kvfoot::gui::first_policy(first.prompt);
  if (parser.isSet(policy)) {
    auto spec = kvfoot::parse_policy(parser.value(policy).toStdString());
    if (!spec) {
      return fail(QStringLiteral("--policy: ") + QString::fromStdString(spec.error().message()));
    }
    first.policy = std::move(*spec);
  }
  if (parser.isSet(chunk)) {
    const auto rows = kvfoot::parse_chunk(parser.value(chunk).toStdString());
    if (!rows) {
      return fail(QStringLiteral("--chunk: ") + QString::fromStdString(rows.error().message()));
    }
    first.chunk = *rows;
  }
  const bool unattended = parser.isSet(screenshot) || parser.isSet(benchmark);
  kvfoot::gui::Program program(unattended ? kvfoot::gui::Program::Memory::kNothing
                                          : kvfoot::gui::Program::Memory::kUser);
  kvfoot::gui::MainWindow& window = program.window();
  if (parser.isSet(size)) {
    const QStringList sides = parser.value(size).split(QLatin1Char('x'));
    const QSize wanted_size =
        sides.size() == 2 ? QSize(sides[0].toInt(), sides[1].toInt()) : QSize();
    if (wanted_size.width() < 200 || wanted_size.height() < 200 || wanted_size.width() > 16384 ||
        wanted_size.height() > 16384) {
      return fail(
          QStringLiteral("--size: '%1' is no size; write 1440x900").arg(parser.value(size)));
    }
    window.resize(wanted_size);
  }
  if (const QStringList panels = window.panel_names();
      parser.isSet(panel) && !panels.contains(parser.value(panel))) {
    return fail(QStringLiteral("--panel: '%1' is unknown; write one of %2")
                    .arg(parser.value(panel), panels.join(QStringLiteral(", "))));
  }
  if (parser.isSet(policy)) {
    window.workspace().open(first);
  } else {
    window.suggest(first);
  }
  if (parser.isSet(benchmark)) {
    return kvfoot::gui::run_benchmark(window, files.value(0), bundled_traces());
  }
  if (!files.isEmpty()) {
    window.open_file(files.front());
  }
  bool readable = true;
  QObject::connect(&window, &kvfoot::gui::MainWindow::opened, &window,
                   [&readable](bool successfully) { readable = successfully; });
  while (parser.isSet(screenshot) && window.opening()) {
    QApplication::processEvents(QEventLoop::WaitForMoreEvents);
  }
  if (!readable) {
    return fail(window.messages().text());
  }
  window.show();
  if (parser.isSet(panel)) {
    // Some panels are of use once there is something to show.
    auto once = std::make_shared<QMetaObject::Connection>();
    *once = QObject::connect(&window.workspace(), &kvfoot::gui::Workspace::outcome_changed, &window,
                             [&window, once, name = parser.value(panel)] {
                               QObject::disconnect(*once);
                               window.look_at(name);
                             });
  }
  if (parser.isSet(lesson) && !window.open_lesson(parser.value(lesson))) {
    return fail(QStringLiteral("--lesson: there is no '%1'; see docs/gui.md for the names, and a "
                               "step is a number from 1, rent:3")
                    .arg(parser.value(lesson)));
  }
  if (parser.isSet(screenshot)) {
    return kvfoot::gui::take_screenshot(window, parser.value(screenshot));
  }
  return QApplication::exec();
}
