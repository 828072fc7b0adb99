// The token under the pointer is the one that is meant, and its colour is its life.
#include "gui/view/tokens_view.hpp"

#include <gtest/gtest.h>

#include <QHelpEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMouseEvent>
#include <QScrollBar>
#include <QTest>
#include <QTextDocument>
#include <QToolButton>
#include <QToolTip>

#include "gui/view/looks.hpp"
#include "tests/gui/gui_test.hpp"

namespace kvfoot::gui {
namespace {

class TokensViewTest : public ::testing::Test {
 protected:
  static WhatIf traced_2k(const std::string& policy) {
    WhatIf what_if = traced(policy);
    what_if.trace = bundled_trace("needle-2k-blocks.h5");
    return what_if;
  }
  void show(const WhatIf& what_if, QSize size = {500, 400}) {
    view_.resize(size);
    view_.show();
    workspace_.open(what_if);
    ASSERT_TRUE(settled(workspace_));
    ASSERT_TRUE(wait_until([&] { return !view_.busy(); }));
    static_cast<void>(view_.grab());
  }
  void click(std::int64_t token) {
    QTest::mouseClick(view_.area().viewport(), Qt::LeftButton, {},
                      view_.area().rect_of(token).center().toPoint());
  }
  void hover(std::int64_t token) {
    QWidget* const viewport = view_.area().viewport();
    const QPointF at = view_.area().rect_of(token).center();
    QMouseEvent move(QEvent::MouseMove, at, viewport->mapToGlobal(at), Qt::NoButton, Qt::NoButton,
                     Qt::NoModifier);
    QApplication::sendEvent(viewport, &move);
  }
  // Of a corner of the token's cell, beside its text.
  QColor colour_of(std::int64_t token) {
    const QImage image = view_.area().viewport()->grab().toImage();
    const QRectF cell = view_.area().rect_of(token);
    return image.pixelColor(
        QPoint(static_cast<int>(cell.left()), static_cast<int>(cell.top()) + 1));
  }

