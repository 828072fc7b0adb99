// The grid of heads: its numbers are sim's, a click means the cell under the pointer.
#include "gui/view/heads_view.hpp"

#include <gtest/gtest.h>

#include <QSignalSpy>
#include <QTest>
#include <atomic>
#include <cmath>

#include "sim/engine/stream_totals.hpp"
#include "sim/trace/entropy.hpp"
#include "tests/gui/gui_test.hpp"

namespace kvfoot::gui {
namespace {

class HeadsViewTest : public ::testing::Test {
 protected:
  // 32 layers x 8 KV heads, ten tokens in chunks of four and three of output.
  static WhatIf small(const std::string& policy) {
    return shaped(policy, {.prompt = 10, .chunk = 4, .output = 3});
  }
  void show(const WhatIf& what_if, QSize size = {600, 400}) {
    workspace_.open(what_if);
    ASSERT_TRUE(settled(workspace_));
    view_.resize(size);
    view_.show();
    static_cast<void>(view_.grab());
  }
  void choose(HeadMeasure measure) {
    view_.set_measure(measure);
    ASSERT_TRUE(wait_until([&] { return !view_.busy(); }));
    ASSERT_NE(view_.grid(), nullptr);
    static_cast<void>(view_.grab());
  }
  void click(StreamChoice stream) {
    QTest::mouseClick(&view_.plot(), Qt::LeftButton, {},
                      view_.plot().cell_of(stream).center().toPoint());
  }

