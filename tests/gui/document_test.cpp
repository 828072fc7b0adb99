// Which file the window writes, what is kept when another is opened, and which errors stay.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QLineEdit>
#include <QMenuBar>
#include <QPushButton>
#include <QTest>

#include "gui/model/scenario_text.hpp"
#include "gui/view/field.hpp"
#include "gui/view/lesson_panel.hpp"
#include "gui/view/plot_widget.hpp"
#include "gui/view/timeline_panel.hpp"
#include "tests/gui/window_fixture.hpp"

namespace kvfoot::gui {
namespace {

// A window on the reader's own file, "mine.yaml".
class DocumentTest : public WindowTest {
 protected:
  void SetUp() override {
    WindowTest::SetUp();
    ASSERT_TRUE(open(write("mine.yaml",
                           "kvfoot: 1\nworkload: {shape: llama-3.1-8b, prompt: 1000, output: 8}\n"
                           "chunk: 100\npolicy: full\n")));
    ASSERT_TRUE(settled(workspace()));
    own_ = workspace().what_if();
  }
  void start_lesson() {
    ASSERT_TRUE(window_->open_lesson(QStringLiteral("rent:2")));
    ASSERT_TRUE(wait_until([&] { return workspace().what_if() != own_; }));
    ASSERT_TRUE(settled(workspace()));
  }
  void edit_chunk(std::int64_t chunk) {
    WhatIf edited = workspace().what_if();
    edited.chunk = chunk;
    workspace().edit(edited, QStringLiteral("chunk"));
  }
  // File > Save; whether it asked for a name, which is then this one.
  bool save_asks(const char* name) {
    return answer_dialog(in_folder(name), [&] {
      window_->findChild<QAction*>(QStringLiteral("action.save"))->trigger();
    });
  }
  WhatIf in_file(const char* name) {
    const auto runs = load_scenarios(in_folder(name).toStdString());
    EXPECT_TRUE(runs.ok());
    return runs.ok() ? runs->front() : WhatIf{};
  }
  bool titled(const char* name) { return window_->windowTitle().startsWith(QLatin1String(name)); }
  QString said() { return window_->messages().text(); }

