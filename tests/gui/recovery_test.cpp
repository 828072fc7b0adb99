// Scenarios of windows that went: kept, offered, restored or discarded, and never lost by the way.
#include <gtest/gtest.h>

#include <QAction>
#include <QDir>
#include <QFileInfo>
#include <QPushButton>
#include <QStandardPaths>
#include <QTest>
#include <chrono>
#include <fstream>
#include <future>
#include <string>
#include <thread>

#include "gui/window/recovery.hpp"
#include "gui/window/serial_queue.hpp"
#include "tests/gui/window_fixture.hpp"

namespace kvfoot::gui {
namespace {

class RecoveryTest : public WindowTest {
 protected:
  static WhatIf chunked(std::int64_t chunk) {
    WhatIf what_if = small();
    what_if.output = kDefaultOutput;
    what_if.chunk = chunk;
    return what_if;
  }
  // On a copy of the bundled model's config.json, which can be moved away.
  static WhatIf on_a_shape_file(const QString& file) {
    EXPECT_TRUE(QFile::copy(
        QString::fromStdString(bundled_trace("../models/kvfoot-3m/config.json")), file));
    WhatIf what_if = chunked(77);
    what_if.shape = file.toStdString();
    return what_if;
  }
  // Edits the scenario of a window that then goes without saving it.
  void leave_behind(std::int64_t chunk) {
    workspace().open(small());
    workspace().edit(chunked(chunk), QStringLiteral("chunk"));
    window_->close();
    end_without_closing();
  }
  // One run with chunks of 50.
  const std::string other_ =
      "kvfoot: 1\nworkload: {shape: llama-3.1-8b, prompt: 1000, output: 8}\n"
      "chunk: 50\npolicy: full\n";

