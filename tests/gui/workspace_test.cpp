// Edits, undo, what is reported, and what the worker does with requests that were overtaken.
#include "gui/model/workspace.hpp"

#include <gtest/gtest.h>

#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QThread>
#include <algorithm>
#include <atomic>
#include <filesystem>

#include "gui/model/trace_facts.hpp"
#include "sim/run/replay.hpp"
#include "tests/gui/gui_test.hpp"

namespace kvfoot::gui {
namespace {

class WorkspaceTest : public ::testing::Test {
 protected:
  void SetUp() override { application(); }

  static WhatIf small(const std::string& policy) {
    return shaped(policy, {.prompt = 1000, .chunk = 100, .output = 10});
  }

  Workspace workspace_;
};

TEST_F(WorkspaceTest, FullAttentionHasFootprintOne) {
  workspace_.open(small("full"));
  EXPECT_TRUE(workspace_.busy());
  ASSERT_TRUE(settled(workspace_));
  EXPECT_EQ(workspace_.outcome()->result.metrics.footprint, 1.0);
  EXPECT_EQ(workspace_.row(), 1009);  // the end of the run
  EXPECT_EQ(workspace_.outcome()->timeline.back().row, 1009);
}

TEST_F(WorkspaceTest, EqualsReplayOnATrace) {
  const WhatIf what_if = traced("snapkv:sparsity=0.7");
  workspace_.open(what_if);
  ASSERT_TRUE(settled(workspace_));
  SourceCache sources;
  auto request = to_request(what_if, sources);
  ASSERT_TRUE(request.ok());
  const auto expected = replay(*request);
  ASSERT_TRUE(expected.ok());
  const Metrics& metrics = workspace_.outcome()->result.metrics;
  EXPECT_EQ(metrics.footprint, expected->metrics.footprint);
  EXPECT_EQ(metrics.retained_mass, expected->metrics.retained_mass);
  EXPECT_EQ(metrics.peak_kv_bytes, expected->metrics.peak_kv_bytes);
}

// The keys' lives and the profile are two records of one run: row by row they count the same.
TEST_F(WorkspaceTest, LivesCountWhatTheProfileHolds) {
  workspace_.open(traced("snapkv:sparsity=0.7"));
  ASSERT_TRUE(settled(workspace_));
  const Outcome& outcome = *workspace_.outcome();
  ASSERT_NE(outcome.lives, nullptr);
  for (const TimelinePoint& point : outcome.timeline) {
    std::int64_t resident = 0;
    for (std::int32_t layer = 0; layer < outcome.layers(); ++layer) {
      for (std::int32_t head = 0; head < outcome.heads(); ++head) {
        const auto& evicted_at = outcome.lives->evicted_at(layer, head);
        for (std::int64_t key = 0; key <= point.row; ++key) {
          resident += evicted_at[static_cast<std::size_t>(key)] > point.row ? 1 : 0;
        }
      }
    }
    ASSERT_EQ(resident, point.live + point.inactive) << "row " << point.row;
  }
}

TEST_F(WorkspaceTest, EditsOfOneFieldAreOneStepOfUndo) {
  workspace_.open(small("full"));
  WhatIf next = small("full");
  for (const std::int64_t chunk : {200, 300, 400}) {
    next.chunk = chunk;
    workspace_.edit(next, "chunk");
  }
  next.output = 20;
  workspace_.edit(next, "output");
  workspace_.undo_stack().undo();
  EXPECT_EQ(workspace_.what_if().output, 10);
  EXPECT_EQ(workspace_.what_if().chunk, 400);
  workspace_.undo_stack().undo();
  EXPECT_EQ(workspace_.what_if().chunk, 100);
  EXPECT_FALSE(workspace_.undo_stack().canUndo());
  workspace_.undo_stack().redo();
  EXPECT_EQ(workspace_.what_if().chunk, 400);
}

TEST_F(WorkspaceTest, EndEditSeparatesSteps) {
  workspace_.open(small("full"));
  WhatIf next = small("full");
  next.chunk = 200;
  workspace_.edit(next, "chunk");
  workspace_.end_edit();
  next.chunk = 300;
  workspace_.edit(next, "chunk");
  workspace_.undo_stack().undo();
  EXPECT_EQ(workspace_.what_if().chunk, 200);
}

TEST_F(WorkspaceTest, OnlyTheLastOfManyRequestsIsReported) {
  QSignalSpy changed(&workspace_, &Workspace::outcome_changed);
  workspace_.open(traced("snapkv:sparsity=0.7"));
  for (std::int64_t chunk = 10; chunk < 60; ++chunk) {
    WhatIf next = traced("snapkv:sparsity=0.7");
    next.chunk = chunk;
    workspace_.edit(next, "chunk");
  }
  ASSERT_TRUE(settled(workspace_));
  EXPECT_EQ(workspace_.outcome()->asked.chunk, 59);
  EXPECT_EQ(changed.count(), 1);
}

TEST_F(WorkspaceTest, AnErrorKeepsTheOldPicture) {
  workspace_.open(small("full"));
  ASSERT_TRUE(settled(workspace_));
  const OutcomePtr before = workspace_.outcome();
  WhatIf next = small("full");
  next.trace = "no-such-file.h5";
  workspace_.edit(next, "trace");
  ASSERT_TRUE(wait_until([&] { return !workspace_.busy(); }));
  ASSERT_TRUE(workspace_.error().has_value());
  EXPECT_EQ(workspace_.error()->where, "no-such-file.h5");
  EXPECT_EQ(workspace_.outcome(), before);
  workspace_.undo_stack().undo();
  ASSERT_TRUE(settled(workspace_));
}

// The error of one scenario says nothing about the next, which was stopped.
TEST_F(WorkspaceTest, AnErrorEndsWithTheReplayThatIsStopped) {
  WhatIf broken = small("full");
  broken.trace = "no-such-file.h5";
  workspace_.open(broken);
  ASSERT_TRUE(wait_until([&] { return workspace_.error().has_value(); }));
  workspace_.cancel();  // nothing is under way
  EXPECT_TRUE(workspace_.error().has_value());
  workspace_.edit(small("full"), "trace");
  ASSERT_TRUE(workspace_.busy());
  EXPECT_TRUE(workspace_.error().has_value());  // until there is something better to say
  QSignalSpy changed(&workspace_, &Workspace::outcome_changed);
  workspace_.cancel();
  EXPECT_FALSE(workspace_.error().has_value());
  EXPECT_EQ(changed.count(), 1);
  workspace_.refresh();
  workspace_.cancel();
  EXPECT_EQ(changed.count(), 1);  // nobody's error has gone
}

TEST_F(WorkspaceTest, CancelReportsNothing) {
  QSignalSpy changed(&workspace_, &Workspace::outcome_changed);
  workspace_.open(traced("snapkv:sparsity=0.7"));
  workspace_.cancel();
  EXPECT_FALSE(workspace_.busy());
  workspace_.open(small("full"));
  ASSERT_TRUE(settled(workspace_));
  EXPECT_EQ(changed.count(), 1);
}

TEST_F(WorkspaceTest, LivesBeyondTheirMemoryAreLeftOut) {
  const WhatIf what_if = traced("streaming:sinks=4,window=64");
  SourceCache sources;
  const auto with = compute(what_if, sources);
  ASSERT_TRUE(with.ok()) << with.error().message();
  ASSERT_NE((*with)->lives, nullptr);
  const auto without = compute(what_if, sources, {}, 1000);
  ASSERT_TRUE(without.ok()) << without.error().message();
  EXPECT_EQ((*without)->lives, nullptr);
  EXPECT_EQ((*without)->result.metrics.footprint, (*with)->result.metrics.footprint);
}

TEST_F(WorkspaceTest, ATraceThatWasReplacedIsReadAnew) {
  const QTemporaryDir folder;
  const QString file = folder.filePath(QStringLiteral("a.h5"));
  const auto put = [&](const char* trace) {
    QFile::remove(file);
    return QFile::copy(QString::fromStdString(bundled_trace(trace)), file);
  };
  SourceCache sources;
  ASSERT_TRUE(put("needle-320-rows.h5"));
  const auto first = sources.trace(file.toStdString());
  ASSERT_TRUE(first.ok()) << first.error().message();
  EXPECT_EQ((*first)->header().run.prompt, 320);
  EXPECT_EQ(*sources.trace(file.toStdString()), *first);  // still the same
  ASSERT_TRUE(put("needle-2k-blocks.h5"));
  const auto second = sources.trace(file.toStdString());
  ASSERT_TRUE(second.ok()) << second.error().message();
  EXPECT_GT((*second)->header().run.prompt, 320);
}

// Chunks that votes were recorded for are those that a policy which looks at votes can have.
TEST_F(WorkspaceTest, RecordedChunksCanBeReplayed) {
  SourceCache sources;
  WhatIf what_if = traced("snapkv:sparsity=0.5");
  what_if.trace = bundled_trace("needle-2k-blocks.h5");
  const auto trace = sources.trace(what_if.trace);
  ASSERT_TRUE(trace.ok()) << trace.error().message();
  const std::vector<std::int64_t> chunks = recorded_chunks(**trace);
  EXPECT_FALSE(chunks.empty());
  EXPECT_TRUE(std::ranges::is_sorted(chunks));
  const std::int64_t prompt = (*trace)->header().run.prompt;
  // Of 128 rows half are kept: the voting window of 64, whatever is voted.
  for (std::int64_t chunk = 192; chunk < prompt; chunk += 64) {
    what_if.chunk = chunk;
    const bool known = std::ranges::find(chunks, chunk) != chunks.end();
    EXPECT_EQ(compute(what_if, sources).ok(), known) << chunk;
  }
  what_if.chunk = kWholePrompt;
  EXPECT_EQ(compute(what_if, sources).ok(), std::ranges::count(chunks, prompt) == 1);
  EXPECT_TRUE(recorded_chunks(**sources.trace(bundled_trace("needle-320-rows.h5"))).empty());
}

// Late, while what follows the replay is counted: half a result is none.
TEST_F(WorkspaceTest, ACancelAfterTheLastRowIsStillOne) {
  WhatIf what_if = traced("snapkv:sparsity=0.7");
  what_if.device = "h100-sxm";
  std::atomic<bool> cancel = false;
  ReplayControl control;
  control.cancel = &cancel;
  control.on_progress = [&](std::int64_t done, std::int64_t total) { cancel = done == total; };
  SourceCache sources;
  const auto cancelled = compute(what_if, sources, control);
  EXPECT_TRUE(cancel);
  ASSERT_FALSE(cancelled.ok());
  EXPECT_EQ(cancelled.error().kind, ErrorKind::kInterrupted);
}

TEST_F(WorkspaceTest, PinsKeepOutcomesOnce) {
  workspace_.open(small("full"));
  ASSERT_TRUE(settled(workspace_));
  workspace_.pin();
  workspace_.pin();
  ASSERT_EQ(workspace_.pins().size(), 1U);
  // What is compared, and nothing that takes as much as a trace.
  const Outcome& pin = *workspace_.pins()[0];
  EXPECT_TRUE(same_outcome(pin, *workspace_.outcome()));
  EXPECT_EQ(pin.timeline.size(), workspace_.outcome()->timeline.size());
  EXPECT_EQ(pin.trace, nullptr);
  EXPECT_EQ(pin.lives, nullptr);
  EXPECT_EQ(workspace_.pin_outcome(workspace_.outcome()), nullptr);
  workspace_.unpin(0);
  EXPECT_TRUE(workspace_.pins().empty());
}

// Whoever pins means the scenario in the form, not the one before it.
TEST_F(WorkspaceTest, PinsAreOfTheScenarioThatIsShown) {
  workspace_.open(small("full"));
  ASSERT_TRUE(settled(workspace_));
  workspace_.edit(small("streaming:sinks=4,window=60"), "policy");
  ASSERT_TRUE(workspace_.busy());
  workspace_.pin();  // waits for it
  EXPECT_TRUE(workspace_.pins().empty());
  ASSERT_TRUE(settled(workspace_));
  ASSERT_EQ(workspace_.pins().size(), 1U);
  EXPECT_EQ(workspace_.pins()[0]->asked, workspace_.what_if());
  // The same anew is the same.
  workspace_.refresh();
  ASSERT_TRUE(settled(workspace_));
  workspace_.pin();
  EXPECT_EQ(workspace_.pins().size(), 1U);
  // A wish ends with what it was for.
  workspace_.edit(small("full"), "policy");
  workspace_.pin();
  workspace_.edit(small("streaming:sinks=4,window=100"), "policy");
  ASSERT_TRUE(settled(workspace_));
  EXPECT_EQ(workspace_.pins().size(), 1U);
  // What failed or was stopped has nothing to pin.
  EXPECT_FALSE(workspace_.stale());
  WhatIf broken = small("full");
  broken.policy = {"duo", {}};
  workspace_.edit(broken, "policy");
  ASSERT_TRUE(wait_until([&] { return workspace_.error().has_value(); }));
  EXPECT_TRUE(workspace_.stale());
  workspace_.pin();
  EXPECT_EQ(workspace_.pins().size(), 1U);
}

TEST_F(WorkspaceTest, PlacesAreClampedToTheRun) {
  workspace_.open(small("full"));
  ASSERT_TRUE(settled(workspace_));
  workspace_.set_row(1'000'000);
  EXPECT_EQ(workspace_.row(), 1009);
  workspace_.set_row(500);
  WhatIf shorter = small("full");
  shorter.prompt = 100;
  workspace_.edit(shorter, "prompt");
  ASSERT_TRUE(settled(workspace_));
  EXPECT_EQ(workspace_.row(), 109);
}

TEST_F(WorkspaceTest, AWishToPinEndsWithAFailureAndWithACancel) {
  const QTemporaryDir folder;
  const QString file = folder.filePath(QStringLiteral("late.h5"));
  WhatIf late = small("full");
  late.trace = file.toStdString();
  workspace_.open(late);
  workspace_.pin();
  ASSERT_TRUE(wait_until([&] { return workspace_.error().has_value(); }));
  ASSERT_TRUE(QFile::copy(QString::fromStdString(bundled_trace("needle-320-rows.h5")), file));
  workspace_.refresh();
  ASSERT_TRUE(settled(workspace_));
  EXPECT_FALSE(workspace_.error().has_value());
  EXPECT_TRUE(workspace_.pins().empty());
  workspace_.refresh();
  workspace_.pin();
  workspace_.cancel();
  workspace_.refresh();
  ASSERT_TRUE(settled(workspace_));
  EXPECT_TRUE(workspace_.pins().empty());
}

TEST_F(WorkspaceTest, OnlyWhatRunsIsStopped) {
  QSignalSpy stopped(&workspace_, &Workspace::stopped);
  workspace_.cancel();
  EXPECT_EQ(stopped.count(), 0);
  workspace_.open(small("full"));
  workspace_.cancel();
  EXPECT_EQ(stopped.count(), 1);
}

// Another run of another length, with fewer layers: what lies beyond it moves, and says so.
TEST_F(WorkspaceTest, PlacesFollowTheRun) {
  workspace_.open(small("full"));
  ASSERT_TRUE(settled(workspace_));
  EXPECT_EQ(workspace_.key(), -1);
  workspace_.set_key(900);
  workspace_.set_stream({31, 7});
  QSignalSpy row(&workspace_, &Workspace::row_changed);
  QSignalSpy key(&workspace_, &Workspace::key_changed);
  QSignalSpy stream(&workspace_, &Workspace::stream_changed);
  WhatIf next = small("full");
  next.prompt = 2000;
  workspace_.edit(next, "prompt");
  ASSERT_TRUE(settled(workspace_));
  EXPECT_EQ(workspace_.row(), 2009);  // still the end
  EXPECT_EQ(row.count(), 1);
  EXPECT_EQ(key.count() + stream.count(), 0);
  next.prompt = 100;
  next.shape = "llama-3.2-1b";  // 16 layers
  workspace_.edit(next, "prompt");
  ASSERT_TRUE(settled(workspace_));
  EXPECT_EQ(workspace_.key(), 109);
  EXPECT_EQ(key.count(), 1);
  EXPECT_TRUE(workspace_.stream().all());
  EXPECT_EQ(stream.count(), 1);
  workspace_.set_key(-7);
  EXPECT_EQ(workspace_.key(), -1);
  workspace_.set_key(-1);
  EXPECT_EQ(key.count(), 2);
  workspace_.set_row(50);
  workspace_.set_row(50);
  workspace_.set_row(-3);
  EXPECT_EQ(workspace_.row(), 0);
  EXPECT_EQ(row.count(), 4);
}

// The wake-up of an overtaken replay may fetch the result before the newest progress is told. The
// first has none of its own: it would be told instead.
TEST_F(WorkspaceTest, ProgressEndsBeforeTheResult) {
  bool told_after = false;
  QObject::connect(&workspace_, &Workspace::progressed, &workspace_,
                   [&] { told_after = told_after || !workspace_.busy(); });
  const auto until_done = [] { QThread::msleep(400); };  // the event loop does not run meanwhile
  WhatIf missing = small("full");
  missing.trace = "no-such-file.h5";
  workspace_.open(missing);
  until_done();
  workspace_.open(traced("snapkv:sparsity=0.7"));
  until_done();
  ASSERT_TRUE(settled(workspace_));
  QApplication::processEvents();
  EXPECT_FALSE(told_after);
}

TEST_F(WorkspaceTest, ProgressIsThatOfTheLastRequest) {
  QSignalSpy told(&workspace_, &Workspace::progressed);
  workspace_.open(traced("snapkv:sparsity=0.7"));
  QThread::msleep(400);  // its progress waits for the event loop
  WhatIf missing = small("full");
  missing.trace = "no-such-file.h5";
  workspace_.open(missing);  // has none
  ASSERT_TRUE(wait_until([&] { return workspace_.error().has_value(); }));
  EXPECT_EQ(told.count(), 0);
}

TEST_F(WorkspaceTest, BusyIsToldWhenItChanges) {
  QSignalSpy busy(&workspace_, &Workspace::busy_changed);
  workspace_.open(small("full"));
  workspace_.open(small("streaming:sinks=4,window=60"));
  ASSERT_TRUE(settled(workspace_));
  workspace_.cancel();
  ASSERT_EQ(busy.count(), 2);
  EXPECT_EQ(busy[0], QVariantList{true});
  EXPECT_EQ(busy[1], QVariantList{false});
}

}  // namespace
}  // namespace kvfoot::gui
