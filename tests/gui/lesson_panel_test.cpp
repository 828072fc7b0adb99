// The panel, driven as a reader does: through a whole lesson, wrong answers and right ones.
#include "gui/view/lesson_panel.hpp"

#include <gtest/gtest.h>

#include <QAccessible>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QRadioButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

#include "gui/model/data_folder.hpp"
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
    QCoreApplication::processEvents();  // the page is laid out
    const auto buttons = panel_->findChildren<QRadioButton*>();
    QTest::mouseClick(buttons[static_cast<qsizetype>(choice)], Qt::LeftButton, {}, QPoint(6, 6));
    press("check");
  }
  // Waits until the window shows this scenario of the lesson.
  bool shows(const std::string& scenario) { return shows_of(*panel_, scenario); }
  bool shows_of(LessonPanel& panel, const std::string& scenario) {
    const WhatIf wanted = *panel.findChild<LessonPage*>()->lesson().find(scenario);
    return wait_until([&] {
      return workspace_.what_if() == wanted && !workspace_.busy() &&
             workspace_.outcome() != nullptr && workspace_.outcome()->asked == wanted;
    });
  }
  LessonEntry* entry(const char* lesson) { return find<LessonEntry>(lesson); }

  QTemporaryDir settings_;
  Workspace workspace_;
  std::unique_ptr<LessonPanel> panel_;
};

// What screen readers say of the alert that comes with the verdict.
TEST_F(LessonPanelTest, VerdictsCanBeReadOut) {
  const auto read = [&] {
    return QAccessible::queryAccessibleInterface(find<QLabel>("feedback"))
        ->text(QAccessible::Description);
  };
  ASSERT_TRUE(panel_->open(QStringLiteral("rent:3")));
  answer(QStringLiteral("12"));
  ASSERT_TRUE(feedback().startsWith(QStringLiteral("**Not quite.** ")));
  EXPECT_TRUE(read().startsWith(QLatin1String("Not quite. "))) << read().toStdString();
  answer(QStringLiteral("61.5 %"));
  ASSERT_TRUE(feedback().startsWith(QStringLiteral("**Right: "))) << feedback().toStdString();
  EXPECT_TRUE(read().startsWith(QLatin1String("Right: "))) << read().toStdString();
}

TEST_F(LessonPanelTest, AWholeLesson) {
  QSignalSpy looked(panel_.get(), &LessonPanel::look_at);
  EXPECT_TRUE(entry("rent")->mark().contains(QStringLiteral("0 of 2")));
  QTest::mouseClick(entry("rent"), Qt::LeftButton);
  ASSERT_EQ(page().lesson().name, "rent");
  EXPECT_FALSE(find<QPushButton>("back")->isEnabled());
  EXPECT_FALSE(find<QPushButton>("show")->isEnabled());  // text alone

  press("next");  // its picture comes by itself
  ASSERT_TRUE(shows("tiny_full"));
  EXPECT_EQ(looked.back().at(0), QStringLiteral("timeline"));

  press("next");
  EXPECT_FALSE(find<QPushButton>("check")->isEnabled());
  answer(QStringLiteral("58.3"));
  EXPECT_TRUE(feedback().contains(QStringLiteral("peak"))) << feedback().toStdString();
  answer(QStringLiteral("12"));
  EXPECT_TRUE(feedback().contains(QString::fromStdString(step().question->hint)));
  EXPECT_EQ(LessonProgress().answered(page().lesson()), 0);
  EXPECT_TRUE(shows("tiny_full"));  // a wrong number reveals nothing
  answer(QStringLiteral("61.5 %"));
  EXPECT_TRUE(feedback().contains(QStringLiteral("61.5"))) << feedback().toStdString();
  EXPECT_EQ(LessonProgress().right(page().lesson()), 1);
  ASSERT_TRUE(wait_until([&] { return workspace_.row() == 7; }));
  EXPECT_TRUE(shows("tiny"));
  ASSERT_EQ(workspace_.pins().size(), 1U);
  EXPECT_EQ(workspace_.pins()[0]->asked, *page().lesson().find("tiny_full"));

  press("next");
  choose(0);  // wrong: the right one is shown, too
  EXPECT_TRUE(feedback().contains(QStringLiteral("Not quite"))) << feedback().toStdString();
  EXPECT_TRUE(feedback().contains(QString::fromStdString(step().question->choices[1].text)));
  EXPECT_TRUE(shows("steady"));
  EXPECT_TRUE(LessonProgress().done(page().lesson()));
  EXPECT_EQ(LessonProgress().right(page().lesson()), 1);
  press("again");
  ASSERT_TRUE(wait_until([&] { return find<QPushButton>("check")->isVisible(); }));
  ASSERT_TRUE(shows("burst"));
  choose(1);
  EXPECT_TRUE(feedback().contains(QStringLiteral("Right")));
  EXPECT_EQ(LessonProgress().right(page().lesson()), 2);

  press("next");
  press("next");  // finish
  EXPECT_EQ(page().step(), page().lesson().steps.size());
  ASSERT_NE(find<LessonEntry>("following"), nullptr);
  EXPECT_EQ(find<LessonEntry>("following")->text(), QStringLiteral("When to evict"));
  QTest::mouseClick(find<QToolButton>("list"), Qt::LeftButton);
  EXPECT_TRUE(entry("rent")->isVisible());
  EXPECT_TRUE(entry("rent")->mark().contains(QStringLiteral("done")));
  LessonPanel other(workspace_);  // in another window too
  other.show();
  EXPECT_TRUE(other.findChild<LessonEntry*>("rent")->mark().contains(QStringLiteral("done")));
  press("over");
  EXPECT_TRUE(entry("rent")->mark().contains(QStringLiteral("0 of 2")));
  EXPECT_FALSE(find<QPushButton>("over")->isEnabled());
}

