// The map shows what became of every entry, and says so in words.
#include "gui/view/state_map_view.hpp"

#include <gtest/gtest.h>

#include <QCheckBox>
#include <QFile>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <QWheelEvent>
#include <set>

#include "gui/view/state_map_controls.hpp"
#include "gui/view/state_map_plot.hpp"
#include "gui/view/state_map_spec.hpp"
#include "tests/gui/gui_test.hpp"

namespace kvfoot::gui {
namespace {

// A view of a size at which nothing is left out, on a scenario that has been replayed.
struct Open {
  Workspace workspace;
  StateMapView view{workspace};

  explicit Open(const WhatIf& what_if, StreamChoice stream = {2, 1}) {
    view.resize(900, 600);
    view.show();
    workspace.open(what_if);
    EXPECT_TRUE(settled(workspace));
    workspace.set_stream(stream);
    EXPECT_TRUE(wait_until([&] { return !view.busy(); }));
    workspace.set_row(0);
    static_cast<void>(view.grab());
  }
  [[nodiscard]] QImage image() { return view.plot().grab().toImage(); }
  [[nodiscard]] QPoint at(double key, double row) {
    return view.plot().geometry()->to_pixel(key, row).toPoint();
  }
};

QColor role(plots::Role role) {
  return plots::to_qcolor(plots::make_theme(plots::ThemeKind::kLight).role(role));
}

TEST(StateMapView, PixelsHaveTheColourOfTheirEntryAtEveryZoom) {
  application();
  Open open(traced("snapkv:sparsity=0.7"));
  const Outcome& outcome = *open.workspace.outcome();
  const auto life = lives_of_layer(outcome, 2)->at(1);
  const QColor background(255, 255, 255);
  int live = 0;
  int evicted = 0;
  for (const auto& [keys, rows] : std::vector<std::pair<plots::Range, plots::Range>>{
           {{-0.5, 331.5}, {-0.5, 331.5}},     // everything
           {{20.5, 110.5}, {100.5, 160.5}},    // a part
           {{40.5, 60.5}, {120.5, 135.5}},     // single entries
           {{62.5, 66.5}, {126.5, 130.5}}}) {  // four of them
    open.view.plot().set_view({keys, rows});
    const QImage image = open.image();
    for (std::int64_t row = 1; row < 331; row += 3) {
      for (std::int64_t key = 1; key <= row; key += 2) {
        const auto x = static_cast<double>(key);
        const auto y = static_cast<double>(row);
        if (x < keys.low + 0.5 || x > keys.high - 0.5 || y < rows.low + 0.5 ||
            y > rows.high - 0.5) {
          continue;
        }
        // Where the neighbours are alike, so that no pixel mixes states and no line runs nearby.
        const auto state = [&](std::int64_t r, std::int64_t k) {
          return entry_story(outcome, life, 2, 1, r, k).state;
        };
        const auto own = state(row, key);
        if (state(row - 1, key) != own || state(row + 1, key) != own ||
            state(row, key - 1) != own || state(row, key + 1) != own || row % 64 < 2 ||
            row % 64 > 62 || row > 317) {
          continue;
        }
        const bool is_live = own == EntryStory::State::kLive;
        ASSERT_EQ(QColor(image.pixel(open.at(x, y))),
                  role(is_live ? plots::Role::kLive : plots::Role::kEvicted))
            << row << " " << key << " in " << keys.low << " to " << keys.high;
        (is_live ? live : evicted) += 1;
      }
    }
    if (keys.high > rows.low + 1) {                          // above the diagonal there is nothing
      const double inwards = 0.02 * (keys.high - keys.low);  // off the line of the corner
      EXPECT_EQ(QColor(image.pixel(open.at(keys.high - inwards, rows.low + inwards))), background);
    }
  }
  EXPECT_GT(live, 500);
  EXPECT_GT(evicted, 500);
}

TEST(StateMapView, ItsPictureIsThatOfTheStream) {
  SourceCache sources;
  WhatIf what_if = shaped("full", {.prompt = 300, .chunk = 100, .output = 9});
  what_if.shape = "gpt-oss-20b";
  const OutcomePtr outcome = *compute(what_if, sources);
  const std::int32_t sliding = outcome->result.inputs.shape.window(0) > 0 ? 0 : 1;
  const auto life = lives_of_layer(*outcome, sliding)->at(1);
  const plots::PlotSpec spec = state_spec(*outcome, life, {sliding, 1});
  EXPECT_EQ(spec.title, "Layer " + std::to_string(sliding) + ", KV head 1 · full");
  const auto& map = std::get<plots::StateMap>(spec.content);
  EXPECT_EQ(map.rows, 309);
  EXPECT_EQ(map.boundaries, (std::vector<std::int64_t>{100, 200}));
  EXPECT_EQ(map.decode_begin, 300);
  ASSERT_EQ(map.streams.size(), 1U);
  EXPECT_EQ(map.streams[0].evicted_at, life.evicted_at);
  EXPECT_EQ(map.streams[0].window, 128);
  what_if.output = 0;
  const OutcomePtr prompt_only = *compute(what_if, sources);
  const auto whole = lives_of_layer(*prompt_only, 0)->at(0);
  EXPECT_FALSE(std::get<plots::StateMap>(state_spec(*prompt_only, whole, {0, 0}).content)
                   .decode_begin.has_value());
  const OutcomePtr copies = *compute(traced("snapkv:sparsity=0.7,window=16,group=none"), sources);
  const auto copy = lives_of_layer(*copies, 2)->at(5);
  EXPECT_TRUE(state_spec(*copies, copy, {2, 5}).title.starts_with("Layer 2, query head 5 · "));
}

// Rows go down: so does what is dragged, and the wheel keeps the row under the pointer.
TEST(StateMapView, DragAndWheelKeepWhatIsUnderThePointer) {
  application();
  Open open(traced("full"));
  StateMapPlot& plot = open.view.plot();
  plot.set_view({plots::Range{100, 200}, plots::Range{100, 200}});
  static_cast<void>(plot.grab());
  const QPoint from = open.at(150, 160);
  const QPoint to = open.at(140, 130);
  QTest::mousePress(&plot, Qt::LeftButton, {}, from);
  QTest::mouseMove(&plot, to);
  QTest::mouseRelease(&plot, Qt::LeftButton, {}, to);
  EXPECT_NEAR(plot.view().x->low, 110, 1);
  EXPECT_NEAR(plot.view().y->low, 130, 1);
  static_cast<void>(plot.grab());
  const QPointF at = open.at(140, 150);
  const QPointF before = plot.geometry()->to_data(at);
  QWheelEvent event(at, plot.mapToGlobal(at), {}, {0, 240}, Qt::NoButton, Qt::NoModifier,
                    Qt::NoScrollPhase, false);
  QApplication::sendEvent(&plot, &event);
  static_cast<void>(plot.grab());
  EXPECT_NEAR(plot.view().y->high - plot.view().y->low, 100 / (1.25 * 1.25), 1e-6);
  EXPECT_NEAR(plot.geometry()->to_data(at).y(), before.y(), 0.2);
  EXPECT_NEAR(plot.geometry()->to_data(at).x(), before.x(), 0.2);
}

// Every layer loses the same: one list is enough for all of them.
TEST(StateMapView, LayersThatLoseTheSameShareOneList) {
  application();
  Open open(shaped("streaming:sinks=4,window=60", {.prompt = 300, .chunk = 100, .output = 9}), {});
  ASSERT_NE(open.view.subject().sum, nullptr);
  const auto list_of = [&](StreamChoice stream) {
    open.workspace.set_stream(stream);
    EXPECT_TRUE(
        wait_until([&] { return !open.view.busy() && open.view.subject().stream == stream; }));
    return open.view.subject().life->evicted_at;
  };
  EXPECT_EQ(list_of({0, 0}), list_of({5, 1}));
}

TEST(StateMapView, OneEntryIsOneSquareWhereThereIsRoom) {
  application();
  Open open(traced("full"));
  open.view.plot().set_view({plots::Range{9.5, 13.5}, plots::Range{9.5, 13.5}});
  const QImage image = open.image();
  EXPECT_EQ(QColor(image.pixel(open.at(10.3, 10.3))), role(plots::Role::kLive));
  EXPECT_EQ(QColor(image.pixel(open.at(11, 10.3))), QColor(255, 255, 255));
  EXPECT_EQ(QColor(image.pixel(open.at(11.3, 12.3))), role(plots::Role::kLive));
}

TEST(StateMapView, AllStreamsAreTheirMean) {
  application();
  Open open(traced("snapkv:sparsity=0.7"), {});
  const Outcome& outcome = *open.workspace.outcome();
  ASSERT_NE(open.view.subject().sum, nullptr);
  for (const auto& [row, key] : {std::pair{200, 10}, {200, 100}, {330, 290}, {63, 3}}) {
    std::int64_t evicted = 0;
    for (std::int32_t layer = 0; layer < outcome.layers(); ++layer) {
      for (std::int32_t head = 0; head < outcome.heads(); ++head) {
        evicted +=
            outcome.lives->evicted_at(layer, head)[static_cast<std::size_t>(key)] <= row ? 1 : 0;
      }
    }
    const std::int64_t streams = outcome.streams();
    EXPECT_TRUE(open.view.words_at(row, key).endsWith(
        QStringLiteral("live in %1, evicted in %2 of %3 streams")
            .arg(streams - evicted)
            .arg(evicted)
            .arg(streams)))
        << qPrintable(open.view.words_at(row, key));
    // One entry alone, its colour between those of the two states.
    open.view.plot().set_view(
        {plots::Range{key - 2.0, key + 2.0}, plots::Range{row - 2.0, row + 2.0}});
    const QColor seen(open.image().pixel(open.at(key, row)));
    const double share = static_cast<double>(evicted) / static_cast<double>(streams);
    const QColor live = role(plots::Role::kLive);
    const QColor gone = role(plots::Role::kEvicted);
    EXPECT_NEAR(seen.red(), live.red() + share * (gone.red() - live.red()), 1.5);
    EXPECT_NEAR(seen.blue(), live.blue() + share * (gone.blue() - live.blue()), 1.5);
  }
}

TEST(StateMapView, SaysThatLongRunsGiveNoAttentionOfAnEntry) {
  application();
  Open open(traced("snapkv:sparsity=0.7"), {0, 0});
  EXPECT_TRUE(open.view.words_at(200, 10).endsWith(QStringLiteral(" · attention below 0.01 %")))
      << qPrintable(open.view.words_at(200, 10));
  open.view.set_most_rows(300);
  open.workspace.set_stream({1, 0});
  ASSERT_TRUE(wait_until(
      [&] { return !open.view.busy() && open.view.subject().stream == StreamChoice{1, 0}; }));
  EXPECT_TRUE(open.view.words_at(200, 10).endsWith(
      QStringLiteral(" · attention of single entries: of runs up to 300 rows only")))
      << qPrintable(open.view.words_at(200, 10));
}

TEST(StateMapView, SaysWhenAndWhyAKeyWent) {
  application();
  WhatIf what_if;
  what_if.shape = "llama-3.2-1b";
  what_if.prompt = 4;
  what_if.output = 4;
  what_if.chunk = 2;
  what_if.policy = *parse_policy("streaming:sinks=1,window=2");
  Open open(what_if, {3, 2});
  EXPECT_EQ(open.view.words_at(5, 1),
            QStringLiteral("Row 5 (decode pass 1) · key 1: evicted after row 3 (end of prefill "
                           "pass 1) by streaming:sinks=1,window=2, which kept 3 of 4"));
  EXPECT_EQ(open.view.words_at(3, 1),
            QStringLiteral("Row 3 (prefill pass 1) · key 1: live; evicted later, after row 3 (end "
                           "of prefill pass 1) by streaming:sinks=1,window=2, which kept 3 of 4"));
  EXPECT_EQ(open.view.words_at(7, 0),
            QStringLiteral("Row 7 (decode pass 3) · key 0: live, and kept to the end"));
  EXPECT_EQ(open.view.words_at(2, 3), QStringLiteral("Row 2 (prefill pass 1) · key 3: a row does "
                                                     "not see keys that come after it"));
  EXPECT_EQ(open.view.words_at(8, 0), QString());
}

TEST(StateMapView, TokensAreReadWithTheirWhiteSpace) {
  SourceCache sources;
  const auto trace = sources.trace(bundled_trace("needle-320-rows.h5"));
  ASSERT_TRUE(trace);
  bool space = false;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>((*trace)->tokens().size()); ++i) {
    const auto text = (*trace)->token_text(i);
    if (text && *text == " ") {
      EXPECT_EQ(token_words(trace->get(), i), QStringLiteral("“·”"));
      space = true;
    }
  }
  EXPECT_TRUE(space);
  EXPECT_EQ(token_words(trace->get(), 100000), QString());
  EXPECT_EQ(token_words(nullptr, 0), QString());
}

TEST(StateMapView, ThePointerIsReadAloudAndAClickChoosesRowAndKey) {
  application();
  Open open(traced("snapkv:sparsity=0.7"));
  QStringList texts;
  QObject::connect(&open.view, &StateMapView::hovered_text_changed,
                   [&](const QString& text) { texts.push_back(text); });
  QTest::mouseMove(&open.view.plot(), open.at(100, 200));
  ASSERT_FALSE(texts.isEmpty());
  EXPECT_TRUE(texts.back().startsWith(QStringLiteral("Row "))) << qPrintable(texts.back());
  EXPECT_TRUE(texts.back().contains(QStringLiteral("attention"))) << qPrintable(texts.back());
  QTest::mouseClick(&open.view.plot(), Qt::LeftButton, {}, open.at(100, 200));
  EXPECT_NEAR(static_cast<double>(open.workspace.row()), 200, 1);
  EXPECT_NEAR(static_cast<double>(open.workspace.key()), 100, 1);
}

TEST(StateMapView, KeysChooseRowAndKey) {
  application();
  Open open(traced("snapkv:sparsity=0.7"));
  StateMapPlot& plot = open.view.plot();
  open.workspace.set_row(200);
  const auto [width, height] =
      std::pair{plot.geometry()->plot.width(), plot.geometry()->plot.height()};
  const std::int64_t across = std::max(1L, std::lround(332 / width));
  const std::int64_t down = std::max(1L, std::lround(332 / height));
  QTest::keyClick(&plot, Qt::Key_Left);  // without a key from the diagonal
  EXPECT_EQ(open.workspace.key(), 200 - across);
  EXPECT_EQ(open.workspace.row(), 200);
  QTest::keyClick(&plot, Qt::Key_Down);
  EXPECT_EQ(open.workspace.row(), 200 + down);
  EXPECT_EQ(open.workspace.key(), 200 - across);
  EXPECT_EQ(open.view.hovered_text(),
            open.view.words_at(open.workspace.row(), open.workspace.key()));
  QTest::keyClick(&plot, Qt::Key_PageUp);
  EXPECT_EQ(open.workspace.row(), 200 + down - 33);  // a tenth of 332 rows
  QTest::keyClick(&plot, Qt::Key_Home);
  EXPECT_EQ(open.workspace.key(), 0);
  QTest::keyClick(&plot, Qt::Key_Left);
  EXPECT_EQ(open.workspace.key(), 0);
  QTest::keyClick(&plot, Qt::Key_End);
  EXPECT_EQ(open.workspace.key(), open.workspace.row());

  // Where the pointer rests does not matter once a key was pressed.
  QTest::mouseMove(&plot, open.at(50, 60));
  EXPECT_TRUE(open.view.hovered_text().startsWith(QStringLiteral("Row 60 ")));
  QTest::keyClick(&plot, Qt::Key_Up);
  EXPECT_EQ(open.view.hovered_text(),
            open.view.words_at(open.workspace.row(), open.workspace.key()));

  // Zoomed in, a step is an entry, starts at what is seen and takes the picture along.
  plot.set_view({plots::Range{9.5, 19.5}, plots::Range{29.5, 39.5}});
  static_cast<void>(plot.grab());
  open.workspace.set_row(100);
  open.workspace.set_key(10);
  QTest::keyClick(&plot, Qt::Key_Left);
  EXPECT_EQ(open.workspace.row(), 39);
  EXPECT_EQ(open.workspace.key(), 9);
  EXPECT_EQ(plot.view().x, (plots::Range{8, 18}));
  EXPECT_EQ(plot.view().y, (plots::Range{29.5, 39.5}));

  QTest::keyClick(&plot, Qt::Key_Escape);
  EXPECT_EQ(open.workspace.key(), -1);
}

TEST(StateMapView, ControlsAndWorkspaceAgree) {
  application();
  Open open(traced("snapkv:sparsity=0.7"));
  const auto spins = open.view.findChildren<QSpinBox*>();
  ASSERT_EQ(spins.size(), 2);
  EXPECT_EQ(spins[0]->value(), 2);
  EXPECT_EQ(spins[1]->value(), 1);
  spins[0]->setValue(0);
  EXPECT_EQ(open.workspace.stream(), (StreamChoice{0, 1}));
  QCheckBox* const all = open.view.findChildren<QCheckBox*>().front();
  all->setChecked(true);
  EXPECT_TRUE(open.workspace.stream().all());
  EXPECT_FALSE(spins[0]->isEnabled());
  ASSERT_TRUE(wait_until([&] { return !open.view.busy(); }));
  EXPECT_NE(open.view.subject().sum, nullptr);
  all->setChecked(false);
  EXPECT_EQ(open.workspace.stream(), (StreamChoice{0, 1}));
}

TEST(StateMapView, ControlsTakeTwoLinesWhereTheyMust) {
  application();
  Open open(traced("snapkv:sparsity=0.7"));
  open.view.show_mass(true);
  auto* controls = open.view.findChild<StateMapControls*>();
  const int line = controls->height();
  for (const int width : {900, controls->minimumSizeHint().width(), 900}) {
    open.view.resize(width, 600);
    QCoreApplication::processEvents();
    ASSERT_EQ(controls->width(), width);
    std::vector<QRect> places;
    for (const QWidget* part : controls->findChildren<QWidget*>(Qt::FindDirectChildrenOnly)) {
      EXPECT_TRUE(controls->rect().contains(part->geometry())) << part->metaObject()->className();
      EXPECT_GE(part->width(), part->minimumSizeHint().width());
      for (const QRect& other : places) {
        EXPECT_FALSE(part->geometry().intersects(other)) << part->metaObject()->className();
      }
      places.push_back(part->geometry());
    }
    EXPECT_EQ(controls->height() > line, width < 900) << controls->height();
  }
}

TEST(StateMapView, SaysWhatIsMissingWhereNobodyKnows) {
  application();
  WhatIf what_if;
  what_if.prompt = 1024;
  what_if.policy = *parse_policy("full");
  Open open(what_if, {0, 0});
  EXPECT_NE(open.view.plot().spec(), nullptr);
  what_if.policy = *parse_policy("snapkv:sparsity=0.5");
  open.workspace.edit(what_if, "policy");
  ASSERT_TRUE(settled(open.workspace));
  EXPECT_EQ(open.view.plot().spec(), nullptr);
  EXPECT_EQ(open.view.subject().outcome, nullptr);
  what_if.policy = *parse_policy("streaming");
  open.workspace.edit(what_if, "policy");
  ASSERT_TRUE(settled(open.workspace));
  ASSERT_TRUE(wait_until([&] { return !open.view.busy(); }));
  EXPECT_NE(open.view.plot().spec(), nullptr);
}

TEST(StateMapView, SaysThatItIsStillOfTheScenarioBefore) {
  Open open(shaped("streaming:sinks=4,window=60", {.prompt = 1000, .chunk = 100, .output = 0}), {});
  const auto still = [&] {
    return open.view.hovered_text().startsWith(QStringLiteral(
        "Still the map of llama-3.1-8b · streaming:sinks=4,window=60 · prompt 1000"));
  };
  EXPECT_FALSE(still());
  open.workspace.edit(
      shaped("streaming:sinks=4,window=4000", {.prompt = 1 << 21, .chunk = 64, .output = 0}),
      QStringLiteral("prompt"));
  ASSERT_TRUE(settled(open.workspace));
  EXPECT_TRUE(wait_until(still));
  open.workspace.undo_stack().undo();
  ASSERT_TRUE(settled(open.workspace));
  ASSERT_TRUE(wait_until([&] { return !open.view.busy(); }));
  EXPECT_FALSE(still());
}

TEST(StateMapView, AttentionWaitsForTheMapOfItsTrace) {
  application();
  Open open(traced("snapkv:sparsity=0.7"));
  open.view.show_mass(true);
  WhatIf shape;
  shape.prompt = 500;
  shape.output = 12;
  shape.policy = *parse_policy("streaming:sinks=4,window=60");
  open.workspace.open(shape);
  ASSERT_TRUE(settled(open.workspace));
  ASSERT_TRUE(wait_until([&] { return !open.view.busy(); }));
  ASSERT_EQ(open.view.subject().outcome, open.workspace.outcome());
  // Out of sight the map stays that of the shape, and attention may be asked for meanwhile.
  open.view.hide();
  open.workspace.open(traced("snapkv:sparsity=0.7"));
  ASSERT_TRUE(settled(open.workspace));
  ASSERT_TRUE(open.view.mass_shown());
  emit open.view.plot().resized();
  QCoreApplication::processEvents();  // it is asked for later
  ASSERT_TRUE(wait_until([&] { return !open.view.busy(); }));
  EXPECT_FALSE(open.view.plot().mass().has_value());
  open.view.show();
  ASSERT_TRUE(wait_until([&] { return !open.view.busy() && open.view.plot().mass(); }));
  EXPECT_EQ(open.view.subject().outcome, open.workspace.outcome());
}

TEST(StateMapView, AttentionComesWithTheFirstPainting) {
  application();
  Workspace workspace;
  workspace.open(traced("snapkv:sparsity=0.7"));
  ASSERT_TRUE(settled(workspace));
  workspace.set_stream({1, 1});
  StateMapView view(workspace);
  view.show_mass(true);
  view.resize(360, 400);  // less than a pixel an entry
  view.show();            // how large the picture is, is not known before it is painted
  ASSERT_TRUE(wait_until([&] { return view.plot().mass().has_value(); }));
  const int width = view.plot().mass()->view.width;
  view.resize(900, 900);
  ASSERT_TRUE(wait_until([&] { return view.plot().mass()->view.width > width; }));
}

TEST(StateMapView, AttentionIsInkOfItsStrength) {
  application();
  Open open(traced("full"));
  open.view.plot().set_view({plots::Range{-0.5, 19.5}, plots::Range{-0.5, 19.5}});
  open.view.show_mass(true);
  ASSERT_TRUE(wait_until([&] { return !open.view.busy(); }));
  const auto& mass = open.view.plot().mass();
  ASSERT_TRUE(mass);
  ASSERT_EQ(mass->view.width, 20);
  const QImage image = open.image();
  // The first row looks at itself alone: full ink.
  EXPECT_NEAR(mass->mass[0], 1, 1e-3);
  const plots::Rgb ink = mass_ink(false);
  EXPECT_NEAR(QColor(image.pixel(open.at(0.2, 0.2))).red(), ink.r, 3);
  // Where nothing is seen there is no ink, whatever the state.
  EXPECT_TRUE(std::isnan(mass->mass[19]));
  EXPECT_EQ(QColor(image.pixel(open.at(19, 0.2))), QColor(255, 255, 255));
  EXPECT_EQ(mass_strength(0.00001F), 0);
  EXPECT_NEAR(mass_strength(0.01F), 0.5, 1e-6);
  EXPECT_EQ(mass_strength(1), 1);
  open.view.show_mass(false);
  EXPECT_FALSE(open.view.plot().mass());
}

// The first row's own key gets all of its attention: ink at full strength.
TEST(StateMapPlot, ExportedPicturesHaveTheAttention) {
  application();
  Open open(traced("snapkv:sparsity=0.7"));
  open.view.show_mass(true);
  ASSERT_TRUE(wait_until([&] { return !open.view.busy() && open.view.plot().mass(); }));
  const QTemporaryDir folder;
  const auto picture = [&](const char* name, plots::Look look) {
    const QString file = folder.filePath(QLatin1String(name));
    EXPECT_TRUE(open.view.plot().export_picture(file, look).ok());
    return QImage(file);
  };
  const auto colours = [](const QImage& image) {
    std::set<QRgb> all;
    for (int y = 0; y < image.height(); ++y) {
      for (int x = 0; x < image.width(); ++x) {
        all.insert(image.pixel(x, y));
      }
    }
    return all;
  };
  for (const auto look : {plots::Look::kLight, plots::Look::kDark}) {
    SCOPED_TRACE(look == plots::Look::kDark);
    const bool dark = look == plots::Look::kDark;
    const auto [r, g, b] = mass_ink(dark);
    open.view.plot().set_view({plots::Range{-0.5, 3.5}, plots::Range{-0.5, 3.5}});
    ASSERT_TRUE(wait_until([&] { return !open.view.busy() && open.view.plot().mass(); }));
    EXPECT_TRUE(colours(picture("with.png", look)).contains(qRgb(r, g, b)));
  }
  const auto svg = [&] {
    EXPECT_TRUE(open.view.plot().export_picture(folder.filePath(QStringLiteral("a.svg"))).ok());
    QFile file(folder.filePath(QStringLiteral("a.svg")));
    EXPECT_TRUE(file.open(QIODevice::ReadOnly));
    return file.readAll();
  };
  // Attention of the whole map while its view is elsewhere: the image ends with the plot, and its
  // first pixel is key 20 at row 60, not the first row's own.
  open.view.plot().fit();
  ASSERT_TRUE(wait_until([&] { return !open.view.busy() && open.view.plot().mass(); }));
  open.view.plot().set_view({plots::Range{20, 110}, plots::Range{60, 130}});
  const QByteArray panned = svg();
  const QByteArray head("data:image/png;base64,");
  const auto begin = panned.lastIndexOf(head) + head.size();
  const QByteArray data = panned.mid(begin, panned.indexOf('"', begin) - begin);
  const QImage image = QImage::fromData(QByteArray::fromBase64(data));
  ASSERT_FALSE(image.isNull());
  EXPECT_LT(qAlpha(image.pixel(0, 0)), 128);
  const QPoint own(image.width() - 1, image.height() * 50 / 70);  // key 110 at row 110
  EXPECT_GT(qAlpha(image.pixel(own)), 0);
  EXPECT_TRUE(svg().contains("Ink: attention, the largest"));
  open.view.show_mass(false);
  EXPECT_FALSE(svg().contains("Ink"));
  const auto [r, g, b] = mass_ink(false);
  EXPECT_FALSE(colours(picture("without.png", plots::Look::kLight)).contains(qRgb(r, g, b)));
}

}  // namespace
}  // namespace kvfoot::gui
