// What the window works out beside the reader: files, long runs, panels that nobody sees.
#include <gtest/gtest.h>

#include <QEvent>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <memory>

#include "gui/view/compare_view.hpp"
#include "gui/view/elided_label.hpp"
#include "gui/view/formula_view.hpp"
#include "gui/view/state_map_view.hpp"
#include "gui/view/trade_off_view.hpp"
#include "tests/gui/window_fixture.hpp"

namespace kvfoot::gui {
namespace {

TEST_F(WindowTest, OfSeveralFilesTheLastIsOpened) {
  workspace().open(small());
  const QString text = QStringLiteral(
      "kvfoot: 1\nworkload: {shape: llama-3.1-8b, prompt: 1000, output: 8}\nchunk: 100\n"
      "policy: full\n");
  const QString first = write("first.yaml", text.toStdString());
  const QString second = write("second.yaml", text.toStdString());
  int opened = 0;
  QObject::connect(window_, &MainWindow::opened, [&] { ++opened; });
  window_->open_file(first);
  window_->open_file(second);
  EXPECT_TRUE(window_->opening());
  EXPECT_EQ(workspace().what_if(), small());  // the old one until then
  ASSERT_TRUE(wait_until([&] { return !window_->opening(); }));
  EXPECT_TRUE(window_->windowTitle().startsWith(QLatin1String("second.yaml")));
  EXPECT_EQ(recent_files(), QStringList{second});
  EXPECT_EQ(opened, 1);
}

TEST_F(WindowTest, ClosingEndsWhatIsBeingOpened) {
  workspace().open(small());
  window_->open_file(QString::fromStdString(bundled_trace("needle-320-rows.h5")));
  window_->close();
  EXPECT_FALSE(window_->opening());
  QTest::qWait(50);
  EXPECT_EQ(workspace().what_if(), small());
  EXPECT_TRUE(recent_files().isEmpty());
}

// Of a run that takes many seconds: the worker is free for the next long before its end.
TEST_F(WindowTest, ClosingEndsALongRun) {
  WhatIf slow;
  slow.chunk = 1;
  slow.output = 100000;
  slow.device = "h100-sxm";
  slow.layout.quant = *parse_kv_quant("kivi");
  constexpr qint64 kTotal = 2 * (131072 + 100000);  // the clock counts the rows again
  qint64 done = 0;
  QObject::connect(&workspace(), &Workspace::progressed, [&](qint64 rows_done, qint64 rows_total) {
    done = rows_total == kTotal ? rows_done : done;
  });
  workspace().open(slow);
  ASSERT_TRUE(wait_until([&] { return done > 0; }));
  window_->close();
  EXPECT_FALSE(workspace().busy());
  workspace().open(small());
  ASSERT_TRUE(settled(workspace()));
  EXPECT_LT(done, kTotal);
}

TEST_F(WindowTest, NumbersOfAnotherScenarioAreSaidToBe) {
  workspace().open(small());
  ASSERT_TRUE(settled(workspace()));
  auto& numbers = *window_->findChild<ElidedLabel*>(QStringLiteral("numbers"));
  const QString shown = numbers.whole();
  EXPECT_TRUE(numbers.isEnabled());
  WhatIf slow = small();
  slow.prompt = 1 << 20;
  slow.chunk = 1;
  slow.output = 1 << 20;
  workspace().edit(slow, QStringLiteral("output"));
  ASSERT_TRUE(workspace().busy());
  workspace().cancel();
  EXPECT_FALSE(numbers.isEnabled());
  EXPECT_TRUE(numbers.whole().endsWith(shown)) << qPrintable(numbers.whole());
  EXPECT_TRUE(numbers.whole().startsWith(QStringLiteral(
      "still the numbers of llama-3.1-8b · full · prompt 1000 · output 24 · chunk 100")))
      << qPrintable(numbers.whole());
  workspace().undo_stack().undo();
  ASSERT_TRUE(settled(workspace()));
  EXPECT_TRUE(numbers.isEnabled());
  EXPECT_EQ(numbers.whole(), shown);
  // One that is refused is another one, too.
  WhatIf refused = small();
  refused.policy = {"duo", {}};
  workspace().edit(refused, QStringLiteral("policy"));
  ASSERT_TRUE(wait_until([&] { return workspace().error().has_value(); }));
  EXPECT_FALSE(numbers.isEnabled());
  EXPECT_NE(numbers.whole(), shown);
}

// Counts how often a widget is given a tool tip: the status line's parts are one.
class TipCounter final : public QObject {
 public:
  explicit TipCounter(QWidget& widget) { widget.installEventFilter(this); }
  int count = 0;

