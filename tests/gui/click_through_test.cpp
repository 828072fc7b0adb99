// The main path as somebody goes it: menus, tabs, fields and clicks in the real window, and at
// every stop the numbers that the real `kvfoot` prints for the command that the window copies.
#include <gtest/gtest.h>

#include <QAction>
#include <QClipboard>
#include <QComboBox>
#include <QDockWidget>
#include <QFile>
#include <QImage>
#include <QLineEdit>
#include <QProcess>
#include <QPushButton>
#include <QRadioButton>
#include <QSlider>
#include <QTabBar>
#include <QTableView>
#include <QTest>
#include <cmath>
#include <functional>
#include <utility>

#include "gui/model/metric_text.hpp"
#include "gui/view/compare_plots.hpp"
#include "gui/view/compare_view.hpp"
#include "gui/view/formula_view.hpp"
#include "gui/view/heads_view.hpp"
#include "gui/view/lesson_entry.hpp"
#include "gui/view/lesson_panel.hpp"
#include "gui/view/slider_field.hpp"
#include "gui/view/state_map_plot.hpp"
#include "gui/view/state_map_view.hpp"
#include "gui/view/timeline_panel.hpp"
#include "gui/view/token_area.hpp"
#include "gui/view/tokens_view.hpp"
#include "gui/view/trade_off_view.hpp"
#include "gui/window/playback.hpp"
#include "gui/window/settle.hpp"
#include "sim/core/check.hpp"
#include "sim/report/metric_table.hpp"
#include "sim/report/result_json.hpp"
#include "tests/gui/window_fixture.hpp"

namespace kvfoot::gui {
namespace {

class ClickThrough : public WindowTest {
 protected:
  template <class T>
  T& the(const char* name = "") {
    auto* found = window_->findChild<T*>(QLatin1String(name));
    KVFOOT_CHECK(found != nullptr, "no such widget");
    return *found;
  }
  void act(const char* action) {
    auto& found = the<QAction>(action);
    ASSERT_TRUE(found.isEnabled()) << action;
    found.trigger();
  }
  // Clicks the tab of a panel and waits until it can be seen.
  void go_to(const char* title) {
    for (QTabBar* bar : window_->findChildren<QTabBar*>()) {
      for (int i = 0; i < bar->count(); ++i) {
        if (bar->tabText(i).remove(QLatin1Char('&')) == QLatin1String(title)) {
          QTest::mouseClick(bar, Qt::LeftButton, {}, bar->tabRect(i).center());
        }
      }
    }
    for (auto* dock : window_->findChildren<QDockWidget*>()) {
      if (dock->windowTitle() == QLatin1String(title)) {
        ASSERT_TRUE(wait_until([&] { return !dock->visibleRegion().isEmpty(); })) << title;
        return;
      }
    }
    FAIL() << "no panel " << title;
  }
  void type(const char* field, const char* text) {
    auto* line = the<Field>(field).findChild<QLineEdit*>();
    ASSERT_NE(line, nullptr) << field;
    line->setFocus();
    line->selectAll();
    QTest::keyClicks(line, QString::fromLatin1(text));
    QTest::keyClick(line, Qt::Key_Return);
  }
  // By the keyboard: the item that a person would go to, with every one between them.
  static void choose(QComboBox& combo, int item) {
    combo.setFocus();
    while (combo.currentIndex() != item) {
      QTest::keyClick(&combo, combo.currentIndex() < item ? Qt::Key_Down : Qt::Key_Up);
    }
  }
  void click(PlotWidget& plot, double x, double y) {
    ASSERT_TRUE(wait_until([&] { return plot.geometry().has_value(); }));
    QTest::mouseClick(&plot, Qt::LeftButton, {}, plot.geometry()->to_pixel(x, y).toPoint());
  }

