// What the panel permits, where it says what is wrong, and how it is reached by keys and wheel.
#include <QLabel>
#include <QRadioButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSlider>
#include <QToolButton>
#include <QWheelEvent>
#include <algorithm>
#include <string>
#include <vector>

#include "gui/view/form_layout.hpp"
#include "gui/view/slider_field.hpp"
#include "tests/gui/scenario_panel_fixture.hpp"

namespace kvfoot::gui {
namespace {

TEST_F(ScenarioPanelTest, WhatUnfoldsComesIntoSight) {
  panel_->resize(330, 420);
  auto* scroll = panel_->findChild<VerticalScroll*>();
  for (const char* name : {"device", "storage", "counting"}) {
    auto* section = panel_->findChild<Section*>(QString::fromLatin1(name));
    scroll->verticalScrollBar()->setValue(scroll->verticalScrollBar()->maximum());
    QTest::mouseClick(section->findChild<QToolButton*>(), Qt::LeftButton);
    QCoreApplication::processEvents();
    const QRect place(section->mapTo(scroll->viewport(), QPoint(0, 0)), section->size());
    EXPECT_TRUE(scroll->viewport()->rect().contains(place)) << name;
  }
  // Folding leaves the place alone.
  scroll->verticalScrollBar()->setValue(100);
  auto* storage = panel_->findChild<Section*>(QStringLiteral("storage"));
  storage->findChild<QToolButton*>()->click();
  EXPECT_FALSE(storage->open());
  EXPECT_EQ(scroll->verticalScrollBar()->value(), 100);
}

TEST_F(ScenarioPanelTest, ATraceKeepsItsPrompt) {
  WhatIf traced = small();
  traced.trace = bundled_trace("needle-320-rows.h5");
  workspace_.open(traced);
  ASSERT_TRUE(settled(workspace_));
  EXPECT_FALSE(field("prompt")->isEnabled());
  EXPECT_EQ(field("prompt")->text(), "320");
  EXPECT_TRUE(field<SliderField>("prompt")->edit()->toolTip().contains("recorded"));
  auto* shape = panel_->findChild<QRadioButton*>("source.shape");
  QTest::mouseClick(shape, Qt::LeftButton, {}, {8, 8});
  EXPECT_EQ(now().trace, "");
  EXPECT_EQ(field("prompt")->text(), "2K");
  QTest::mouseClick(panel_->findChild<QRadioButton*>("source.trace"), Qt::LeftButton, {}, {8, 8});
  // What the trace defines is as recorded again, as after every way of opening it.
  const WhatIf again = on_trace(traced, traced.trace, workspace_.outcome()->trace->header().run);
  EXPECT_EQ(now(), again);
  EXPECT_EQ(now().output, std::nullopt);
}

TEST_F(ScenarioPanelTest, ATraceOfAnEvictingRunReplaysThatRun) {
  WhatIf evicted = small();
  evicted.trace = bundled_trace("kv-192-snapkv-rows.h5");
  workspace_.open(evicted);  // fails: another policy, another chunk
  const auto note = [&]() -> QLabel* {
    for (QLabel* label : panel_->findChildren<QLabel*>()) {
      if (label->isVisible() && label->text().contains("href=\"recorded\"")) {
        return label;
      }
    }
    return nullptr;
  };
  ASSERT_TRUE(wait_until([&] { return note() != nullptr; }));
  ASSERT_TRUE(workspace_.error().has_value());
  EXPECT_TRUE(field("chunk")->isEnabled()) << "what is wrong can be mended";
  emit note() -> linkActivated(QStringLiteral("recorded"));
  ASSERT_TRUE(settled(workspace_)) << workspace_.error()->message();
  EXPECT_EQ(to_string(now().policy), workspace_.outcome()->trace->header().policy);
  EXPECT_EQ(note(), nullptr);
  EXPECT_FALSE(field("chunk")->isEnabled());
  EXPECT_FALSE(field("policy")->isEnabled());
  EXPECT_FALSE(field("policy.sparsity")->isEnabled());
  EXPECT_TRUE(field<SliderField>("chunk")->edit()->toolTip().contains("evicted"));
  undo();
  EXPECT_EQ(now(), evicted);
  evicted.policy = *parse_policy(workspace_.outcome()->trace->header().policy);
  workspace_.open(evicted);  // the chunk is still another
  EXPECT_NE(note(), nullptr);
}

TEST_F(ScenarioPanelTest, ChunksOfABlocksTraceAreThoseWithVotes) {
  WhatIf traced = small();
  traced.trace = bundled_trace("needle-2k-blocks.h5");
  traced.output.reset();
  workspace_.open(traced);
  ASSERT_TRUE(settled(workspace_)) << workspace_.error()->message();
  auto* slider = field<SliderField>("chunk")->slider();
  ASSERT_GE(slider->maximum(), 1);
  for (int stop = 0; stop <= slider->maximum(); ++stop) {
    slider->setValue(stop);
    EXPECT_TRUE(settled(workspace_)) << now().chunk << ": " << workspace_.error()->message();
  }
  EXPECT_EQ(now().chunk, kWholePrompt);
  type("chunk", "320");  // whole blocks of rows, without votes
  EXPECT_FALSE(settled(workspace_));
  choose("policy", "streaming");
  EXPECT_TRUE(settled(workspace_)) << workspace_.error()->message();
}

TEST_F(ScenarioPanelTest, WhatATraceOrSixtyFourBitsCannotServeIsSaidAtItsField) {
  type("prompt", "1000000000");
  EXPECT_FALSE(settled(workspace_));
  EXPECT_TRUE(field("prompt")->complaint().contains("give at most 268435455 tokens"))
      << qPrintable(field("prompt")->complaint());
  WhatIf traced = small();
  traced.trace = bundled_trace("needle-2k-blocks.h5");
  traced.output.reset();
  workspace_.open(traced);
  ASSERT_TRUE(settled(workspace_)) << workspace_.error()->message();
  for (const char* chunk : {"608", "640"}) {
    type("chunk", chunk);
    EXPECT_FALSE(settled(workspace_));
    EXPECT_TRUE(field("chunk")->complaint().contains("replay chunks of 512 or 1024"))
        << qPrintable(field("chunk")->complaint());
  }
  type("chunk", "512");
  EXPECT_TRUE(settled(workspace_));
  EXPECT_EQ(field("chunk")->complaint(), "");
}

TEST_F(ScenarioPanelTest, NumbersOfTenDigitsAreSeenBesideTheCross) {
  type("output", "1000000000");
  auto* edit = field<SliderField>("output")->edit();
  edit->end(false);
  static_cast<void>(edit->grab());
  EXPECT_EQ(edit->cursorPositionAt({6, edit->height() / 2}), 0);
}

TEST_F(ScenarioPanelTest, NothingIsCutOffAtTheLeastWidth) {
  for (const PolicyDescriptor* policy : builtin_policies()) {
    choose("policy", std::string(policy->name).c_str());
    for (Section* section : panel_->findChildren<Section*>()) {
      section->set_open(true);
    }
    QApplication::processEvents();
    const int width = panel_->minimumSizeHint().width();
    EXPECT_LE(width, 330) << policy->name;
    panel_->resize(width, 400);  // too low: there is a scroll bar
    QApplication::processEvents();
    auto* scroll = panel_->findChild<QScrollArea*>();
    EXPECT_LE(scroll->widget()->width(), scroll->viewport()->width()) << policy->name;
  }
}

TEST_F(ScenarioPanelTest, PaperAccountingKnowsNoBytes) {
  const char* const kLayout[] = {"kv_quant", "kv_index", "kv_alloc", "kv_copies"};
  choose("accounting", "paper");
  for (const char* name : kLayout) {
    EXPECT_FALSE(field(name)->isEnabled()) << name;
  }
  undo();
  choose("kv_alloc", "rectangular");
  choose("accounting", "paper");
  for (const char* name : kLayout) {
    EXPECT_TRUE(field(name)->isEnabled()) << name << " must be taken back";
  }
}

TEST_F(ScenarioPanelTest, EveryPartHasAName) {
  for (const PolicyDescriptor* policy : builtin_policies()) {
    choose("policy", std::string(policy->name).c_str());
    for (const auto* part : panel_->findChildren<QWidget*>()) {
      const bool stops = (part->focusPolicy() & Qt::TabFocus) != 0 && part->focusProxy() == nullptr;
      if (stops && part->window() == panel_.get()) {
        const QVariant text = part->property("text");
        EXPECT_FALSE(part->accessibleName().isEmpty() && text.toString().isEmpty())
            << part->metaObject()->className() << " in "
            << part->parentWidget()->objectName().toStdString();
      }
    }
  }
}

TEST_F(ScenarioPanelTest, AFileThatIsGoneIsSaidAtTheSource) {
  WhatIf gone = small();
  gone.trace = "/no/such/trace.h5";
  workspace_.edit(gone, "trace");
  const auto said = [&] {
    return std::ranges::any_of(panel_->findChildren<QLabel*>(), [](const QLabel* label) {
      return label->isVisible() && label->text().contains("cannot be read");
    });
  };
  ASSERT_TRUE(wait_until(said));
  undo();
  ASSERT_TRUE(settled(workspace_));
  EXPECT_FALSE(said());
}

TEST_F(ScenarioPanelTest, TabGoesDownThePanel) {
  choose("policy", "h2o");  // its form is made last
  panel_->findChild<Section*>("storage")->set_open(true);
  QApplication::processEvents();
  std::vector<int> tops;
  QWidget* at = field("shape")->parts().front();
  const QWidget* first = at;
  do {
    const bool stops = (at->focusPolicy() & Qt::TabFocus) != 0 && at->focusProxy() == nullptr;
    if (stops && at->isVisible() && at->isEnabled() && panel_->isAncestorOf(at)) {
      // Parts of a row differ by a few pixels.
      tops.push_back((at->mapTo(panel_.get(), QPoint(0, at->height() / 2)).y() + 5) / 10);
    }
    at = at->nextInFocusChain();
  } while (at != first);
  ASSERT_GT(tops.size(), 20U);
  const auto end = std::ranges::max_element(tops);  // the radio buttons above come last
  for (auto here = tops.begin(); here != end; ++here) {
    EXPECT_LE(*here, *(here + 1) + 1);
  }
  EXPECT_LE(tops.end() - end, 3);
}

TEST_F(ScenarioPanelTest, WheelsScrollThePanelUnlessAPartHasTheFocus) {
  auto* slider = field<SliderField>("prompt")->slider();
  const auto wheel = [&] {
    QWheelEvent event({5, 5}, slider->mapToGlobal(QPointF(5, 5)), {}, {0, 120}, Qt::NoButton,
                      Qt::NoModifier, Qt::NoScrollPhase, false);
    QApplication::sendEvent(slider, &event);
  };
  field("output")->parts().back()->setFocus();
  wheel();
  EXPECT_EQ(now(), small());
  panel_->activateWindow();
  slider->setFocus();
  ASSERT_TRUE(wait_until([&] { return slider->hasFocus(); }));
  wheel();
  EXPECT_NE(now().prompt, small().prompt);
}

TEST_F(ScenarioPanelTest, WhatOnlyARunCanTellIsSaidAtItsPlace) {
  type("policy.kernel", "4");
  ASSERT_TRUE(wait_until([&] { return !workspace_.busy(); }));
  ASSERT_TRUE(workspace_.error().has_value());
  EXPECT_TRUE(field("policy.kernel")
                  ->complaint()
                  .contains(QString::fromStdString(workspace_.error()->what)));
  undo();
  ASSERT_TRUE(settled(workspace_));
  EXPECT_EQ(field("policy.kernel")->complaint(), "");
  type("batch", "2");
  choose("accounting", "paper");
  ASSERT_TRUE(wait_until([&] { return !workspace_.busy(); }));
  EXPECT_TRUE(field("batch")->complaint().contains("know no bytes"));
  EXPECT_TRUE(field("batch")->isEnabled());
}

}  // namespace
}  // namespace kvfoot::gui
