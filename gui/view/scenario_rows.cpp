// Which fields the panel has, in which order, and what they say of themselves.
#include <QFormLayout>
#include <QLabel>
#include <QVBoxLayout>

#include "gui/view/form_layout.hpp"
#include "gui/view/plain_fields.hpp"
#include "gui/view/policy_panel.hpp"
#include "gui/view/qstring.hpp"
#include "gui/view/scenario_panel.hpp"
#include "gui/view/slider_field.hpp"
#include "gui/view/source_panel.hpp"
#include "gui/view/token_scale.hpp"
#include "sim/io/device_file.hpp"

namespace kvfoot::gui {
namespace {

ChoiceField* choices(const std::vector<ChoiceField::Item>& items) {
  auto* field = new ChoiceField;
  field->set_items(items);
  return field;
}

}  // namespace

ScenarioPanel::ScenarioPanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace), facts_(workspace) {
  setAccessibleName(tr("Scenario"));
  auto* body = new QWidget;
  auto* column = new QVBoxLayout(body);
  column->setContentsMargins(8, 6, 8, 8);
  column->setSpacing(4);
  const auto add_section = [&](const QString& title, Section::Folds folds, QWidget* content) {
    auto* section = new Section(title, folds, content);
    column->addWidget(section);
    return section;
  };
  source_ = new SourcePanel(workspace_, facts_);
  policy_ = new PolicyPanel(workspace_, facts_);
  add_section(tr("Source"), Section::Folds::kNo, source_);
  add_section(tr("Run"), Section::Folds::kNo, make_lengths());
  add_section(tr("Policy"), Section::Folds::kNo, policy_);
  storage_ = add_section(tr("Storage"), Section::Folds::kYes, make_storage());
  timing_ = add_section(tr("Device"), Section::Folds::kYes, make_timing());
  counting_ = add_section(tr("Counting"), Section::Folds::kYes, make_counting());
  storage_->setObjectName(QStringLiteral("storage"));
  timing_->setObjectName(QStringLiteral("device"));
  counting_->setObjectName(QStringLiteral("counting"));
  column->addStretch(1);
  auto* whole = new QVBoxLayout(this);
  whole->setContentsMargins(0, 0, 0, 0);
  auto* scroll = new VerticalScroll(body);
  whole->addWidget(scroll);
  for (Section* section : {storage_, timing_, counting_}) {
    connect(section, &Section::unfolded, scroll, [scroll, section] { scroll->reveal(*section); });
  }

  connect(&workspace_, &Workspace::what_if_changed, this, &ScenarioPanel::show_values);
  connect(source_, &SourcePanel::open_requested, this, &ScenarioPanel::open_requested);
  connect(&facts_, &TraceFacts::changed, this, &ScenarioPanel::show_values);
  connect(&workspace_, &Workspace::outcome_changed, this, &ScenarioPanel::show_error);
  show_values();
  show_error();
}

void ScenarioPanel::add(QFormLayout* form, std::string_view name, const QString& label,
                        const QString& tool_tip, Field* field) {
  field->setObjectName(to_qstring(name));
  field->set_names(label, tool_tip);
  add_row(form, label, field, tool_tip);
  const std::size_t index = rows_.size();
  rows_.push_back({&scenario_field(name), field, label, tool_tip});
  connect(field, &Field::edited, this,
          [this, index](const QString& text) { take(rows_[index], text); });
  connect(field, &Field::released, &workspace_, &Workspace::end_edit);
}

QWidget* ScenarioPanel::make_lengths() {
  auto* body = new QWidget;
  QFormLayout* form = make_form(body);
  add(form, "prompt", tr("Prompt"), tr("Prompt tokens: 4096, 32K or 1M"),
      new SliderField(token_scale(1, kLongestPrompt)));
  output_ = new SliderField(token_scale(0, kLongestOutput));
  add(form, "output", tr("Output"), tr("Output tokens, one decode row each"), output_);
  chunk_ = new SliderField(chunk_scale(kLongestPrompt));
  add(form, "chunk", tr("Chunk"),
      tr("Prompt tokens that one pass prefills; all: the whole prompt in one pass"), chunk_);
  whole_prompt_ = new CheckField(tr("whole prompt"));
  whole_prompt_->setObjectName(QStringLiteral("whole_prompt"));
  whole_prompt_->set_names(tr("Whole prompt in one pass"), tr("Prefill without chunks"));
  form->addRow(QString(), whole_prompt_);
  connect(whole_prompt_, &Field::edited, this,
          [this](const QString& text) { set_whole_prompt(text == QLatin1String("true")); });
  constexpr std::int64_t kLargestBatch = 1024;  // by slider
  add(form, "batch", tr("Batch"), tr("Equal requests that run together"),
      new SliderField(count_scale(1, kLargestBatch)));
  return body;
}