  WhatIf own_;
};

// What is typed and not yet entered: keys, menus and tool buttons leave the focus where it is.
class TypedTest : public DocumentTest {
 protected:
  void SetUp() override {
    DocumentTest::SetUp();
    window_->activateWindow();
    ASSERT_TRUE(QTest::qWaitForWindowActive(window_));
    line_ = window_->findChild<Field*>(QStringLiteral("chunk"))->findChild<QLineEdit*>();
    ASSERT_NE(line_, nullptr);
    line_->setFocus();
    line_->selectAll();
    QTest::keyClicks(line_, "250");
    ASSERT_EQ(workspace().what_if().chunk, 100);
  }
  QLineEdit* line_ = nullptr;
};

TEST_F(TypedTest, IsSavedByTheKeys) {
  QTest::keyClick(line_, Qt::Key_S, Qt::ControlModifier);
  EXPECT_EQ(in_file("mine.yaml").chunk, 250);
  EXPECT_FALSE(window_->isWindowModified());
}

TEST_F(TypedTest, CountsBeforeAMenuOpens) {
  QTest::mousePress(window_->menuBar(), Qt::LeftButton);
  EXPECT_EQ(workspace().what_if().chunk, 250);
  EXPECT_EQ(workspace().undo_stack().count(), 1);
  QTest::keyClick(window_->menuBar(), Qt::Key_Escape);
}

TEST_F(TypedTest, IsUndoneByTheKeysOnceItIsEntered) {
  QTest::keyClick(line_, Qt::Key_Return);
  ASSERT_EQ(workspace().what_if().chunk, 250);
  QTest::keyClick(line_, Qt::Key_Z, Qt::ControlModifier);
  EXPECT_EQ(workspace().what_if().chunk, 100);
  EXPECT_EQ(line_->text(), QStringLiteral("100"));
  QTest::keyClick(line_, Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
  EXPECT_EQ(workspace().what_if().chunk, 250);
  QTest::keyClicks(line_, "0");
  QTest::keyClick(line_, Qt::Key_Z, Qt::ControlModifier);  // takes the typing back, no more
  EXPECT_EQ(workspace().what_if().chunk, 250);
  EXPECT_EQ(line_->text(), QStringLiteral("250"));
}

TEST_F(TypedTest, IsStillTypedWhereTheCaretMoves) {
  QTest::mouseClick(line_, Qt::LeftButton);
  QTest::keyClick(line_, Qt::Key_C, Qt::ControlModifier);
  EXPECT_EQ(workspace().what_if().chunk, 100);
  QTest::keyClick(line_, Qt::Key_Escape);
  EXPECT_EQ(line_->text(), QStringLiteral("100"));
  EXPECT_EQ(workspace().what_if().chunk, 100);
}

TEST_F(DocumentTest, ALessonIsSavedAsACopy) {
  start_lesson();
  const WhatIf lesson = workspace().what_if();
  EXPECT_FALSE(titled("mine.yaml"));
  EXPECT_TRUE(save_asks("copy.yaml"));
  EXPECT_EQ(in_file("mine.yaml"), own_);
  EXPECT_EQ(in_file("copy.yaml"), lesson);
  EXPECT_TRUE(said().contains(QLatin1String("copy.yaml")));
  // Back from the lesson, the reader's file is what it was.
  window_->findChild<LessonPanel*>()->show_list();
  EXPECT_EQ(workspace().what_if(), own_);
  EXPECT_TRUE(titled("mine.yaml"));
  EXPECT_FALSE(window_->isWindowModified());
  edit_chunk(200);
  EXPECT_FALSE(save_asks("other.yaml"));
  EXPECT_EQ(in_file("mine.yaml"), workspace().what_if());
  EXPECT_EQ(in_file("copy.yaml"), lesson);
}

TEST_F(DocumentTest, SavingKeepsWhatTheFormDoesNotShow) {
  const QString file =
      write("own.yaml",
            "kvfoot: 1\ntitle: Mine\nteaches: why\nretained_mass: false\nreport: {csv: a.csv}\n"
            "workload: {shape: llama-3.1-8b, prompt: 1000, output: 8}\nchunk: 100\npolicy: full\n");
  ASSERT_TRUE(open(file));
  edit_chunk(200);
  for (int i = 0; i < 2; ++i) {  // what was saved once is saved again
    EXPECT_FALSE(save_asks("other.yaml"));
    const auto saved = load_scenario_file(file.toStdString());
    ASSERT_TRUE(saved.ok()) << saved.error().message();
    EXPECT_EQ(saved->runs.front().chunk, 200);
    EXPECT_EQ(saved->notes.title, "Mine");
    EXPECT_EQ(saved->notes.teaches, "why");
    EXPECT_FALSE(saved->notes.retained_mass);
    EXPECT_EQ(saved->notes.report.csv, "a.csv");
  }
  // Another file's words are not this one's.
  ASSERT_TRUE(open(in_folder("mine.yaml")));
  EXPECT_FALSE(save_asks("other.yaml"));
  EXPECT_EQ(load_scenario_file(in_folder("mine.yaml").toStdString())->notes.title, "");
}

TEST_F(DocumentTest, CommentsAreNotLostWithoutAWord) {
  const std::string text =
      "kvfoot: 1\nworkload: {shape: llama-3.1-8b, prompt: 1000, output: 8}\n"
      "chunk: 100  # as in the paper\npolicy: full\n";
  const QString file = write("own.yaml", text);
  const auto in_own = [&] {
    QFile now(file);
    return now.open(QIODevice::ReadOnly) ? now.readAll().toStdString() : std::string();
  };
  ASSERT_TRUE(open(file));
  edit_chunk(200);
  EXPECT_FALSE(save_asks("other.yaml"));
  EXPECT_EQ(in_own(), text);
  EXPECT_TRUE(window_->isWindowModified());
  EXPECT_TRUE(said().contains(QLatin1String("own.yaml has comments (line 3)")))
      << said().toStdString();
  window_->messages().buttons().at(1)->click();  // overwrite
  EXPECT_EQ(in_file("own.yaml").chunk, 200);
  EXPECT_FALSE(window_->isWindowModified());
  edit_chunk(300);
  EXPECT_FALSE(save_asks("other.yaml"));  // there are none any more
  EXPECT_EQ(in_file("own.yaml").chunk, 300);
}

TEST_F(DocumentTest, AFileThatChangedOnDiskIsNotLostWithoutAWord) {
  const auto bytes = [&] {
    QFile now(in_folder("mine.yaml"));
    return now.open(QIODevice::ReadOnly) ? now.readAll().toStdString() : std::string();
  };
  const auto written_by_another = [&](std::int64_t prompt) {
    const std::string text =
        "# notes\nkvfoot: 1\nworkload: {shape: llama-3.1-8b, prompt: " + std::to_string(prompt) +
        "}\npolicy: full\n";
    write("mine.yaml", text);
    return text;
  };
  const std::string theirs = written_by_another(7);
  edit_chunk(200);
  EXPECT_FALSE(save_asks("other.yaml"));
  EXPECT_EQ(bytes(), theirs);
  EXPECT_TRUE(window_->isWindowModified());
  EXPECT_TRUE(said().contains(QLatin1String("mine.yaml has changed on disk")))
      << said().toStdString();
  // Under another name nothing is asked, and the file stays theirs.
  EXPECT_TRUE(
      answer_dialog(in_folder("copy.yaml"), [&] { window_->messages().buttons().at(0)->click(); }));
  EXPECT_EQ(bytes(), theirs);
  EXPECT_TRUE(titled("copy.yaml"));
  // What was saved here is known; what another wrote since is not, though it has the same size.
  edit_chunk(300);
  EXPECT_FALSE(save_asks("other.yaml"));
  EXPECT_EQ(in_file("copy.yaml").chunk, 300);
  ASSERT_TRUE(open(in_folder("mine.yaml")));
  const std::string later = written_by_another(8);
  ASSERT_EQ(later.size(), theirs.size());
  edit_chunk(400);
  EXPECT_FALSE(save_asks("other.yaml"));
  EXPECT_EQ(bytes(), later);
  EXPECT_TRUE(said().contains(QLatin1String("has changed on disk"))) << said().toStdString();
  window_->messages().buttons().at(1)->click();  // overwrite
  EXPECT_EQ(in_file("mine.yaml").chunk, 400);
  EXPECT_FALSE(window_->isWindowModified());
  // One that is gone has nothing to lose.
  ASSERT_TRUE(QFile::remove(in_folder("mine.yaml")));
  edit_chunk(500);
  EXPECT_FALSE(save_asks("other.yaml"));
  EXPECT_EQ(in_file("mine.yaml").chunk, 500);
}

// Writing there would wait for somebody who reads.
TEST_F(DocumentTest, NothingIsWrittenToPipesAndDevices) {
  for (const char* name : {"pipe.yaml", "pipe.csv", "pipe.svg"}) {
    ASSERT_EQ(::mkfifo(in_folder(name).toStdString().c_str(), 0600), 0);
  }
  ASSERT_TRUE(QFile::link(QStringLiteral("/dev/null"), in_folder("device.csv")));
  EXPECT_FALSE(window_->save_to(in_folder("pipe.yaml")));
  EXPECT_TRUE(said().contains(QLatin1String("pipe.yaml: is a pipe or a device")))
      << said().toStdString();
  for (const char* name : {"pipe.csv", "pipe.svg", "device.csv"}) {
    EXPECT_FALSE(window_->export_to(in_folder(name)));
    EXPECT_TRUE(said().contains(QLatin1String(name) + QStringLiteral(": is a pipe or a device")))
        << said().toStdString();
  }
}

TEST_F(DocumentTest, ALessonThatIsChangedIsNotTheFile) {
  start_lesson();
  edit_chunk(1);
  EXPECT_FALSE(titled("mine.yaml"));
  window_->findChild<LessonPanel*>()->show_list();
  EXPECT_TRUE(window_->isWindowModified());
  EXPECT_TRUE(save_asks("copy.yaml"));
  EXPECT_EQ(in_file("mine.yaml"), own_);
  EXPECT_EQ(in_file("copy.yaml"), workspace().what_if());
  EXPECT_TRUE(titled("copy.yaml"));
}

TEST_F(DocumentTest, UndoLeadsFromALessonToTheFile) {
  start_lesson();
  workspace().undo_stack().undo();
  EXPECT_EQ(workspace().what_if(), own_);
  EXPECT_TRUE(titled("mine.yaml"));
  edit_chunk(200);
  EXPECT_FALSE(save_asks("other.yaml"));
  EXPECT_EQ(in_file("mine.yaml").chunk, 200);
}

TEST_F(DocumentTest, AReplayThatEndsLeavesTheErrorOfAFile) {
  EXPECT_FALSE(open(in_folder("missing.h5")));
  workspace().refresh();
  ASSERT_TRUE(settled(workspace()));
  EXPECT_TRUE(said().contains(QLatin1String("missing.h5"))) << said().toStdString();
  EXPECT_TRUE(open(in_folder("mine.yaml")));
  EXPECT_EQ(said(), QString());
}

TEST_F(DocumentTest, TheErrorOfAReplayEndsWhereTheNextIsStopped) {
  WhatIf broken = own_;
  broken.policy = {"duo", {{"sinks", "128"}}};
  workspace().edit(broken, QStringLiteral("policy"));
  ASSERT_TRUE(wait_until([&] { return workspace().error().has_value(); }));
  ASSERT_NE(said(), QString());
  edit_chunk(200);
  workspace().edit(own_, QStringLiteral("policy"));
  workspace().cancel();
  EXPECT_EQ(said(), QString());
}

TEST_F(DocumentTest, SavingAndExportingLeaveTheErrorOfTheReplay) {
  const QString copy = in_folder("copy.h5");
  ASSERT_TRUE(QFile::copy(QString::fromStdString(bundled_trace("needle-320-rows.h5")), copy));
  ASSERT_TRUE(open(copy));
  ASSERT_TRUE(settled(workspace()));
  ASSERT_TRUE(QFile::remove(copy));
  workspace().refresh();
  ASSERT_TRUE(wait_until([&] { return !workspace().busy(); }));
  ASSERT_TRUE(said().contains(QLatin1String("copy.h5")));
  const QString error = said();
  ASSERT_TRUE(window_->save_to(in_folder("saved.yaml")));
  EXPECT_EQ(said(), error);
  ASSERT_TRUE(window_->export_to(in_folder("a.csv")));
  EXPECT_TRUE(said().contains(QLatin1String("a.csv")));
  window_->messages().buttons().back()->click();
  EXPECT_EQ(said(), error);
  workspace().edit(small(), QStringLiteral("source"));
  ASSERT_TRUE(settled(workspace()));
  EXPECT_EQ(said(), QString());
}

// A plot behind another tab still shows the scenario of the time when it was seen.
TEST_F(DocumentTest, APlotThatNobodySeesIsNotExported) {
  window_->activateWindow();  // no window manager does
  ASSERT_TRUE(QTest::qWaitForWindowActive(window_));
  window_->look_at(QStringLiteral("trade_off"));
  PlotWidget* hidden = nullptr;
  for (PlotWidget* plot : window_->findChildren<PlotWidget*>()) {
    if (plot->isVisible() && !plot->visibleRegion().isEmpty() &&
        plot != &window_->findChild<TimelinePanel*>()->view()) {
      hidden = plot;
    }
  }
  ASSERT_NE(hidden, nullptr);
  hidden->setFocus();
  ASSERT_TRUE(hidden->hasFocus());
  for (const char* panel : {"formula", "heads", "tokens"}) {
    window_->look_at(QLatin1String(panel));
  }
  ASSERT_TRUE(hidden->visibleRegion().isEmpty());
  edit_chunk(200);
  ASSERT_TRUE(settled(workspace()));
  // In this order: the message of an export takes its line from the timeline.
  ASSERT_TRUE(
      window_->findChild<TimelinePanel*>()->view().export_picture(in_folder("timeline.svg")).ok());
  ASSERT_TRUE(window_->export_to(in_folder("a.svg")));
  const auto bytes = [&](const char* name) {
    QFile file(in_folder(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
  };
  EXPECT_FALSE(bytes("a.svg").isEmpty());
  EXPECT_TRUE(bytes("a.svg") == bytes("timeline.svg"));
}

// Neither a file nor a command of it could be replayed.
TEST_F(DocumentTest, AScenarioThatIsHalfGivenIsNotWritten) {
  ASSERT_TRUE(open(in_folder("mine.yaml")));
  WhatIf half = own_;
  half.policy = {"duo", {{"sinks", "128"}}};  // neither sparsity nor heads
  workspace().edit(half, QStringLiteral("policy"));
  ASSERT_TRUE(wait_until([&] { return !workspace().busy(); }));
  const auto refuses = [&](const char* action) {
    QApplication::clipboard()->setText(QStringLiteral("before"));
    window_->messages().clear_error(MessageBar::Source::kAction);
    const bool asked = answer_dialog(in_folder("half.yaml"), [&] {
      window_->findChild<QAction*>(QLatin1String(action))->trigger();
    });
    EXPECT_FALSE(asked) << action;
    EXPECT_TRUE(said().contains(QLatin1String("neither sparsity nor heads is given")))
        << action << ": " << said().toStdString();
    EXPECT_EQ(QApplication::clipboard()->text(), QStringLiteral("before")) << action;
  };
  refuses("action.save");
  refuses("action.save_as");
  refuses("action.copy_command");
  EXPECT_FALSE(QFile::exists(in_folder("half.yaml")));
  EXPECT_EQ(in_file("mine.yaml"), own_);
  EXPECT_TRUE(window_->isWindowModified());
  workspace().undo_stack().undo();
  ASSERT_TRUE(settled(workspace()));
  window_->findChild<QAction*>(QStringLiteral("action.copy_command"))->trigger();
  EXPECT_TRUE(QApplication::clipboard()->text().startsWith(QLatin1String("kvfoot replay")));
}

TEST_F(DocumentTest, ATraceOfAnEvictingRunComesWithItsPolicy) {
  ASSERT_TRUE(open(QString::fromStdString(bundled_trace("kv-192-snapkv-rows.h5"))));
  ASSERT_TRUE(settled(workspace()));
  EXPECT_EQ(workspace().what_if().policy.name, "snapkv");
  EXPECT_EQ(said(), QString());
}

TEST_F(DocumentTest, EditsWhileATraceIsOpenedStay) {
  window_->open_file(QString::fromStdString(bundled_trace("needle-320-rows.h5")));
  ASSERT_TRUE(window_->opening());
  WhatIf edited = workspace().what_if();
  edited.policy = *parse_policy("streaming:sinks=4,window=60");
  edited.batch = 3;
  workspace().edit(edited, QStringLiteral("policy"));
  ASSERT_TRUE(opened());
  EXPECT_FALSE(workspace().what_if().trace.empty());
  EXPECT_EQ(workspace().what_if().policy, edited.policy);
  EXPECT_EQ(workspace().what_if().batch, 3);
  EXPECT_EQ(workspace().what_if().seed, std::nullopt);
}

}  // namespace
}  // namespace kvfoot::gui
