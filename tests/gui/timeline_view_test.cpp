// The timeline shows the outcome's own numbers, in the colours of their states.
#include "gui/view/timeline_view.hpp"

#include <gtest/gtest.h>

#include <QComboBox>
#include <QLabel>
#include <QTest>
#include <algorithm>
#include <atomic>

#include "gui/model/memory_timeline.hpp"
#include "gui/plots/from_report.hpp"
#include "gui/view/timeline_panel.hpp"
#include "tests/gui/gui_test.hpp"

namespace kvfoot::gui {
namespace {

WhatIf streaming() { return shaped("streaming:sinks=16,window=240"); }

TEST(TimelineView, PixelsHaveTheColourOfTheirState) {
  application();
  Workspace workspace;
  TimelineView view(workspace);
  view.set_options({EntryUnit::kEntriesPerStream, false, false});
  view.resize(800, 400);
  view.show();
  workspace.open(streaming());
  ASSERT_TRUE(settled(workspace));
  workspace.set_row(0);
  const QImage image = view.grab().toImage();
  const plots::Theme theme = plots::make_theme(plots::ThemeKind::kLight);
  const auto colour_at = [&](double row, double entries) {
    return QColor(image.pixel(view.geometry()->to_pixel(row, entries).toPoint()));
  };
  // At row 2000: 256 survivors and 465 of its own chunk are resident, the rest is evicted.
  EXPECT_EQ(colour_at(2000, 300), plots::to_qcolor(theme.role(plots::Role::kLive)));
  EXPECT_EQ(colour_at(2000, 1500), plots::to_qcolor(theme.role(plots::Role::kEvicted)));
  EXPECT_EQ(colour_at(2020, 2900), plots::to_qcolor(theme.background));
}

TEST(TimelineView, AClickMovesTheRowAndTheRowMovesTheCursor) {
  application();
  Workspace workspace;
  TimelineView view(workspace);
  view.resize(800, 400);
  view.show();
  workspace.open(streaming());
  ASSERT_TRUE(settled(workspace));
  static_cast<void>(view.grab());
  const QPoint at = view.geometry()->to_pixel(1000, 0).toPoint() - QPoint(0, 20);
  QTest::mouseClick(&view, Qt::LeftButton, {}, at);
  EXPECT_NEAR(static_cast<double>(workspace.row()), 1000, 4);
}

TEST(TimelineView, KeysMoveTheRowByWhatCanBeSeen) {
  application();
  Workspace workspace;
  TimelineView view(workspace);
  view.resize(800, 400);
  view.show();
  workspace.open(streaming());
  ASSERT_TRUE(settled(workspace));
  static_cast<void>(view.grab());
  workspace.set_row(1000);
  const double pixel = view.geometry()->x.range().high / view.geometry()->plot.width();
  QTest::keyClick(&view, Qt::Key_Right);
  EXPECT_NEAR(static_cast<double>(workspace.row()), 1000 + pixel, 0.5);
  QTest::keyClick(&view, Qt::Key_PageDown);
  EXPECT_NEAR(static_cast<double>(workspace.row()), 1000 + pixel + 416, 1);  // of 4160 rows
  QTest::keyClick(&view, Qt::Key_Home);
  EXPECT_EQ(workspace.row(), 0);
  QTest::keyClick(&view, Qt::Key_Left);
  EXPECT_EQ(workspace.row(), 0);
  QTest::keyClick(&view, Qt::Key_End);
  EXPECT_EQ(workspace.row(), 4159);
  QTest::keyClick(&view, Qt::Key_Right);
  EXPECT_EQ(workspace.row(), 4159);
  // Where a row has several pixels it is a row, from what is seen, and the picture goes along.
  view.set_view({plots::Range{100, 150}, std::nullopt});
  static_cast<void>(view.grab());
  QTest::keyClick(&view, Qt::Key_Left);
  EXPECT_EQ(workspace.row(), 149);
  EXPECT_EQ(view.view().x, (plots::Range{100, 150}));
  workspace.set_row(150);
  QTest::keyClick(&view, Qt::Key_Right);
  EXPECT_EQ(workspace.row(), 151);
  EXPECT_EQ(view.view().x, (plots::Range{106, 156}));
  EXPECT_EQ(view.view().y, std::nullopt);
}

TEST(TimelineView, KeysMoveTheRowOverSeconds) {
  application();
  Workspace workspace;
  TimelineView view(workspace);
  view.resize(800, 400);
  view.show();
  WhatIf timed = streaming();
  timed.device = "h100-sxm";
  workspace.open(timed);
  ASSERT_TRUE(settled(workspace));
  view.set_options({EntryUnit::kGiB, true, false});
  static_cast<void>(view.grab());
  workspace.set_row(4100);
  // Decode rows take long: each is several pixels, and a key goes to the next.
  view.set_view({plots::Range{time_of_row(*workspace.outcome(), 4099),
                              time_of_row(*workspace.outcome(), 4104)},
                 std::nullopt});
  static_cast<void>(view.grab());
  QTest::keyClick(&view, Qt::Key_Right);
  EXPECT_EQ(workspace.row(), 4101);
  QTest::keyClick(&view, Qt::Key_Left);
  EXPECT_EQ(workspace.row(), 4100);
}

TEST(TimelinePanel, TheNumbersAtTheRowAreNeverCutOffAndNeverJump) {
  application();
  Workspace workspace;
  TimelinePanel panel(workspace);
  panel.show();
  WhatIf timed = streaming();
  timed.device = "h100-sxm";
  workspace.open(timed);
  ASSERT_TRUE(settled(workspace));
  QLabel* readout = nullptr;
  for (QLabel* label : panel.findChildren<QLabel*>()) {
    readout = label->accessibleName() == QLatin1String("Numbers at the row") ? label : readout;
  }
  ASSERT_NE(readout, nullptr);
  int last = 0;
  for (const int width : {1000, 430}) {
    panel.resize(width, 400);
    EXPECT_GT(readout->height(), last) << width;  // a line more
    last = readout->height();
    for (std::int64_t row = 0; row < 4160; row += 37) {
      workspace.set_row(row);
      ASSERT_EQ(readout->height(), last);
      ASSERT_LE(readout->heightForWidth(readout->width()), last) << width << ": row " << row;
    }
  }
  EXPECT_TRUE(panel.readout().contains(QStringLiteral("at ")));
}

TEST(TimelinePanel, ANarrowPanelTakesLinesAndCutsNoWord) {
  application();
  Workspace workspace;
  TimelinePanel panel(workspace);
  panel.show();
  for (const int width : {1000, 400, 290}) {
    panel.resize(width, 400);
    QCoreApplication::processEvents();
    ASSERT_EQ(panel.width(), width);
    for (const QComboBox* choice : panel.findChildren<QComboBox*>()) {
      EXPECT_GE(choice->width(), choice->sizeHint().width()) << width;
      EXPECT_LE(choice->geometry().right(), width);
      EXPECT_LE(choice->geometry().bottom(), panel.view().y());
    }
  }
}

TEST(TimelineView, DShowsDecode) {
  application();
  Workspace workspace;
  TimelineView view(workspace);
  view.show();
  WhatIf timed = streaming();
  timed.device = "h100-sxm";
  workspace.open(timed);
  ASSERT_TRUE(settled(workspace));
  static_cast<void>(view.grab());
  QTest::keyClick(&view, Qt::Key_D);
  EXPECT_EQ(view.view().x, (plots::Range{4095, 4159}));  // 64 rows, and the one before them
  view.set_options({EntryUnit::kGiB, true, false});
  static_cast<void>(view.grab());
  QTest::keyClick(&view, Qt::Key_D);
  const Outcome& outcome = *workspace.outcome();
  EXPECT_EQ(view.view().x, (plots::Range{*replayed(timed).ttft_s, time_of_row(outcome, 4159)}));
  view.set_options({EntryUnit::kGiB, false, false});
  timed.output = 3;
  workspace.edit(timed, "output");
  ASSERT_TRUE(settled(workspace));
  static_cast<void>(view.grab());
  view.fit_decode();
  EXPECT_EQ(view.view().x, (plots::Range{4082, 4098}));  // no less than 16 rows
  timed.output = 0;
  workspace.edit(timed, "output");
  ASSERT_TRUE(settled(workspace));
  view.fit_decode();
  EXPECT_EQ(view.view().x, std::nullopt);
  timed.prompt = 1;  // one row, which is decoded: nothing to zoom into
  timed.last_prompt_token = LastPromptToken::kDecode;
  workspace.edit(timed, "prompt");
  ASSERT_TRUE(settled(workspace));
  ASSERT_EQ(workspace.outcome()->result.inputs.run.rows(), 1);
  ASSERT_EQ(workspace.outcome()->result.inputs.run.decode_rows(), 1);
  view.fit_decode();
  EXPECT_EQ(view.view().x, std::nullopt);
  static_cast<void>(view.grab());
}

TEST(TimelineView, TheZoomSurvivesAnotherPolicyAndNotAnotherLength) {
  application();
  Workspace workspace;
  TimelineView view(workspace);
  workspace.open(streaming());
  ASSERT_TRUE(settled(workspace));
  view.set_view({plots::Range{100, 200}, std::nullopt});
  WhatIf next = streaming();
  next.policy = PolicySpec{"full", {}};
  workspace.edit(next, "policy");
  ASSERT_TRUE(settled(workspace));
  EXPECT_EQ(view.view().x, (plots::Range{100, 200}));
  next.prompt = 2048;
  workspace.edit(next, "prompt");
  ASSERT_TRUE(settled(workspace));
  EXPECT_FALSE(view.view().x.has_value());
}

// Llama 3.1 8B takes 15.0 GiB, a token of it 128 KiB. The line of the capacity is drawn where it
// leaves the areas readable; whether it is exceeded is what the simulator warns of.
// Entries are those of one request, bytes those of all.
TEST(TimelinePanel, ABatchIsSaid) {
  application();
  Workspace workspace;
  TimelinePanel panel(workspace);
  WhatIf one = streaming();
  workspace.open(one);
  ASSERT_TRUE(settled(workspace));
  EXPECT_FALSE(panel.readout().contains(QStringLiteral("requests")));
  one.batch = 3;
  one.layout.quant = *parse_kv_quant("kivi:bits=2");
  workspace.edit(one, "batch");
  ASSERT_TRUE(settled(workspace));
  EXPECT_TRUE(panel.readout().contains(QStringLiteral("bytes of all 3 requests")));
  const std::string words = plots::run_words(workspace.outcome()->result.inputs);
  EXPECT_NE(words.find(" · batch 3 · kivi:bits=2"), std::string::npos) << words;
}

TEST(TimelineSpec, WholeMemoryShowsWhatTheDeviceHas) {
  SourceCache sources;
  OutcomePtr outcome;
  const auto shown = [&](const std::string& device, std::int64_t prompt) {
    WhatIf what_if = shaped("full", {.prompt = prompt, .chunk = 4096, .output = 24});
    what_if.device = device;
    outcome = *compute(what_if, sources);
    return *timeline_spec(*outcome, {EntryUnit::kGiB, false, true});
  };
  const auto areas_of = [](const plots::PlotSpec& spec) {
    return std::get<plots::StackedAreas>(spec.content);
  };
  const auto far = shown("h100-sxm", 8192);
  EXPECT_TRUE(areas_of(far).references.empty());
  EXPECT_TRUE(far.subtitle.ends_with("h100-sxm: capacity 79.6 GiB, 20.4 % used")) << far.subtitle;
  EXPECT_EQ(areas_of(far).peak->label.find("exceeds"), std::string::npos);

  const auto near = shown("rtx-4090", 32768);
  ASSERT_EQ(areas_of(near).references.size(), 1U);
  EXPECT_EQ(areas_of(near).references[0].y, static_cast<double>(outcome->capacity));
  EXPECT_EQ(areas_of(near).references[0].label, "capacity 24.0 GiB");
  EXPECT_FALSE(areas_of(near).references[0].alarm);

  const auto over = shown("rtx-4090", 131072);
  ASSERT_EQ(areas_of(over).references.size(), 1U);
  EXPECT_TRUE(areas_of(over).references[0].alarm);
  EXPECT_TRUE(areas_of(over).peak->alarm);
  EXPECT_TRUE(areas_of(over).peak->label.ends_with("GiB, exceeds the capacity"))
      << areas_of(over).peak->label;
  EXPECT_NE(over.subtitle.find("rtx-4090: capacity 24.0 GiB, exceeded: 13"), std::string::npos)
      << over.subtitle;
  // Where the areas are in another unit than the capacity alone would be, it is in theirs.
  const auto huge = shown("rtx-4090", 10'000'000);
  EXPECT_NE(huge.subtitle.find("rtx-4090: capacity 0.0234 TiB, exceeded"), std::string::npos)
      << huge.subtitle;
  EXPECT_EQ(areas_of(huge).references[0].label, "capacity 0.0234 TiB");
}

// Chunks of 512 rows; a boundary stands where the pass before it ended.
TEST(TimelineSpec, SecondsStandWhereTheirRowsEnd) {
  SourceCache sources;
  WhatIf what_if = streaming();
  what_if.device = "h100-sxm";
  const OutcomePtr outcome = *compute(what_if, sources);
  const auto areas_of = [&](bool seconds) {
    return std::get<plots::StackedAreas>(
        timeline_spec(*outcome, {EntryUnit::kGiB, seconds, false})->content);
  };
  const plots::StackedAreas rows = areas_of(false);
  const plots::StackedAreas timed = areas_of(true);
  const auto& ends = outcome->replay.clock->pass_end_ns;
  const auto seconds = [&](std::size_t pass) { return static_cast<double>(ends[pass]) / 1e9; };
  ASSERT_EQ(timed.boundaries.size(), 7U);
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_DOUBLE_EQ(timed.boundaries[i], seconds(i));
  }
  EXPECT_DOUBLE_EQ(*timed.decode_begin, seconds(7));
  ASSERT_TRUE(rows.peak && timed.peak);
  EXPECT_EQ(timed.peak->x, time_of_row(*outcome, static_cast<std::int64_t>(rows.peak->x)));
  EXPECT_EQ(timed.peak->y, rows.peak->y);
  // More points than over rows, so that what bends over seconds is no straight line.
  EXPECT_LT(rows.series->points(), 100U);
  EXPECT_GE(timed.series->points(), 512U);
  EXPECT_EQ(timed.series->highest(), rows.series->highest());
}

// Of many passes some, of prompt and output alike: both ends of each, and the one that is asked
// for.
TEST(TimelineSpec, MemoryOfManyPassesIsThatOfSome) {
  SourceCache sources;
  WhatIf what_if = shaped("full", {.prompt = 4000, .chunk = 10, .output = 1000});
  what_if.device = "h100-sxm";
  ReplayRequest request = *to_request(what_if, sources);
  request.profile = true;
  const auto outcome = replay(request);
  ASSERT_TRUE(outcome.ok()) << outcome.error().message();
  const ClockRequest clock = clock_request(request, *outcome);
  const std::vector<PassPeak> peaks = memory_timeline(clock, 137, 20);
  ASSERT_EQ(peaks.size(), 41U);
  EXPECT_TRUE(std::ranges::is_sorted(peaks, {}, &PassPeak::begin));
  const auto has = [&](std::int64_t begin) {
    return std::ranges::find(peaks, begin, &PassPeak::begin) != peaks.end();
  };
  for (const std::int64_t begin : {0, 3990, 1370, 4000, 4999}) {
    EXPECT_TRUE(has(begin)) << begin;
  }
  EXPECT_EQ(peaks.back().end, 5000);
  EXPECT_EQ(memory_timeline(clock, 137, 10'000).size(), 1400U);
  const std::atomic<bool> cancel = true;
  EXPECT_TRUE(memory_timeline(clock, 137, 20, &cancel).empty());
}

// Each pass is a step, from where the one before ended.
TEST(TimelineSpec, MemoryIsAStepPerPass) {
  SourceCache sources;
  WhatIf what_if =
      shaped("streaming:sinks=4,window=60", {.prompt = 300, .chunk = 100, .output = 9});
  what_if.device = "h100-sxm";
  const OutcomePtr outcome = *compute(what_if, sources);
  const auto areas_of = [&](bool seconds) {
    return std::get<plots::StackedAreas>(
        timeline_spec(*outcome, {EntryUnit::kGiB, seconds, true})->content);
  };
  const plots::StackedAreas rows = areas_of(false);
  const plots::StackedAreas timed = areas_of(true);
  ASSERT_EQ(outcome->memory.size(), 12U);
  ASSERT_EQ(rows.series->points(), 24U);
  const std::vector<double> x(rows.series->x().begin(), rows.series->x().begin() + 8);
  EXPECT_EQ(x, (std::vector<double>{0, 99, 100, 199, 200, 299, 300, 300}));
  const auto& ends = outcome->replay.clock->pass_end_ns;
  EXPECT_EQ(timed.series->x()[0], 0);
  for (std::size_t pass = 0; pass < 12; ++pass) {
    const double end = static_cast<double>(ends[pass]) / 1e9;
    EXPECT_DOUBLE_EQ(timed.series->x()[2 * pass + 1], end);
    if (pass + 1 < 12) {
      EXPECT_DOUBLE_EQ(timed.series->x()[2 * pass + 2], end);
    }
  }
  // Chunks are alike; the peak is the first of the fullest.
  ASSERT_EQ(outcome->memory[1].peak.total(), outcome->memory[0].peak.total());
  EXPECT_EQ(rows.peak->x, 99);
}

// The numbers below the picture are in its unit: 128 KiB a token, 520 MiB at the end.
TEST(TimelinePanel, NumbersHaveTheUnitOfThePicture) {
  application();
  Workspace workspace;
  TimelinePanel panel(workspace);
  workspace.open(streaming());
  ASSERT_TRUE(settled(workspace));
  workspace.set_row(0);
  EXPECT_TRUE(panel.readout().contains(QStringLiteral("MiB"))) << panel.readout().toStdString();
  EXPECT_FALSE(panel.readout().contains(QStringLiteral("KiB"))) << panel.readout().toStdString();
}

}  // namespace
}  // namespace kvfoot::gui
