// The window in Chinese: nothing of it is left in English, and its numbers are the English ones.
#include <gtest/gtest.h>

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAction>
#include <QComboBox>
#include <QDockWidget>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMenu>
#include <QRegularExpression>
#include <QSettings>
#include <QTabBar>
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "gui/model/message_text.hpp"
#include "gui/model/metric_text.hpp"
#include "gui/model/policy_fields.hpp"
#include "gui/model/scenario_fields.hpp"
#include "gui/model/table_text.hpp"
#include "gui/plots/words.hpp"
#include "gui/view/looks.hpp"
#include "gui/view/plot_widget.hpp"
#include "gui/window/program.hpp"
#include "gui/window/settle.hpp"
#include "sim/io/device_file.hpp"
#include "sim/report/compare.hpp"
#include "sim/report/metric_table.hpp"
#include "sim/report/plot_data.hpp"
#include "tests/gui/gui_test.hpp"

namespace kvfoot::gui {
namespace {

bool is_chinese(const QString& text) {
  return std::ranges::any_of(text, [](QChar c) { return c.script() == QChar::Script_Han; });
}

// Words that stand in Chinese texts as they are: names of things, not sentences.
std::set<QString> allowed_words() {
  std::set<QString> words;
  const auto add = [&](const QString& text) {
    static const QRegularExpression kWord(QStringLiteral("[A-Za-z]+"));
    for (auto match = kWord.globalMatch(text); match.hasNext();) {
      words.insert(match.next().captured());
    }
  };
  for (const PolicyDescriptor* policy : builtin_policies()) {
    add(QString::fromUtf8(policy->name));
    for (const ParamInfo& info : policy->params) {
      add(QString::fromUtf8(info.name));
      add(QString::fromUtf8(info.choices));
    }
  }
  for (const MetricInfo& metric : metric_table()) {
    add(QString::fromUtf8(metric.name));  // tool tips name the column of result files
  }
  for (const ModelShape& shape : builtin_shapes()) {
    add(QString::fromStdString(shape.name));
  }
  for (const BuiltinDevice& device : builtin_devices()) {
    add(QString::fromUtf8(device.name));
  }
  add(QStringLiteral(
      "KV TTFT TPOT logits Logits softmax GiB MiB KiB GB ms us "
      "Esc Page Up Down Enter Shift Alt Ctrl Space Left Right Home End Del Num "
      "SnapKV PyramidKV StreamingLLM DuoAttention PruLong TOVA Belady IBM Systems Journal arXiv "
      "kvfoot KIVI KVQuant Quest MoBA config json csv CSV png svg pdf yaml LaTeX tri log sum int "
      "true "
      "false residual "
      "bf heavy hitter English all"));
  return words;
}

// Everything that a person reads or a screen reader says of a window and its widgets.
class Reader {
 public:
  void read(const QWidget& window) {
    add(window.windowTitle());
    for (const QWidget* widget : window.findChildren<QWidget*>()) {
      read_widget(*widget);
    }
    for (const QAction* action : window.findChildren<QAction*>()) {
      add(action->text());
      add(action->toolTip());
      add(action->statusTip());
    }
  }
  const std::set<QString>& texts() const { return texts_; }

 private:
  void add(const QString& text) {
    if (!text.isEmpty()) {
      texts_.insert(text);
    }
  }
  void add(const std::string& text) { add(QString::fromStdString(text)); }

  void read_widget(const QWidget& widget) {
    for (const QString& text : {widget.toolTip(), widget.accessibleName(), widget.statusTip(),
                                widget.accessibleDescription(), widget.whatsThis()}) {
      add(text);
    }
    if (const auto* label = qobject_cast<const QLabel*>(&widget)) {
      add(label->text());
    } else if (const auto* button = qobject_cast<const QAbstractButton*>(&widget)) {
      add(button->text());
    } else if (const auto* line = qobject_cast<const QLineEdit*>(&widget)) {
      add(line->placeholderText());
    } else if (const auto* dock = qobject_cast<const QDockWidget*>(&widget)) {
      add(dock->windowTitle());
    } else if (const auto* menu = qobject_cast<const QMenu*>(&widget)) {
      add(menu->title());
    } else if (const auto* combo = qobject_cast<const QComboBox*>(&widget)) {
      read_model(*combo->model());
    } else if (const auto* view = qobject_cast<const QAbstractItemView*>(&widget)) {
      if (view->model() != nullptr) {
        read_model(*view->model());
      }
    } else if (const auto* tabs = qobject_cast<const QTabBar*>(&widget)) {
      for (int i = 0; i < tabs->count(); ++i) {
        add(tabs->tabText(i));
      }
    } else if (const auto* plot = dynamic_cast<const PlotWidget*>(&widget)) {
      read_plot(*plot);
    }
  }

