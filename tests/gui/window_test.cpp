// The whole window: files, recovery, playback, export, and what it says when something is wrong.
#include <gtest/gtest.h>

#include <QComboBox>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QFile>
#include <QImage>
#include <QMimeData>
#include <QPushButton>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>
#include <QToolBar>
#include <algorithm>
#include <fstream>
#include <memory>

#include "gui/model/scenario_text.hpp"
#include "gui/view/timeline_panel.hpp"
#include "gui/window/main_window.hpp"
#include "gui/window/playback.hpp"
#include "gui/window/program.hpp"
#include "sim/report/timeline_csv.hpp"
#include "tests/gui/gui_test.hpp"

namespace kvfoot::gui {
namespace {

class WindowTest : public ::testing::Test {
 protected:
  void SetUp() override {
    application();
    QSettings().clear();
    QSettings().setValue(QStringLiteral("appearance"), QStringLiteral("light"));
    start();
  }
  void TearDown() override {
    if (window_ != nullptr) {
      window_->workspace().undo_stack().setClean();
      window_->close();
    }
  }
  void start() {
    program_ = std::make_unique<Program>();
    window_ = &program_->window();
    window_->show();
  }
  // As after a crash: nobody is asked, nothing is cleaned up.
  void end_without_closing() {
    window_ = nullptr;
    program_.reset();
  }

  static WhatIf small() {
    WhatIf what_if;
    what_if.prompt = 1000;
    what_if.output = 24;
    what_if.chunk = 100;
    return what_if;
  }
  QString in_folder(const char* name) const {
    return folder_.path() + QLatin1Char('/') + QLatin1String(name);
  }
  QString write(const char* name, const std::string& text) const {
    std::ofstream(in_folder(name).toStdString()) << text;
    return in_folder(name);
  }
  Workspace& workspace() { return window_->workspace(); }

