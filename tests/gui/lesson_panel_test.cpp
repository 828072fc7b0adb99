// The panel, driven as a reader does: through a whole lesson, wrong answers and right ones.
#include "gui/view/lesson_panel.hpp"

#include <gtest/gtest.h>

#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QRadioButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

#include "gui/view/lesson_entry.hpp"
#include "gui/view/lesson_page.hpp"
#include "tests/gui/gui_test.hpp"

namespace kvfoot::gui {
namespace {

class LessonPanelTest : public ::testing::Test {
 protected:
  void SetUp() override {
    application();
    QCoreApplication::setOrganizationName(QStringLiteral("kvfoot-test"));
    QCoreApplication::setApplicationName(QStringLiteral("lessons"));
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, settings_.path());
    LessonProgress().forget_all();
    panel_ = std::make_unique<LessonPanel>(workspace_);
    panel_->resize(420, 700);
    panel_->show();
    QCoreApplication::processEvents();  // what it adds while it is shown appears
  }

  template <class T>
  T* find(const char* name) {
    return panel_->findChild<T*>(QString::fromLatin1(name));
  }
  void press(const char* button) { QTest::mouseClick(find<QPushButton>(button), Qt::LeftButton); }
  LessonPage& page() { return *panel_->findChild<LessonPage*>(); }
  const LessonStep& step() { return page().lesson().steps[page().step()]; }
  // What stands under the question, once the simulator has answered.
  QString feedback() {
    EXPECT_TRUE(wait_until([&] { return find<QLabel>("feedback")->isVisible(); }));
    return find<QLabel>("feedback")->text();
  }
  void answer(const QString& number) {
    find<QLineEdit>("number")->setFocus();
    find<QLineEdit>("number")->clear();
    QTest::keyClicks(find<QLineEdit>("number"), number);
    QTest::keyClick(find<QLineEdit>("number"), Qt::Key_Return);
  }
  void choose(std::size_t choice) {
    const auto buttons = panel_->findChildren<QRadioButton*>();
    QTest::mouseClick(buttons[static_cast<qsizetype>(choice)], Qt::LeftButton, {}, QPoint(6, 6));
    press("check");
  }
  LessonEntry* entry(const char* lesson) { return find<LessonEntry>(lesson); }

