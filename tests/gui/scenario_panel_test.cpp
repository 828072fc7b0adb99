// The panel drives the scenario and follows it; what comes out is what sim's replay() says.
#include <QAccessible>
#include <QAction>
#include <QCheckBox>
#include <QPushButton>
#include <QSlider>
#include <set>
#include <string>

#include "gui/view/slider_field.hpp"
#include "gui/view/token_scale.hpp"
#include "sim/run/replay.hpp"
#include "tests/gui/scenario_panel_fixture.hpp"

namespace kvfoot::gui {
namespace {

TEST_F(ScenarioPanelTest, EveryFieldDrivesTheScenario) {
  type("prompt", "4K");
  EXPECT_EQ(now().prompt, 4096);
  type("output", "64");
  EXPECT_EQ(now().output, 64);
  type("output", "");
  EXPECT_EQ(now().output, std::nullopt);
  type("chunk", "1k");
  EXPECT_EQ(now().chunk, 1024);
  type("chunk", "all");
  EXPECT_EQ(now().chunk, kWholePrompt);
  QTest::mouseClick(field("whole_prompt")->findChild<QCheckBox*>(), Qt::LeftButton, {}, {8, 8});
  EXPECT_EQ(now().chunk, 1024) << "the chunk before";
  QTest::mouseClick(field("whole_prompt")->findChild<QCheckBox*>(), Qt::LeftButton, {}, {8, 8});
  EXPECT_EQ(now().chunk, kWholePrompt);
  type("batch", "3");
  EXPECT_EQ(now().batch, 3);
  type("block_size", "32");
  EXPECT_EQ(now().block, 32);
  choose("kv_dtype", "f16");
  EXPECT_EQ(now().kv_dtype, DType::kF16);
  choose("kv_dtype", "");
  EXPECT_EQ(now().kv_dtype, std::nullopt);
  type("kv_quant", "kivi:bits=4,group=64");
  EXPECT_EQ(now().layout.quant, *parse_kv_quant("kivi:bits=4,group=64"));
  choose("kv_quant", "none");
  choose("kv_index", "moba:block=512");
  EXPECT_EQ(now().layout.index, *parse_kv_index("moba:block=512"));
  choose("kv_alloc", "rectangular");
  EXPECT_EQ(now().layout.alloc, KvAlloc::kRectangular);
  choose("kv_copies", "query");
  EXPECT_EQ(now().layout.copies, KvCopies::kQuery);
  EXPECT_FALSE(field("weight_dtype")->isEnabled());
  choose("device_model", "h100-sxm");
  EXPECT_EQ(now().device, "h100-sxm");
  EXPECT_TRUE(field("weight_dtype")->isEnabled());
  choose("weight_dtype", "f16");
  EXPECT_EQ(now().weight_dtype, DType::kF16);
  choose("logits", "all");
  EXPECT_EQ(now().logits, LogitsRows::kAll);
  choose("accounting", "paper");
  EXPECT_EQ(now().accounting, Accounting::kPaper);
  choose("last_prompt_token", "decode");
  EXPECT_EQ(now().last_prompt_token, LastPromptToken::kDecode);
  type("seed", "18446744073709551615");
  EXPECT_EQ(now().seed, 18446744073709551615U);
  choose("shape", "llama-3.1-70b");
  EXPECT_EQ(now().shape, "llama-3.1-70b");
  choose("policy", "streaming");
  EXPECT_EQ(now().policy.name, "streaming");
}

TEST_F(ScenarioPanelTest, EveryFieldOfAScenarioHasAWidget) {
  for (const ScenarioField& access : scenario_fields()) {
    const std::string name(access.name);
    ASSERT_NE(panel_->findChild<Field*>(QString::fromStdString(name)), nullptr) << name;
    EXPECT_EQ(field(name.c_str())->text().toStdString(), access.read(now())) << name;
  }
}

TEST_F(ScenarioPanelTest, SliderAndTextAgree) {
  auto* prompt = field<SliderField>("prompt");
  prompt->slider()->setValue(prompt->slider()->maximum());
  EXPECT_EQ(now().prompt, 1 << 20);
  EXPECT_EQ(prompt->edit()->text(), "1M");
  type("prompt", "1000");
  EXPECT_EQ(prompt->edit()->text(), "1000");
  QTest::keyClick(prompt->slider(), Qt::Key_Left);
  EXPECT_EQ(now().prompt, 896);  // the stop below the nearest, 1024
  EXPECT_EQ(prompt->edit()->text(), "896");
  auto* chunk = field<SliderField>("chunk");
  chunk->slider()->setValue(chunk->slider()->maximum());
  EXPECT_EQ(now().chunk, kWholePrompt);
  EXPECT_EQ(chunk->edit()->text(), "all");
  EXPECT_TRUE(field("whole_prompt")->findChild<QCheckBox*>()->isChecked());
  // Who hears the slider hears the tokens, and can set them.
  QAccessibleInterface* const heard = QAccessible::queryAccessibleInterface(prompt->slider());
  EXPECT_EQ(heard->text(QAccessible::Value), "896");
  EXPECT_EQ(heard->text(QAccessible::Name), prompt->slider()->accessibleName());
  EXPECT_EQ(heard->valueInterface()->currentValue().toDouble(), 896);
  EXPECT_EQ(heard->valueInterface()->maximumValue().toDouble(), 1 << 20);
  heard->valueInterface()->setCurrentValue(4100);
  EXPECT_EQ(now().prompt, 4096);
  auto* sparsity = field<SliderField>("policy.sparsity");
  sparsity->slider()->setValue(90);
  EXPECT_EQ(to_string(now().policy), "snapkv:sparsity=0.9");
  EXPECT_EQ(sparsity->edit()->text(), "0.9");
}

TEST_F(ScenarioPanelTest, OutcomesAreThoseOfReplay) {
  for (const bool traced : {false, true}) {
    WhatIf start = small();
    if (traced) {
      start.trace = bundled_trace("needle-320-rows.h5");
      start.output.reset();
      start.chunk = 64;
    }
    workspace_.open(start);
    const struct {
      const char* policy;
      const char* parameter;
      const char* value;
    } kCases[] = {{"snapkv", "policy.sparsity", "0.75"}, {"snapkv", "policy.budget", "100"},
                  {"streaming", "policy.window", "64"},  {"duo", "policy.sparsity", "0.5"},
                  {"h2o", "policy.budget", "120"},       {"tova", "policy.sparsity", "0.6"}};
    for (const auto& at : kCases) {
      choose("policy", at.policy);
      type(at.parameter, at.value);
      ASSERT_EQ(now().policy.name, at.policy);
      ASSERT_EQ(*now().policy.find(std::string_view(at.parameter).substr(7)), at.value);
      ASSERT_TRUE(settled(workspace_)) << at.policy;
      SourceCache sources;
      auto request = to_request(now(), sources);
      ASSERT_TRUE(request.ok());
      const auto expected = replay(*request);
      ASSERT_TRUE(expected.ok()) << expected.error().message();
      const Metrics& metrics = workspace_.outcome()->result.metrics;
      EXPECT_EQ(metrics.footprint, expected->metrics.footprint) << at.policy;
      EXPECT_LT(metrics.footprint, 1.0) << at.policy;
      EXPECT_EQ(metrics.peak_kv_bytes, expected->metrics.peak_kv_bytes) << at.policy;
      EXPECT_EQ(metrics.retained_mass, expected->metrics.retained_mass) << at.policy;
    }
  }
}

TEST_F(ScenarioPanelTest, UndoBringsTheWidgetsBack) {
  auto* prompt = field<SliderField>("prompt");
  prompt->slider()->setSliderDown(true);
  for (int i = 1; i < 10; ++i) {
    prompt->slider()->setValue(prompt->slider()->value() + 1);
  }
  prompt->slider()->setSliderDown(false);
  type("policy.sparsity", "0.9");
  choose("policy", "h2o");
  EXPECT_EQ(panel_->findChild<Field*>("policy.pool"), nullptr);
  undo();
  EXPECT_EQ(field("policy")->findChild<QComboBox*>()->currentData(), "snapkv");
  EXPECT_EQ(field<SliderField>("policy.sparsity")->edit()->text(), "0.9");
  undo();
  EXPECT_EQ(field<SliderField>("policy.sparsity")->edit()->text(), "0.5");
  undo();  // one step for the whole drag
  EXPECT_EQ(now(), small());
  EXPECT_EQ(prompt->edit()->text(), "2K");
  EXPECT_FALSE(workspace_.undo_stack().canUndo());
}

TEST_F(ScenarioPanelTest, DragsAreStepsOfTheirOwn) {
  auto* prompt = field<SliderField>("prompt");
  for (const int to : {10, 20}) {
    prompt->slider()->setSliderDown(true);
    prompt->slider()->setValue(to);
    prompt->slider()->setSliderDown(false);
  }
  const std::int64_t second = now().prompt;
  undo();
  EXPECT_LT(now().prompt, second);
  EXPECT_NE(now(), small());
}

TEST_F(ScenarioPanelTest, WhatCannotBeUsedIsSaidAndChangesNothing) {
  const struct {
    const char* field;
    const char* text;
    const char* said;
  } kCases[] = {{"prompt", "many", "no number of tokens"},
                {"prompt", "0", "out of range"},
                {"prompt", "3000M", "out of range"},
                {"output", "-1", "out of range"},
                {"chunk", "1.0001K", "no number of tokens"},
                {"batch", "0", "from 1 to"},
                {"block_size", "x", "whole number"},
                {"kv_quant", "kivi:bits=3", "no codes of 3 bits"},
                {"kv_index", "quest:page=0", "out of range"},
                {"seed", "-1", "no seed"},
                {"policy.sparsity", "1.5", "allowed: 0 to 1"},
                {"policy.window", "wide", "not a whole number"},
                {"policy.bytes", "2 pages", "not a size"}};
  for (const auto& at : kCases) {
    type(at.field, at.text);
    EXPECT_TRUE(field(at.field)->error().contains(QString::fromLatin1(at.said)))
        << at.field << ": " << field(at.field)->error().toStdString();
    EXPECT_EQ(now(), small()) << at.field;
    EXPECT_EQ(field(at.field)->findChild<QLineEdit*>()->text(), at.text);
    QTest::keyClick(field(at.field)->findChild<QLineEdit*>(), Qt::Key_Escape);
    EXPECT_EQ(field(at.field)->error(), "") << at.field;
    EXPECT_EQ(field(at.field)->findChild<QLineEdit*>()->text(), field(at.field)->text());
  }
  EXPECT_FALSE(workspace_.undo_stack().canUndo());
}

TEST_F(ScenarioPanelTest, ParametersThatExcludeEachOtherGiveWay) {
  type("policy.budget", "2K");
  EXPECT_EQ(to_string(now().policy), "snapkv:budget=2048");
  EXPECT_EQ(field("policy.sparsity")->text(), "");
  type("policy.bytes", "2GiB");
  EXPECT_EQ(to_string(now().policy), "snapkv:bytes=2GiB");
  type("policy.bytes", "");
  EXPECT_EQ(to_string(now().policy), "snapkv");
}

TEST_F(ScenarioPanelTest, EveryPolicyHasAFormOfItsParameters) {
  for (const PolicyDescriptor* policy : builtin_policies()) {
    const std::string name(policy->name);
    choose("policy", name.c_str());
    ASSERT_EQ(now().policy.name, name);
    std::set<std::string> shown;
    for (const Field* at : panel_->findChildren<Field*>()) {
      const std::string object = at->objectName().toStdString();
      if (object.starts_with("policy.") && object.find('.', 7) == std::string::npos) {
        shown.insert(object.substr(7));
      }
    }
    std::set<std::string> known;
    for (const ParamInfo& info : policy->params) {
      known.emplace(info.name);
    }
    EXPECT_EQ(shown, known) << name;
  }
}

TEST_F(ScenarioPanelTest, APolicyInsideAPolicyHasItsOwnForm) {
  choose("policy", "duo");
  type("policy.sparsity", "0.5");
  choose("policy.rest", "snapkv");
  EXPECT_EQ(to_string(now().policy), "duo:sparsity=0.5,rest=snapkv");
  type("policy.rest.sparsity", "0.25");
  EXPECT_EQ(to_string(now().policy), "duo:sparsity=0.5,rest=snapkv:sparsity=0.25");
  type("policy.rest.sparsity", "2");
  EXPECT_TRUE(field("policy.rest.sparsity")->error().contains("allowed: 0 to 1"));
  EXPECT_EQ(to_string(now().policy), "duo:sparsity=0.5,rest=snapkv:sparsity=0.25");
  undo();
  EXPECT_EQ(field("policy.rest.sparsity")->text(), "");
  choose("policy.rest", "full");
  EXPECT_EQ(to_string(now().policy), "duo:sparsity=0.5");
  EXPECT_EQ(panel_->findChild<Field*>("policy.rest.sparsity"), nullptr);
}

TEST_F(ScenarioPanelTest, TheCrossTakesAValueBack) {
  auto* edit = field<SliderField>("policy.sparsity")->edit();
  ASSERT_EQ(edit->actions().size(), 1);
  EXPECT_TRUE(edit->actions().front()->isVisible());
  edit->actions().front()->trigger();
  EXPECT_EQ(to_string(now().policy), "snapkv");
  EXPECT_FALSE(edit->actions().front()->isVisible());
  EXPECT_FALSE(field<SliderField>("prompt")->edit()->actions().front()->isVisible());
}

TEST_F(ScenarioPanelTest, ASliderReplacesWhatCouldNotBeUsed) {
  auto* prompt = field<SliderField>("prompt");
  type("prompt", "many");
  EXPECT_NE(prompt->error(), "");
  prompt->set_scale(token_scale(1, kLongestPrompt));  // another range: what was typed stays
  EXPECT_EQ(prompt->edit()->text(), "many");
  prompt->slider()->setValue(prompt->slider()->value() + 1);
  EXPECT_EQ(prompt->error(), "");
  EXPECT_EQ(prompt->edit()->text(), prompt->text());
  EXPECT_GT(now().prompt, small().prompt);
}

TEST(SliderField, StandsAtTheBeginningWithoutANumber) {
  SliderField field(token_scale(1, 1024));
  field.set_text("512");
  EXPECT_GT(field.slider()->value(), 0);
  field.set_text("");
  field.set_default("as recorded");
  EXPECT_EQ(field.slider()->value(), 0);
  field.set_default("1K");
  EXPECT_EQ(field.slider()->value(), field.slider()->maximum());
}

TEST(SliderField, ChunksEndWithAllOfThePrompt) {
  const auto written = [](const SliderScale& scale) {
    std::vector<std::string> texts;
    for (const double stop : scale.stops) {
      texts.push_back(scale.write(stop).toStdString());
    }
    return texts;
  };
  using Texts = std::vector<std::string>;
  EXPECT_EQ(written(chunk_scale(10)), (Texts{"1", "2", "3", "4", "5", "6", "7", "8", "all"}));
  EXPECT_EQ(written(chunk_scale(1)), (Texts{"1", "all"}));
  EXPECT_EQ(written(chunk_scale(320, {64, 80, 320, 512})), (Texts{"64", "80", "all"}));
}

TEST_F(ScenarioPanelTest, ResetGivesEveryDefault) {
  QTest::mouseClick(panel_->findChild<QPushButton*>("policy_reset"), Qt::LeftButton);
  EXPECT_EQ(to_string(now().policy), "snapkv");
  EXPECT_FALSE(panel_->findChild<QPushButton*>("policy_reset")->isEnabled());
  EXPECT_EQ(field<SliderField>("policy.sparsity")->edit()->placeholderText(), "0.7");
}

}  // namespace
}  // namespace kvfoot::gui
