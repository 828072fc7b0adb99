// A window that goes while something is under way: what its parts report on their way out reaches
// nobody who is gone. The sanitizers of the preset `asan` see it; elsewhere it must not crash.
#include <gtest/gtest.h>

#include <QApplication>
#include <QDockWidget>
#include <QLineEdit>
#include <QSpinBox>
#include <QTableView>
#include <QTest>
#include <functional>
#include <string>

#include "gui/view/compare_view.hpp"
#include "gui/view/field.hpp"
#include "gui/view/lesson_panel.hpp"
#include "gui/view/state_map_view.hpp"
#include "gui/view/timeline_panel.hpp"
#include "gui/view/token_find.hpp"
#include "gui/view/tokens_view.hpp"
#include "gui/view/trade_off_view.hpp"
#include "gui/window/playback.hpp"
#include "gui/window/settle.hpp"
#include "tests/gui/window_fixture.hpp"

namespace kvfoot::gui {
namespace {

class WindowEndTest : public WindowTest {
 protected:
  // A trace, and a scenario beside it that is not saved.
  void start_over() {
    end_without_closing();
    start();
    window_->activateWindow();
    workspace().open(traced("snapkv:sparsity=0.7"));
    ASSERT_TRUE(settled(workspace()));
    workspace().pin();
    WhatIf other = workspace().what_if();
    other.chunk = 32;
    workspace().edit(other, QStringLiteral("chunk"));
    ASSERT_TRUE(settled(workspace()));
  }
  QWidget* panel(const char* name) {
    return window_->findChild<QDockWidget*>(QLatin1String(name))->widget();
  }
  // The focus goes into `widget`, and what is typed there is not applied yet.
  static void type(QWidget* widget) {
    ASSERT_NE(widget, nullptr);
    widget->setFocus();
    ASSERT_TRUE(widget->isEnabled() && widget->isVisible());
    ASSERT_TRUE(wait_until([&] { return widget->hasFocus(); }));
    QTest::keyClicks(widget, QStringLiteral("1"));
  }
  static WhatIf slow() {
    return shaped("full", {.prompt = 1 << 20, .chunk = 1, .output = 1 << 20});
  }
};

TEST_F(WindowEndTest, WithTheFocusInAField) {
  const std::function<void()> places[] = {
      [&] {
        type(
            window_->findChild<Field*>(QStringLiteral("policy.sparsity"))->findChild<QLineEdit*>());
      },
      [&] {
        window_->look_at(QStringLiteral("states"));
        workspace().set_stream({1, 1});
        auto* spin = panel("states")->findChild<QSpinBox*>();
        spin->selectAll();
        type(spin);
      },
      [&] {
        window_->look_at(QStringLiteral("tokens"));
        settle(*window_);
        auto* find = window_->findChild<TokenFind*>();
        find->open();
        type(find->findChild<QLineEdit*>());
      },
      [&] {
        window_->look_at(QStringLiteral("compare"));
        window_->findChild<CompareView*>()->table().selectAll();
        type(&window_->findChild<CompareView*>()->table());
      },
      [&] { type(&window_->findChild<TimelinePanel*>()->view()); },
      [&] {
        window_->open_lesson(QStringLiteral("growth:3"));
        settle(*window_);
        window_->findChild<LessonPanel*>()->setFocus();
      }};
  for (const auto& place : places) {
    start_over();
    place();
    ASSERT_FALSE(HasFatalFailure());
  }
}

TEST_F(WindowEndTest, WithWorkUnderWay) {
  const std::pair<const char*, std::function<void()>> works[] = {
      {"replay", [&] { workspace().edit(slow(), QStringLiteral("length")); }},
      {"opening",
       [&] {
         window_->open_file(QString::fromStdString(bundled_trace("needle-320-rows.h5")));
         EXPECT_TRUE(window_->opening());
       }},
      {"lesson",
       [&] {
         EXPECT_TRUE(window_->open_lesson(QStringLiteral("rent:4")));
         EXPECT_TRUE(window_->working());
       }},
      {"playback",
       [&] {
         workspace().set_row(0);
         window_->findChild<Playback*>()->set_playing(true);
         EXPECT_TRUE(wait_until([&] { return workspace().row() > 2; }));
       }},
      {"search",
       [&] {
         window_->look_at(QStringLiteral("tokens"));
         settle(*window_);
         window_->findChild<TokenFind*>()->open();
         QTest::keyClicks(window_->findChild<TokenFind*>()->findChild<QLineEdit*>(),
                          QStringLiteral("a"));
       }},
      {"sweep",
       [&] {
         window_->look_at(QStringLiteral("trade_off"));
         EXPECT_TRUE(wait_until([&] { return window_->findChild<TradeOffView*>()->busy(); }));
       }},
      {"message", [&] { window_->open_file(in_folder("missing.h5")); }}};
  for (const auto& [name, work] : works) {
    SCOPED_TRACE(name);
    start_over();
    work();
    ASSERT_FALSE(HasFatalFailure());
  }
  start_over();  // all at once, and a panel that was torn off
  for (const auto& [name, work] : works) {
    SCOPED_TRACE(name);
    if (name != std::string("replay")) {
      work();
    }
  }
  window_->findChild<QDockWidget*>(QStringLiteral("heads"))->setFloating(true);
  workspace().edit(slow(), QStringLiteral("length"));
  EXPECT_TRUE(window_->working());
}

}  // namespace
}  // namespace kvfoot::gui
