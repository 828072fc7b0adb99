// A scenario panel on a small scenario, and hands for it.
#pragma once

#include <gtest/gtest.h>

#include <QComboBox>
#include <QLineEdit>
#include <QTest>
#include <memory>

#include "gui/view/field.hpp"
#include "gui/view/scenario_panel.hpp"
#include "tests/gui/gui_test.hpp"

namespace kvfoot::gui {

class ScenarioPanelTest : public ::testing::Test {
 protected:
  void SetUp() override {
    application();
    workspace_.open(small());
    panel_ = std::make_unique<ScenarioPanel>(workspace_);
    panel_->resize(330, 900);
    panel_->show();
  }

  static WhatIf small() {
    return shaped("snapkv:sparsity=0.5", {.prompt = 2048, .chunk = 256, .output = 16});
  }

  template <class Part = Field>
  Part* field(const char* name) {
    auto* found = panel_->findChild<Part*>(QString::fromLatin1(name));
    EXPECT_NE(found, nullptr) << name;
    return found;
  }
  // As a person does: over what is there, then Enter.
  void type(const char* name, const char* text) {
    auto* edit = field(name)->findChild<QLineEdit*>();
    ASSERT_NE(edit, nullptr) << name;
    edit->setFocus();
    edit->selectAll();
    if (*text == '\0') {
      QTest::keyClick(edit, Qt::Key_Delete);
    }
    QTest::keyClicks(edit, QString::fromUtf8(text));
    QTest::keyClick(edit, Qt::Key_Return);
  }
  void choose(const char* name, const char* value) {
    auto* combo = field(name)->findChild<QComboBox*>();
    ASSERT_NE(combo, nullptr) << name;
    const int item = combo->findData(QString::fromLatin1(value));
    ASSERT_GE(item, 0) << name << " has no " << value;
    combo->setCurrentIndex(item);
    emit combo->activated(item);
  }
  const WhatIf& now() { return workspace_.what_if(); }
  void undo() { workspace_.undo_stack().undo(); }

  Workspace workspace_;
  std::unique_ptr<ScenarioPanel> panel_;
};

}  // namespace kvfoot::gui