TEST_F(LessonPanelTest, EveryStepOfEveryLessonShowsItsPictures) {
  const auto check = [&](bool answered) {
    const Lesson& lesson = page().lesson();
    const std::string place = lesson.name + ", step " + std::to_string(page().step() + 1);
    const LessonPicture* picture = lesson.picture(page().step(), answered);
    if (picture == nullptr) {
      return;
    }
    ASSERT_TRUE(shows(picture->show)) << place;
    const std::int64_t last = workspace_.outcome()->result.metrics.rows - 1;
    EXPECT_TRUE(wait_until([&] {  // pins may still be replayed
      return workspace_.row() == picture->row.value_or(last) &&
             workspace_.key() == picture->key.value_or(-1) &&
             workspace_.stream() == picture->stream.value_or(StreamChoice{}) &&
             workspace_.pins().size() == picture->pins.size();
    })) << place;
    ASSERT_EQ(workspace_.pins().size(), picture->pins.size()) << place;
    for (std::size_t i = 0; i < picture->pins.size(); ++i) {
      EXPECT_EQ(workspace_.pins()[i]->asked, *lesson.find(picture->pins[i])) << place;
    }
  };
  panel_->open(QString::fromStdString(panel_->lessons().front().name));
  for (const Lesson& lesson : panel_->lessons()) {
    ASSERT_EQ(page().lesson().name, lesson.name);
    for (std::size_t i = 0; i < lesson.steps.size(); ++i) {
      ASSERT_EQ(page().step(), i) << lesson.name;
      check(false);
      if (step().question) {
        press("give_up");
        feedback();
        check(true);
        EXPECT_FALSE(find<QPushButton>("give_up")->isVisible());
      }
      press("next");
    }
    EXPECT_TRUE(LessonProgress().done(lesson)) << lesson.name;
    press("next");  // the next lesson, or the list
  }
  EXPECT_TRUE(entry("rent")->isVisible());
}

TEST_F(LessonPanelTest, AnsweredQuestionsAreFoundAnsweredAndTheLessonWhereItWasLeft) {
  panel_->open(QStringLiteral("rent"));
  press("next");
  press("next");
  answer(QStringLiteral("61.5"));
  feedback();
  press("next");
  press("back");
  EXPECT_TRUE(feedback().contains(QStringLiteral("61.5"))) << feedback().toStdString();
  EXPECT_FALSE(find<QPushButton>("check")->isVisible());
  EXPECT_TRUE(shows("tiny"));
  press("next");
  EXPECT_FALSE(find<QLabel>("feedback")->isVisible());
  panel_->show_list();
  EXPECT_TRUE(entry("rent")->mark().contains(QStringLiteral("step 4 of 5")));
  LessonPanel other(workspace_);
  other.open(QStringLiteral("rent"));
  EXPECT_EQ(other.findChild<LessonPage*>()->step(), 3U);
}