  void read_model(const QAbstractItemModel& model) {
    constexpr int kRoles[] = {Qt::DisplayRole, Qt::ToolTipRole, Qt::AccessibleTextRole};
    for (const int role : kRoles) {
      for (int column = 0; column < model.columnCount(); ++column) {
        add(model.headerData(column, Qt::Horizontal, role).toString());
        for (int row = 0; row < model.rowCount(); ++row) {
          add(model.index(row, column).data(role).toString());
        }
      }
      for (int row = 0; row < model.rowCount(); ++row) {
        add(model.headerData(row, Qt::Vertical, role).toString());
      }
    }
  }

  void read_plot(const PlotWidget& plot) {
    if (plot.spec() == nullptr) {
      return;
    }
    add(plot.spec()->title);
    add(plot.spec()->subtitle);
    if (const auto* areas = std::get_if<plots::StackedAreas>(&plot.spec()->content)) {
      add(areas->x.label);
      add(areas->y.label);
      add(areas->peak ? areas->peak->label : "");
      for (const plots::AreaLayer& layer : areas->layers) {
        add(layer.name);
      }
    } else if (const auto* lines = std::get_if<plots::LinePlot>(&plot.spec()->content)) {
      add(lines->x.label);
      add(lines->y.label);
      for (const plots::LineSeries& series : lines->series) {
        add(series.name);
      }
      for (const plots::ReferenceLine& line : lines->references) {
        add(line.label);
      }
    } else if (const auto* heat = std::get_if<plots::HeatMap>(&plot.spec()->content)) {
      add(heat->row_label);
      add(heat->column_label);
      add(heat->colour.label);
    } else if (const auto* map = std::get_if<plots::StateMap>(&plot.spec()->content)) {
      add(map->key.label);
      add(map->query.label);
    } else if (const auto* bars = std::get_if<plots::BarChart>(&plot.spec()->content)) {
      add(bars->x.label);
      for (const auto& part : bars->parts) {
        add(part.name);
      }
    }
  }

  std::set<QString> texts_;
};

// A text without what no translator touches: tags, links, commands, files, formulas' letters.
QString prose(QString text) {
  static const QRegularExpression kTags(QStringLiteral("<[^>]*>"));
  static const QRegularExpression kFiles(
      QStringLiteral("\\S*/\\S+|\\S+\\.(h5|hdf5|yaml|yml|json|csv|png)\\b"));
  static const QRegularExpression kCommand(QStringLiteral("kvfoot replay .*"));
  static const QRegularExpression kSpecs(QStringLiteral("[a-z0-9]+:[a-z_]+=\\S*"));
  return text.remove(kTags).remove(kCommand).remove(kSpecs).remove(kFiles);
}

std::set<QString> numbers_of(const std::set<QString>& texts) {
  static const QRegularExpression kNumber(QStringLiteral("[0-9]([0-9.\\x{202f} ]*[0-9])?"));
  std::set<QString> numbers;
  for (const QString& text : texts) {
    for (auto match = kNumber.globalMatch(text); match.hasNext();) {
      numbers.insert(match.next().captured());
    }
  }
  return numbers;
}

class TranslationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    QSettings().clear();
    QSettings().setValue(QStringLiteral("appearance"), QStringLiteral("light"));
    if (!is_available(Language::kChinese)) {
      GTEST_SKIP() << "built without Qt's linguist tools";
    }
    apply_language(Language::kChinese);
  }
  void TearDown() override {
    apply_language(Language::kEnglish);
    QLocale::setDefault(before_);
  }

  // Two scenarios side by side, every panel open.
  static std::set<QString> texts_with(Program& program, const WhatIf& what_if,
                                      const WhatIf& pinned) {
    program.window().show();
    for (const char* panel :
         {"lessons", "scenario", "states", "heads", "tokens", "compare", "trade_off", "formula"}) {
      program.window().look_at(QString::fromLatin1(panel));
      settle(program.window());
    }
    Workspace& workspace = program.workspace();
    workspace.open(pinned);
    EXPECT_TRUE(settled(workspace));
    workspace.pin();
    workspace.open(what_if);
    EXPECT_TRUE(settled(workspace));
    workspace.set_row(200);
    workspace.set_key(10);
    Reader reader;
    for (const char* panel : {"heads", "tokens", "states", "trade_off", "formula", "compare"}) {
      program.window().look_at(QString::fromLatin1(panel));
      settle(program.window());
      reader.read(program.window());
    }
    return reader.texts();
  }
  static std::set<QString> texts_of(const WhatIf& what_if, const WhatIf& pinned) {
    Program program(Program::Memory::kNothing);
    return texts_with(program, what_if, pinned);
  }

