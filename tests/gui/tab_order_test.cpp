// Tab goes through the whole window: everything that takes keys is reached, once per round, and
// within a panel as one reads.
#include <QDockWidget>
#include <QTest>
#include <algorithm>

#include "gui/view/timeline_panel.hpp"
#include "gui/window/settle.hpp"
#include "tests/gui/window_fixture.hpp"

namespace kvfoot::gui {
namespace {

class TabOrderTest : public WindowTest {
 protected:
  static std::string told(const QWidget* widget) {
    const QString name = widget->accessibleName().isEmpty() ? widget->property("text").toString()
                                                            : widget->accessibleName();
    return QStringLiteral("%1 '%2' %3")
        .arg(QLatin1String(widget->metaObject()->className()), name, widget->objectName())
        .toStdString();
  }
  // What a person sees and can put the focus on.
  std::vector<QWidget*> reachable() const {
    std::vector<QWidget*> all;
    for (QWidget* widget : window_->findChildren<QWidget*>()) {
      const QWidget* dock = panel_of(widget);
      if (widget->window() == window_ && widget->isVisible() && widget->isEnabled() &&
          (widget->focusPolicy() & Qt::TabFocus) == Qt::TabFocus &&
          widget->focusProxy() == nullptr && !dock->visibleRegion().isEmpty()) {
        all.push_back(widget);
      }
    }
    return all;
  }
  // The dock or bar that holds it, else the middle of the window.
  static const QWidget* panel_of(const QWidget* widget) {
    const QWidget* panel = widget;
    while (!panel->isWindow() &&
           qobject_cast<const QMainWindow*>(panel->parentWidget()) == nullptr) {
      panel = panel->parentWidget();
    }
    return panel;
  }
  // From where the focus is, until it is there again.
  std::vector<QWidget*> round(Qt::Key key = Qt::Key_Tab) const {
    std::vector<QWidget*> reached;
    QWidget* const first = QApplication::focusWidget();
    for (int i = 0; i < 300; ++i) {
      QTest::keyClick(QApplication::focusWidget(), key);
      reached.push_back(QApplication::focusWidget());
      if (reached.back() == first) {
        break;
      }
    }
    return reached;
  }
  // Whether b may follow a: below it, or to the right of it on the same line.
  bool reads_on(const QWidget* a, const QWidget* b) const {
    const QRect from(a->mapTo(window_, QPoint(0, 0)), a->size());
    const QRect to(b->mapTo(window_, QPoint(0, 0)), b->size());
    const bool one_line = from.top() <= to.bottom() && to.top() <= from.bottom();
    return one_line ? from.left() <= to.left() : from.top() < to.top();
  }
  void check() {
    settle(*window_);
    window_->activateWindow();
    ASSERT_TRUE(QTest::qWaitForWindowActive(window_));
    window_->findChild<TimelinePanel*>()->view().setFocus();
    const std::vector<QWidget*> reached = round();
    std::vector<QWidget*> back = round(Qt::Key_Backtab);
    std::ranges::reverse(back);
    std::ranges::rotate(back, back.begin() + 1);  // ends where it began, as the other does
    EXPECT_TRUE(back == reached) << back.size() << " back, " << reached.size() << " forth";
    for (QWidget* widget : reachable()) {
      EXPECT_EQ(std::ranges::count(reached, widget), 1) << told(widget);
    }
    for (std::size_t i = 1; i < reached.size(); ++i) {
      const QWidget* panel = panel_of(reached[i]);
      EXPECT_FALSE(panel->visibleRegion().isEmpty()) << told(reached[i]) << " is behind a tab";
      if (panel_of(reached[i - 1]) == panel) {
        EXPECT_TRUE(reads_on(reached[i - 1], reached[i]))
            << told(reached[i - 1]) << " before " << told(reached[i]);
      }
    }
  }
};

TEST_F(TabOrderTest, EveryPanelIsWalkedAsItIsRead) {
  window_->resize(1500, 1000);
  WhatIf what_if = traced("snapkv:sparsity=0.7");
  what_if.device = "h100-sxm";
  workspace().open(what_if);
  ASSERT_TRUE(settled(workspace()));
  workspace().pin();
  for (const auto& [right, below] :
       {std::pair("states", "compare"), std::pair("heads", "trade_off"),
        std::pair("tokens", "formula")}) {
    SCOPED_TRACE(right);
    window_->look_at(QString::fromLatin1(right));
    window_->look_at(QString::fromLatin1(below));
    check();
  }
  window_->look_at(QStringLiteral("lessons"));
  check();
}

// Who works in a panel and brings another one in front of it goes on there, not out of sight.
TEST_F(TabOrderTest, TheFocusDoesNotStayBehindATab) {
  workspace().open(traced("snapkv:sparsity=0.7"));
  ASSERT_TRUE(settled(workspace()));
  window_->activateWindow();
  ASSERT_TRUE(QTest::qWaitForWindowActive(window_));
  auto* compare = window_->findChild<QDockWidget*>(QStringLiteral("compare"));
  auto* formula = window_->findChild<QDockWidget*>(QStringLiteral("formula"));
  window_->look_at(QStringLiteral("compare"));
  ASSERT_TRUE(wait_until([&] { return compare->isAncestorOf(QApplication::focusWidget()); }));
  formula->raise();
  EXPECT_TRUE(wait_until([&] { return formula->isAncestorOf(QApplication::focusWidget()); }));
  // From another place the focus is not taken.
  auto& timeline = window_->findChild<TimelinePanel*>()->view();
  timeline.setFocus();
  compare->raise();
  ASSERT_TRUE(wait_until([&] { return !compare->visibleRegion().isEmpty(); }));
  EXPECT_TRUE(timeline.hasFocus());
}

}  // namespace
}  // namespace kvfoot::gui
