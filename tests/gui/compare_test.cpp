// The comparison shows what replay() gives, scenario by scenario, and loads what is chosen.
#include "gui/view/compare_view.hpp"

#include <gtest/gtest.h>

#include <QAbstractItemModelTester>
#include <QAction>
#include <QClipboard>
#include <QLocale>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <QTranslator>
#include <set>

#include "gui/model/trade_off.hpp"
#include "gui/view/compare_columns.hpp"
#include "gui/view/compare_plots.hpp"
#include "gui/view/looks.hpp"
#include "sim/report/units.hpp"
#include "tests/gui/gui_test.hpp"

namespace kvfoot::gui {
namespace {

class CompareTest : public ::testing::Test {
 protected:
  void SetUp() override { application(); }
  // Pins the first ones; the last stays the current one.
  void open(const std::vector<WhatIf>& scenarios) {
    for (std::size_t i = 0; i < scenarios.size(); ++i) {
      workspace_.open(scenarios[i]);
      ASSERT_TRUE(settled(workspace_));
      if (i + 1 < scenarios.size()) {
        workspace_.pin();
      }
    }
  }
  static int row_of(const CompareTable& table, std::string_view metric) {
    for (int row = 0; row < table.rowCount(); ++row) {
      if (table.metric(row).name == metric) {
        return row;
      }
    }
    ADD_FAILURE() << "no row for " << metric;
    return 0;
  }
  static QString cell(const CompareTable& table, std::string_view metric, int column,
                      int role = Qt::DisplayRole) {
    return table.data(table.index(row_of(table, metric), column), role).toString();
  }