  // What the window shows is what the program prints.
  void compare_with_program() {
    ASSERT_TRUE(opened());
    ASSERT_TRUE(settled(workspace()));
    act("action.copy_command");
    const QString command = QApplication::clipboard()->text();
    ASSERT_TRUE(command.startsWith(QLatin1String("kvfoot replay "))) << command.toStdString();
    QStringList words = QProcess::splitCommand(command);
    words.removeFirst();
    QProcess program;
    program.start(QStringLiteral(KVFOOT_BINARY),
                  words << QStringLiteral("--json") << QStringLiteral("-"));
    ASSERT_TRUE(program.waitForFinished(60'000)) << command.toStdString();
    const std::string out = program.readAllStandardOutput().toStdString();
    ASSERT_EQ(program.exitCode(), 0) << command.toStdString() << "\n"
                                     << program.readAllStandardError().toStdString();
    const auto printed = result_from_json(out.substr(out.find('{')), command.toStdString());
    ASSERT_TRUE(printed.ok()) << printed.error().message();
    const Metrics& shown = workspace().outcome()->result.metrics;
    int numbers = 0;
    for (const MetricInfo& metric : metric_table()) {
      EXPECT_EQ(metric.get(shown), metric.get(printed->metrics))
          << metric.name << " of " << command.toStdString();
      numbers += metric.get(shown) ? 1 : 0;
    }
    EXPECT_GT(numbers, 8);
    ++stops_;
  }

  void open_a_trace();
  void change_the_scenario();
  void look_at_heads_and_map();
  void pin_and_compare();
  void load_from_the_trade_off();
  void play_and_undo();
  void save_and_export();
  void take_a_lesson();

  int stops_ = 0;
};

void ClickThrough::open_a_trace() {
  EXPECT_EQ(workspace().outcome(), nullptr);
  EXPECT_EQ(the<TimelinePanel>().view().spec(), nullptr);
  const QString file = QString::fromStdString(bundled_trace("needle-320-rows.h5"));
  ASSERT_TRUE(answer_dialog(file, [&] { act("action.open"); }));
  compare_with_program();
  EXPECT_EQ(workspace().outcome()->result.inputs.run.rows(), 332);
}

void ClickThrough::change_the_scenario() {
  auto& policies = *the<Field>("policy").findChild<QComboBox*>();
  choose(policies, policies.findData(QStringLiteral("snapkv")));
  emit policies.activated(policies.currentIndex());
  ASSERT_EQ(workspace().what_if().policy.name, "snapkv");
  type("policy.sparsity", "0.7");
  compare_with_program();
  type("chunk", "64");
  EXPECT_EQ(workspace().what_if().chunk, 64);
  compare_with_program();
  const double before = workspace().outcome()->result.metrics.footprint;
  QSlider& slider = *the<SliderField>("policy.sparsity").slider();
  slider.setFocus();
  QTest::keyClick(&slider, Qt::Key_Right);
  compare_with_program();
  EXPECT_LT(workspace().outcome()->result.metrics.footprint, before);
  // The unit of the timeline changes the picture and not the numbers.
  for (QComboBox* box : the<TimelinePanel>().findChildren<QComboBox*>()) {
    if (box->accessibleName() == QLatin1String("Unit of the timeline")) {
      const auto highest = [&] {
        const auto& areas =
            std::get<plots::StackedAreas>(the<TimelinePanel>().view().spec()->content);
        return areas.series->highest();
      };
      choose(*box, 2);
      // Live, inactive and evicted entries are together what full attention holds at the end.
      const Outcome& outcome = *workspace().outcome();
      EXPECT_EQ(std::llround(highest()), outcome.streams() * outcome.result.inputs.run.rows());
      choose(*box, 0);
    }
  }
}

void ClickThrough::look_at_heads_and_map() {
  go_to("Heads");
  auto& heads = the<HeadsView>();
  ASSERT_TRUE(wait_until([&] { return !heads.busy() && heads.grid() != nullptr; }));
  HeadsPlot& grid = heads.plot();
  ASSERT_TRUE(wait_until([&] { return grid.geometry().has_value(); }));
  QTest::mouseClick(&grid, Qt::LeftButton, {}, grid.cell_of({1, 1}).center().toPoint());
  EXPECT_EQ(workspace().stream(), (StreamChoice{1, 1}));
  go_to("State map");
  auto& map = the<StateMapView>();
  ASSERT_TRUE(wait_until([&] { return !map.busy() && map.subject().life.has_value(); }));
  EXPECT_EQ(map.subject().stream, (StreamChoice{1, 1}));
  map.plot().setFocus();
  QTest::keyClick(&map.plot(), Qt::Key_Plus);
  ASSERT_TRUE(map.plot().view().x.has_value());
  EXPECT_LT(map.plot().view().x->high - map.plot().view().x->low, 332);
  QTest::keyClick(&map.plot(), Qt::Key_F);
  EXPECT_FALSE(map.plot().view().x.has_value());
  click(map.plot(), 100, 200);
  EXPECT_NEAR(static_cast<double>(workspace().row()), 200, 2);
  EXPECT_NEAR(static_cast<double>(workspace().key()), 100, 2);
  go_to("Tokens");
  auto& text = *the<TokensView>().findChild<TokenArea*>();
  ASSERT_TRUE(wait_until([&] { return text.texts() != nullptr && text.lives() != nullptr; }));
  EXPECT_EQ(text.texts()->tokens(), 332);
  const std::int64_t key = workspace().key();
  text.setFocus();
  QTest::keyClick(&text, Qt::Key_Right);
  EXPECT_EQ(workspace().key(), key + 1);
}

void ClickThrough::pin_and_compare() {
  const OutcomePtr first = workspace().outcome();
  act("action.pin");
  type("policy.sparsity", "0.5");
  compare_with_program();
  act("action.pin");
  type("policy.sparsity", "0.3");
  compare_with_program();
  go_to("Compare");
  auto& compare = the<CompareView>();
  ASSERT_EQ(compare.model().columnCount(), 3);
  for (int row = 0; row < compare.model().rowCount(); ++row) {
    const MetricInfo& metric = compare.model().metric(row);
    if (const auto value = metric.get(first->result.metrics)) {
      EXPECT_EQ(compare.model().index(row, 1).data().toString(), metric_text(metric, *value));
    }
  }
  EXPECT_NE(compare.bars().spec(), nullptr);
  EXPECT_NE(compare.timelines().spec(), nullptr);
}

void ClickThrough::load_from_the_trade_off() {
  go_to("Trade-off");
  auto& plot = the<TradeOffView>();
  ASSERT_TRUE(wait_until([&] { return !plot.busy() && plot.plane().sweep.size() > 5; }));
  settle(*window_);  // painted
  const TradePoint point = plot.plane().sweep.front();
  click(plot, point.footprint, point.value);
  EXPECT_EQ(workspace().what_if(), point.asked);
  compare_with_program();
  EXPECT_EQ(workspace().outcome()->result.metrics.footprint, point.footprint);
  EXPECT_EQ(workspace().outcome()->result.metrics.retained_mass, point.value);
  go_to("Formula");
  auto& formula = the<FormulaView>();
  auto* all = formula.findChild<QPushButton*>();
  if (all->isVisible()) {
    QTest::mouseClick(all, Qt::LeftButton);
  }
  ASSERT_TRUE(formula.model().formula().has_value());
  EXPECT_EQ(formula.model().formula()->sum, *workspace().outcome()->result.metrics.entry_rows);
}

void ClickThrough::play_and_undo() {
  act("action.pass_back");
  const std::int64_t start = workspace().row();
  act("action.row_on");
  EXPECT_EQ(workspace().row(), start + 1);
  act("action.play");
  ASSERT_TRUE(the<Playback>("playback").playing());
  ASSERT_TRUE(wait_until([&] { return workspace().row() > start + 4; }));
  act("action.play");
  EXPECT_FALSE(the<Playback>("playback").playing());
  const WhatIf loaded = workspace().what_if();
  act("action.undo");
  EXPECT_EQ(workspace().what_if().policy, *parse_policy("snapkv:sparsity=0.3"));
  compare_with_program();
  act("action.redo");
  EXPECT_EQ(workspace().what_if(), loaded);
  compare_with_program();
}

void ClickThrough::save_and_export() {
  const WhatIf saved = workspace().what_if();
  ASSERT_TRUE(answer_dialog(in_folder("mine.yaml"), [&] { act("action.save_as"); }));
  EXPECT_FALSE(window_->isWindowModified());
  type("policy.sparsity", "0.2");
  ASSERT_TRUE(settled(workspace()));
  EXPECT_TRUE(window_->isWindowModified());
  ASSERT_TRUE(answer_dialog(in_folder("mine.yaml"), [&] { act("action.open"); }));
  ASSERT_TRUE(opened());
  EXPECT_EQ(workspace().what_if(), saved);
  compare_with_program();
  the<TimelinePanel>().view().setFocus();
  for (const char* name : {"a.png", "a.svg", "a.pdf", "a.csv"}) {
    ASSERT_TRUE(answer_dialog(in_folder(name), [&] { act("action.export"); })) << name;
    QFile file(in_folder(name));
    ASSERT_TRUE(file.open(QIODevice::ReadOnly)) << name;
    EXPECT_GT(file.size(), 200) << name;
  }
  EXPECT_FALSE(QImage(in_folder("a.png")).isNull());
}

void ClickThrough::take_a_lesson() {
  act("action.lessons");
  auto& lessons = the<LessonPanel>();
  ASSERT_TRUE(wait_until([&] { return !lessons.visibleRegion().isEmpty(); }));
  QTest::mouseClick(&the<LessonEntry>("growth"), Qt::LeftButton);
  // To the first question; a step brings its picture along.
  while (lessons.findChild<QPushButton*>(QStringLiteral("check")) == nullptr) {
    QTest::mouseClick(lessons.findChild<QPushButton*>(QStringLiteral("next")), Qt::LeftButton);
    settle(*window_);  // the step before is gone
    compare_with_program();
  }
  WhatIf asked;  // how much a prompt of 131072 tokens and an answer of 100 hold at the end
  asked.output = 100;
  const double gib = static_cast<double>(*replayed(asked).peak_kv_bytes) / (1024.0 * 1024 * 1024);
  auto* number = lessons.findChild<QLineEdit*>(QStringLiteral("number"));
  ASSERT_NE(number, nullptr);
  number->setFocus();
  QTest::keyClicks(number, QString::number(gib, 'f', 2));
  QTest::mouseClick(lessons.findChild<QPushButton*>(QStringLiteral("check")), Qt::LeftButton);
  auto* feedback = lessons.findChild<QWidget*>(QStringLiteral("feedback"));
  ASSERT_TRUE(wait_until([&] { return feedback->isVisible(); }));
  EXPECT_EQ(workspace().what_if().prompt, 131072);  // the answer shows what was asked
  compare_with_program();
  EXPECT_TRUE(the<LessonEntry>("growth").mark().contains(QLatin1String("1 of")))
      << the<LessonEntry>("growth").mark().toStdString();
}

TEST_F(ClickThrough, TheMainPath) {
  ASSERT_TRUE(QTest::qWaitForWindowExposed(window_));
  const std::pair<const char*, std::function<void()>> parts[] = {
      {"open", [&] { open_a_trace(); }},
      {"change", [&] { change_the_scenario(); }},
      {"heads and map", [&] { look_at_heads_and_map(); }},
      {"compare", [&] { pin_and_compare(); }},
      {"trade-off", [&] { load_from_the_trade_off(); }},
      {"playback and undo", [&] { play_and_undo(); }},
      {"files", [&] { save_and_export(); }},
      {"lesson", [&] { take_a_lesson(); }}};
  for (const auto& [name, part] : parts) {
    SCOPED_TRACE(name);
    part();
    ASSERT_FALSE(HasFatalFailure());
  }
  EXPECT_EQ(stops_, 13);
  window_->close();
  EXPECT_FALSE(window_->isVisible());
}

}  // namespace
}  // namespace kvfoot::gui