  static void expect_no_english(const std::set<QString>& texts) {
    static const std::set<QString> kAllowed = allowed_words();
    static const QRegularExpression kWord(QStringLiteral("[A-Za-z]{2,}"));
    EXPECT_GT(texts.size(), 100U);
    for (const QString& text : texts) {
      for (auto match = kWord.globalMatch(prose(text)); match.hasNext();) {
        const QString word = match.next().captured();
        EXPECT_TRUE(kAllowed.contains(word)) << word.toStdString() << " in: " << text.toStdString();
      }
    }
  }

  const QLocale before_;
};

TEST_F(TranslationTest, EveryTextOfTheTablesIsTranslated) {
  const auto expect = [](const QString& text, std::string_view english, const char* context) {
    EXPECT_TRUE(text != QString::fromUtf8(english))
        << "gui/translations/table_texts.cpp: QT_TRANSLATE_NOOP(\"" << context << "\", \""
        << english << "\"), then scripts/update_translations.sh";
  };
  for (const PolicyDescriptor* policy : builtin_policies()) {
    expect(policy_text(policy->summary), policy->summary, "Policy");
    for (const ParamInfo& info : policy->params) {
      expect(policy_text(info.help), info.help, "Policy");
    }
    expect(policy_text(policy->paper), policy->paper, "Policy");
  }
  for (const MetricInfo& metric : metric_table()) {
    expect(metric_label(metric), metric.label, "Metric");
  }
  for (const char* segment : {"needle", "question", "distractor", "instruction", "copied"}) {
    expect(segment_name(segment), segment, "Segment");
  }
  RunInputs inputs;
  inputs.shape = builtin_shapes().front();
  for (const EntryUnit unit :
       {EntryUnit::kEntries, EntryUnit::kEntriesPerStream, EntryUnit::kGiB, EntryUnit::kShare}) {
    const StackedArea area = stacked_area({}, inputs, 1, unit);
    for (const std::string& label : {area.x.label, area.y.label}) {
      expect(QString::fromStdString(plots::words(label.c_str())), label, "Plot");
    }
  }
}

TEST_F(TranslationTest, NoEnglishIsLeftOnATrace) {
  expect_no_english(texts_of(traced("snapkv:sparsity=0.7"), traced("h2o:budget=64")));
}

TEST_F(TranslationTest, NoEnglishIsLeftOnAShapeWithADevice) {
  WhatIf timed = shaped("streaming:sinks=4,window=60");
  timed.device = builtin_devices().front().name;
  WhatIf other = timed;
  other.batch = 2;
  other.layout.quant = *parse_kv_quant("kivi:bits=2");
  expect_no_english(texts_of(timed, other));
}

TEST_F(TranslationTest, NoEnglishIsLeftForAnyPolicy) {
  Program program(Program::Memory::kNothing);
  program.window().show();
  std::set<QString> texts;
  for (const PolicyDescriptor* policy : builtin_policies()) {
    program.workspace().open(traced(policy->example(320).c_str()));
    ASSERT_TRUE(settled(program.workspace())) << policy->name;
    Reader reader;
    reader.read(program.window());
    texts.insert(reader.texts().begin(), reader.texts().end());
  }
  expect_no_english(texts);
}

TEST_F(TranslationTest, NumbersAreThoseOfEnglish) {
  const WhatIf what_if = traced("snapkv:sparsity=0.7");
  const WhatIf pinned = traced("h2o:budget=64");
  Program program(Program::Memory::kNothing);
  const auto chinese = numbers_of(texts_with(program, what_if, pinned));
  program.workspace().clear_pins();
  program.set_language(Language::kEnglish);
  const auto english = numbers_of(texts_with(program, what_if, pinned));
  EXPECT_GT(english.size(), 50U);
  for (const QString& number : english) {
    EXPECT_TRUE(chinese.contains(number)) << number.toStdString();
  }
}