  QTemporaryDir folder_;
  std::unique_ptr<Program> program_;
  MainWindow* window_ = nullptr;
};

TEST_F(WindowTest, OpensATraceWithItsOwnLengths) {
  workspace().open(small());
  window_->open_file(QString::fromStdString(bundled_trace("needle-320-rows.h5")));
  ASSERT_TRUE(settled(workspace()));
  EXPECT_EQ(workspace().outcome()->result.inputs.run.prompt, 320);
  EXPECT_EQ(window_->messages().text(), QString());
  EXPECT_TRUE(window_->windowTitle().startsWith(QLatin1String("needle-320-rows.h5")));
  EXPECT_EQ(recent_files().size(), 1);
}

TEST_F(WindowTest, WhatCannotBeOpenedIsSaidAndNothingIsLost) {
  workspace().open(small());
  ASSERT_TRUE(settled(workspace()));
  const OutcomePtr before = workspace().outcome();
  struct Case {
    QString file;
    const char* says;
  };
  const std::string trace = bundled_trace("needle-320-rows.h5");
  std::ifstream whole(trace, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(whole)), {});
  for (const Case& c :
       {Case{in_folder("none.h5"), "cannot be read"}, Case{folder_.path(), "is a folder"},
        Case{write("cut.h5", bytes.substr(0, bytes.size() / 2)), "cut.h5"},
        Case{write("bad.yaml", "kvfoot: 1\nworkload: 7\n"), "bad.yaml:2"},
        Case{write("other.yaml", "kvfoot: 99\n"), "other.yaml:1"}}) {
    window_->open_file(c.file);
    EXPECT_TRUE(window_->messages().text().contains(QLatin1String(c.says)))
        << window_->messages().text().toStdString();
    EXPECT_EQ(workspace().outcome(), before);
    EXPECT_EQ(workspace().what_if(), small());
  }
  EXPECT_TRUE(recent_files().isEmpty());
}

TEST_F(WindowTest, ATraceThatVanishesKeepsThePicture) {
  const QString copy = in_folder("copy.h5");
  ASSERT_TRUE(QFile::copy(QString::fromStdString(bundled_trace("needle-320-rows.h5")), copy));
  window_->open_file(copy);
  ASSERT_TRUE(settled(workspace()));
  const OutcomePtr before = workspace().outcome();
  ASSERT_TRUE(QFile::remove(copy));
  workspace().refresh();
  ASSERT_TRUE(wait_until([&] { return !workspace().busy(); }));
  EXPECT_TRUE(window_->messages().text().contains(QLatin1String("copy.h5")));
  EXPECT_EQ(workspace().outcome(), before);
}

TEST_F(WindowTest, SavesWhatOpensAgain) {
  WhatIf what_if = small();
  what_if.policy = *parse_policy("streaming:sinks=4,window=60");
  workspace().open(small());
  workspace().edit(what_if, QStringLiteral("policy"));
  EXPECT_TRUE(window_->isWindowModified());
  ASSERT_TRUE(window_->save_to(in_folder("mine.yaml")));
  EXPECT_FALSE(window_->isWindowModified());
  const auto read = load_scenarios(in_folder("mine.yaml").toStdString());
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_EQ(read->front(), what_if);
  EXPECT_FALSE(window_->save_to(QStringLiteral("/no/such/folder/mine.yaml")));
  EXPECT_TRUE(window_->messages().text().contains(QLatin1String("/no/such/folder/mine.yaml")));
}

TEST_F(WindowTest, RunsOfAScenarioFileCanBeChosen) {
  window_->open_file(write("many.yaml",
                           "kvfoot: 1\nworkload: {shape: llama-3.1-8b, prompt: 1000, output: 8}\n"
                           "chunk: [100, 200]\npolicy: full\n"));
  ASSERT_TRUE(settled(workspace()));
  auto* runs = window_->findChild<QToolBar*>(QStringLiteral("runs"));
  EXPECT_TRUE(runs->isVisibleTo(window_));
  EXPECT_EQ(workspace().what_if().chunk, 100);
  auto* choice = runs->findChild<QComboBox*>();
  ASSERT_EQ(choice->count(), 2);
  // The list says which run is shown, also after undo, and none while a changed one is.
  EXPECT_EQ(choice->currentIndex(), 0);
  WhatIf edited = workspace().what_if();
  edited.chunk = 200;
  workspace().edit(edited, QStringLiteral("chunk"));
  EXPECT_EQ(choice->currentIndex(), 1);
  edited.chunk = 300;
  workspace().edit(edited, QStringLiteral("chunk"));
  EXPECT_EQ(choice->currentIndex(), -1);
  while (workspace().undo_stack().canUndo()) {
    workspace().undo_stack().undo();
  }
  EXPECT_EQ(choice->currentIndex(), 0);
  emit choice->activated(1);
  EXPECT_EQ(workspace().what_if().chunk, 200);
  // A file of its own has one run: nothing of the others can be chosen any more.
  ASSERT_TRUE(window_->save_to(in_folder("one.yaml")));
  EXPECT_EQ(choice->count(), 0);
}

TEST_F(WindowTest, AFileNamedAsATraceIsNotReadAsAScenario) {
  EXPECT_FALSE(window_->open_file(write("broken.h5", "no trace")));
  EXPECT_TRUE(window_->messages().text().contains(QLatin1String("is no trace")));
}

TEST_F(WindowTest, AnUnsavedScenarioIsOfferedAgain) {
  workspace().open(small());
  WhatIf edited = small();
  edited.output = kDefaultOutput;
  edited.chunk = 77;
  workspace().edit(edited, QStringLiteral("chunk"));
  ASSERT_TRUE(settled(workspace()));
  QTest::qWait(1300);  // the recovery file is written a second after the change
  end_without_closing();
  start();
  EXPECT_TRUE(window_->messages().text().contains(QLatin1String("llama-3.1-8b")));
  auto* restore = window_->messages().findChild<QPushButton*>();
  ASSERT_NE(restore, nullptr);
  restore->click();
  EXPECT_EQ(workspace().what_if().chunk, 77);
  // What was saved or closed without changes is not offered.
  workspace().undo_stack().setClean();
  window_->close();
  end_without_closing();
  start();
  EXPECT_EQ(window_->messages().text(), QString());
}

TEST_F(WindowTest, AnEditJustBeforeClosingIsOfferedAgain) {
  workspace().open(small());
  WhatIf edited = small();
  edited.output = kDefaultOutput;
  edited.chunk = 77;
  workspace().edit(edited, QStringLiteral("chunk"));
  window_->close();
  end_without_closing();
  start();
  auto* restore = window_->messages().findChild<QPushButton*>();
  ASSERT_NE(restore, nullptr);
  ASSERT_TRUE(window_->messages().text().contains(QLatin1String("llama-3.1-8b")));
  restore->click();
  EXPECT_EQ(workspace().what_if().chunk, 77);
}

// Counts how often a window's mark of unsaved changes is set or taken away.
class ModifiedChanges final : public QObject {
 public:
  int count = 0;

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override {
    count += event->type() == QEvent::ModifiedChange ? 1 : 0;
    return QObject::eventFilter(watched, event);
  }
};

TEST_F(WindowTest, GoingWithUnsavedChangesTouchesTheTitleNoMore) {
  workspace().open(small());
  WhatIf edited = small();
  edited.chunk = 77;
  ModifiedChanges changes;
  window_->installEventFilter(&changes);
  workspace().edit(edited, QStringLiteral("chunk"));
  const int before = changes.count;
  ASSERT_GT(before, 0);
  end_without_closing();  // the undo stack goes too, and says that it is clean
  EXPECT_EQ(changes.count, before);
}

TEST_F(WindowTest, AnErrorCoversAnOfferForAWhileOnly) {
  MessageBar bar;
  int done = 0;
  bar.show_offer(QStringLiteral("offer"), QStringLiteral("Yes"), [&] { ++done; });
  bar.show_message(MessageBar::Kind::kError, QStringLiteral("error"));
  EXPECT_EQ(bar.text(), QStringLiteral("error"));
  bar.clear_error();
  EXPECT_EQ(bar.text(), QStringLiteral("offer"));
  bar.show_message(MessageBar::Kind::kNote, QStringLiteral("note"));
  bar.findChildren<QPushButton*>().back()->click();  // close
  EXPECT_EQ(bar.text(), QStringLiteral("offer"));
  bar.findChildren<QPushButton*>().front()->click();
  EXPECT_EQ(done, 1);
  EXPECT_EQ(bar.text(), QString());
}

TEST_F(WindowTest, ASecondWindowLeavesTheFirstOnesScenarioAlone) {
  workspace().open(small());
  WhatIf edited = small();
  edited.chunk = 77;
  workspace().edit(edited, QStringLiteral("chunk"));
  QTest::qWait(1300);
  Program second;
  EXPECT_EQ(second.window().messages().text(), QString());
  second.window().close();
  ASSERT_TRUE(settled(workspace()));
  end_without_closing();
  start();
  EXPECT_TRUE(window_->messages().text().contains(QLatin1String("llama-3.1-8b")));
}

TEST_F(WindowTest, ExportsPicturesAndNumbers) {
  workspace().open(small());
  ASSERT_TRUE(settled(workspace()));
  ASSERT_TRUE(window_->export_to(in_folder("a.png")));
  EXPECT_FALSE(QImage(in_folder("a.png")).isNull());
  ASSERT_TRUE(window_->export_to(in_folder("a.svg")));
  ASSERT_TRUE(window_->export_to(in_folder("a.csv")));
  std::ifstream csv(in_folder("a.csv").toStdString());
  const std::string text((std::istreambuf_iterator<char>(csv)), {});
  EXPECT_EQ(text, timeline_to_csv(workspace().outcome()->timeline, {}));
  EXPECT_FALSE(window_->export_to(in_folder("a.bmp")));
  EXPECT_TRUE(window_->messages().text().contains(QLatin1String("a.bmp")));
  EXPECT_FALSE(window_->export_to(QStringLiteral("/no/such/folder/a.png")));
}

TEST_F(WindowTest, PlaybackStepsByRowAndPass) {
  workspace().open(small());
  ASSERT_TRUE(settled(workspace()));
  auto* playback = window_->findChild<Playback*>();
  workspace().set_row(250);
  playback->step_pass(-1);
  EXPECT_EQ(workspace().row(), 200);
  playback->step_pass(-1);
  EXPECT_EQ(workspace().row(), 100);
  playback->step_pass(1);
  EXPECT_EQ(workspace().row(), 200);
  playback->step_row(-1);
  EXPECT_EQ(workspace().row(), 199);
  workspace().set_row(1010);
  playback->step_pass(1);
  EXPECT_EQ(workspace().row(), 1011);  // a decode pass is one row
  workspace().set_row(1000);
  playback->set_playing(true);
  ASSERT_TRUE(wait_until([&] { return !playback->playing(); }));
  EXPECT_EQ(workspace().row(), 1023);
}

TEST_F(WindowTest, TheReadoutIsTheProfile) {
  WhatIf what_if = small();
  what_if.policy = *parse_policy("streaming:sinks=4,window=60");
  what_if.device = "h100-sxm";
  workspace().open(what_if);
  ASSERT_TRUE(settled(workspace()));
  workspace().set_row(250);
  const QString text = window_->findChild<TimelinePanel*>()->readout();
  // 64 survivors and 51 rows of its own pass, in 32 layers of 8 heads.
  EXPECT_TRUE(text.contains(QLatin1String("29 440"))) << text.toStdString();
  EXPECT_TRUE(text.contains(QLatin1String("34 816"))) << text.toStdString();
}

TEST_F(WindowTest, SecondsAndRowsAreOneOrder) {
  WhatIf what_if = small();
  what_if.device = "h100-sxm";
  workspace().open(what_if);
  ASSERT_TRUE(settled(workspace()));
  const Outcome& outcome = *workspace().outcome();
  EXPECT_NEAR(time_of_row(outcome, 999), *outcome.result.metrics.ttft_s, 1e-12);
  EXPECT_NEAR(time_of_row(outcome, 1023), *outcome.result.metrics.total_s, 1e-12);
  for (const std::int64_t row : {0, 99, 100, 999, 1000, 1023}) {
    EXPECT_EQ(row_at_time(outcome, time_of_row(outcome, row)), row);
  }
  const auto spec = timeline_spec(outcome, {EntryUnit::kShare, true, false});
  ASSERT_TRUE(spec.ok()) << spec.error().message();
  const auto& series = *std::get<plots::StackedAreas>(spec->content).series;
  EXPECT_NEAR(series.x().back(), *outcome.result.metrics.total_s, 1e-12);
  EXPECT_NEAR(static_cast<double>(series.highest()), 1.0, 1e-6);  // full attention at the end
}

// The picture of the whole memory is as high as the peak that the simulator reports.
TEST_F(WindowTest, WholeMemoryReachesThePeakOfTheMetrics) {
  WhatIf what_if = small();
  what_if.device = "h100-sxm";
  what_if.policy = *parse_policy("streaming:sinks=4,window=60");
  workspace().open(what_if);
  ASSERT_TRUE(settled(workspace()));
  const Outcome& outcome = *workspace().outcome();
  ASSERT_EQ(outcome.memory.size(), 10U + 24U);  // every pass of a run this short
  std::int64_t highest = 0;
  for (const PassPeak& pass : outcome.memory) {
    highest = std::max(highest, pass.peak.total());
  }
  EXPECT_EQ(highest, *outcome.result.metrics.peak_total_bytes);
  for (const bool seconds : {false, true}) {
    const auto spec = timeline_spec(outcome, {EntryUnit::kGiB, seconds, true});
    ASSERT_TRUE(spec.ok()) << spec.error().message();
    const auto& areas = std::get<plots::StackedAreas>(spec->content);
    EXPECT_NEAR(static_cast<double>(areas.series->highest()) / static_cast<double>(highest), 1,
                1e-6);
    EXPECT_EQ(areas.layers.front().name, "weights");
  }
  window_->look_at(QStringLiteral("memory"));
  const auto& shown =
      std::get<plots::StackedAreas>(window_->findChild<TimelinePanel*>()->view().spec()->content);
  EXPECT_EQ(shown.layers.front().name, "weights");
  EXPECT_FALSE(timeline_spec(*std::make_shared<Outcome>(), {EntryUnit::kGiB, false, true}).ok());
}

TEST_F(WindowTest, WholeMemoryOfManyPassesIsSampledAndKeepsThePeak) {
  WhatIf what_if = small();
  what_if.device = "h100-sxm";
  what_if.chunk = 1;
  what_if.output = 700;
  what_if.policy = *parse_policy("streaming:sinks=4,window=60");
  workspace().open(what_if);
  ASSERT_TRUE(settled(workspace()));
  const Outcome& outcome = *workspace().outcome();
  EXPECT_GE(outcome.memory.size(), 512U);
  EXPECT_LE(outcome.memory.size(), 513U);
  EXPECT_EQ(outcome.memory.front().begin, 0);
  EXPECT_EQ(outcome.memory.back().end, 1700);
  const auto highest = std::ranges::max_element(
      outcome.memory, {}, [](const PassPeak& pass) { return pass.peak.total(); });
  EXPECT_EQ(highest->peak.total(), *outcome.result.metrics.peak_total_bytes);
}

TEST_F(WindowTest, ClosingDuringAReplayEndsIt) {
  WhatIf what_if = small();
  what_if.trace = bundled_trace("needle-2k-blocks.h5");
  what_if.policy = *parse_policy("h2o:budget=64");
  workspace().open(what_if);
  window_->close();
  end_without_closing();
}

TEST_F(WindowTest, ADroppedFileIsOpened) {
  QMimeData data;
  data.setUrls({QUrl::fromLocalFile(QString::fromStdString(bundled_trace("needle-320-rows.h5")))});
  QDragEnterEvent enter({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, {});
  QApplication::sendEvent(window_, &enter);
  QDropEvent drop({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, {});
  QApplication::sendEvent(window_, &drop);
  ASSERT_TRUE(settled(workspace()));
  EXPECT_FALSE(workspace().what_if().trace.empty());
}

}  // namespace
}  // namespace kvfoot::gui
