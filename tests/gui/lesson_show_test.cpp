// What lessons put into the window, and what the reader finds again afterwards.
#include "gui/model/lesson_show.hpp"

#include <gtest/gtest.h>

#include <QSignalSpy>
#include <algorithm>
#include <memory>

#include "gui/model/data_folder.hpp"
#include "tests/gui/gui_test.hpp"

namespace kvfoot::gui {
namespace {

class LessonShowTest : public ::testing::Test {
 protected:
  void SetUp() override {
    application();
    const auto lessons = builtin_lessons("en", find_data_folder());
    ASSERT_TRUE(lessons.ok()) << lessons.error().message();
    lesson_ = *std::ranges::find(*lessons, "rent", &Lesson::name);
    workspace_.open(mine());
    ASSERT_TRUE(settled(workspace_));
    workspace_.set_row(500);
    workspace_.set_key(7);
    workspace_.set_stream({3, 2});
  }
  static WhatIf mine() { return shaped("full", {.prompt = 1000, .chunk = 100, .output = 24}); }
  static WhatIf other() { return shaped("full", {.prompt = 2000, .chunk = 100, .output = 24}); }
  // Shows it and waits until it is there.
  void show(const std::string& scenario, const std::vector<std::string>& pins = {}) {
    LessonPicture picture;
    picture.show = scenario;
    picture.pins = pins;
    picture.row = 7;
    picture.look = "timeline";
    bool shown = false;
    const auto told = QObject::connect(show_.get(), &LessonShow::shown, [&] { shown = true; });
    show_->show(lesson_, picture);
    EXPECT_TRUE(wait_until([&] { return shown; }));
    QObject::disconnect(told);
    EXPECT_EQ(workspace_.what_if(), *lesson_.find(scenario));
    EXPECT_EQ(workspace_.row(), 7);
  }
  void expect_mine_again() {
    EXPECT_EQ(workspace_.what_if(), mine());
    ASSERT_TRUE(settled(workspace_));
    EXPECT_EQ(workspace_.row(), 500);
    EXPECT_EQ(workspace_.key(), 7);
    EXPECT_EQ(workspace_.stream(), (StreamChoice{3, 2}));
    EXPECT_TRUE(workspace_.pins().empty());
  }

  Workspace workspace_;
  Lesson lesson_;
  std::unique_ptr<LessonShow> show_ = std::make_unique<LessonShow>(workspace_);
};

TEST_F(LessonShowTest, WhatWasOpenedBetweenTwoPicturesComesBack) {
  show("tiny_full");
  workspace_.open(other());
  ASSERT_TRUE(settled(workspace_));
  workspace_.set_row(1500);
  show("tiny");
  show("burst");
  QSignalSpy shown(show_.get(), &LessonShow::shown);
  EXPECT_TRUE(show_->leave());
  EXPECT_EQ(workspace_.what_if(), other());
  ASSERT_TRUE(settled(workspace_));
  EXPECT_EQ(workspace_.row(), 1500);
  EXPECT_EQ(shown.count(), 0);  // that is no picture of the lesson
  EXPECT_EQ(workspace_.undo_stack().count(), 0);
}

TEST_F(LessonShowTest, SoDoesWhatWasEditedAndUndoStillHasTheFirst) {
  show("tiny_full");
  workspace_.edit(other(), QStringLiteral("prompt"));
  ASSERT_TRUE(settled(workspace_));
  show("tiny");
  EXPECT_TRUE(show_->leave());
  EXPECT_EQ(workspace_.what_if(), other());
  ASSERT_TRUE(settled(workspace_));
  while (workspace_.undo_stack().canUndo()) {
    workspace_.undo_stack().undo();
  }
  EXPECT_EQ(workspace_.what_if(), mine());
}

TEST_F(LessonShowTest, SoDoesWhatArrivesWhileTheFirstPictureIsMade) {
  LessonPicture picture;
  picture.show = "tiny";
  picture.pins = {"burst"};
  picture.look = "timeline";
  show_->show(lesson_, picture);
  workspace_.open(other());
  ASSERT_TRUE(settled(workspace_));
  show("tiny");
  EXPECT_TRUE(show_->leave());
  EXPECT_EQ(workspace_.what_if(), other());
}

TEST_F(LessonShowTest, UndoDuringALessonKeepsThePlaceToGoBackTo) {
  show("tiny_full");
  workspace_.undo_stack().undo();
  ASSERT_TRUE(settled(workspace_));
  show("tiny");
  EXPECT_TRUE(show_->leave());
  expect_mine_again();
}

TEST_F(LessonShowTest, AnotherShowGoesOnAndLeavesAsTheFirstWould) {
  show("tiny", {"tiny_full"});
  auto next = std::make_unique<LessonShow>(workspace_);
  next->take_over(*show_);
  EXPECT_FALSE(show_->leave());
  show_ = std::move(next);
  ASSERT_NE(show_->before_lesson(), nullptr);
  EXPECT_EQ(*show_->before_lesson(), mine());
  ASSERT_EQ(workspace_.pins().size(), 1U);
  show("burst");
  EXPECT_TRUE(show_->leave());
  expect_mine_again();
  EXPECT_EQ(workspace_.undo_stack().count(), 0);
}

TEST_F(LessonShowTest, TheWayBackIsFinishedByAnotherShow) {
  show("tiny");
  EXPECT_TRUE(show_->leave());
  auto next = std::make_unique<LessonShow>(workspace_);
  next->take_over(*show_);
  show_ = std::move(next);
  EXPECT_FALSE(show_->leave());  // as a panel does that goes to its list
  expect_mine_again();
}

TEST_F(LessonShowTest, ALessonBegunOnTheWayBackKnowsThePlaceToo) {
  show("tiny");
  EXPECT_TRUE(show_->leave());
  show("burst");  // the next lesson
  EXPECT_TRUE(show_->leave());
  expect_mine_again();
}

TEST_F(LessonShowTest, WhatIsUnsavedIsTheReadersOwn) {
  EXPECT_EQ(show_->unsaved(), &workspace_.what_if());
  EXPECT_EQ(show_->before_lesson(), nullptr);
  show("tiny");
  EXPECT_NE(show_->before_lesson(), nullptr);
  EXPECT_EQ(show_->unsaved(), nullptr);  // as opened
  show_->leave();
  EXPECT_EQ(show_->before_lesson(), nullptr);
  ASSERT_TRUE(settled(workspace_));
  workspace_.edit(other(), QStringLiteral("prompt"));
  ASSERT_TRUE(settled(workspace_));
  show("tiny");
  ASSERT_NE(show_->unsaved(), nullptr);
  EXPECT_EQ(*show_->unsaved(), other());
  workspace_.undo_stack().setClean();  // the lesson's was saved, which is not the reader's
  ASSERT_NE(show_->unsaved(), nullptr);
  EXPECT_EQ(*show_->unsaved(), other());
  WhatIf tried = workspace_.what_if();
  tried.batch = 2;
  workspace_.edit(tried, QStringLiteral("batch"));
  EXPECT_EQ(show_->before_lesson(), nullptr);
  EXPECT_EQ(show_->unsaved(), &workspace_.what_if());
}

}  // namespace
}  // namespace kvfoot::gui