TEST_F(TranslationTest, WarningsAndCautionsKeepTheirNumbers) {
  WhatIf wide = shaped("duo:sparsity=0.5,sinks=4,window=60");
  wide.shape = "llama-3.1-8b";
  wide.seed = 7;
  WhatIf covered = shaped("tova:budget=100000");
  covered.trace = bundled_trace("needle-2k-blocks.h5");
  WhatIf stored = shaped("streaming:sinks=4,window=60");
  stored.layout.quant = *parse_kv_quant("kivi:bits=2");
  stored.layout.index = *parse_kv_index("quest:page=16,budget=2048");
  stored.batch = 4096;
  stored.device = builtin_devices().front().name;
  WhatIf published = shaped("streaming:sinks=4,window=60");
  published.accounting = Accounting::kPaper;
  published.last_prompt_token = LastPromptToken::kDecode;
  published.device = builtin_devices().front().name;
  WhatIf long_output = traced("h2o:budget=64,group=none");
  long_output.output = 100;
  std::set<std::string> codes;
  std::vector<RunResult> results;
  for (const WhatIf& what_if : {wide, covered, stored, published, long_output}) {
    Workspace workspace;
    workspace.open(what_if);
    ASSERT_TRUE(settled(workspace)) << to_command(what_if);
    results.push_back(workspace.outcome()->result);
    for (const Warning& warning : results.back().warnings) {
      codes.insert(warning.code);
      EXPECT_TRUE(is_chinese(message_text(warning.text))) << warning.text;
      EXPECT_EQ(numbers_of({message_text(warning.text)}),
                numbers_of({QString::fromStdString(warning.text)}));
    }
  }
  EXPECT_GE(codes.size(), 9U);
  std::set<std::string> cautions;
  for (const RunResult& one : results) {
    for (const RunResult& other : results) {
      SweepResult first;
      SweepResult second;
      first.results = {one};
      second.results = {other};
      for (const std::string& caution : compare_results(first, second).cautions) {
        cautions.insert(caution);
        EXPECT_TRUE(is_chinese(message_text(caution))) << caution;
      }
    }
  }
  EXPECT_GE(cautions.size(), 6U);
  EXPECT_EQ(message_text("something new of 7"), QStringLiteral("something new of 7"));
}

TEST_F(TranslationTest, ComplaintsOfFieldsAreTranslatedWhole) {
  std::vector<Error> errors;
  const auto add = [&](const auto& result) {
    ASSERT_FALSE(result.ok());
    errors.push_back(result.error());
  };
  const PolicySpec snapkv{"snapkv", {}};
  for (const auto& [name, value] :
       {std::pair{"sparsity", "1.7"}, std::pair{"sparsity", "much"}, std::pair{"window", "1.5"},
        std::pair{"bytes", "many"}, std::pair{"bytes", "0"}, std::pair{"pool", "best"}}) {
    add(with_parameter(snapkv, name, value));
  }
  for (const auto& [name, value] :
       {std::pair{"prompt", "abc"}, std::pair{"chunk", "0"}, std::pair{"output", "-1"},
        std::pair{"batch", "0"}, std::pair{"seed", "x"}, std::pair{"block_size", "no"}}) {
    WhatIf what_if;
    add(scenario_field(name).write(what_if, value));
  }
  for (const char* policy :
       {"snapkv:kernel=4", "snapkv:patch=true,evict=end", "snapkv:bytes=10", "duo"}) {
    WhatIf what_if = shaped(policy);
    SourceCache sources;
    auto request = to_request(what_if, sources);
    ASSERT_TRUE(request.ok());
    add(replay(*request));
  }
  for (const Error& error : errors) {
    const QString text = complaint_text(error);
    EXPECT_TRUE(is_chinese(text)) << error.message();
    EXPECT_TRUE(error.hint.empty() || text.contains(QStringLiteral("；"))) << text.toStdString();
  }
  EXPECT_EQ(complaint_text(errors[0]), QStringLiteral("sparsity 为 1.7；允许 0 到 1"));
  apply_language(Language::kEnglish);
  EXPECT_EQ(complaint_text(errors[0]), QStringLiteral("sparsity is 1.7; allowed: 0 to 1"));
}

TEST_F(TranslationTest, LinesHaveTheHeightOfChineseLetters) {
  Program program(Program::Memory::kNothing);
  program.window().show();
  program.workspace().open(traced("snapkv:sparsity=0.7"));
  ASSERT_TRUE(settled(program.workspace()));
  int lines = 0;
  for (const QLabel* label : program.window().findChildren<QLabel*>()) {
    if (label->isVisible() && is_chinese(label->text())) {
      ++lines;
      EXPECT_GE(label->height(), line_height(label->font())) << label->text().toStdString();
    }
  }
  EXPECT_GT(lines, 10);
}

}  // namespace
}  // namespace kvfoot::gui
