// The terms of the footprint sum to what the replay counted, exactly.
#include <gtest/gtest.h>

#include <QAbstractItemModelTester>
#include <QAction>
#include <QClipboard>
#include <QTableView>
#include <QTest>

#include "gui/view/formula_view.hpp"
#include "tests/gui/gui_test.hpp"

namespace kvfoot::gui {
namespace {

OutcomePtr outcome_of(const WhatIf& what_if) {
  SourceCache sources;
  auto outcome = compute(what_if, sources);
  EXPECT_TRUE(outcome.ok()) << outcome.error().message();
  return outcome.ok() ? *outcome : nullptr;
}

std::vector<WhatIf> many() {
  std::vector<WhatIf> all = {
      traced("full"),
      traced("snapkv:sparsity=0.7,window=16"),
      traced("snapkv:sparsity=0.7,window=16,patch=true", 80),
      traced("pyramidkv:sparsity=0.5,window=16", 100),
      traced("h2o:heavy=20,recent=20", 7),
      traced("tova:budget=60", 1),  // 320 prefill passes of one row
      traced("duo:sparsity=0.5,sinks=4,window=32"),
      traced("snapkv:sparsity=0.7,window=16,group=none"),  // copies per query head
      traced("snapkv:sparsity=0.7,evict=end"),
      shaped("full", {1, 100, 0}),
      shaped("streaming:sinks=16,window=240", {10000, 256, 5000}),
      shaped("streaming:sinks=16,window=240", {1000, kWholePrompt, 3000}),
      shaped("streaming:sinks=4,window=100", {50, 16, 500}),  // full in the middle of decoding
  };
  WhatIf first_decoded = traced("snapkv:sparsity=0.7,window=16,patch=true", 80);
  first_decoded.last_prompt_token = LastPromptToken::kDecode;
  all.push_back(first_decoded);
  WhatIf one = shaped("full", {1, 100, 7});
  one.last_prompt_token = LastPromptToken::kDecode;  // nothing is prefilled
  all.push_back(one);
  WhatIf hybrid = shaped("streaming:sinks=16,window=240", {9000, 512, 100});
  hybrid.shape = "gemma-2-9b";
  all.push_back(hybrid);
  // Straight lines through many passes of a prompt, whose last pass is short, and of none.
  for (const char* policy : {"full", "streaming:sinks=4,window=500"}) {
    for (const Lengths& lengths : {Lengths{10'000, 3, 50}, Lengths{9'999, 1, 3},
                                   Lengths{7'001, 7, 0}, Lengths{2'000, 25, 2'000}}) {
      all.push_back(shaped(policy, lengths));
    }
  }
  return all;
}

TEST(Formula, SumsToTheEntryRowsExactly) {
  for (const WhatIf& what_if : many()) {
    SCOPED_TRACE(to_command(what_if));
    const OutcomePtr outcome = outcome_of(what_if);
    ASSERT_NE(outcome, nullptr);
    const auto formula = formula_of(*outcome);
    ASSERT_TRUE(formula.has_value());
    EXPECT_EQ(formula->sum, *outcome->result.metrics.entry_rows);
    EXPECT_EQ(formula->quotient(), outcome->result.metrics.footprint);
    std::int64_t row = 0;
    std::int64_t pass = 0;
    std::int64_t running = 0;
    for (const FormulaTerm& term : formula->terms) {
      EXPECT_EQ(term.begin, row);
      EXPECT_EQ(term.first_pass, pass);
      EXPECT_EQ(term.passes * term.rows, term.end - term.begin);
      running += term.contribution;
      EXPECT_EQ(term.running, running);
      row = term.end;
      pass += term.passes;
    }
    EXPECT_EQ(row, formula->rows);
    EXPECT_EQ(pass, outcome->result.inputs.run.passes());
  }
}

TEST(Formula, StreamsAddUpToTheWhole) {
  const OutcomePtr outcome = outcome_of(traced("h2o:heavy=20,recent=20"));
  const auto whole = formula_of(*outcome);
  std::int64_t sum = 0;
  for (std::int32_t layer = 0; layer < outcome->layers(); ++layer) {
    for (std::int32_t head = 0; head < outcome->heads(); ++head) {
      const auto own = formula_of(*outcome, {layer, head});
      EXPECT_EQ(own->streams, 1);
      sum += own->sum;
    }
  }
  EXPECT_EQ(sum, whole->sum);
}

// By hand: 4 sinks and a window of 8, chunks of 16, prompt 40, output 100, one stream of 256 alike.
TEST(Formula, TermsByHand) {
  const auto formula =
      formula_of(*outcome_of(shaped("streaming:sinks=4,window=8", {40, 16, 100})), {0, 0});
  ASSERT_EQ(formula->terms.size(), 4U);
  EXPECT_EQ(formula->terms[0],
            (FormulaTerm{Phase::kPrefill, 0, 1, 0, 16, 16, 0, 0, 136, 136}));  // tri(16)
  EXPECT_EQ(formula->terms[1],
            (FormulaTerm{Phase::kPrefill, 1, 1, 16, 32, 16, 12, 12, 328, 464}));  // 16 * 12 + 136
  EXPECT_EQ(formula->terms[2],
            (FormulaTerm{Phase::kPrefill, 2, 1, 32, 40, 8, 12, 12, 132, 596}));  // 8 * 12 + 36
  EXPECT_EQ(formula->terms[3],
            (FormulaTerm{Phase::kDecode, 3, 100, 40, 140, 1, 12, 12, 1300, 1896}));  // 100 * 13
  EXPECT_EQ(formula->whole(), 140 * 141 / 2);
}

// Twelve entries fit: 11 at the first decode pass, then 12. The first is on no line with the
// others.
TEST(Formula, APassBeforeALineIsATermOfItsOwn) {
  const auto formula =
      formula_of(*outcome_of(shaped("streaming:sinks=4,window=8", {11, 16, 100})), {0, 0});
  ASSERT_EQ(formula->terms.size(), 3U);
  EXPECT_EQ(formula->terms[1], (FormulaTerm{Phase::kDecode, 1, 1, 11, 12, 1, 11, 11, 12, 66 + 12}));
  EXPECT_EQ(formula->terms[2],
            (FormulaTerm{Phase::kDecode, 2, 99, 12, 111, 1, 12, 12, 99 * 13, 66 + 12 + 99 * 13}));
}

TEST(Formula, MoreThanTwoDozenPrefillPassesAreDrawnTogether) {
  EXPECT_EQ(formula_of(*outcome_of(shaped("full", {24 * 4, 4, 10})))->terms.size(), 25U);
  EXPECT_EQ(formula_of(*outcome_of(shaped("full", {25 * 4, 4, 10})))->terms.size(), 2U);
}

TEST(Formula, AStreamThatTheRunDoesNotHaveIsAllOfThem) {
  const OutcomePtr outcome = outcome_of(shaped("streaming:sinks=4,window=8", {40, 16, 100}));
  for (const StreamChoice other :
       {StreamChoice{0, outcome->heads()}, StreamChoice{outcome->layers(), 0}}) {
    EXPECT_EQ(formula_of(*outcome, other)->streams, 256);
  }
  EXPECT_EQ(formula_of(*outcome, {outcome->layers() - 1, outcome->heads() - 1})->streams, 1);
}

TEST(Formula, AHundredThousandDecodePassesAreAFewLines) {
  const OutcomePtr full = outcome_of(shaped("full", {1024, 256, 100'000}));
  const auto formula = formula_of(*full);
  ASSERT_EQ(formula->terms.size(), 5U);
  EXPECT_EQ(formula->terms[4].passes, 100'000);
  EXPECT_EQ(formula->terms[4].last_survivors, formula->streams * (1024 + 99'999));
  const auto capped =
      formula_of(*outcome_of(shaped("streaming:sinks=4,window=996", {64, 64, 100'000})));
  // One chunk, growing to 1000 entries, then full.
  ASSERT_EQ(capped->terms.size(), 3U);
  EXPECT_EQ(capped->sum, *outcome_of(shaped("streaming:sinks=4,window=996", {64, 64, 100'000}))
                              ->result.metrics.entry_rows);
}

TEST(Formula, TermsBeyondTheListAreStillSummed) {
  const OutcomePtr outcome = outcome_of(shaped("streaming:sinks=4,window=8", {40, 16, 100}));
  const auto whole = formula_of(*outcome);
  const auto cut = formula_of(*outcome, {}, 2);
  ASSERT_EQ(whole->terms.size(), 4U);
  ASSERT_EQ(cut->terms.size(), 2U);
  EXPECT_EQ(cut->unlisted, 2);
  EXPECT_EQ(cut->terms[1], whole->terms[1]);
  EXPECT_EQ(cut->sum, whole->sum);
}

// A gigabyte and a half if each pass were a term of its own.
TEST(Formula, TwentyMillionPassesAreOneLine) {
  const OutcomePtr full = outcome_of(shaped("full", {1024, 1024, 20'000'000}));
  ASSERT_NE(full, nullptr);
  const auto formula = formula_of(*full);
  ASSERT_EQ(formula->terms.size(), 2U);
  EXPECT_EQ(formula->terms[1].passes, 20'000'000);
  EXPECT_EQ(formula->sum, *full->result.metrics.entry_rows);
}

TEST(Formula, ThePublishedFormHasNoTerms) {
  WhatIf paper = shaped("streaming:sinks=16,window=240", {4096, 512, 64});
  paper.accounting = Accounting::kPaper;
  EXPECT_FALSE(formula_of(*outcome_of(paper)).has_value());
}

TEST(FormulaTable, IsASoundModelWithReadableCells) {
  application();
  FormulaTable table;
  QAbstractItemModelTester tester(&table, QAbstractItemModelTester::FailureReportingMode::Fatal);
  table.set_formula(formula_of(*outcome_of(shaped("streaming:sinks=4,window=8", {40, 16, 2000}))));
  const auto cell = [&](int row, int column) {
    return table.index(row, column).data().toString().replace(QChar(0x202f), QLatin1Char(' '));
  };
  EXPECT_EQ(cell(3, FormulaTable::kPass), "decode 0–1 999");
  EXPECT_EQ(cell(3, FormulaTable::kRows), "[40, 2 040)");
  EXPECT_EQ(cell(3, FormulaTable::kLength), "2 000 × 1");
  EXPECT_EQ(cell(3, FormulaTable::kSurvivors), "12");
  EXPECT_EQ(cell(3, FormulaTable::kContribution), "6 656 000");  // 256 * 2000 * 13
  // Means over three streams: 5 / 3 and 2999 / 3, rounded.
  Formula thirds;
  thirds.streams = 3;
  thirds.sum = 1;
  thirds.terms.resize(1);
  thirds.terms[0].first_survivors = 5;
  thirds.terms[0].last_survivors = 2999;
  table.set_formula(thirds);
  EXPECT_EQ(cell(0, FormulaTable::kSurvivors), "1.67 to 999.67");
  thirds.streams = 200;
  thirds.terms[0].last_survivors = 399;  // 1.995
  table.set_formula(thirds);
  EXPECT_EQ(cell(0, FormulaTable::kSurvivors), "0.03 to 2.00");
  table.set_formula(std::nullopt);
  EXPECT_EQ(table.rowCount(), 0);
}

TEST(FormulaView, WritesTheDivisionWithNumbersAndFollowsTheStream) {
  application();
  Workspace workspace;
  FormulaView view(workspace);
  view.resize(800, 600);
  view.show();
  workspace.open(shaped("streaming:sinks=4,window=8", {40, 16, 100}));
  ASSERT_TRUE(settled(workspace));
  const auto equation = [&] {
    return view.equation().plain().replace(QChar(0x202f), QLatin1Char(' ')).toStdString();
  };
  EXPECT_NE(equation().find("(485 376) / (2 526 720) = 19.21 %"), std::string::npos) << equation();
  EXPECT_NE(equation().find("256 · tri(140)"), std::string::npos) << equation();
  workspace.set_stream({3, 1});
  EXPECT_NE(equation().find("layer 3, head 1"), std::string::npos) << equation();
  EXPECT_NE(equation().find("(1 896) / (9 870) = 19.21 %"), std::string::npos) << equation();
  auto* table = view.findChild<QTableView*>();
  const QRect second = table->visualRect(view.model().index(1, 0));
  QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, second.center());
  EXPECT_EQ(workspace.row(), 16);
  WhatIf paper = workspace.what_if();
  paper.accounting = Accounting::kPaper;
  workspace.edit(paper, "accounting");
  ASSERT_TRUE(settled(workspace));
  EXPECT_FALSE(table->isVisible());
}

TEST(FormulaView, TheTermOfTheRowIsMarked) {
  application();
  Workspace workspace;
  FormulaView view(workspace);
  view.show();
  workspace.open(shaped("streaming:sinks=4,window=8", {40, 16, 100}));
  ASSERT_TRUE(settled(workspace));
  const auto* table = view.findChild<QTableView*>();
  const std::vector<FormulaTerm> terms = formula_of(*workspace.outcome())->terms;
  ASSERT_EQ(terms[1].begin, 16);
  for (const std::size_t term : {std::size_t{1}, std::size_t{0}, terms.size() - 1}) {
    workspace.set_row(terms[term].end - 1);
    const QModelIndexList marked = table->selectionModel()->selectedRows();
    ASSERT_EQ(marked.size(), 1);
    EXPECT_EQ(marked.front().row(), static_cast<int>(term));
    EXPECT_EQ(workspace.row(), terms[term].end - 1);  // marking moves nothing
  }
}

TEST(FormulaView, CopiesItselfAsTextAndAsLatex) {
  application();
  Workspace workspace;
  FormulaView view(workspace);
  view.resize(800, 600);
  view.show();
  workspace.open(shaped("streaming:sinks=4,window=8", {40, 16, 100}));
  ASSERT_TRUE(settled(workspace));
  auto* equation = view.findChild<EquationWidget*>();
  const QList<QAction*> copies = equation->actions();
  ASSERT_EQ(copies.size(), 2);
  copies[0]->trigger();
  EXPECT_EQ(QApplication::clipboard()->text(), equation->plain());
  copies[1]->trigger();
  EXPECT_EQ(
      QApplication::clipboard()->text().toStdString(),
      "\\begin{aligned}\n"
      "\\text{footprint} &= \\frac{\\sum_{\\text{streams}}\\sum_{\\text{passes}} ((b - a) R + "
      "\\text{tri}(b - a))}{S \\cdot \\text{tri}(N)} \\\\\n"
      "  &= \\frac{485\\,376}{256 \\cdot \\text{tri}(140)} \\\\\n"
      "  &= \\frac{485\\,376}{2\\,526\\,720} \\\\\n"
      "  &= 19.21 \\%\n"
      "\\end{aligned}\n");
  workspace.set_stream({3, 1});
  copies[1]->trigger();
  EXPECT_TRUE(QApplication::clipboard()->text().contains(
      QStringLiteral("\n\\text{layer 3, head 1} &= \\frac{\\sum_{\\text{passes}} ((b")));
}

}  // namespace
}  // namespace kvfoot::gui