TEST_F(LessonPanelTest, ALessonIsOneStepOfUndoAndLeavingItIsNone) {
  WhatIf mine;
  mine.prompt = 1000;
  workspace_.open(mine);
  ASSERT_TRUE(settled(workspace_));
  workspace_.pin();
  workspace_.set_row(500);
  panel_->open(QStringLiteral("rent"));
  press("next");
  ASSERT_TRUE(shows("tiny_full"));
  press("next");
  press("give_up");
  ASSERT_TRUE(shows("tiny"));
  EXPECT_EQ(workspace_.pins().size(), 2U);
  workspace_.undo_stack().undo();
  EXPECT_EQ(workspace_.what_if(), mine);
  workspace_.undo_stack().redo();
  ASSERT_TRUE(shows("tiny"));
  panel_->show_list();
  EXPECT_EQ(workspace_.what_if(), mine);
  EXPECT_EQ(workspace_.undo_stack().count(), 0);
  EXPECT_TRUE(workspace_.undo_stack().isClean());
  ASSERT_TRUE(settled(workspace_));
  EXPECT_EQ(workspace_.row(), 500);
  EXPECT_EQ(workspace_.pins().size(), 1U);  // the reader's own
}

TEST_F(LessonPanelTest, WhatTheReaderHasChangedStays) {
  panel_->open(QStringLiteral("rent"));
  press("next");
  ASSERT_TRUE(shows("tiny_full"));
  WhatIf mine = workspace_.what_if();
  mine.prompt = 1000;
  workspace_.edit(mine, QStringLiteral("mine"));
  ASSERT_TRUE(settled(workspace_));
  panel_->show_list();
  EXPECT_EQ(workspace_.what_if(), mine);
  panel_->open(QStringLiteral("rent"));  // the lesson again, then away
  ASSERT_TRUE(shows("tiny_full"));
  panel_->show_list();
  EXPECT_EQ(workspace_.what_if(), mine);
}

TEST_F(LessonPanelTest, AnEditInBetweenStopsTheShow) {
  panel_->open(QStringLiteral("rent"));
  press("next");
  press("next");
  press("give_up");
  feedback();
  WhatIf mine;
  mine.prompt = 1000;
  workspace_.edit(mine, QStringLiteral("mine"));
  ASSERT_TRUE(settled(workspace_));
  QTest::qWait(50);
  EXPECT_EQ(workspace_.what_if(), mine);
}

TEST_F(LessonPanelTest, LessonsThatCannotBeReadAgainLeaveAMessage) {
  int reads = 0;
  LessonPanel panel(workspace_, true, [&]() -> Result<std::vector<Lesson>> {
    if (++reads == 2) {
      return Error{"rent.xx.yaml:1", "broken"};
    }
    return builtin_lessons("en", find_data_folder());
  });
  panel.show();
  ASSERT_FALSE(panel.lessons().empty());
  const auto change = [&] {
    QEvent event(QEvent::LocaleChange);
    QCoreApplication::sendEvent(&panel, &event);
  };
  change();
  EXPECT_TRUE(panel.lessons().empty());
  EXPECT_FALSE(panel.open(QStringLiteral("rent")));
  panel.show_list();
  bool told = false;
  for (const QLabel* label : panel.findChildren<QLabel*>()) {
    told = told || label->text().contains(QStringLiteral("rent.xx.yaml:1"));
  }
  EXPECT_TRUE(told);
  change();
  ASSERT_TRUE(panel.open(QStringLiteral("rent")));
  auto* page = panel.findChild<LessonPage*>();
  QTest::mouseClick(panel.findChild<QPushButton*>("next"), Qt::LeftButton);
  change();  // in the middle of a lesson: the same step
  EXPECT_TRUE(page->isVisible());
  EXPECT_EQ(page->step(), 1U);
}

TEST_F(LessonPanelTest, WithoutAnAnswerThereIsNothingToCheckEvenAfterAFailure) {
  LessonPanel panel(workspace_, false, []() -> Result<std::vector<Lesson>> {
    auto lessons = builtin_lessons("en", find_data_folder());
    for (Lesson& lesson : *lessons) {
      for (auto& [name, what_if] : lesson.scenarios) {
        what_if.trace = "/no/such/trace.h5";
      }
    }
    return lessons;
  });
  panel.show();
  for (const char* place : {"rent:3", "rent:4"}) {  // a number, and choices
    ASSERT_TRUE(panel.open(QLatin1String(place)));
    const auto button = [&](const char* name) {
      return panel.findChild<QPushButton*>(QLatin1String(name));
    };
    const auto* said = panel.findChild<QLabel*>(QStringLiteral("feedback"));
    ASSERT_TRUE(wait_until([&] { return button("give_up")->isVisible(); }));
    QTest::mouseClick(button("give_up"), Qt::LeftButton);
    ASSERT_TRUE(wait_until([&] { return said->isVisible(); }));
    EXPECT_TRUE(said->text().contains(QLatin1String("trace.h5"))) << said->text().toStdString();
    EXPECT_FALSE(button("check")->isEnabled()) << place;
    EXPECT_TRUE(button("give_up")->isEnabled()) << place;
  }
}