  // The files of windows in the user's folder.
  static QFileInfoList kept() {
    const QDir folder(QStandardPaths::writableLocation(QStandardPaths::AppDataLocation));
    return folder.entryInfoList({QStringLiteral("unsaved-*.yaml")}, QDir::Files);
  }
  static bool is_kept() { return !kept().isEmpty(); }
  bool offered() const {
    return window_->messages().text().contains(QLatin1String("llama-3.1-8b"));
  }
  void press(const char* text) {
    for (QPushButton* button : window_->messages().buttons()) {
      if (button->text() == QLatin1String(text)) {
        button->click();
        return;
      }
    }
    FAIL() << "no button " << text;
  }
};

TEST_F(RecoveryTest, AnUnsavedScenarioIsOfferedAgain) {
  workspace().open(small());
  workspace().edit(chunked(77), QStringLiteral("chunk"));
  ASSERT_TRUE(settled(workspace()));
  ASSERT_TRUE(wait_until(is_kept));  // a second after the change
  end_without_closing();
  start();
  ASSERT_TRUE(offered());
  press("Restore");
  EXPECT_EQ(workspace().what_if(), chunked(77));
  EXPECT_EQ(window_->messages().text(), QString());
  // What was saved or closed without changes is not offered.
  workspace().undo_stack().setClean();
  window_->close();
  end_without_closing();
  start();
  EXPECT_EQ(window_->messages().text(), QString());
}

TEST(SerialQueue, DoesEverythingInItsOrderAndElsewhere) {
  std::promise<void> gate;
  std::string done;
  std::thread::id where;
  {
    SerialQueue queue;
    queue.finish();  // of nothing
    queue.run([&, open = gate.get_future().share()] {
      done += open.wait_for(std::chrono::seconds(20)) == std::future_status::ready ? "a" : "late";
      where = std::this_thread::get_id();
    });
    queue.run([&] { done += "b"; });
    gate.set_value();  // the first one has not held up anybody
    queue.finish();
    EXPECT_EQ(done, "ab");
    EXPECT_NE(where, std::this_thread::get_id());
    queue.run([&] { done += "c"; });
    queue.run([&] { done += "d"; });
  }
  EXPECT_EQ(done, "abcd");  // whoever goes waits for them
}

// A write that is under way does not bring back what is gone.
TEST_F(RecoveryTest, SavingRightAfterTheWriteBeganLeavesNothing) {
  workspace().open(small());
  for (const std::int64_t chunk : {77, 78}) {
    workspace().edit(chunked(chunk), QStringLiteral("chunk"));
    workspace().end_edit();
    ASSERT_TRUE(wait_until(is_kept));
    ASSERT_TRUE(window_->save_to(in_folder("saved.yaml")));
    EXPECT_FALSE(is_kept());
  }
  end_without_closing();
  EXPECT_FALSE(is_kept());
}

TEST_F(RecoveryTest, WhatIsUndoneToWhatWasSavedIsNotOffered) {
  workspace().open(small());
  workspace().edit(chunked(77), QStringLiteral("chunk"));
  ASSERT_TRUE(wait_until(is_kept));
  workspace().undo_stack().undo();
  ASSERT_FALSE(window_->isWindowModified());
  EXPECT_TRUE(wait_until([] { return !is_kept(); }));
  end_without_closing();
  start();
  EXPECT_EQ(window_->messages().text(), QString());
}

TEST_F(RecoveryTest, APolicyThatIsHalfGivenDoesNotLoseTheRest) {
  workspace().open(small());
  WhatIf edited = chunked(77);
  edited.policy = {"duo", {{"sinks", "128"}}};  // neither sparsity nor heads
  workspace().edit(edited, QStringLiteral("policy"));
  window_->close();
  end_without_closing();
  start();
  ASSERT_TRUE(offered());
  press("Restore");
  EXPECT_EQ(workspace().what_if().chunk, 77);
  EXPECT_EQ(workspace().what_if().policy.name, "full");
}

TEST_F(RecoveryTest, AnEditJustBeforeClosingIsOfferedAgain) {
  leave_behind(77);
  start();
  ASSERT_TRUE(offered());
  press("Restore");
  EXPECT_EQ(workspace().what_if(), chunked(77));
}

// A shape on a disk that is not there: the scenario is neither forgotten nor silently skipped.
TEST_F(RecoveryTest, WhatCannotBeReadIsSaid) {
  const QString shape = in_folder("config.json");
  const QString away = in_folder("away.json");
  WhatIf what_if = on_a_shape_file(shape);
  workspace().open(small());
  workspace().edit(what_if, QStringLiteral("chunk"));
  window_->close();
  end_without_closing();
  ASSERT_TRUE(QFile::rename(shape, away));
  {
    Program second;  // one that can be read goes first
    second.workspace().edit(chunked(88), QStringLiteral("chunk"));
    second.window().close();
  }
  start();
  ASSERT_TRUE(offered());
  press("Discard");
  const auto said = [&] { return window_->messages().text(); };
  EXPECT_TRUE(said().contains(QLatin1String("cannot be read"))) << said().toStdString();
  EXPECT_TRUE(said().contains(shape)) << said().toStdString();
  EXPECT_TRUE(said().contains(kept().constFirst().filePath())) << said().toStdString();
  press("Try again");
  EXPECT_TRUE(said().contains(shape)) << said().toStdString();
  press("Not now");
  end_without_closing();
  ASSERT_TRUE(QFile::rename(away, shape));
  start();
  EXPECT_TRUE(said().contains(QLatin1String("config.json"))) << said().toStdString();
  press("Restore");
  EXPECT_EQ(workspace().what_if(), what_if);
}

// Edits go on being kept while a file that the scenario names is gone.
TEST_F(RecoveryTest, WhatLosesItsFileWhileItIsOpenIsKept) {
  const QString shape = in_folder("config.json");
  const QString away = in_folder("away.json");
  WhatIf what_if = on_a_shape_file(shape);
  workspace().open(small());
  workspace().edit(what_if, QStringLiteral("shape"));
  ASSERT_TRUE(QFile::rename(shape, away));
  what_if.chunk = 78;
  workspace().edit(what_if, QStringLiteral("chunk"));
  window_->close();
  end_without_closing();
  ASSERT_TRUE(QFile::rename(away, shape));
  start();
  EXPECT_TRUE(window_->messages().text().contains(QLatin1String("config.json")));
  press("Restore");
  EXPECT_EQ(workspace().what_if(), what_if);
}

TEST_F(RecoveryTest, WhatCannotBeReadIsOfferedOnceItCan) {
  leave_behind(77);
  const QString file = kept().constFirst().filePath();
  QFile::remove(in_folder("good.yaml"));
  ASSERT_TRUE(QFile::copy(file, in_folder("good.yaml")));
  std::ofstream(file.toStdString()) << "kvfoot: 1\n";
  start();
  EXPECT_TRUE(window_->messages().text().contains(file));
  ASSERT_TRUE(QFile::remove(file) && QFile::copy(in_folder("good.yaml"), file));
  press("Try again");
  ASSERT_TRUE(offered());
  press("Restore");
  EXPECT_EQ(workspace().what_if(), chunked(77));
}

TEST_F(RecoveryTest, WhatWasRestoredAndNotSavedIsOfferedOnceMore) {
  leave_behind(77);
  start();
  press("Restore");
  end_without_closing();
  start();
  ASSERT_TRUE(offered());
  press("Restore");
  EXPECT_EQ(workspace().what_if(), chunked(77));
}

TEST_F(RecoveryTest, ClosingWithTheOfferOpenLosesNothing) {
  leave_behind(77);
  start();
  ASSERT_TRUE(offered());
  // Another scenario is edited meanwhile, and not saved either.
  workspace().open(small());
  workspace().edit(chunked(88), QStringLiteral("chunk"));
  window_->close();
  end_without_closing();
  start();
  std::vector<std::int64_t> chunks;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(offered());
    press("Restore");
    chunks.push_back(workspace().what_if().chunk);
  }
  EXPECT_EQ(chunks, (std::vector<std::int64_t>{88, 77}));  // the latest first
  EXPECT_EQ(window_->messages().text(), QString());
}

TEST_F(RecoveryTest, NotNowAsksAgainAndDiscardDoesNot) {
  leave_behind(77);
  start();
  press("Not now");
  EXPECT_EQ(window_->messages().text(), QString());
  window_->close();
  end_without_closing();
  start();
  ASSERT_TRUE(offered());
  press("Discard");
  EXPECT_EQ(window_->messages().text(), QString());
  window_->close();
  end_without_closing();
  start();
  EXPECT_EQ(window_->messages().text(), QString());
}

// Neither Save nor the title takes what was restored for the file that happens to be open.
TEST_F(RecoveryTest, WhatWasRestoredIsNotTheFileThatIsOpen) {
  leave_behind(77);
  start();
  ASSERT_TRUE(open(write("mine.yaml", other_)));
  press("Restore");
  EXPECT_FALSE(window_->windowTitle().startsWith(QLatin1String("mine.yaml")));
  EXPECT_TRUE(window_->isWindowModified());
  EXPECT_TRUE(answer_dialog(in_folder("restored.yaml"), [&] {
    window_->findChild<QAction*>(QStringLiteral("action.save"))->trigger();
  }));
  EXPECT_TRUE(window_->windowTitle().startsWith(QLatin1String("restored.yaml")));
}

TEST_F(RecoveryTest, OpeningAFileOffersWhatWasNotSaved) {
  const QString file = write("other.yaml", other_);
  workspace().open(small());
  workspace().edit(chunked(77), QStringLiteral("chunk"));
  ASSERT_TRUE(open(file));
  EXPECT_EQ(workspace().what_if().chunk, 50);
  ASSERT_TRUE(offered());
  press("Restore");
  EXPECT_EQ(workspace().what_if(), chunked(77));
  EXPECT_EQ(window_->messages().text(), QString());
  // Once more, and this time the program ends before it is restored.
  ASSERT_TRUE(open(file));
  ASSERT_TRUE(offered());
  end_without_closing();
  start();
  ASSERT_TRUE(offered());
  press("Restore");
  EXPECT_EQ(workspace().what_if(), chunked(77));
  // What is in a file is not offered.
  ASSERT_TRUE(window_->save_to(in_folder("saved.yaml")));
  ASSERT_TRUE(open(file));
  EXPECT_EQ(window_->messages().text(), QString());
}

TEST_F(RecoveryTest, OpeningAFileInALessonOffersWhatTheReaderHad) {
  workspace().open(small());
  workspace().edit(chunked(77), QStringLiteral("chunk"));
  ASSERT_TRUE(window_->open_lesson(QStringLiteral("rent:2")));
  ASSERT_TRUE(wait_until([&] { return workspace().what_if() != chunked(77); }));
  ASSERT_TRUE(open(write("other.yaml", other_)));
  EXPECT_EQ(workspace().what_if().chunk, 50);
  ASSERT_TRUE(offered());
  press("Restore");
  EXPECT_EQ(workspace().what_if(), chunked(77));
}

// The only file of what is restored must not go before there is another.
TEST_F(RecoveryTest, WhatIsRestoredStaysWhereNothingMoreCanBeWritten) {
  leave_behind(77);
  start();
  const QString folder = QStandardPaths::writableLocation(QStandardPaths::AppDataLocation);
  QStringList blocks;
  for (int i = 0; i < Recovery::kMostWindows; ++i) {
    const QString file = QStringLiteral("%1/unsaved-%2.yaml").arg(folder).arg(i);
    if (!QFile::exists(file) && QDir().mkdir(file)) {  // a folder there: writing fails
      blocks << file;
    }
  }
  press("Restore");
  QTest::qWait(1300);  // for nothing to happen
  end_without_closing();
  for (const QString& block : blocks) {
    EXPECT_TRUE(QDir().rmdir(block));
  }
  start();
  ASSERT_TRUE(offered());
  press("Restore");
  EXPECT_EQ(workspace().what_if(), chunked(77));
}

// During a lesson the window shows a scenario that nobody misses.
TEST_F(RecoveryTest, ALessonKeepsWhatWasThereBeforeIt) {
  workspace().open(small());
  workspace().edit(chunked(77), QStringLiteral("chunk"));
  ASSERT_TRUE(wait_until(is_kept));
  ASSERT_TRUE(QFile::remove(kept().constFirst().filePath()));  // the next is written in the lesson
  ASSERT_TRUE(window_->open_lesson(QStringLiteral("rent:4")));
  ASSERT_TRUE(wait_until([&] { return workspace().what_if() != chunked(77); }));
  ASSERT_TRUE(wait_until(is_kept));
  // Saving the lesson's scenario saves that one alone.
  ASSERT_TRUE(window_->save_to(in_folder("lesson.yaml")));
  end_without_closing();
  start();
  ASSERT_TRUE(offered());
  press("Restore");
  EXPECT_EQ(workspace().what_if(), chunked(77));
}

TEST_F(RecoveryTest, ALessonOverASavedScenarioLeavesNothingBehind) {
  workspace().open(small());
  ASSERT_TRUE(settled(workspace()));
  ASSERT_TRUE(window_->open_lesson(QStringLiteral("rent:4")));
  ASSERT_TRUE(wait_until([&] { return workspace().what_if() != small(); }));
  QTest::qWait(1300);  // for nothing to happen
  end_without_closing();
  start();
  EXPECT_EQ(window_->messages().text(), QString());
}

TEST_F(RecoveryTest, TwoWindowsKeepOneScenarioEach) {
  workspace().open(small());
  workspace().edit(chunked(77), QStringLiteral("chunk"));
  {
    Program second;
    EXPECT_EQ(second.window().messages().text(), QString());  // the first one's is no left-over
    second.workspace().open(small());
    second.workspace().edit(chunked(88), QStringLiteral("chunk"));
    second.window().close();
  }
  // A third one is offered what the second left, the first one's stays its own.
  Program third;
  MessageBar& messages = third.window().messages();
  ASSERT_TRUE(messages.text().contains(QLatin1String("llama-3.1-8b")));
  messages.buttons().front()->click();
  EXPECT_EQ(third.workspace().what_if(), chunked(88));
  EXPECT_EQ(messages.text(), QString());
  third.workspace().undo_stack().setClean();
  third.window().close();
  window_->close();
  end_without_closing();
  start();
  ASSERT_TRUE(offered());
  press("Restore");
  EXPECT_EQ(workspace().what_if(), chunked(77));
}

TEST_F(RecoveryTest, AMessageCoversAnOfferForAWhileOnly) {
  MessageBar bar;
  int done = 0;
  bar.show_offer(QStringLiteral("offer"), {{QStringLiteral("Yes"), {}, [&] { ++done; }}});
  bar.show_message(MessageBar::Kind::kError, QStringLiteral("error"));
  EXPECT_EQ(bar.text(), QStringLiteral("error"));
  bar.clear_error(MessageBar::Source::kReplay);
  EXPECT_EQ(bar.text(), QStringLiteral("error"));
  bar.clear_error(MessageBar::Source::kAction);
  EXPECT_EQ(bar.text(), QStringLiteral("offer"));
  bar.show_message(MessageBar::Kind::kNote, QStringLiteral("note"),
                   {{QStringLiteral("Do"), {}, [&] { done += 10; }}});
  ASSERT_EQ(bar.buttons().size(), 2U);
  bar.clear_error(MessageBar::Source::kAction);
  EXPECT_EQ(bar.text(), QStringLiteral("note"));
  bar.buttons().back()->click();  // close
  EXPECT_EQ(bar.text(), QStringLiteral("offer"));
  EXPECT_EQ(done, 0);
  bar.buttons().front()->click();
  EXPECT_EQ(done, 1);
  EXPECT_EQ(bar.text(), QString());
}

}  // namespace
}  // namespace kvfoot::gui
