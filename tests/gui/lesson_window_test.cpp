// Lessons in the whole window: beside the files that are opened in it.
#include <gtest/gtest.h>

#include <QAbstractButton>
#include <QAction>
#include <QComboBox>
#include <algorithm>
#include <vector>

#include "gui/view/lesson_entry.hpp"
#include "gui/view/lesson_panel.hpp"
#include "gui/view/timeline_panel.hpp"
#include "tests/gui/window_fixture.hpp"

namespace kvfoot::gui {
namespace {

class LessonWindowTest : public WindowTest {
 protected:
  LessonPanel& lessons() { return *window_->findChild<LessonPanel*>(); }
  QString write_mine() const {
    return write("mine.yaml",
                 "kvfoot: 1\nworkload: {shape: llama-3.1-8b, prompt: 1000, output: 8}\n"
                 "chunk: 100\npolicy: full\n");
  }
};

// As `kvfoot gui mine.yaml --lesson rent:3` does.
TEST_F(LessonWindowTest, ALessonWaitsForTheFileAndGivesItBack) {
  workspace().open(small());
  window_->open_file(write_mine());
  ASSERT_TRUE(window_->opening());
  EXPECT_FALSE(window_->open_lesson(QStringLiteral("rent:9")));
  ASSERT_TRUE(window_->open_lesson(QStringLiteral("rent:3")));
  ASSERT_TRUE(opened());
  EXPECT_EQ(lessons().reading(), QStringLiteral("rent"));
  ASSERT_TRUE(wait_until([&] { return lessons().before_lesson() != nullptr; }));
  EXPECT_EQ(lessons().before_lesson()->output, 8);
  ASSERT_TRUE(settled(workspace()));
  lessons().show_list();
  EXPECT_EQ(workspace().what_if().prompt, 1000);
  EXPECT_EQ(workspace().what_if().output, 8);
  EXPECT_TRUE(workspace().undo_stack().isClean());
  // Files after it open no lesson.
  ASSERT_TRUE(open(write_mine()));
  EXPECT_EQ(lessons().reading(), QString());
}

TEST_F(LessonWindowTest, ALessonWaitsNoLongerThanForAFileThatCannotBeReadOrIsNotWanted) {
  window_->open_file(in_folder("none.h5"));
  ASSERT_TRUE(window_->open_lesson(QStringLiteral("rent")));
  EXPECT_EQ(lessons().reading(), QString());
  ASSERT_TRUE(opened());
  EXPECT_EQ(lessons().reading(), QStringLiteral("rent"));
  lessons().show_list();
  window_->open_file(write_mine());
  ASSERT_TRUE(window_->open_lesson(QStringLiteral("growth")));
  for (auto* button : window_->findChildren<QToolButton*>()) {
    if (button->text() == QLatin1String("Cancel")) {
      button->click();
    }
  }
  EXPECT_FALSE(window_->opening());
  EXPECT_EQ(lessons().reading(), QStringLiteral("growth"));
}

TEST_F(LessonWindowTest, TheKeyOfTheLessonsLeadsToTheFirstOfThem) {
  window_->activateWindow();
  ASSERT_TRUE(wait_until([&] { return window_->isActiveWindow(); }));
  window_->findChild<QAction*>(QStringLiteral("action.lessons"))->trigger();
  auto* first = window_->findChild<LessonEntry*>(QStringLiteral("growth"));
  EXPECT_TRUE(wait_until([&] { return first->hasFocus(); }));
  // In a lesson, to its first button.
  ASSERT_TRUE(window_->open_lesson(QStringLiteral("growth")));
  window_->setFocus();
  window_->look_at(QStringLiteral("lessons"));
  auto* button = qobject_cast<QAbstractButton*>(window_->focusWidget());
  ASSERT_NE(button, nullptr);
  EXPECT_TRUE(lessons().isAncestorOf(button));
}

TEST_F(LessonWindowTest, AFileOpenedDuringALessonIsWhatComesBack) {
  workspace().open(small());
  ASSERT_TRUE(settled(workspace()));
  ASSERT_TRUE(window_->open_lesson(QStringLiteral("rent:3")));
  ASSERT_TRUE(wait_until([&] { return lessons().before_lesson() != nullptr; }));
  ASSERT_TRUE(settled(workspace()));
  ASSERT_TRUE(open(write_mine()));
  EXPECT_EQ(lessons().before_lesson(), nullptr);
  ASSERT_TRUE(window_->open_lesson(QStringLiteral("rent:4")));
  ASSERT_TRUE(wait_until([&] { return lessons().before_lesson() != nullptr; }));
  ASSERT_TRUE(settled(workspace()));
  lessons().show_list();
  EXPECT_EQ(workspace().what_if().output, 8);
}

// The picture of whole memory over seconds comes back with the reader's scenario, though lessons
// show the cache, and scenarios without a device cannot show anything else.
TEST_F(LessonWindowTest, TheReadersChoicesOfViewComeBack) {
  WhatIf mine = small();
  mine.device = "h100-sxm";
  workspace().open(mine);
  ASSERT_TRUE(settled(workspace()));
  const auto& timeline = *window_->findChild<TimelinePanel*>();
  std::vector<QComboBox*> choices;
  for (auto* choice : timeline.findChildren<QComboBox*>()) {
    choice->setCurrentIndex(1);
    choices.push_back(choice);
  }
  ASSERT_EQ(choices.size(), 3U);
  const auto as_chosen = [&] {
    return std::ranges::all_of(choices, [](const QComboBox* c) { return c->currentIndex() == 1; });
  };
  ASSERT_TRUE(window_->open_lesson(QStringLiteral("rent:3")));
  ASSERT_TRUE(wait_until([&] { return lessons().before_lesson() != nullptr; }));
  ASSERT_TRUE(settled(workspace()));
  EXPECT_TRUE(workspace().what_if().device.empty());
  EXPECT_FALSE(timeline.view().options().whole_memory);
  lessons().show_list();
  ASSERT_TRUE(settled(workspace()));
  EXPECT_TRUE(as_chosen());
  EXPECT_TRUE(timeline.view().options().whole_memory);
  EXPECT_TRUE(timeline.view().options().seconds);
  // The same without a lesson: nothing to show without a device, and again what was chosen.
  WhatIf other = mine;
  other.device.clear();
  workspace().edit(other, "device");
  ASSERT_TRUE(settled(workspace()));
  EXPECT_FALSE(as_chosen());
  workspace().undo_stack().undo();
  ASSERT_TRUE(settled(workspace()));
  EXPECT_TRUE(as_chosen());
}

}  // namespace
}  // namespace kvfoot::gui