  QApplication& application_ = application();  // before the first widget
  Workspace workspace_;
  TokensView view_{workspace_};
};

TEST_F(TokensViewTest, SaysWhatItNeeds) {
  view_.resize(400, 300);
  view_.show();
  EXPECT_EQ(view_.area().texts(), nullptr);
  WhatIf shape;
  shape.prompt = 100;
  workspace_.open(shape);
  ASSERT_TRUE(settled(workspace_));
  EXPECT_EQ(view_.area().texts(), nullptr);
  EXPECT_EQ(view_.area().lives(), nullptr);
  static_cast<void>(view_.grab());
}

TEST_F(TokensViewTest, ShowsEveryTokenOfTheRun) {
  show(traced("full"));
  ASSERT_NE(view_.area().texts(), nullptr);
  EXPECT_EQ(view_.area().texts()->tokens(), 332);
  WhatIf shorter = workspace_.what_if();
  shorter.output = 2;
  workspace_.edit(shorter, "output");
  ASSERT_TRUE(settled(workspace_));
  ASSERT_TRUE(wait_until([&] { return !view_.busy(); }));
  EXPECT_EQ(view_.area().texts()->tokens(), 322);
}

TEST_F(TokensViewTest, FindsWordsAndGoesRound) {
  show(traced("full"));
  const TraceText& texts = *view_.area().texts();
  QString words;  // of the needle, which its segment names
  for (const TokenMark& mark : view_.area().marks()) {
    if (mark.name == QLatin1String("needle")) {
      words = texts.of(mark.begin) + texts.of(mark.begin + 1);
    }
  }
  ASSERT_FALSE(words.trimmed().isEmpty());
  auto* const line = view_.find_line().findChild<QLineEdit*>();
  auto* const count = view_.find_line().findChild<QLabel*>();
  EXPECT_TRUE(view_.find_line().isHidden());
  QTest::keyClick(view_.area().viewport(), Qt::Key_F, Qt::ControlModifier);
  EXPECT_FALSE(view_.find_line().isHidden());
  QTest::keyClicks(line, words.trimmed().toUpper());
  const std::vector<TokenSpan> hits = view_.hits();
  ASSERT_FALSE(hits.empty());
  EXPECT_EQ(hits, TokenSearch(texts).find(words.trimmed()));
  EXPECT_EQ(workspace_.key(), hits.front().begin);
  const QColor frame = plots::to_qcolor(TokenArea::hit_colour(theme_of(view_)));
  const auto framed = [&](std::int64_t token) {
    const QImage image = view_.area().viewport()->grab().toImage();
    const QRectF cell = view_.area().rect_of(token);
    return image.pixelColor(cell.topLeft().toPoint() + QPoint(3, 0)) == frame;
  };
  workspace_.set_key(-1);  // its own frame lies above
  EXPECT_EQ(count->text(), QStringLiteral("hits: %1").arg(hits.size()));
  EXPECT_TRUE(framed(hits.front().begin));

  QTest::keyClick(line, Qt::Key_A, Qt::ControlModifier);
  QTest::keyClicks(line, QStringLiteral("a"));
  const std::vector<TokenSpan> many = view_.hits();
  ASSERT_GT(many.size(), 3U);
  workspace_.set_key(many.back().begin);
  QTest::keyClick(line, Qt::Key_Return);
  EXPECT_EQ(workspace_.key(), many.front().begin);
  EXPECT_TRUE(count->text().startsWith(QStringLiteral("1 of "))) << count->text().toStdString();
  QTest::keyClick(line, Qt::Key_Return, Qt::ShiftModifier);
  EXPECT_EQ(workspace_.key(), many.back().begin);
  QTest::keyClick(view_.area().viewport(), Qt::Key_F3);
  EXPECT_EQ(workspace_.key(), many.front().begin);

  QTest::keyClicks(line, QStringLiteral("zzzz"));
  EXPECT_TRUE(view_.hits().empty());
  EXPECT_EQ(count->text(), QStringLiteral("not in the text"));
  QTest::keyClick(line, Qt::Key_Escape);
  EXPECT_TRUE(view_.find_line().isHidden());
  EXPECT_FALSE(framed(hits.front().begin));

  // Another replay of the trace keeps the words and stays where it is.
  QTest::keyClick(view_.area().viewport(), Qt::Key_F, Qt::ControlModifier);
  QTest::keyClick(line, Qt::Key_A, Qt::ControlModifier);
  QTest::keyClicks(line, QStringLiteral("a"));
  workspace_.set_key(-1);
  WhatIf shorter = workspace_.what_if();
  shorter.output = 2;
  workspace_.edit(shorter, "output");
  ASSERT_TRUE(settled(workspace_));
  ASSERT_TRUE(wait_until([&] { return !view_.busy(); }));
  EXPECT_EQ(workspace_.key(), -1);
  EXPECT_EQ(view_.hits(), TokenSearch(*view_.area().texts()).find(QStringLiteral("a")));
  WhatIf shape;
  shape.prompt = 100;
  workspace_.open(shape);
  ASSERT_TRUE(settled(workspace_));
  EXPECT_TRUE(view_.hits().empty());
}

TEST_F(TokensViewTest, AHitStaysWhileItsWordGetsLonger) {
  show(traced("full"));
  auto* const line = view_.find_line().findChild<QLineEdit*>();
  const auto steps = [&] {
    std::vector<bool> enabled;
    for (const QToolButton* button : view_.find_line().findChildren<QToolButton*>()) {
      if (button->accessibleName().endsWith(QLatin1String("hit"))) {
        enabled.push_back(button->isEnabled());
      }
    }
    return enabled;
  };
  EXPECT_EQ(view_.find_line().words(), "");
  QTest::keyClick(view_.area().viewport(), Qt::Key_F, Qt::ControlModifier);
  EXPECT_EQ(steps(), (std::vector<bool>{false, false}));
  QTest::keyClicks(line, QStringLiteral("a"));
  EXPECT_EQ(steps(), (std::vector<bool>{true, true}));
  // The last of the tokens with an "a" that a longer word begins at.
  const TraceText& texts = *view_.area().texts();
  const std::vector<TokenSpan> hits = view_.hits();
  ASSERT_GT(hits.size(), 2U);
  const std::int64_t last = hits.back().begin;
  const QString word = texts.of(last).trimmed();
  const QString more = word.mid(word.indexOf(QLatin1Char('a')), 2);
  workspace_.set_key(last);
  line->setText(more.size() > 1 ? more : QStringLiteral("A"));
  EXPECT_EQ(workspace_.key(), last);
  EXPECT_EQ(view_.find_line().words(), line->text());
  QTest::keyClick(line, Qt::Key_Escape);
  EXPECT_EQ(view_.find_line().words(), "");  // what is typed waits for the next time
  // Another trace has other words.
  QTest::keyClick(view_.area().viewport(), Qt::Key_F, Qt::ControlModifier);
  line->setText(QStringLiteral("a"));
  show(traced_2k("full"));
  EXPECT_EQ(view_.hits(), TokenSearch(*view_.area().texts()).find(QStringLiteral("a")));
  EXPECT_NE(view_.hits(), hits);
}

TEST_F(TokensViewTest, AClickMeansTheTokenUnderThePointerAtAnyWidth) {
  show(traced("full"));
  const std::int64_t before = view_.area().text_layout().lines();
  for (const int width : {500, 260}) {
    view_.resize(width, 400);
    static_cast<void>(view_.grab());
    for (const std::int64_t token : {0, 17, 60, 100}) {
      click(token);
      EXPECT_EQ(workspace_.key(), token) << "width " << width;
    }
    const TokenLayout& layout = view_.area().text_layout();
    for (std::int64_t token = 1; token < layout.tokens(); ++token) {
      EXPECT_LE(view_.area().rect_of(token).right(), view_.area().viewport()->width());
    }
  }
  EXPECT_GT(view_.area().text_layout().lines(), before);
}

TEST_F(TokensViewTest, TheShadeIsTheLife) {
  show(traced("snapkv:sparsity=0.7"));
  workspace_.set_stream({1, 2});
  const Outcome& outcome = *workspace_.outcome();
  const auto& evicted_at = outcome.lives->evicted_at(1, 2);
  int gone = 0;
  for (std::int64_t token = 1; token < 60; ++token) {
    const double share = static_cast<double>(evicted_at[static_cast<std::size_t>(token)] - token) /
                         static_cast<double>(332 - token);
    ASSERT_EQ(view_.area().lives()->lived_share(token), share);
    const TokenLook look = view_.area().look_of(token);
    EXPECT_EQ(look.background, plots::sequential_colour(share, false)) << token;
    EXPECT_EQ(look.struck, evicted_at[static_cast<std::size_t>(token)] < 332);
    gone += look.struck ? 1 : 0;
    if (token % 10 == 0) {
      EXPECT_EQ(colour_of(token), plots::to_qcolor(look.background)) << token;
    }
  }
  EXPECT_GT(gone, 10);
  EXPECT_LT(gone, 50);
}

TEST_F(TokensViewTest, AllStreamsGiveTheMean) {
  show(traced("snapkv:sparsity=0.7"));
  const Outcome& outcome = *workspace_.outcome();
  double sum = 0;
  for (std::int32_t layer = 0; layer < 4; ++layer) {
    for (std::int32_t head = 0; head < 4; ++head) {
      sum += outcome.lives->evicted_at(layer, head)[33] - 33;
    }
  }
  EXPECT_DOUBLE_EQ(view_.area().lives()->lived_share(33), sum / 16 / (332 - 33));
}

TEST_F(TokensViewTest, WhatIsToComeIsFaintAndNotStruck) {
  show(traced("streaming:sinks=4,window=20"));
  workspace_.set_row(100);
  EXPECT_FALSE(view_.area().look_of(100).coming);
  EXPECT_TRUE(view_.area().look_of(101).coming);
  EXPECT_FALSE(view_.area().look_of(101).struck);
  EXPECT_TRUE(view_.area().look_of(30).struck);  // gone when the first chunk of 64 ended
  EXPECT_FALSE(view_.area().look_of(2).struck);  // a sink
  workspace_.set_row(63);
  EXPECT_FALSE(view_.area().look_of(30).struck);
}

TEST_F(TokensViewTest, TheKeyIsScrolledTo) {
  show(traced_2k("snapkv:sparsity=0.7"));
  const auto visible = [&](std::int64_t token) {
    const QRectF cell = view_.area().rect_of(token);
    return cell.top() >= 0 && cell.bottom() <= view_.area().viewport()->height();
  };
  EXPECT_FALSE(visible(1500));
  workspace_.set_key(1500);
  EXPECT_TRUE(visible(1500));
  click(1500);
  EXPECT_EQ(workspace_.key(), 1500);
  const int at = view_.area().verticalScrollBar()->value();
  QTest::keyClick(&view_.area(), Qt::Key_Right);
  EXPECT_EQ(workspace_.key(), 1501);
  EXPECT_EQ(view_.area().verticalScrollBar()->value(), at);  // it is in sight already
  const std::int64_t line = view_.area().text_layout().line_of(1501);
  QTest::keyClick(&view_.area(), Qt::Key_Down);
  EXPECT_EQ(view_.area().text_layout().line_of(workspace_.key()), line + 1);
  QTest::keyClick(&view_.area(), Qt::Key_Home);
  EXPECT_TRUE(visible(0));
  QTest::keyClick(&view_.area(), Qt::Key_Escape);
  EXPECT_EQ(workspace_.key(), -1);
}

TEST_F(TokensViewTest, TheTopStaysWhenTheWidthChanges) {
  show(traced_2k("full"));
  view_.area().verticalScrollBar()->setValue(700);
  const std::int64_t top = view_.area().token_at({12, 2});
  ASSERT_GT(top, 100);
  view_.resize(350, 400);
  static_cast<void>(view_.grab());
  const QRectF cell = view_.area().rect_of(top);
  EXPECT_NEAR(cell.top(), 0, 25);  // within a line
  // Another trace is read from its beginning.
  workspace_.open(traced("full"));
  ASSERT_TRUE(settled(workspace_));
  ASSERT_TRUE(wait_until([&] { return !view_.busy(); }));
  EXPECT_EQ(view_.area().verticalScrollBar()->value(), 0);
}

TEST_F(TokensViewTest, SegmentsOfTheTraceAreMarkedAndFound) {
  show(traced("full"));
  const std::vector<TokenMark>& marks = view_.area().marks();
  ASSERT_EQ(marks.size(), 3U);  // filler is not marked
  EXPECT_EQ(marks[0].name, "needle");
  EXPECT_EQ(marks[0].begin, 50);
  EXPECT_EQ(marks[0].end, 91);
  EXPECT_EQ(marks[1].name, "question");
  EXPECT_EQ(marks[2].begin, 320);  // the output
  EXPECT_EQ(marks[2].end, 332);
  const QRectF cell = view_.area().rect_of(60);
  const QImage image = view_.area().viewport()->grab().toImage();
  EXPECT_EQ(image.pixelColor(
                QPoint(static_cast<int>(cell.center().x()), static_cast<int>(cell.bottom()) + 1)),
            plots::to_qcolor(TokenArea::mark_colour(theme_of(view_), marks[0].number)));
  for (auto* button : view_.findChildren<QToolButton*>()) {
    if (button->text() == "needle") {
      button->click();
    }
  }
  EXPECT_EQ(workspace_.key(), 50);
}

TEST_F(TokensViewTest, TellsWhatIsLeftOfTheNeedle) {
  show(traced("streaming:sinks=4,window=20"));
  // The needle is [50, 91). At row 70 the first chunk of 64 has left its last 20 tokens, 44 to 63.
  workspace_.set_row(70);
  EXPECT_EQ(view_.readout().toStdString(),
            "332 tokens; resident at row 70: 100.00 % of the needle");
  // At row 130 two chunks have gone by, and the needle with them.
  workspace_.set_row(130);
  EXPECT_EQ(view_.readout().toStdString(), "332 tokens; resident at row 130: 0.00 % of the needle");
}

TEST_F(TokensViewTest, HoveringTellsTheLife) {
  show(traced("streaming:sinks=4,window=20"));
  hover(30);
  // Position 30 leaves when the first chunk of 64 ends: rows 30 to 63 saw it.
  EXPECT_EQ(view_.readout().toStdString(), view_.words_of(30).toStdString());
  EXPECT_EQ(
      view_.readout().toStdString(),
      "Position 30, “r”: lives 34.0 of 302 rows on average (11.26 %); at row 331 resident in 0 "
      "of 16 streams");
  workspace_.set_stream({0, 1});
  EXPECT_EQ(view_.words_of(30).toStdString(),
            "Position 30, “r”: lives 34 of 302 rows (11.26 %); evicted by row 331");
}

// A token may look like HTML: <s> begins the text of many models.
TEST_F(TokensViewTest, TipsAreTheTextItself) {
  show(traced("full"));
  view_.area().set_words([](std::int64_t) { return QStringLiteral("<s>x</s>"); });
  const QPoint at = view_.area().rect_of(3).center().toPoint();
  QHelpEvent help(QEvent::ToolTip, at, view_.area().viewport()->mapToGlobal(at));
  QApplication::sendEvent(view_.area().viewport(), &help);
  QTextDocument shown;
  shown.setHtml(QToolTip::text());
  EXPECT_EQ(shown.toPlainText(), QStringLiteral("<s>x</s>"));
  QToolTip::hideText();
}

TEST_F(TokensViewTest, PaperAccountingHasTextWithoutShades) {
  WhatIf paper = traced("full");
  paper.accounting = Accounting::kPaper;
  show(paper);
  ASSERT_NE(view_.area().texts(), nullptr);
  EXPECT_EQ(view_.area().lives(), nullptr);
  EXPECT_EQ(view_.area().look_of(10).background, theme_of(view_).background);
  EXPECT_FALSE(view_.readout().isEmpty());
}

}  // namespace
}  // namespace kvfoot::gui