QWidget* ScenarioPanel::make_storage() {
  auto* body = new QWidget;
  QFormLayout* form = make_form(body);
  constexpr std::int64_t kLargestPage = 1024;  // by slider
  add(form, "block_size", tr("Page"), tr("Entries per page of the cache"),
      new SliderField(count_scale(1, kLargestPage)));
  std::vector<ChoiceField::Item> types{{QString(), QString()}};
  for (const DType type : {DType::kF32, DType::kF16, DType::kBF16}) {
    types.push_back({to_qstring(to_string(type)), to_qstring(to_string(type))});
  }
  add(form, "kv_dtype", tr("KV dtype"), tr("Type of the numbers of K and V"), choices(types));
  auto* quant = choices({{tr("none"), QStringLiteral("none")}});
  for (const char* text : {"kivi:bits=2", "kivi:bits=4", "kvquant:bits=3", "kvquant:bits=4"}) {
    quant->add_value(QString::fromStdString(to_string(*parse_kv_quant(text))));
  }
  quant->set_editable();
  add(form, "kv_quant", tr("Quantised"),
      tr("Bytes of quantised K and V: KIVI or KVQuant, with parameters such as "
         "kivi:bits=2,group=32,residual=128"),
      quant);
  auto* index = choices({{tr("none"), QStringLiteral("none")}});
  for (const char* text : {"quest:page=16,budget=2048", "moba:block=512"}) {
    index->add_value(QString::fromStdString(to_string(*parse_kv_index(text))));
  }
  index->set_editable();
  add(form, "kv_index", tr("Index"),
      tr("Metadata by which a method selects what a row reads: Quest or MoBA, such as "
         "quest:page=16,budget=2048"),
      index);
  add(form, "kv_alloc", tr("Streams"),
      tr("Whether every stream takes its own pages, or as many as the largest of its layer"),
      choices({{tr("ragged"), QStringLiteral("ragged")},
               {tr("rectangular"), QStringLiteral("rectangular")}}));
  add(form, "kv_copies", tr("Copies"), tr("One K and V per KV head, or per query head"),
      choices({{tr("per KV head"), QStringLiteral("kv")},
               {tr("per query head"), QStringLiteral("query")}}));
  return body;
}

QWidget* ScenarioPanel::make_timing() {
  auto* body = new QWidget;
  QFormLayout* form = make_form(body);
  std::vector<ChoiceField::Item> devices{{tr("none"), QString()}};
  for (const BuiltinDevice& device : builtin_devices()) {
    devices.push_back({to_qstring(device.name), to_qstring(device.name)});
  }
  ChoiceField* device = choices(devices);
  device->add_browse(tr("Open a device description"),
                     tr("Device descriptions (*.yaml *.yml);;All files (*)"));
  add(form, "device_model", tr("Device"), tr("Times and the whole memory on this device"), device);
  std::vector<ChoiceField::Item> types;
  for (const DType type : {DType::kBF16, DType::kF16, DType::kF32}) {
    types.push_back({to_qstring(to_string(type)), to_qstring(to_string(type))});
  }
  add(form, "weight_dtype", tr("Weights"), tr("Type of weights and activations"), choices(types));
  add(form, "logits", tr("Logits"), tr("Rows of a pass that get logits"),
      choices({{tr("of the last row"), QStringLiteral("last")},
               {tr("of all rows"), QStringLiteral("all")}}));
  return body;
}

QWidget* ScenarioPanel::make_counting() {
  auto* body = new QWidget;
  QFormLayout* form = make_form(body);
  add(form, "accounting", tr("Account"),
      tr("Exact: what the decisions leave resident; paper: the published closed forms"),
      choices({{tr("exact"), QStringLiteral("exact")}, {tr("paper"), QStringLiteral("paper")}}));
  add(form, "last_prompt_token", tr("Last token"),
      tr("Whether the last prompt token is prefilled, or is the first decode row"),
      choices({{tr("is prefilled"), QStringLiteral("prefill")},
               {tr("is decoded"), QStringLiteral("decode")}}));
  add(form, "seed", tr("Seed"), tr("Of policies that choose heads by hash"), new TextField);
  return body;
}

}  // namespace kvfoot::gui
