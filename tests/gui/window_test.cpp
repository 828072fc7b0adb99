// The whole window: files, playback, export, and what it says when something is wrong.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <QAccessible>
#include <QCheckBox>
#include <QComboBox>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QImage>
#include <QLabel>
#include <QMap>
#include <QMimeData>
#include <QRadioButton>
#include <QTest>
#include <QTextDocument>
#include <QTextDocumentFragment>
#include <QTimer>
#include <QToolBar>
#include <QToolButton>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <memory>
#include <utility>

#include "gui/model/scenario_text.hpp"
#include "gui/view/elided_label.hpp"
#include "gui/view/timeline_panel.hpp"
#include "gui/window/playback.hpp"
#include "gui/window/settle.hpp"
#include "sim/report/timeline_csv.hpp"
#include "sim/trace/reader.hpp"
#include "tests/gui/window_fixture.hpp"

namespace kvfoot::gui {
namespace {

TEST_F(WindowTest, OpensATraceWithItsOwnLengths) {
  workspace().open(small());
  open(QString::fromStdString(bundled_trace("needle-320-rows.h5")));
  ASSERT_TRUE(settled(workspace()));
  EXPECT_EQ(workspace().outcome()->result.inputs.run.prompt, 320);
  EXPECT_EQ(window_->messages().text(), QString());
  EXPECT_TRUE(window_->windowTitle().startsWith(QLatin1String("needle-320-rows.h5")));
  EXPECT_EQ(recent_files().size(), 1);
}

// The first look at a trace is no triangle in which nothing is evicted.
TEST_F(WindowTest, ThePolicyThatNobodyChoseFitsTheTrace) {
  EXPECT_EQ(to_string(first_policy(131072)), "streaming:sinks=128,window=8064");
  EXPECT_EQ(to_string(first_policy(4)), "streaming:sinks=4,window=1");
  WhatIf first;
  first.policy = first_policy(first.prompt);
  window_->suggest(first);
  const QString needle = QString::fromStdString(bundled_trace("needle-320-rows.h5"));
  const auto policy = [&] { return to_string(workspace().what_if().policy); };
  open(needle);
  EXPECT_EQ(policy(), "streaming:sinks=4,window=16");
  ASSERT_TRUE(settled(workspace()));
  EXPECT_LT(workspace().outcome()->result.metrics.footprint, 0.5);
  open(QString::fromStdString(bundled_trace("needle-2k-blocks.h5")));
  EXPECT_EQ(policy(), "streaming:sinks=4,window=124");
  // Chosen, if only by going back to it: that stays.
  WhatIf chosen = workspace().what_if();
  chosen.policy = first_policy(first.prompt);
  workspace().open(chosen);
  open(needle);
  EXPECT_EQ(policy(), "streaming:sinks=128,window=8064");
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
  const QString pipe = in_folder("pipe.h5");  // opening it would wait for somebody who writes
  ASSERT_EQ(::mkfifo(pipe.toStdString().c_str(), 0600), 0);
  const std::string head = "kvfoot: 1\nworkload: {";
  for (const Case& c :
       {Case{pipe, "is a pipe or a device"},
        Case{in_folder("none.h5"), "cannot open: No such file or directory"},
        Case{folder_.path(), "is a folder"},
        Case{write("cut.h5", bytes.substr(0, bytes.size() / 2)), "cut.h5"},
        Case{write("bad.yaml", "kvfoot: 1\nworkload: 7\n"), "bad.yaml:2"},
        Case{write("other.yaml", "kvfoot: 99\n"), "other.yaml:1"},
        Case{write("pipe1.yaml", head + "shape: pipe.h5, prompt: 9}\npolicy: full\n"),
             "is a pipe or a device"},
        Case{write("pipe2.yaml", head + "shape: llama-3.1-8b, prompt: 9}\n"
                                        "policy: full\ndevice_model: pipe.h5\n"),
             "is a pipe or a device"},
        Case{write("pipe3.yaml", head + "shape: llama-3.1-8b, prompt: 9}\n"
                                        "policy: {duo: {heads: pipe.h5}}\n"),
             "is a pipe or a device"}}) {
    EXPECT_FALSE(open(c.file));
    EXPECT_TRUE(window_->messages().text().contains(QLatin1String(c.says)))
        << window_->messages().text().toStdString();
    EXPECT_EQ(workspace().outcome(), before);
    EXPECT_EQ(workspace().what_if(), small());
  }
  EXPECT_TRUE(recent_files().isEmpty());
}

TEST_F(WindowTest, ResettingTheLayoutBringsBackTheFirstOne) {
  const auto sizes = [&] {
    QApplication::processEvents();
    QMap<QString, QRect> all;
    for (const QDockWidget* dock : window_->findChildren<QDockWidget*>()) {
      if (!dock->visibleRegion().isEmpty()) {
        all[dock->objectName()] = dock->geometry();
      }
    }
    return all;
  };
  const auto first = sizes();
  ASSERT_GE(first.size(), 3);
  auto* const compare = window_->findChild<QDockWidget*>(QStringLiteral("compare"));
  window_->resizeDocks({compare}, {420}, Qt::Vertical);
  window_->findChild<QDockWidget*>(QStringLiteral("scenario"))->close();
  EXPECT_NE(sizes(), first);
  for (QAction* action : window_->findChildren<QAction*>()) {
    if (action->text() == QStringLiteral("&Reset layout")) {
      action->trigger();
    }
  }
  EXPECT_EQ(sizes(), first);
}

// An installed program's own traces are nowhere near the working folder.
TEST_F(WindowTest, OpeningStartsWhereTheTracesAreAndThenWhereTheLastFileWas) {
  const auto offered = [&](const std::function<void()>& ask) {
    QString folder;
    QTimer look;
    QObject::connect(&look, &QTimer::timeout, [&] {
      if (auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget())) {
        folder = dialog->directory().canonicalPath();
        dialog->reject();
      }
    });
    look.start(20);
    ask();
    return folder;
  };
  const auto ask = [&] { window_->findChild<QAction*>(QStringLiteral("action.open"))->trigger(); };
  const QFileInfo trace(QString::fromStdString(bundled_trace("needle-320-rows.h5")));
  EXPECT_EQ(offered(ask), trace.canonicalPath());
  EXPECT_EQ(offered([&] { click_browse(); }), trace.canonicalPath());
  const QString mine = write("mine.yaml",
                             "kvfoot: 1\nworkload: {shape: llama-3.1-8b, prompt: 1000}\n"
                             "chunk: 100\npolicy: full\n");
  EXPECT_TRUE(answer_dialog(mine, ask));
  ASSERT_TRUE(opened());
  EXPECT_EQ(offered(ask), QFileInfo(folder_.path()).canonicalFilePath());
}

TEST_F(WindowTest, ExamplesAreInTheMenu) {
  auto* trace = window_->findChild<QAction*>(QStringLiteral("example.needle-320-rows.h5"));
  ASSERT_NE(trace, nullptr);
  EXPECT_NE(window_->findChild<QAction*>(QStringLiteral("example.bounds.yaml")), nullptr);
  trace->trigger();
  ASSERT_TRUE(opened());
  EXPECT_EQ(
      QFileInfo(QString::fromStdString(workspace().what_if().trace)).canonicalFilePath(),
      QFileInfo(QString::fromStdString(bundled_trace("needle-320-rows.h5"))).canonicalFilePath());
}

TEST_F(WindowTest, ATraceThatVanishesKeepsThePicture) {
  const QString copy = in_folder("copy.h5");
  ASSERT_TRUE(QFile::copy(QString::fromStdString(bundled_trace("needle-320-rows.h5")), copy));
  open(copy);
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
  open(write("many.yaml",
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
  EXPECT_FALSE(open(write("broken.h5", "no trace")));
  EXPECT_TRUE(window_->messages().text().contains(QLatin1String("is no trace")));
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
  // Rows count from 0, here as everywhere: the last of 1024 is 1023.
  auto* where = playback->findChild<QLabel*>(QStringLiteral("where"));
  EXPECT_EQ(where->text(), QStringLiteral("row 1\u202f023 of 0–1\u202f023, decode pass 23"));
}

// Before every number, whole at the size that the window has at first.
TEST_F(WindowTest, ThatTheDeviceIsTooSmallIsSeen) {
  WhatIf what_if = shaped("duo:sparsity=0.5", {.prompt = 131072, .chunk = 2048, .output = 100});
  what_if.device = "rtx-4090";
  what_if.layout.quant = *parse_kv_quant("kivi:bits=4");
  what_if.batch = 8;
  workspace().open(what_if);
  ASSERT_TRUE(settled(workspace()));
  auto* alarm = window_->findChild<QLabel*>(QStringLiteral("does_not_fit"));
  ASSERT_TRUE(alarm->isVisible());
  EXPECT_TRUE(alarm->text().startsWith(QStringLiteral("⚠ does not fit: ")));
  EXPECT_TRUE(alarm->toolTip().contains(QLatin1String("does not fit into the 23.99 GiB of rtx")))
      << alarm->toolTip().toStdString();
  ASSERT_TRUE(wait_until([&] { return alarm->width() >= alarm->sizeHint().width(); }));
  EXPECT_LE(alarm->mapTo(window_, QPoint()).x(), 20);
  auto* numbers = window_->findChild<ElidedLabel*>(QStringLiteral("numbers"));
  EXPECT_FALSE(numbers->whole().contains(QLatin1String("does not fit")));
  what_if.device = "h100-sxm";
  what_if.batch = 1;
  workspace().open(what_if);
  ASSERT_TRUE(settled(workspace()));
  EXPECT_FALSE(alarm->isVisible());
}

double contrast(const QColor& a, const QColor& b) {  // WCAG 2.1
  const auto luminance = [](const QColor& colour) {
    const auto linear = [](double c) {
      return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) +
           0.0722 * linear(colour.blueF());
  };
  const double one = luminance(a) + 0.05;
  const double other = luminance(b) + 0.05;
  return std::max(one, other) / std::min(one, other);
}

// WCAG 2.1, 1.4.11: what tells a control has a contrast of 3 : 1.
TEST_F(WindowTest, BoxesToTickAreSeenInBothLooks) {
  for (const Appearance look : {Appearance::kLight, Appearance::kDark}) {
    apply_appearance(look);
    QWidget ground;
    auto* check = new QCheckBox(&ground);
    auto* radio = new QRadioButton(&ground);
    check->setGeometry(10, 10, 30, 30);
    radio->setGeometry(50, 10, 30, 30);
    ground.resize(100, 50);
    const QImage image = ground.grab().toImage();
    for (const int left : {10, 50}) {
      double most = 0;
      for (int x = left; x < left + 30; ++x) {
        most = std::max(most, contrast(image.pixelColor(x, 25), image.pixelColor(2, 2)));
      }
      EXPECT_GE(most, 3) << static_cast<int>(look) << " at " << left;
    }
  }
  apply_appearance(Appearance::kLight);
}

// Names of files are no HTML, nor do they announce keys.
TEST_F(WindowTest, NamesOfFilesAreShownAsTheyAre) {
  const QString name = QStringLiteral("a&b <b>x<br>.h5");
  const QString file = folder_.path() + QLatin1Char('/') + name;
  ASSERT_TRUE(QFile::copy(QString::fromStdString(bundled_trace("needle-320-rows.h5")), file));
  open(file);
  ASSERT_TRUE(settled(workspace()));
  const auto read = [](const QString& tip) {
    return Qt::mightBeRichText(tip) ? QTextDocumentFragment::fromHtml(tip).toPlainText() : tip;
  };
  int tips = 0;
  for (QWidget* widget : window_->findChildren<QWidget*>()) {
    if (widget->toolTip().contains(QLatin1String(".h5"))) {
      ++tips;
      EXPECT_TRUE(read(widget->toolTip()).contains(name)) << widget->toolTip().toStdString();
    }
  }
  EXPECT_GE(tips, 1);
  auto* recent = window_->findChild<QAction*>(QStringLiteral("recent.0"));
  EXPECT_EQ(recent->text(), QStringLiteral("a&&b <b>x<br>.h5"));
  EXPECT_EQ(read(recent->toolTip()), file);
}

TEST_F(WindowTest, TheStatusLineGivesWayAtEveryWidth) {
  WhatIf what_if = small();
  what_if.device = "h100-sxm";
  workspace().open(what_if);
  ASSERT_TRUE(settled(workspace()));
  const QString whole = window_->findChild<ElidedLabel*>(QStringLiteral("numbers"))->whole();
  EXPECT_TRUE(whole.contains(QLatin1String("in whole pages: 128.00 MiB layer by layer")))
      << whole.toStdString();
  ElidedLabel line(Qt::ElideRight);
  line.set_parts({whole});
  line.show();
  line.resize(200, 20);
  EXPECT_TRUE(line.text().endsWith(QChar(0x2026))) << line.text().toStdString();
  EXPECT_LE(line.fontMetrics().horizontalAdvance(line.text()), 200);
  line.resize(4000, 20);
  EXPECT_EQ(line.text(), whole);
}

// However a trace is opened, the policy and what else was asked stay, and what it defines is its.
TEST_F(WindowTest, EveryWayOfOpeningATraceIsOne) {
  const QString file = QString::fromStdString(bundled_trace("needle-320-rows.h5"));
  WhatIf before = small();
  before.chunk = kWholePrompt;
  before.batch = 3;
  before.seed = 7;
  before.kv_dtype = DType::kF32;
  before.policy = *parse_policy("snapkv:sparsity=0.5");
  WhatIf expected;
  expected.trace = file.toStdString();
  expected.prompt = before.prompt;  // that of the shape, if it comes back
  expected.batch = 3;
  expected.policy = before.policy;
  expected.chunk = TraceReader::open(file.toStdString()).value()->header().run.chunk_rows();
  const auto drop = [&] {
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(file)});
    QDragEnterEvent enter({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, {});
    QApplication::sendEvent(window_, &enter);
    QDropEvent event({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, {});
    QApplication::sendEvent(window_, &event);
  };
  const auto recent = [&] {
    auto* action = window_->findChild<QAction*>(QStringLiteral("recent.0"));
    ASSERT_NE(action, nullptr);
    action->trigger();
  };
  const auto choose = [&] { EXPECT_TRUE(answer_dialog(file, [&] { click_browse(); })); };
  const auto menu = [&] {
    EXPECT_TRUE(answer_dialog(
        file, [&] { window_->findChild<QAction*>(QStringLiteral("action.open"))->trigger(); }));
  };
  const std::pair<const char*, std::function<void()>> ways[] = {{"open_file", [&] { open(file); }},
                                                                {"drop", drop},
                                                                {"recent", recent},
                                                                {"scenario", choose},
                                                                {"menu", menu}};
  for (const auto& [name, way] : ways) {
    SCOPED_TRACE(name);
    workspace().open(before);
    ASSERT_TRUE(settled(workspace()));
    way();
    ASSERT_TRUE(opened());
    ASSERT_TRUE(settled(workspace()));
    EXPECT_EQ(workspace().what_if(), expected) << to_command(workspace().what_if());
    EXPECT_FALSE(workspace().undo_stack().canUndo());
    EXPECT_TRUE(window_->windowTitle().startsWith(QLatin1String("needle-320-rows.h5")));
  }
  // Back to the shape and to the trace is an edit; the trace's own values come back with it.
  QTest::mouseClick(window_->findChild<QRadioButton*>(QStringLiteral("source.shape")),
                    Qt::LeftButton, {}, {8, 8});
  EXPECT_TRUE(workspace().what_if().trace.empty());
  WhatIf edited = workspace().what_if();
  edited.output = 5;
  edited.chunk = 4096;
  workspace().edit(edited, QStringLiteral("lengths"));
  QTest::mouseClick(window_->findChild<QRadioButton*>(QStringLiteral("source.trace")),
                    Qt::LeftButton, {}, {8, 8});
  EXPECT_EQ(workspace().what_if(), expected) << to_command(workspace().what_if());
  EXPECT_TRUE(workspace().undo_stack().canUndo());
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
  EXPECT_TRUE(text.contains(QStringLiteral("29\u202f440"))) << text.toStdString();
  EXPECT_TRUE(text.contains(QStringLiteral("34\u202f816"))) << text.toStdString();
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
  ASSERT_TRUE(opened());
  ASSERT_TRUE(settled(workspace()));
  EXPECT_FALSE(workspace().what_if().trace.empty());
}

TEST_F(WindowTest, OnlyFilesAreDropped) {
  const auto drop = [&](const QList<QUrl>& urls) {
    QMimeData data;
    data.setUrls(urls);
    QDragEnterEvent enter({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, {});
    enter.ignore();
    QApplication::sendEvent(window_, &enter);
    QDropEvent event({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, {});
    QApplication::sendEvent(window_, &event);
    return enter.isAccepted();
  };
  const QUrl link(QStringLiteral("https://example.org/a.h5"));
  EXPECT_FALSE(drop({link}));
  EXPECT_FALSE(window_->opening());
  const QString file = QString::fromStdString(bundled_trace("needle-320-rows.h5"));
  EXPECT_TRUE(drop({link, QUrl::fromLocalFile(file)}));
  ASSERT_TRUE(opened());
  EXPECT_EQ(workspace().what_if().trace, file.toStdString());
}

// What screen readers say of the alert that comes with each message; offscreen nobody hears it.
TEST_F(WindowTest, MessagesCanBeReadOut) {
  open(in_folder("none.h5"));
  QAccessibleInterface* read = QAccessible::queryAccessibleInterface(&window_->messages());
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(read->role(), QAccessible::AlertMessage);
  EXPECT_EQ(read->text(QAccessible::Description), window_->messages().text());
  EXPECT_TRUE(read->text(QAccessible::Description).contains(QLatin1String("none.h5")));
}

// Those of the platform are empty on some desktops, and offscreen.
TEST_F(WindowTest, ActionsHaveShortcutsOnEveryPlatform) {
  for (const char* name : {"open", "save", "save_as", "export", "reload", "quit", "undo", "redo",
                           "copy_command", "pin", "lessons"}) {
    auto* action =
        window_->findChild<QAction*>(QStringLiteral("action.%1").arg(QLatin1String(name)));
    ASSERT_NE(action, nullptr) << name;
    EXPECT_FALSE(action->shortcut().isEmpty()) << name;
  }
}

TEST_F(WindowTest, TheWindowFitsASmallScreen) {
  const auto fits = [&](const char* what) {
    for (const auto& [right, below] :
         {std::pair("states", "compare"), std::pair("heads", "trade_off"),
          std::pair("tokens", "formula")}) {
      window_->look_at(QString::fromLatin1(right));
      window_->look_at(QString::fromLatin1(below));
      window_->resize(900, 600);
      settle(*window_);
      EXPECT_EQ(window_->size(), QSize(900, 600)) << what << ", " << right << ", " << below;
    }
  };
  workspace().open(traced("snapkv:sparsity=0.7"));
  ASSERT_TRUE(settled(workspace()));
  workspace().pin();
  fits("a trace");
  ASSERT_TRUE(open(QString::fromStdString(bundled_trace("../scenarios/seconds_on_devices.yaml"))));
  ASSERT_TRUE(settled(workspace()));
  fits("two that hardly compare, one of several with a device");
  window_->look_at(QStringLiteral("memory"));
  fits("memory");
  ASSERT_TRUE(open(QString::fromStdString(bundled_trace("../scenarios/group_copies.yaml"))));
  ASSERT_TRUE(settled(workspace()));
  workspace().set_stream({3, 2});
  fits("heads of queries");
}

}  // namespace
}  // namespace kvfoot::gui