  Workspace workspace_;
};

TEST_F(CompareTest, CellsAreTheMetricsOfTheReplay) {
  const std::vector<WhatIf> asked = {traced("full"), traced("snapkv:sparsity=0.7"),
                                     shaped("streaming:sinks=16,window=240")};
  open(asked);
  CompareTable table;
  QAbstractItemModelTester tester(&table, QAbstractItemModelTester::FailureReportingMode::Fatal);
  table.set_scenarios(compared_scenarios(workspace_));
  ASSERT_EQ(table.columnCount(), 3);
  int absent = 0;
  for (int column = 0; column < 3; ++column) {
    // The current one, which was opened last, comes first.
    const Metrics metrics = replayed(asked[static_cast<std::size_t>((column + 2) % 3)]);
    for (int row = 0; row < table.rowCount(); ++row) {
      const auto value = table.metric(row).get(metrics);
      const QString expected =
          value ? QString::fromStdString(format_metric(table.metric(row), *value)) : "–";
      absent += value ? 0 : 1;
      QString shown = table.index(row, column).data().toString();
      EXPECT_EQ(shown.replace(QChar(0x202f), QLatin1Char(' ')), expected)
          << table.metric(row).name << " of column " << column;
    }
  }
  EXPECT_GT(absent, 0);  // a shape retains no mass
  EXPECT_EQ(cell(table, "retained_mass", 0), "–");
}

TEST_F(CompareTest, DifferencesAreSignedAbsoluteAndRelative) {
  const MetricInfo& share = *find_metric("footprint");
  EXPECT_EQ(difference_text(share, 1.0, 0.25).absolute, "−75.00 pp");
  EXPECT_EQ(difference_text(share, 1.0, 0.25).relative, "−75.00 %");
  EXPECT_EQ(difference_text(share, 0.2, 0.3).absolute, "+10.00 pp");
  EXPECT_EQ(difference_text(share, 0.2, 0.3).relative, "+50.00 %");
  const MetricInfo& bytes = *find_metric("peak_kv_bytes");
  const auto fewer = difference_text(bytes, std::int64_t{4096}, std::int64_t{4096 - 1536});
  EXPECT_EQ(fewer.absolute, "−1.50 KiB");
  EXPECT_EQ(fewer.relative, "−37.50 %");
  EXPECT_EQ(difference_text(bytes, std::int64_t{5}, std::int64_t{5}).absolute, "=");
  const MetricInfo& count = *find_metric("patch_rows");
  const auto first = difference_text(count, std::int64_t{0}, std::int64_t{1234});
  EXPECT_EQ(first.absolute, QStringLiteral("+1\u202f234"));
  EXPECT_EQ(first.relative, "");  // of nothing
  const auto risen = difference_text(count, std::int64_t{-4}, std::int64_t{-2});
  EXPECT_EQ(risen.relative, "+50.00 %");
}

TEST_F(CompareTest, EveryMetricIsExplained) {
  std::set<QString> all;
  for (const MetricInfo& metric : metric_table()) {
    EXPECT_TRUE(metric_help(metric).endsWith(QLatin1Char('.'))) << metric.name;
    all.insert(metric_help(metric));
  }
  EXPECT_EQ(all.size(), metric_table().size());
  open({shaped("full")});
  CompareTable table;
  table.set_scenarios(compared_scenarios(workspace_));
  const QString tip = table.headerData(2, Qt::Vertical, Qt::ToolTipRole).toString();
  EXPECT_EQ(table.metric(2).name, "footprint");
  EXPECT_TRUE(tip.contains(metric_help(table.metric(2)))) << qPrintable(tip);
  EXPECT_TRUE(tip.contains(QStringLiteral("footprint in result files")));
}

TEST_F(CompareTest, TimesAreWrittenAsOnAxes) {
  const MetricInfo& time = *find_metric("tpot_s");
  EXPECT_EQ(metric_text(time, 12.3e-6), QStringLiteral("12.30 µs"));
  EXPECT_EQ(metric_text(time, 0.0123), QStringLiteral("12.30 ms"));
}

TEST_F(CompareTest, TheBaselineIsTheFirstPinOrAChosenColumn) {
  open({shaped("full"), shaped("streaming:sinks=16,window=240")});
  CompareTable table;
  QAbstractItemModelTester tester(&table, QAbstractItemModelTester::FailureReportingMode::Fatal);
  table.set_scenarios(compared_scenarios(workspace_));
  EXPECT_EQ(table.baseline(), 1);
  EXPECT_EQ(cell(table, "footprint", 1, CompareTable::kDifferenceRole), "");
  EXPECT_TRUE(cell(table, "footprint", 0, CompareTable::kDifferenceRole).startsWith("−"));
  EXPECT_EQ(cell(table, "rows", 0, CompareTable::kDifferenceRole), "=");
  EXPECT_TRUE(table.about_differences().endsWith("baseline, full."));
  table.set_baseline(0);
  EXPECT_TRUE(cell(table, "footprint", 1, CompareTable::kDifferenceRole).startsWith("+"));
  EXPECT_EQ(cell(table, "footprint", 0, CompareTable::kDifferenceRole), "");
  EXPECT_TRUE(table.about_differences().endsWith("baseline, streaming:sinks=16,window=240."));
  // The current one was chosen, whatever it is.
  workspace_.edit(shaped("streaming:sinks=16,window=248"), "policy");
  ASSERT_TRUE(settled(workspace_));
  table.set_scenarios(compared_scenarios(workspace_));
  EXPECT_EQ(table.baseline(), 0);
  EXPECT_TRUE(table.about_differences().endsWith("baseline, streaming:sinks=16,window=248."));
  // The chosen one goes: back to the oldest pin, and without any to what is left.
  std::vector<Compared> left = compared_scenarios(workspace_);
  left.erase(left.begin());
  table.set_scenarios(left);
  EXPECT_EQ(table.baseline(), 0);
  EXPECT_EQ(table.about_differences(), "");
  // The oldest pin stays the baseline when it is the current one.
  workspace_.pin();
  workspace_.open(shaped("full"));
  ASSERT_TRUE(settled(workspace_));
  table.set_scenarios(compared_scenarios(workspace_));
  ASSERT_EQ(table.columnCount(), 2);
  EXPECT_EQ(table.scenarios()[0].name(), "full");
  EXPECT_EQ(table.baseline(), 0);
}

// The current one comes first, and the pins keep their colours whichever of them is loaded.
TEST_F(CompareTest, TheCurrentScenarioComesFirst) {
  const std::vector<WhatIf> asked = {shaped("full"), shaped("streaming:sinks=16,window=240"),
                                     shaped("streaming:sinks=16,window=496")};
  open(asked);
  const auto names_and_styles = [&] {
    std::vector<std::pair<std::string, std::size_t>> all;
    for (const Compared& scenario : compared_scenarios(workspace_)) {
      all.emplace_back(scenario.name(), scenario.style);
    }
    return all;
  };
  using All = std::vector<std::pair<std::string, std::size_t>>;
  EXPECT_EQ(names_and_styles(), (All{{"streaming:sinks=16,window=496", 0},
                                     {"full", 1},
                                     {"streaming:sinks=16,window=240", 2}}));
  workspace_.pin();
  workspace_.open(asked[1]);
  ASSERT_TRUE(settled(workspace_));
  EXPECT_EQ(names_and_styles(), (All{{"streaming:sinks=16,window=240", 0},
                                     {"full", 1},
                                     {"streaming:sinks=16,window=496", 3}}));
}

TEST_F(CompareTest, NamesSayWhatDiffers) {
  WhatIf other = shaped("full");
  other.chunk = 256;
  open({shaped("full"), other, shaped("streaming:sinks=16,window=240")});
  const auto scenarios = compared_scenarios(workspace_);
  EXPECT_EQ(scenarios[0].name(), "streaming:sinks=16,window=240 · chunk 512");
  EXPECT_EQ(scenarios[1].name(), "full · chunk 512");
  EXPECT_EQ(scenarios[2].name(), "full · chunk 256");
  // What a scenario without a device does not have tells nothing about the others.
  WhatIf timed = shaped("full");
  timed.device = "h100-sxm";
  workspace_.clear_pins();
  open({shaped("full"), timed});
  EXPECT_EQ(compared_scenarios(workspace_)[1].name(), "full · no device");
  EXPECT_EQ(compared_scenarios(workspace_)[0].name(), "full · on h100-sxm");
}

TEST_F(CompareTest, APinThatIsTheCurrentScenarioStandsOnce) {
  open({shaped("full"), shaped("full")});  // replayed anew: another outcome, equal numbers
  const auto scenarios = compared_scenarios(workspace_);
  ASSERT_EQ(scenarios.size(), 1U);
  EXPECT_TRUE(scenarios[0].current);
  EXPECT_EQ(scenarios[0].pin, std::optional<std::size_t>(0));
}

// The form shows a scenario that has no result; what stands in the table is the one before.
TEST_F(CompareTest, AResultThatIsLeftOverIsNotTheCurrentOne) {
  open({shaped("full")});
  EXPECT_TRUE(compared_scenarios(workspace_)[0].current);
  WhatIf broken = shaped("full");
  broken.policy = {"duo", {}};
  workspace_.edit(broken, "policy");
  ASSERT_TRUE(wait_until([&] { return workspace_.error().has_value(); }));
  const auto scenarios = compared_scenarios(workspace_);
  ASSERT_EQ(scenarios.size(), 1U);
  EXPECT_FALSE(scenarios[0].current);
  CompareTable table;
  table.set_scenarios(scenarios);
  EXPECT_EQ(table.headerData(0, Qt::Horizontal, Qt::DisplayRole), "full\nlast result");
}

// Of a file that has changed in between, say.
TEST_F(CompareTest, TheSameScenarioAgainIsNumbered) {
  open({shaped("full")});
  std::vector<Compared> thrice(3);
  for (Compared& scenario : thrice) {
    scenario.outcome = workspace_.outcome();
  }
  name_apart(thrice);
  EXPECT_EQ(thrice[0].name(), "full");
  EXPECT_EQ(thrice[1].name(), "full · (2)");
  EXPECT_EQ(thrice[2].name(), "full · (3)");
  EXPECT_EQ(thrice[2].name_in_files(), "full · (3)");
}

TEST_F(CompareTest, AnotherBaselineChangesHeadsAndCells) {
  open({shaped("full"), shaped("streaming:sinks=16,window=240")});
  CompareTable table;
  table.set_scenarios(compared_scenarios(workspace_));
  QSignalSpy heads(&table, &QAbstractItemModel::headerDataChanged);
  QSignalSpy cells(&table, &QAbstractItemModel::dataChanged);
  const auto head = [&](int column) {
    return table.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
  };
  for (const int column : {1, -1, 2}) {  // it is that, and what does not exist
    table.set_baseline(column);
  }
  EXPECT_EQ(heads.count() + cells.count(), 0);
  EXPECT_TRUE(head(1).endsWith("baseline"));
  table.set_baseline(0);
  EXPECT_TRUE(head(0).endsWith("baseline"));
  ASSERT_EQ(heads.count(), 1);
  EXPECT_EQ(heads[0], (QVariantList{QVariant::fromValue(Qt::Horizontal), 0, 1}));
  ASSERT_EQ(cells.count(), 1);
  EXPECT_EQ(cells[0][0].toModelIndex(), table.index(0, 0));
  EXPECT_EQ(cells[0][1].toModelIndex(), table.index(table.rowCount() - 1, 1));
}

TEST_F(CompareTest, SignsBesideColumnsGoWithTheirScenarios) {
  open({shaped("full"), shaped("streaming:sinks=16,window=240")});
  CompareTable table;
  table.set_scenarios(compared_scenarios(workspace_));
  EXPECT_TRUE(table.setHeaderData(1, Qt::Horizontal, 7, Qt::DecorationRole));
  EXPECT_FALSE(table.setHeaderData(2, Qt::Horizontal, 7, Qt::DecorationRole));
  EXPECT_EQ(table.headerData(1, Qt::Horizontal, Qt::DecorationRole), 7);
  table.set_scenarios(compared_scenarios(workspace_));
  EXPECT_FALSE(table.headerData(1, Qt::Horizontal, Qt::DecorationRole).isValid());
}

TEST_F(CompareTest, CellsOfACopyStayInTheirPlaces) {
  open({shaped("full")});
  CompareTable table;
  Compared odd;
  odd.outcome = workspace_.outcome();
  odd.policy = "a\tb\r\nc";
  table.set_scenarios({odd});
  EXPECT_EQ(table.to_tsv().section('\n', 0, 0), "metric\tunit\ta b  c");
  EXPECT_EQ(table.to_tsv({table.index(1, 0)}), table.to_tsv());  // the cursor selects nothing
}

TEST_F(CompareTest, CopiesHoldEveryDigitInPlainUnits) {
  WhatIf paper = shaped("streaming:sinks=16,window=240");
  paper.accounting = Accounting::kPaper;
  open({shaped("full"), paper});
  CompareTable table;
  table.set_scenarios(compared_scenarios(workspace_));
  const Metrics full = replayed(shaped("full"));
  const QStringList tsv = table.to_tsv().split('\n');
  EXPECT_EQ(tsv[0],
            "metric\tunit\tstreaming:sinks=16,window=240 · paper accounting\t"
            "full · exact accounting");
  const QString peak =
      QString("peak_kv_bytes\tbytes\t\t%1").arg(QString::number(*full.peak_kv_bytes));
  EXPECT_TRUE(tsv.contains(peak)) << tsv.join('\n').toStdString();  // absent: empty
  const QStringList csv = table.to_csv().split('\n');
  EXPECT_EQ(csv[0],
            "metric,unit,\"streaming:sinks=16,window=240 · paper accounting\","
            "full · exact accounting");
  const QModelIndexList two = {table.index(0, 0), table.index(1, 0)};
  EXPECT_EQ(table.to_tsv(two).split('\n').size(), 4);
}

TEST_F(CompareTest, CautionsAreThoseOfCompareResults) {
  WhatIf longer = shaped("full");
  longer.prompt = 5000;
  open({shaped("full"), longer});
  CompareTable table;
  table.set_scenarios(compared_scenarios(workspace_));
  ASSERT_EQ(table.cautions().size(), 1U);
  EXPECT_NE(table.cautions()[0].find("different numbers of rows"), std::string::npos);
  // Two columns that differ alike from the baseline are warned of once.
  longer.policy = *parse_policy("streaming:sinks=16,window=240");
  workspace_.pin();
  workspace_.open(longer);
  ASSERT_TRUE(settled(workspace_));
  table.set_scenarios(compared_scenarios(workspace_));
  ASSERT_EQ(table.columnCount(), 3);
  EXPECT_EQ(table.cautions().size(), 1U);
}

// A language in which everything sounds alike.
class Foreign final : public QTranslator {
 public:
  [[nodiscard]] bool isEmpty() const override { return false; }
  QString translate(const char* /*context*/, const char* source, const char* /*which*/,
                    int /*n*/) const override {
    return QLatin1Char('~') + QString::fromUtf8(source);
  }
};

TEST_F(CompareTest, FilesSpeakEnglish) {
  WhatIf other = shaped("full");
  other.chunk = 256;
  Foreign foreign;
  QCoreApplication::installTranslator(&foreign);
  open({shaped("full"), other});
  CompareTable table;
  table.set_scenarios(compared_scenarios(workspace_));
  EXPECT_EQ(table.scenarios()[0].name(), "full · ~chunk 256");
  EXPECT_EQ(table.to_csv().section('\n', 0, 0), "metric,unit,full · chunk 256,full · chunk 512");
  EXPECT_FALSE(table.to_tsv().contains('~'));
  const TradeOff plane = trade_off(table.scenarios(), nullptr);
  EXPECT_EQ(plane.alone[0].name, "full · ~chunk 256");
  EXPECT_EQ(plane.alone[0].name_in_files, "full · chunk 256");
  QCoreApplication::removeTranslator(&foreign);
}

TEST_F(CompareTest, AColumnThatDoesNotFitSaysSo) {
  const auto on_device = [](std::int64_t prompt) {
    WhatIf what_if = shaped("full", {.prompt = prompt});
    what_if.device = "rtx-4090";  // 24 GiB, of which the weights take 15
    return what_if;
  };
  open({on_device(4096), on_device(131072)});
  CompareTable table;
  table.set_scenarios(compared_scenarios(workspace_));
  EXPECT_TRUE(cell(table, "peak_total_bytes", 0).startsWith("⚠ "));
  EXPECT_TRUE(cell(table, "peak_total_bytes", 0, Qt::ToolTipRole).contains("does not fit into"));
  EXPECT_FALSE(cell(table, "peak_total_bytes", 1).contains("⚠"));
  EXPECT_FALSE(cell(table, "peak_total_kv_bytes", 0).contains("⚠"));
  EXPECT_TRUE(
      table.headerData(0, Qt::Horizontal, Qt::DisplayRole).toString().contains("⚠ does not fit"));
  EXPECT_FALSE(table.headerData(1, Qt::Horizontal, Qt::DisplayRole).toString().contains("⚠"));
  EXPECT_FALSE(table.to_csv().contains("⚠"));
}

TEST(ShortNames, LeaveOutWhatAllNamesShare) {
  const auto of = [](const std::vector<std::pair<std::string, std::string>>& names) {
    std::vector<Compared> scenarios;
    for (const auto& [policy, details] : names) {
      scenarios.push_back({nullptr, std::nullopt, false, 0, policy, details});
    }
    return short_names(scenarios);
  };
  using Names = std::vector<std::string>;
  const ShortNames values =
      of({{"snapkv:sparsity=0.7,window=64", ""}, {"snapkv:sparsity=0.4,window=64", ""}});
  EXPECT_EQ(values.before, "snapkv:sparsity");
  EXPECT_EQ(values.names, (Names{"0.7", "0.4"}));
  const ShortNames keys = of({{"h2o:budget=64", ""}, {"h2o:heavy=8,window=8", ""}});
  EXPECT_EQ(keys.before, "h2o");
  EXPECT_EQ(keys.names, (Names{"budget=64", "heavy=8,window=8"}));
  const ShortNames unlike =
      of({{"full", "chunk 64 · output 8"}, {"tova:budget=64", "chunk 32 · output 8"}});
  EXPECT_EQ(unlike.before, "");
  EXPECT_EQ(unlike.names, (Names{"full · chunk 64", "tova:budget=64 · chunk 32"}));
  // Something is left of each, and ":" is not " · ".
  EXPECT_EQ(of({{"snapkv", ""}, {"snapkv:patch=true", ""}}).names,
            (Names{"snapkv", "snapkv:patch=true"}));
  EXPECT_EQ(of({{"snapkv", "chunk 64"}, {"snapkv:sparsity=0.7", "chunk 32"}}).names,
            (Names{"snapkv · chunk 64", "snapkv:sparsity=0.7 · chunk 32"}));
  EXPECT_EQ(of({{"full", ""}}).names, (Names{"full"}));
  // The end of one is all of the other.
  const ShortNames end = of({{"h2o:budget=64", ""}, {"h2o:heavy=8,budget=64", ""}});
  EXPECT_EQ(end.before, "h2o");
  EXPECT_EQ(end.names, (Names{"budget=64", "heavy=8,budget=64"}));
  // A value that more follows is none.
  const ShortNames more = of({{"snapkv:sparsity=0.7", ""}, {"snapkv:sparsity=0.4,window=64", ""}});
  EXPECT_EQ(more.before, "snapkv");
  EXPECT_EQ(more.names, (Names{"sparsity=0.7", "sparsity=0.4,window=64"}));
}

class CompareViewTest : public CompareTest {
 protected:
  static void trigger(CompareView& view, const char* text) {
    for (QAction* action : view.findChildren<QAction*>()) {
      if (action->text() == text) {
        ASSERT_TRUE(action->isEnabled()) << text;
        action->trigger();
        return;
      }
    }
    ADD_FAILURE() << "no action " << text;
  }
};

TEST_F(CompareViewTest, PinLoadUnpinAndClear) {
  CompareView view(workspace_);
  view.resize(1000, 700);
  view.show();
  EXPECT_EQ(view.model().columnCount(), 0);
  workspace_.open(shaped("full"));
  ASSERT_TRUE(settled(workspace_));
  trigger(view, "Pin");
  EXPECT_EQ(view.model().columnCount(), 1);
  workspace_.edit(shaped("streaming:sinks=16,window=240"), "policy");
  ASSERT_TRUE(settled(workspace_));
  ASSERT_EQ(view.model().columnCount(), 2);
  view.table().setCurrentIndex(view.model().index(0, 1));
  trigger(view, "Load");
  EXPECT_EQ(workspace_.what_if(), shaped("full"));
  ASSERT_TRUE(settled(workspace_));
  EXPECT_EQ(view.model().columnCount(), 1);  // the pin is the current one again
  workspace_.undo_stack().undo();
  EXPECT_EQ(workspace_.what_if(), shaped("streaming:sinks=16,window=240"));
  ASSERT_TRUE(settled(workspace_));
  trigger(view, "Pin");
  view.table().setCurrentIndex(view.model().index(0, 1));
  trigger(view, "Unpin");
  ASSERT_EQ(workspace_.pins().size(), 1U);
  EXPECT_EQ(workspace_.pins()[0]->asked, shaped("streaming:sinks=16,window=240"));
  trigger(view, "Unpin all");
  EXPECT_TRUE(workspace_.pins().empty());
  EXPECT_EQ(view.model().columnCount(), 1);  // the current one stays
}

// Nearly everything differs that can be warned of.
TEST_F(CompareViewTest, CautionsLeaveRoomForTheTable) {
  WhatIf other = shaped("streaming:sinks=16,window=240", {.prompt = 6000});
  other.shape = "llama-2-7b";
  other.batch = 4;
  other.device = "h100-sxm";
  other.layout.quant = *parse_kv_quant("kivi:bits=2");
  open({shaped("full"), other});
  CompareView view(workspace_);
  view.resize(520, 400);
  view.show();
  QCoreApplication::processEvents();
  ASSERT_GE(view.model().cautions().size(), 5U);
  const QScrollArea* area = nullptr;
  for (const QScrollArea* found : view.findChildren<QScrollArea*>()) {
    area = found->accessibleName() == QLatin1String("Cautions") ? found : area;
  }
  ASSERT_NE(area, nullptr);
  EXPECT_LE(area->height(), 3 * line_height(area->font()) + 8);
  EXPECT_GT(area->verticalScrollBar()->maximum(), 0);
  EXPECT_EQ(area->focusPolicy(), Qt::StrongFocus);
  // Few lines take no more than they need, and no stop of Tab.
  workspace_.clear_pins();
  QCoreApplication::processEvents();
  EXPECT_LE(area->height(), line_height(area->font()) + 8);
  EXPECT_EQ(area->focusPolicy(), Qt::NoFocus);
}

// Letters of another font may be taller than those of the window's.
TEST_F(CompareViewTest, HeadsHaveRoomForTheLettersOfTheLanguage) {
  const QLocale before;
  QLocale::setDefault(QLocale(QStringLiteral("zh_CN")));
  open({shaped("full"), shaped("streaming:sinks=16,window=240")});
  CompareView view(workspace_);
  view.resize(1000, 700);
  view.show();
  QCoreApplication::processEvents();
  auto& table = dynamic_cast<CompareColumns&>(view.table());
  QFont bold = table.header().font();
  bold.setBold(true);
  for (int column = 0; column < 2; ++column) {
    const auto lines = static_cast<int>(table.header().fitted(column).count('\n')) + 1;
    EXPECT_GE(table.header().height(), lines * line_height(bold));
  }
  QLocale::setDefault(before);
}

TEST_F(CompareViewTest, CtrlCCopiesTheTable) {
  CompareView view(workspace_);
  view.resize(1000, 700);
  view.show();
  open({shaped("full"), shaped("streaming:sinks=16,window=240")});
  view.activateWindow();
  view.table().setFocus();
  ASSERT_TRUE(QTest::qWaitForWindowActive(&view));
  QTest::keyClick(&view.table(), Qt::Key_C, Qt::ControlModifier);
  EXPECT_EQ(QApplication::clipboard()->text(), view.model().to_tsv());
}

TEST_F(CompareViewTest, ColumnsShareALowDock) {
  open({traced("snapkv:sparsity=0.7"), traced("snapkv:sparsity=0.4")});
  CompareView view(workspace_);
  view.resize(1000, 230);
  view.show();
  QCoreApplication::processEvents();
  auto& table = dynamic_cast<CompareColumns&>(view.table());
  EXPECT_LE(table.columnViewportPosition(1) + table.columnWidth(1), table.viewport()->width());
  for (int column = 0; column < 2; ++column) {
    for (int row = 0; row < view.model().rowCount(); ++row) {
      EXPECT_LE(table.sizeHintForIndex(view.model().index(row, column)).width(),
                table.columnWidth(column))
          << row << ", " << column;
    }
    // Nothing of a name is left out, only broken.
    QString shown = table.header().fitted(column);
    const QString whole =
        view.model().headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    EXPECT_EQ(shown.remove(QLatin1Char('\n')).remove(QLatin1Char(' ')),
              QString(whole).remove(QLatin1Char('\n')).remove(QLatin1Char(' ')));
  }
  // A width that somebody chose stays.
  table.setColumnWidth(0, 300);
  view.resize(1040, 230);
  QCoreApplication::processEvents();
  EXPECT_EQ(table.columnWidth(0), 300);
}

TEST_F(CompareViewTest, LinesOfUnlikeLengthsHoldTheirOwnRows) {
  WhatIf longer = shaped("streaming:sinks=16,window=240");
  longer.prompt = 6000;
  open({shaped("full"), longer});
  CompareView view(workspace_);
  view.show();
  view.timelines().set_unit(OverlayTimelines::Unit::kEntriesPerStream);
  ASSERT_NE(view.timelines().spec(), nullptr);
  const auto& lines = std::get<plots::LinePlot>(view.timelines().spec()->content);
  ASSERT_EQ(lines.series.size(), 2U);
  EXPECT_EQ(lines.series[1].x.back(), 4096 + 64 - 1);
  EXPECT_EQ(lines.series[1].y.back(), 4096 + 64);
  EXPECT_EQ(lines.series[0].x.back(), 6000 + 64 - 1);
  EXPECT_EQ(lines.series[0].y.back(), 16 + 240 + 1);  // the survivors and the row itself
  // At row 2000: 256 survivors and 465 of its own chunk.
  EXPECT_EQ(view.timelines().resident(0, 2000), std::optional(721.0));
  EXPECT_EQ(view.timelines().resident(1, 5000), std::nullopt);
}

TEST_F(CompareViewTest, ArrowsReadTheTimelinesRowByRow) {
  open({shaped("full"), shaped("streaming:sinks=16,window=240")});
  CompareView view(workspace_);
  OverlayTimelines& lines = view.timelines();
  view.resize(1000, 700);
  view.show();
  static_cast<void>(lines.grab());
  QTest::keyClick(&lines, Qt::Key_Home);
  EXPECT_EQ(lines.read_row(), 0);
  const double pixel = 4159 / lines.geometry()->plot.width();
  QTest::keyClick(&lines, Qt::Key_Right);
  EXPECT_NEAR(static_cast<double>(lines.read_row().value_or(0)), pixel, 1);
  QTest::keyClick(&lines, Qt::Key_End);
  EXPECT_EQ(lines.read_row(), 4159);
  lines.set_view({plots::Range{100, 120}, std::nullopt});
  static_cast<void>(lines.grab());
  QTest::keyClick(&lines, Qt::Key_Left);
  EXPECT_EQ(lines.read_row(), 119);
}

TEST_F(CompareViewTest, ARowBeyondAShorterRunIsNotReadAnyMore) {
  WhatIf shorter = shaped("full");
  shorter.prompt = 1000;
  open({shaped("full")});
  CompareView view(workspace_);
  OverlayTimelines& lines = view.timelines();
  view.resize(1000, 700);
  view.show();
  static_cast<void>(lines.grab());
  QTest::keyClick(&lines, Qt::Key_End);
  EXPECT_EQ(lines.read_row(), 4159);
  workspace_.edit(shorter, QStringLiteral("prompt"));
  ASSERT_TRUE(settled(workspace_));
  EXPECT_EQ(lines.read_row(), std::nullopt);
  QTest::keyClick(&lines, Qt::Key_Home);
  workspace_.edit(shaped("full"), QStringLiteral("prompt"));
  ASSERT_TRUE(settled(workspace_));
  EXPECT_EQ(lines.read_row(), 0);  // both have it
}

TEST_F(CompareViewTest, BarsAddUpToThePeak) {
  open({shaped("full"), shaped("streaming:sinks=16,window=240")});
  CompareView view(workspace_);
  view.show();
  const auto total = [&](std::size_t bar) {
    double sum = 0;
    for (const double v : std::get<plots::BarChart>(view.bars().spec()->content).bars[bar].values) {
      sum += v;
    }
    return sum;
  };
  EXPECT_EQ(total(1), static_cast<double>(*replayed(shaped("full")).peak_kv_bytes));
  WhatIf full = shaped("full");
  full.device = "h100-sxm";
  WhatIf less = shaped("streaming:sinks=16,window=240");
  less.device = "h100-sxm";
  workspace_.clear_pins();
  open({full, less});
  ASSERT_EQ(std::get<plots::BarChart>(view.bars().spec()->content).parts.size(), 5U);
  EXPECT_EQ(total(1), static_cast<double>(*replayed(full).peak_total_bytes));
  EXPECT_EQ(total(0), static_cast<double>(*replayed(less).peak_total_bytes));
}

TEST_F(CompareViewTest, BarsAreReadOneByOne) {
  open({shaped("full"), shaped("streaming:sinks=16,window=240")});
  CompareView view(workspace_);
  PeakBars& bars = view.bars();
  view.resize(1000, 700);
  view.show();
  QCoreApplication::processEvents();  // table above pictures, which are laid out then
  const QImage before = bars.grab().toImage();
  QTest::keyClick(&bars, Qt::Key_Down);
  EXPECT_EQ(bars.read_bar(), 0U);
  QTest::keyClick(&bars, Qt::Key_Down);
  EXPECT_EQ(bars.read_bar(), 1U);
  QTest::keyClick(&bars, Qt::Key_Down);
  EXPECT_EQ(bars.read_bar(), 1U);
  EXPECT_NE(bars.grab().toImage(), before);
  QTest::mouseMove(&bars, bars.geometry()->to_pixel(1, 0.5).toPoint());
  EXPECT_EQ(bars.read_bar(), 0U);
  workspace_.clear_pins();
  EXPECT_EQ(bars.read_bar(), std::nullopt);
}

}  // namespace
}  // namespace kvfoot::gui