 protected:
  bool eventFilter(QObject* /*watched*/, QEvent* event) override {
    count += event->type() == QEvent::ToolTipChange ? 1 : 0;
    return false;
  }
};

TEST_F(WindowTest, EveryReplayWritesItsNumbersOnce) {
  workspace().open(small());
  ASSERT_TRUE(settled(workspace()));
  TipCounter written(*window_->findChild<ElidedLabel*>(QStringLiteral("numbers")));
  WhatIf other = small();
  other.chunk = 50;
  workspace().edit(other, QStringLiteral("chunk"));
  ASSERT_TRUE(settled(workspace()));
  EXPECT_EQ(written.count, 1);
  other.policy = {"duo", {}};  // refused
  workspace().edit(other, QStringLiteral("policy"));
  ASSERT_TRUE(wait_until([&] { return !workspace().busy(); }));
  EXPECT_EQ(written.count, 2);
  workspace().cancel();  // nothing is under way
  EXPECT_EQ(written.count, 2);
}

// Its replay is stopped: what was wrong with the one before is not said again.
TEST_F(WindowTest, CancelBringsNoErrorBack) {
  WhatIf refused = small();
  refused.policy = {"duo", {}};
  workspace().open(refused);
  ASSERT_TRUE(wait_until([&] { return workspace().error().has_value(); }));
  ASSERT_NE(window_->messages().text(), QString());
  window_->messages().buttons().back()->click();
  workspace().edit(small(), QStringLiteral("policy"));
  workspace().cancel();
  EXPECT_EQ(window_->messages().text(), QString());
}

TEST_F(WindowTest, WhatNobodySeesIsNotWorkedOut) {
  auto& compare = *window_->findChild<CompareView*>();
  auto& formula = *window_->findChild<FormulaView*>();
  auto& trade_off = *window_->findChild<TradeOffView*>();
  auto& map = *window_->findChild<StateMapView*>();
  const auto edit = [&](std::int64_t chunk) {
    WhatIf what_if = small();
    what_if.policy = *parse_policy("streaming:sinks=4,window=60");
    what_if.chunk = chunk;
    workspace().edit(what_if, QStringLiteral("chunk"));
    EXPECT_TRUE(settled(workspace()));
  };
  edit(100);
  QSignalSpy terms(&formula.model(), &QAbstractItemModel::modelReset);
  QSignalSpy columns(&compare.model(), &QAbstractItemModel::modelReset);
  edit(200);
  EXPECT_EQ(columns.count(), 1);  // compared scenarios and map stand in front
  ASSERT_TRUE(wait_until([&] { return map.subject().outcome == workspace().outcome(); }));
  EXPECT_EQ(terms.count(), 0);
  EXPECT_FALSE(trade_off.busy());
  EXPECT_EQ(trade_off.sweep(), nullptr);

  window_->look_at(QStringLiteral("formula"));
  EXPECT_EQ(terms.count(), 1);
  EXPECT_GT(formula.model().rowCount(), 0);
  window_->look_at(QStringLiteral("compare"));
  window_->look_at(QStringLiteral("formula"));
  EXPECT_EQ(terms.count(), 1);  // nothing has changed
  EXPECT_EQ(columns.count(), 1);

  window_->look_at(QStringLiteral("heads"));
  const std::weak_ptr<const Outcome> before = workspace().outcome();
  edit(300);
  edit(400);
  EXPECT_EQ(columns.count(), 2);  // emptied, once
  EXPECT_EQ(compare.model().columnCount(), 0);
  EXPECT_EQ(map.subject().outcome, nullptr);
  EXPECT_FALSE(map.busy());
  EXPECT_TRUE(wait_until([&] { return before.expired(); }));  // nobody keeps what nobody sees
  window_->look_at(QStringLiteral("states"));
  ASSERT_TRUE(wait_until([&] { return map.subject().outcome == workspace().outcome(); }));
  window_->look_at(QStringLiteral("trade_off"));
  EXPECT_TRUE(trade_off.busy());
  window_->look_at(QStringLiteral("compare"));
  EXPECT_FALSE(trade_off.busy());  // stopped
  EXPECT_EQ(compare.model().columnCount(), 1);
  window_->look_at(QStringLiteral("trade_off"));
  ASSERT_TRUE(wait_until([&] { return trade_off.sweep() != nullptr; }));
}

}  // namespace
}  // namespace kvfoot::gui