  QApplication& application_ = application();  // before the first widget
  Workspace workspace_;
  HeadsView view_{workspace_};
};

// Per stream: 1 2 3 4 | 3 4 5 6 | 3 4 | 3 | 3 | 3 entries at the rows 0 to 12.
TEST_F(HeadsViewTest, KeptShareFollowsTheRow) {
  show(small("streaming:sinks=1,window=1"));
  EXPECT_EQ(view_.grid()->row, 12);
  EXPECT_EQ(view_.grid()->at(31, 7), 3.0 / 13);
  workspace_.set_row(5);
  EXPECT_EQ(view_.grid()->at(0, 0), 4.0 / 6);
  EXPECT_TRUE(view_.readout().startsWith("All 256 streams: 66.67 %"))
      << view_.readout().toStdString();
}

TEST_F(HeadsViewTest, PeakAndFootprintOfAHandWorkedSchedule) {
  show(small("streaming:sinks=1,window=1"));
  choose(HeadMeasure::kPeakEntries);
  EXPECT_EQ(view_.grid()->at(3, 2), 6);
  choose(HeadMeasure::kFootprint);
  EXPECT_EQ(view_.grid()->at(3, 2), (10.0 + 18 + 7 + 9) / triangle(13));
}

// The mean over streams is the run's own number.
TEST_F(HeadsViewTest, MeansAreTheMetricsOfTheRun) {
  show(traced("snapkv:sparsity=0.7"));
  const auto mean = [&] {
    double sum = 0;
    for (const double value : view_.grid()->value) {
      sum += value;
    }
    return sum / 16;
  };
  const Metrics& metrics = workspace_.outcome()->result.metrics;
  choose(HeadMeasure::kFootprint);
  EXPECT_NEAR(mean(), metrics.footprint, 1e-12);
  choose(HeadMeasure::kRetainedMass);
  EXPECT_NEAR(mean(), *metrics.retained_mass, 1e-12);
  EXPECT_LT(view_.grid()->low, *metrics.retained_mass);
}

TEST_F(HeadsViewTest, EntropyIsTheMeanOfTheQueryHeadsOfAGroup) {
  show(traced("full"));
  choose(HeadMeasure::kEntropy);
  const auto entropy = attention_entropy(*workspace_.outcome()->trace);
  ASSERT_TRUE(entropy.ok());
  // Layer 2, KV head 1: query heads 2 and 3 of its 8.
  EXPECT_EQ(view_.grid()->at(2, 1), (entropy->bits[2 * 8 + 2] + entropy->bits[2 * 8 + 3]) / 2);
}

// Retained mass lies close to one: colours span from the multiple of 5 % below the least.
TEST_F(HeadsViewTest, ColoursOfRetainedMassSpanWhatThereIs) {
  show(traced("full"));
  Outcome outcome = *workspace_.outcome();
  const auto low = [&](double least) {
    outcome.replay.stream_mass = {0.99, std::nan(""), least, 1};
    const auto grid = head_grid(HeadMeasure::kRetainedMass, outcome, 0);
    EXPECT_TRUE(grid.ok());
    EXPECT_EQ(grid->high, 1);
    return grid->low;
  };
  EXPECT_EQ(low(0.97), 0.95);
  EXPECT_EQ(low(0.86), 0.85);
  EXPECT_EQ(low(0.34), 0.3);
  outcome.replay.stream_mass = {1, 1};
  EXPECT_EQ(head_grid(HeadMeasure::kRetainedMass, outcome, 0)->low, 0);
}

TEST_F(HeadsViewTest, LacksAreThoseOfTheOutcome) {
  show(traced("full"));
  EXPECT_EQ(lack_of(HeadMeasure::kRetainedMass, *workspace_.outcome()), MeasureLack::kNone);
  const std::atomic<bool> cancel = true;
  const auto cancelled = head_grid(HeadMeasure::kEntropy, *workspace_.outcome(), 0, &cancel);
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().kind, ErrorKind::kInterrupted);
  WhatIf evicted = traced("snapkv:sparsity=0.5,window=16,patch=true", 48);
  evicted.trace = bundled_trace("kv-192-snapkv-rows.h5");
  show(evicted);
  EXPECT_EQ(lack_of(HeadMeasure::kRetainedMass, *workspace_.outcome()), MeasureLack::kFullTrace);
  EXPECT_EQ(lack_of(HeadMeasure::kEntropy, *workspace_.outcome()), MeasureLack::kNone);
  show(small("full"));
  EXPECT_EQ(lack_of(HeadMeasure::kRetainedMass, *workspace_.outcome()), MeasureLack::kTrace);
  EXPECT_EQ(lack_of(HeadMeasure::kEntropy, *workspace_.outcome()), MeasureLack::kTrace);
}

TEST_F(HeadsViewTest, ClicksChooseTheStreamUnderThePointerInBothOrientations) {
  for (const QSize size : {QSize(800, 400), QSize(300, 900)}) {
    show(small("full"), size);
    EXPECT_EQ(std::get<plots::HeatMap>(view_.plot().spec()->content).turned(),
              size.width() > size.height());
    click({29, 6});
    EXPECT_EQ(workspace_.stream(), (StreamChoice{29, 6}));
    click({1, 7});
    EXPECT_EQ(workspace_.stream(), (StreamChoice{1, 7}));
    click({1, 7});
    EXPECT_TRUE(workspace_.stream().all());
  }
}

TEST_F(HeadsViewTest, LayersLieWhereTheAxisSaysSo) {
  show(small("full"), {800, 400});
  // Turned: layers run to the right, heads downwards.
  EXPECT_GT(view_.plot().cell_of({5, 0}).left(), view_.plot().cell_of({4, 0}).left());
  EXPECT_GT(view_.plot().cell_of({4, 1}).top(), view_.plot().cell_of({4, 0}).top());
  QTest::keyClick(&view_.plot(), Qt::Key_Home);
  QTest::keyClick(&view_.plot(), Qt::Key_Right);
  QTest::keyClick(&view_.plot(), Qt::Key_Right);
  QTest::keyClick(&view_.plot(), Qt::Key_Down);
  EXPECT_EQ(workspace_.stream(), (StreamChoice{2, 1}));
  QTest::keyClick(&view_.plot(), Qt::Key_Up);
  QTest::keyClick(&view_.plot(), Qt::Key_Up);  // ends at the edge
  EXPECT_EQ(workspace_.stream(), (StreamChoice{2, 0}));
  QTest::keyClick(&view_.plot(), Qt::Key_Escape);
  EXPECT_TRUE(workspace_.stream().all());

  view_.resize(300, 900);
  static_cast<void>(view_.grab());
  EXPECT_GT(view_.plot().cell_of({5, 0}).top(), view_.plot().cell_of({4, 0}).top());
  workspace_.set_stream({2, 0});
  QTest::keyClick(&view_.plot(), Qt::Key_Right);
  EXPECT_EQ(workspace_.stream(), (StreamChoice{2, 1}));
}

TEST_F(HeadsViewTest, ArrowsAtTheEdgeChooseNothingAnew) {
  show(small("full"), {800, 400});
  EXPECT_EQ(view_.plot().stream_at(31, 7), (StreamChoice{31, 7}));
  EXPECT_FALSE(view_.plot().stream_at(32, 7));
  EXPECT_FALSE(view_.plot().stream_at(31, 8));
  EXPECT_FALSE(view_.plot().stream_at(-1, 0));
  QTest::keyClick(&view_.plot(), Qt::Key_End);
  EXPECT_EQ(workspace_.stream(), (StreamChoice{31, 7}));
  QSignalSpy chosen(&view_.plot(), &HeadsPlot::chosen);
  QTest::keyClick(&view_.plot(), Qt::Key_Right);
  QTest::keyClick(&view_.plot(), Qt::Key_Down);
  EXPECT_EQ(chosen.count(), 0);
  QTest::keyClick(&view_.plot(), Qt::Key_Left);
  EXPECT_EQ(chosen.count(), 1);
  EXPECT_EQ(workspace_.stream(), (StreamChoice{30, 7}));
}

TEST_F(HeadsViewTest, ColoursAreInTheUnitOfTheMeasure) {
  show(traced("snapkv:sparsity=0.7"));
  const std::vector<std::pair<HeadMeasure, plots::Quantity>> expected{
      {HeadMeasure::kFootprint, plots::Quantity::kPercent},
      {HeadMeasure::kRetainedMass, plots::Quantity::kPercent},
      {HeadMeasure::kPeakEntries, plots::Quantity::kTokens},
      {HeadMeasure::kEntropy, plots::Quantity::kPlain}};
  for (const auto& [measure, quantity] : expected) {
    choose(measure);
    const auto& colour = std::get<plots::HeatMap>(view_.plot().spec()->content).colour;
    EXPECT_EQ(colour.quantity, quantity);
    EXPECT_EQ(colour.range, (plots::Range{view_.grid()->low, view_.grid()->high}));
  }
}

TEST_F(HeadsViewTest, HoveringTellsTheValue) {
  show(small("streaming:sinks=1,window=1"));
  QTest::mouseMove(&view_.plot(), view_.plot().cell_of({7, 3}).center().toPoint());
  EXPECT_EQ(view_.readout(), "Layer 7, KV head 3: 3 of 13 tokens, 23.08 %");
  workspace_.set_stream({1, 2});
  QTest::mouseMove(&view_.plot(), QPoint(1, 1));
  EXPECT_EQ(view_.readout(), "Layer 1, KV head 2: 3 of 13 tokens, 23.08 %");
}

TEST_F(HeadsViewTest, SaysWhatAMeasureNeeds) {
  show(small("full"));
  view_.set_measure(HeadMeasure::kEntropy);
  EXPECT_EQ(view_.grid(), nullptr);
  EXPECT_FALSE(view_.busy());
  WhatIf next = small("full");
  next.accounting = Accounting::kPaper;
  workspace_.edit(next, "accounting");
  view_.set_measure(HeadMeasure::kFootprint);
  ASSERT_TRUE(settled(workspace_));
  EXPECT_EQ(view_.grid(), nullptr);
}

// Retrieval heads and streaming heads have the two ends of the scale.
TEST_F(HeadsViewTest, CellsHaveTheColourOfTheirValue) {
  show(small("full"));
  const QImage image = view_.plot().grab().toImage();
  const QRectF cell = view_.plot().cell_of({3, 3});
  EXPECT_EQ(QColor(image.pixel((cell.topLeft() + QPointF(3, 3)).toPoint())),
            plots::to_qcolor(plots::sequential_colour(1, false)));
}

}  // namespace
}  // namespace kvfoot::gui