TEST_F(LessonPanelTest, NumbersAsOneWritesThem) {
  panel_->open(QStringLiteral("sinks"));
  press("next");
  for (const char* right : {"1025", "1025 keys", "1,025", "1025.0", " 1025 "}) {
    answer(QString::fromLatin1(right));
    EXPECT_TRUE(feedback().contains(QStringLiteral("Right"))) << right;
    press("again");
    ASSERT_TRUE(wait_until([&] { return find<QPushButton>("check")->isVisible(); }));
  }
  find<QLineEdit>("number")->clear();
  EXPECT_FALSE(find<QPushButton>("check")->isEnabled());
  // What is no number is said below the field, and nothing is checked.
  auto* problem = find<QLabel>("problem");
  for (const char* none : {"many", "nan", "inf", "10 25 x", "12 %", "10 25"}) {
    find<QLineEdit>("number")->setText(QString::fromLatin1(none));
    EXPECT_FALSE(problem->isVisible()) << none;  // somebody is writing
    press("check");
    EXPECT_TRUE(problem->isVisible()) << none;
    EXPECT_FALSE(find<QLabel>("feedback")->isVisible()) << none;
  }
  find<QLineEdit>("number")->setText(QStringLiteral("many"));
  QTest::keyClick(find<QLineEdit>("number"), Qt::Key_Return);
  EXPECT_TRUE(problem->text().contains(QStringLiteral("keys"))) << problem->text().toStdString();
  QTest::keyClick(find<QLineEdit>("number"), Qt::Key_Backspace);
  EXPECT_FALSE(problem->isVisible());
  press("give_up");
  feedback();
  EXPECT_EQ(find<QLineEdit>("number")->text(), QStringLiteral("1\u202f025"));
  const QLocale before;
  QLocale::setDefault(QLocale(QLocale::German));
  panel_->open(QStringLiteral("rent"));
  press("next");
  press("next");
  for (const char* right : {"61,5", "61.5"}) {
    answer(QString::fromLatin1(right));
    EXPECT_TRUE(feedback().contains(QStringLiteral("Right"))) << right;
    press("again");
    ASSERT_TRUE(wait_until([&] { return find<QPushButton>("check")->isVisible(); }));
  }
  QLocale::setDefault(before);
}

TEST_F(LessonPanelTest, WithTheKeyboardAlone) {
  entry("growth")->setFocus();
  QTest::keyClick(entry("growth"), Qt::Key_Space);
  ASSERT_EQ(page().lesson().name, "growth");
  find<QPushButton>("next")->setFocus();
  for (int i = 0; i < 2; ++i) {
    QTest::keyClick(find<QPushButton>("next"), Qt::Key_Space);
  }
  EXPECT_EQ(page().step(), 2U);
  QTest::keyClick(find<QPushButton>("give_up"), Qt::Key_Space);
  feedback();
  EXPECT_TRUE(find<QPushButton>("next")->hasFocus());  // not lost with the button that went
  QTest::keyClick(find<QToolButton>("list"), Qt::Key_Space);
  EXPECT_TRUE(entry("growth")->isVisible());
}

TEST_F(LessonPanelTest, AStepCanBeNamedAndProgressNeedNotBeKept) {
  LessonPanel panel(workspace_, false);
  for (const char* none : {"rent:0", "rent:6", "rent:", "rent:x", "rent:2:2", ":1"}) {
    EXPECT_FALSE(panel.open(QString::fromLatin1(none))) << none;
  }
  EXPECT_EQ(panel.reading(), QString());
  ASSERT_TRUE(panel.open(QStringLiteral("rent:3")));
  EXPECT_EQ(panel.reading(), QStringLiteral("rent"));
  EXPECT_EQ(panel.findChild<LessonPage*>()->step(), 2U);
  EXPECT_TRUE(shows_of(panel, "tiny_full"));  // the picture of the step before
  ASSERT_TRUE(panel.open(QStringLiteral("growth")));
  ASSERT_TRUE(panel.open(QStringLiteral("rent")));
  EXPECT_EQ(panel.findChild<LessonPage*>()->step(), 2U);
  EXPECT_EQ(LessonProgress().left_at(panel.lessons().at(1)), 0U);
}

TEST_F(LessonPanelTest, AnUnknownLessonLeavesTheList) {
  EXPECT_FALSE(panel_->open(QStringLiteral("no-such-lesson")));
  EXPECT_TRUE(entry("growth")->isVisible());
}

}  // namespace
}  // namespace kvfoot::gui
