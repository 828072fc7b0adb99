// Points of the trade-off are replays, and its critical footprint is sim's.
#include <gtest/gtest.h>

#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <semaphore>
#include <thread>

#include "gui/view/trade_off_view.hpp"
#include "sim/report/metric_table.hpp"
#include "tests/gui/gui_test.hpp"

namespace kvfoot::gui {
namespace {

TEST(BudgetSweep, FindsTheParameterThatSaysHowMuchIsKept) {
  const auto param = [](const char* policy) {
    return std::string(budget_param_of(*parse_policy(policy)));
  };
  EXPECT_EQ(param("full"), "");
  EXPECT_EQ(param("snapkv"), "sparsity");
  EXPECT_EQ(param("snapkv:budget=100,window=16"), "budget");
  EXPECT_EQ(param("snapkv:bytes=1MiB"), "bytes");
  EXPECT_EQ(param("snapkv:window=32"), "sparsity");  // a voting window is no budget
  EXPECT_EQ(param("h2o"), "sparsity");
  EXPECT_EQ(param("h2o:heavy=10"), "heavy");
  EXPECT_EQ(param("streaming:sinks=4"), "window");
  EXPECT_EQ(param("duo:sparsity=0.5,window=100"), "sparsity");
  EXPECT_EQ(param("duo:heads=mask.tsv"), "window");
}

TEST(BudgetSweep, ValuesAscendAndEvict) {
  EXPECT_EQ(budget_values("sparsity", 320, 1).front(), "0.1");
  EXPECT_EQ(budget_values("sparsity", 320, 1).size(), 9U);
  const auto windows = budget_values("window", 131072, 1);
  EXPECT_EQ(windows.front(), "2048");                         // prompt / 64
  EXPECT_EQ(windows.back(), "117965");                        // 0.9 of it, rounded
  EXPECT_EQ(budget_values("bytes", 1000, 7).back(), "6300");  // 9 tenths of 7000
  EXPECT_EQ(budget_values("budget", 1, 1).size(), 1U);        // no value twice
  // 2^61 bytes, of which nine tenths are more than 63 bits on the way.
  EXPECT_EQ(budget_values("bytes", std::int64_t{1} << 30, std::int64_t{1} << 31).back(),
            "2075258708292324556");
}

TEST(BudgetSweep, TwoScenariosThatDifferInTheBudgetHaveOneSweep) {
  EXPECT_EQ(without_budget(traced("snapkv:sparsity=0.7,window=16")),
            without_budget(traced("snapkv:window=16,sparsity=0.2")));
  EXPECT_NE(without_budget(traced("snapkv:sparsity=0.7,window=16")),
            without_budget(traced("snapkv:sparsity=0.7,window=32")));
  EXPECT_NE(without_budget(traced("snapkv:sparsity=0.7")),
            without_budget(traced("snapkv:budget=70")));
}

TEST(BudgetSweep, EveryPointIsTheReplayOfItsScenario) {
  SourceCache sources;
  const auto sweep = sweep_budget(traced("snapkv:sparsity=0.7,window=16"), sources);
  ASSERT_TRUE(sweep.ok()) << sweep.error().message();
  ASSERT_EQ((*sweep)->points.size(), 9U);
  EXPECT_TRUE((*sweep)->failed.empty());
  EXPECT_EQ((*sweep)->points[6].asked, traced("snapkv:sparsity=0.7,window=16"));
  for (const SweepPoint& point : (*sweep)->points) {
    const Metrics expected = replayed(point.asked);
    for (const MetricInfo& metric : metric_table()) {
      EXPECT_EQ(metric.get(point.result.metrics), metric.get(expected))
          << metric.name << " of " << short_name(point.asked);
    }
  }
  EXPECT_EQ((*sweep)->full->result.metrics.footprint, 1.0);
}

// The last of the values is 90 % of what full attention keeps of a prompt, of one sequence.
TEST(BudgetSweep, BytesAreSharesOfAWholePrompt) {
  SourceCache sources;
  const auto last = [&](const WhatIf& what_if) {
    const auto sweep = sweep_budget(what_if, sources);
    EXPECT_TRUE(sweep.ok()) << sweep.error().message();
    EXPECT_EQ((*sweep)->points.size(), 9U);
    return *(*sweep)->points.back().asked.policy.find("bytes");
  };
  // 320 tokens of 4 layers x 4 KV heads x 32 x K and V x 4 bytes, as recorded: 1 310 720 bytes.
  WhatIf what_if = traced("snapkv:bytes=1MiB,window=16");
  EXPECT_EQ(last(what_if), "1179648");
  what_if.batch = 3;
  EXPECT_EQ(last(what_if), "1179648");
  what_if.kv_dtype = DType::kF16;
  EXPECT_EQ(last(what_if), "589824");
  what_if.policy = *parse_policy("snapkv:bytes=1MiB,window=16,group=none");
  EXPECT_EQ(last(what_if), "1179648");  // 8 query heads
  // 12 of 24 layers have full attention: 1000 x 12 x 8 x 64 x K and V x 2 bytes = 24 576 000.
  WhatIf hybrid = shaped("random:bytes=10MiB", {.prompt = 1000, .chunk = 100, .output = 10});
  hybrid.shape = "gpt-oss-20b";
  EXPECT_EQ(last(hybrid), "22118400");
}

TEST(BudgetSweep, PointsSayWhatTheirReplaysRemarked) {
  SourceCache sources;
  const auto sweep = sweep_budget(traced("duo:sparsity=0.5"), sources);
  ASSERT_TRUE(sweep.ok()) << sweep.error().message();
  ASSERT_FALSE((*sweep)->points.empty());
  EXPECT_FALSE((*sweep)->points[0].result.warnings.empty());  // heads chosen by a hash
}

TEST(BudgetSweep, ValuesThatThePolicyRefusesAreListed) {
  SourceCache sources;
  // Recorded while this policy evicted: it alone can be replayed.
  WhatIf what_if;
  what_if.trace = bundled_trace("kv-192-snapkv-rows.h5");
  what_if.chunk = 48;
  what_if.policy = *parse_policy("snapkv:sparsity=0.5,window=16,patch=true");
  const auto sweep = sweep_budget(what_if, sources);
  ASSERT_TRUE(sweep.ok()) << sweep.error().message();
  EXPECT_EQ((*sweep)->failed.size(), 9U);  // 8 sparsities and full attention
  ASSERT_EQ((*sweep)->points.size(), 1U);
  EXPECT_EQ((*sweep)->points[0].asked, what_if);
  EXPECT_FALSE((*sweep)->full.has_value());
}

TEST(BudgetSweep, EndsWhenItIsCancelled) {
  SourceCache sources;
  const std::atomic<bool> cancel = true;
  ReplayControl control;
  control.cancel = &cancel;
  const auto sweep = sweep_budget(traced("snapkv:sparsity=0.7"), sources, control);
  ASSERT_FALSE(sweep.ok());
  EXPECT_EQ(sweep.error().kind, ErrorKind::kInterrupted);
}

TEST(Latest, WhatWasOvertakenIsCancelledAndNotDelivered) {
  application();
  std::vector<int> delivered;
  std::binary_semaphore started(0);
  Latest worker;
  worker.request([&](const std::atomic<bool>& cancel) {
    started.release();
    while (!cancel) {
      std::this_thread::yield();
    }
    return Latest::Delivery([&] { delivered.push_back(1); });
  });
  started.acquire();
  for (const int number : {2, 3}) {
    worker.request([&delivered, number](const std::atomic<bool>&) {
      return Latest::Delivery([&delivered, number] { delivered.push_back(number); });
    });
  }
  ASSERT_TRUE(wait_until([&] { return !worker.busy(); }));
  EXPECT_EQ(delivered, std::vector{3});
  worker.request(
      [&](const std::atomic<bool>&) { return Latest::Delivery([&] { delivered.push_back(4); }); });
  worker.cancel();
  EXPECT_FALSE(worker.busy());
  QTest::qWait(50);
  EXPECT_EQ(delivered, std::vector{3});
}

class TradeOffTest : public ::testing::Test {
 protected:
  void SetUp() override {
    view_.resize(800, 500);
    view_.show();
  }
  [[nodiscard]] bool swept() {
    return settled(workspace_) &&
           wait_until([&] { return view_.sweep() != nullptr && !view_.busy(); });
  }
  QApplication& application_ = application();  // before any widget
  Workspace workspace_;
  TradeOffView view_{workspace_};
};

TEST_F(TradeOffTest, ShowsTheSweepThePinsAndTheCurrentScenario) {
  workspace_.open(traced("streaming:sinks=4,window=60"));
  ASSERT_TRUE(swept());
  workspace_.pin();
  workspace_.edit(traced("snapkv:sparsity=0.7,window=16"), "policy");
  ASSERT_TRUE(swept());
  const TradeOff& plane = view_.plane();
  EXPECT_EQ(plane.metric, "retained_mass");
  EXPECT_EQ(plane.swept, "snapkv over sparsity");
  ASSERT_EQ(plane.sweep.size(), 9U);
  EXPECT_TRUE(std::ranges::is_sorted(plane.sweep, {}, &TradePoint::footprint));
  ASSERT_EQ(plane.alone.size(), 2U);
  EXPECT_TRUE(plane.alone[0].current);
  EXPECT_FALSE(plane.alone[1].current);
  for (const TradePoint* point : plane.points()) {
    const Metrics expected = replayed(point->asked);
    EXPECT_EQ(point->footprint, expected.footprint) << point->name;
    EXPECT_EQ(point->value, *expected.retained_mass) << point->name;
  }
  std::vector<ScorePoint> points;
  for (const TradePoint& point : plane.sweep) {
    points.push_back({point.footprint, point.value});
  }
  const double full = *replayed(traced("full")).retained_mass;
  EXPECT_EQ(plane.critical, *critical_footprint(points, full));
  EXPECT_EQ(plane.enough, 0.9 * full);
}

// A scenario without a result leaves the picture as it was, without a current point.
TEST_F(TradeOffTest, WhatFailsOrIsStoppedIsNotCurrent) {
  workspace_.open(traced("snapkv:sparsity=0.7,window=16"));
  ASSERT_TRUE(swept());
  ASSERT_TRUE(view_.plane().alone.front().current);
  workspace_.edit(traced("snapkv:kernel=4"), "policy");
  ASSERT_TRUE(wait_until([&] { return workspace_.error().has_value() && !workspace_.busy(); }));
  EXPECT_EQ(view_.plane().sweep.size(), 9U);
  EXPECT_NE(view_.spec(), nullptr);
  EXPECT_FALSE(view_.plane().alone.front().current);
  workspace_.open(traced("snapkv:sparsity=0.6,window=16"));
  ASSERT_TRUE(swept());
  ASSERT_TRUE(view_.plane().alone.front().current);
  workspace_.edit(traced("snapkv:sparsity=0.5,window=16"), "policy");
  workspace_.cancel();
  ASSERT_TRUE(workspace_.stale());
  EXPECT_FALSE(view_.plane().alone.front().current);
}

TEST_F(TradeOffTest, AClickLoadsThePoint) {
  workspace_.open(traced("snapkv:sparsity=0.7,window=16"));
  ASSERT_TRUE(swept());
  static_cast<void>(view_.grab());
  const TradePoint point = view_.plane().sweep.back();  // sparsity 0.1
  const QPoint at = view_.geometry()->to_pixel(point.footprint, point.value).toPoint();
  const BudgetSweepPtr before = view_.sweep();
  QTest::mouseClick(&view_, Qt::LeftButton, {}, at);
  EXPECT_EQ(workspace_.what_if(), traced("snapkv:sparsity=0.1,window=16"));
  ASSERT_TRUE(swept());
  EXPECT_EQ(view_.sweep(), before);  // another budget has the same sweep
}

TEST_F(TradeOffTest, ArrowsGoFromPointToPoint) {
  workspace_.open(traced("snapkv:sparsity=0.7,window=16"));
  ASSERT_TRUE(swept());
  static_cast<void>(view_.grab());
  QTest::keyClick(&view_, Qt::Key_Return);  // nothing is chosen
  EXPECT_EQ(workspace_.what_if(), traced("snapkv:sparsity=0.7,window=16"));
  QTest::keyClick(&view_, Qt::Key_Right);  // the smallest footprint
  QTest::keyClick(&view_, Qt::Key_Left);   // there is none before it
  QTest::keyClick(&view_, Qt::Key_Down);   // the next
  QTest::keyClick(&view_, Qt::Key_Return);
  EXPECT_EQ(workspace_.what_if(), traced("snapkv:sparsity=0.8,window=16"));
  ASSERT_TRUE(swept());
  static_cast<void>(view_.grab());
  QTest::keyClick(&view_, Qt::Key_Home);
  QTest::keyClick(&view_, Qt::Key_Return);
  EXPECT_EQ(workspace_.what_if(), traced("snapkv:sparsity=0.9,window=16"));
}

TEST_F(TradeOffTest, WithoutATraceItShowsBytes) {
  workspace_.open(shaped("streaming:sinks=16,window=240"));
  ASSERT_TRUE(swept());
  const TradeOff& plane = view_.plane();
  EXPECT_EQ(plane.metric, "peak_kv_bytes");
  EXPECT_FALSE(plane.critical.has_value());
  ASSERT_EQ(plane.sweep.size(), 9U);
  for (const TradePoint* point : plane.points()) {
    EXPECT_EQ(point->value, static_cast<double>(*replayed(point->asked).peak_kv_bytes));
  }
}

TEST_F(TradeOffTest, PoliciesWithoutABudgetShowTheirPoint) {
  workspace_.open(traced("full"));
  ASSERT_TRUE(swept());
  EXPECT_TRUE(view_.plane().sweep.empty());
  ASSERT_NE(view_.spec(), nullptr);
  EXPECT_NE(view_.spec()->subtitle.find("no budget"), std::string::npos);
}

// A file that was away for a while: Reload asks again, and so does coming back to the panel.
TEST_F(TradeOffTest, AnErrorIsGoneOnceItsCauseIs) {
  QTemporaryDir folder;
  const QString file = folder.filePath(QStringLiteral("copy.h5"));
  const QString away = folder.filePath(QStringLiteral("away.h5"));
  ASSERT_TRUE(QFile::copy(QString::fromStdString(bundled_trace("needle-320-rows.h5")), file));
  WhatIf asked = traced("snapkv:sparsity=0.7,window=16");
  asked.trace = file.toStdString();
  const auto failed = [&] {
    return wait_until([&] {
      return !view_.busy() && view_.spec() != nullptr &&
             view_.spec()->subtitle.find("copy.h5") != std::string::npos;
    });
  };
  for (const bool reload : {true, false}) {
    view_.hide();
    workspace_.open(asked);
    ASSERT_TRUE(settled(workspace_));
    ASSERT_TRUE(QFile::rename(file, away));
    view_.show();
    ASSERT_TRUE(failed()) << view_.spec()->subtitle;
    ASSERT_TRUE(QFile::rename(away, file));
    if (reload) {
      workspace_.refresh();
    } else {
      view_.hide();
      view_.show();
    }
    EXPECT_TRUE(swept()) << view_.spec()->subtitle;
    asked.policy = *parse_policy("h2o:heavy=60,recent=20");  // another sweep
  }
}

TEST_F(TradeOffTest, NothingIsSweptWhileItIsHidden) {
  view_.hide();
  workspace_.open(traced("snapkv:sparsity=0.7"));
  ASSERT_TRUE(settled(workspace_));
  EXPECT_FALSE(view_.busy());
  EXPECT_EQ(view_.sweep(), nullptr);
  view_.show();
  EXPECT_TRUE(swept());
}

}  // namespace
}  // namespace kvfoot::gui