  QTemporaryDir settings_;
  Workspace workspace_;
  std::unique_ptr<LessonPanel> panel_;
};

TEST_F(LessonPanelTest, AWholeLesson) {
  QSignalSpy looked(panel_.get(), &LessonPanel::look_at);
  EXPECT_TRUE(entry("rent")->mark().contains(QStringLiteral("0 of 2")));
  QTest::mouseClick(entry("rent"), Qt::LeftButton);
  ASSERT_EQ(page().lesson().name, "rent");
  EXPECT_FALSE(find<QPushButton>("back")->isEnabled());
  EXPECT_FALSE(find<QPushButton>("show")->isEnabled());  // text alone

  press("next");
  press("show");
  ASSERT_TRUE(settled(workspace_));
  EXPECT_EQ(looked.at(0).at(0), QStringLiteral("timeline"));
  EXPECT_EQ(workspace_.what_if(), *page().lesson().find("tiny_full"));

  press("next");
  press("show");
  ASSERT_TRUE(wait_until([&] { return workspace_.row() == 7; }));
  EXPECT_EQ(workspace_.what_if(), *page().lesson().find("tiny"));
  ASSERT_EQ(workspace_.pins().size(), 1U);
  EXPECT_EQ(workspace_.pins()[0]->asked, *page().lesson().find("tiny_full"));
  EXPECT_FALSE(find<QPushButton>("check")->isEnabled());
  answer(QStringLiteral("58.3"));
  EXPECT_TRUE(feedback().contains(QStringLiteral("peak"))) << feedback().toStdString();
  answer(QStringLiteral("12"));
  EXPECT_TRUE(feedback().contains(QString::fromStdString(step().question->hint)));
  EXPECT_EQ(LessonProgress().answered(page().lesson()), 0);
  answer(QStringLiteral("61.5 %"));
  EXPECT_TRUE(feedback().contains(QStringLiteral("61.5"))) << feedback().toStdString();
  EXPECT_EQ(LessonProgress().answered(page().lesson()), 1);

  press("next");
  for (const std::size_t wrong : {0U, 2U}) {
    choose(wrong);
    EXPECT_TRUE(feedback().contains(QStringLiteral("Not quite"))) << wrong;
  }
  EXPECT_FALSE(LessonProgress().done(page().lesson()));
  choose(1);
  EXPECT_TRUE(feedback().contains(QStringLiteral("Right")));
  EXPECT_TRUE(LessonProgress().done(page().lesson()));

  press("next");
  press("next");  // finish
  EXPECT_TRUE(entry("rent")->isVisible());
  EXPECT_TRUE(entry("rent")->mark().contains(QStringLiteral("done")));
  LessonPanel other(workspace_);  // in another window too
  other.show();
  EXPECT_TRUE(other.findChild<LessonEntry*>("rent")->mark().contains(QStringLiteral("done")));
  press("over");
  EXPECT_TRUE(entry("rent")->mark().contains(QStringLiteral("0 of 2")));
  EXPECT_FALSE(find<QPushButton>("over")->isEnabled());
}

TEST_F(LessonPanelTest, EveryStepOfEveryLessonCanBeShown) {
  for (const Lesson& lesson : panel_->lessons()) {
    panel_->open(QString::fromStdString(lesson.name));
    for (std::size_t i = 0; i < lesson.steps.size(); ++i) {
      if (!step().show.empty()) {
        const WhatIf& wanted = *lesson.find(step().show);
        press("show");
        ASSERT_TRUE(wait_until([&] {
          return workspace_.error() || (workspace_.what_if() == wanted && !workspace_.busy());
        })) << lesson.name
            << " " << i;
        ASSERT_TRUE(settled(workspace_)) << lesson.name << " " << i;
        const std::int64_t last = workspace_.outcome()->result.metrics.rows - 1;
        EXPECT_EQ(workspace_.row(), step().row.value_or(last)) << lesson.name << " " << i;
        EXPECT_EQ(workspace_.key(), step().key.value_or(-1)) << lesson.name << " " << i;
        EXPECT_EQ(workspace_.stream(), step().stream.value_or(StreamChoice{})) << lesson.name << i;
        if (!step().pins.empty()) {
          EXPECT_EQ(workspace_.pins().size(), step().pins.size()) << lesson.name << " " << i;
        }
      }
      press("next");
    }
    EXPECT_TRUE(entry("rent")->isVisible()) << lesson.name;
  }
}

TEST_F(LessonPanelTest, ShowMeIsOneStepOfUndo) {
  WhatIf mine;
  mine.prompt = 1000;
  workspace_.open(mine);
  ASSERT_TRUE(settled(workspace_));
  panel_->open(QStringLiteral("rent"));
  press("next");
  press("next");
  press("show");
  ASSERT_TRUE(wait_until([&] { return workspace_.row() == 7; }));
  workspace_.undo_stack().undo();
  EXPECT_EQ(workspace_.what_if(), mine);
}

TEST_F(LessonPanelTest, AnEditInBetweenStopsTheShow) {
  panel_->open(QStringLiteral("rent"));
  press("next");
  press("next");
  press("show");
  WhatIf mine;
  mine.prompt = 1000;
  workspace_.edit(mine, QStringLiteral("mine"));
  ASSERT_TRUE(settled(workspace_));
  QTest::qWait(50);
  EXPECT_EQ(workspace_.what_if(), mine);
  EXPECT_TRUE(workspace_.pins().empty());
}

TEST_F(LessonPanelTest, NumbersAsOneWritesThem) {
  panel_->open(QStringLiteral("sinks"));
  press("next");
  for (const char* right : {"1025", "1025 keys", "1,025", "1025.0", " 1025 "}) {
    answer(QString::fromLatin1(right));
    EXPECT_TRUE(feedback().contains(QStringLiteral("Right"))) << right;
  }
  for (const char* none : {"", "many", "nan", "inf", "10 25 x"}) {
    find<QLineEdit>("number")->setText(QString::fromLatin1(none));
    EXPECT_FALSE(find<QPushButton>("check")->isEnabled()) << none;
  }
  const QLocale before;
  QLocale::setDefault(QLocale(QLocale::German));
  panel_->open(QStringLiteral("rent"));
  press("next");
  press("next");
  for (const char* right : {"61,5", "61.5"}) {
    answer(QString::fromLatin1(right));
    EXPECT_TRUE(feedback().contains(QStringLiteral("Right"))) << right;
  }
  QLocale::setDefault(before);
}

TEST_F(LessonPanelTest, WithTheKeyboardAlone) {
  entry("growth")->setFocus();
  QTest::keyClick(entry("growth"), Qt::Key_Space);
  ASSERT_EQ(page().lesson().name, "growth");
  for (int i = 0; i < 2; ++i) {
    QTest::keyClick(find<QPushButton>("next"), Qt::Key_Space);
  }
  EXPECT_EQ(page().step(), 2U);
  QTest::keyClick(find<QToolButton>("list"), Qt::Key_Space);
  EXPECT_TRUE(entry("growth")->isVisible());
}

TEST_F(LessonPanelTest, AnUnknownLessonLeavesTheList) {
  panel_->open(QStringLiteral("no-such-lesson"));
  EXPECT_TRUE(entry("growth")->isVisible());
}

}  // namespace
}  // namespace kvfoot::gui
