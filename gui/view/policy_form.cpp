// From ParamInfo to fields and back.
#include "gui/view/policy_form.hpp"

#include <QFormLayout>
#include <QLabel>
#include <algorithm>
#include <limits>
#include <utility>

#include "gui/model/message_text.hpp"
#include "gui/model/policy_fields.hpp"
#include "gui/model/table_text.hpp"
#include "gui/model/token_text.hpp"
#include "gui/view/form_layout.hpp"
#include "gui/view/nested_policy_field.hpp"
#include "gui/view/plain_fields.hpp"
#include "gui/view/qstring.hpp"
#include "gui/view/slider_field.hpp"
#include "sim/core/text.hpp"
#include "sim/policy/spec_reader.hpp"

namespace kvfoot::gui {
namespace {

constexpr std::int64_t kSliderEnd = std::int64_t{1} << 20;
// Ranges that end beyond this say "as many as you like".
constexpr double kTokenLike = 1e9;

bool bounded(const ParamInfo& info) { return info.min != 0 || info.max != 0; }

SliderScale decimal_scale(const ParamInfo& info) {
  return {even_stops(info.min, info.max, 100),
          [](double value) { return QString::number(value, 'g', 6); },
          [](const QString& text) { return parse_double(text.toStdString()); }};
}

SliderScale integer_scale(const ParamInfo& info, std::int64_t rows) {
  const auto low = static_cast<std::int64_t>(info.min);
  const std::int64_t end =
      info.max >= kTokenLike ? (rows > 0 ? rows : kSliderEnd) : static_cast<std::int64_t>(info.max);
  return {doubling_stops(low, std::max(low, std::min(end, kSliderEnd))),
          [](double value) { return QString::number(static_cast<qint64>(value)); },
          [](const QString& text) { return parse_double(text.toStdString()); }};
}

// "2K" is 2048 in a whole number of a policy, too.
std::string entered(const ParamInfo& info, const QString& text) {
  std::string typed = text.trimmed().toStdString();
  if (info.type == ParamType::kInt) {
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    if (const auto tokens = parse_tokens(typed, -kMost, kMost)) {
      return std::to_string(*tokens);
    }
  }
  return typed;
}

QString tool_tip(const ParamInfo& info) {
  QString text = policy_text(info.help);
  if (!info.default_text.empty()) {
    text += PolicyForm::tr("\nDefault: %1").arg(to_qstring(info.default_text));
  }
  if (!info.excludes.empty()) {
    text += PolicyForm::tr("\nTakes the place of: %1")
                .arg(to_qstring(info.excludes).replace(QLatin1Char('|'), QLatin1String(", ")));
  }
  return text;
}

}  // namespace

PolicyForm::PolicyForm(QString prefix, QWidget* parent)
    : QWidget(parent), prefix_(std::move(prefix)), layout_(make_form(this)) {}

Field* PolicyForm::make_field(const ParamInfo& info) {
  switch (info.type) {
    case ParamType::kInt:
      return bounded(info) ? static_cast<Field*>(new SliderField(integer_scale(info, rows_)))
                           : new TextField;
    case ParamType::kDecimal:
      return bounded(info) ? static_cast<Field*>(new SliderField(decimal_scale(info)))
                           : new TextField;
    case ParamType::kBytes:
      return new TextField;
    case ParamType::kFile: {
      auto* field = new TextField;
      field->add_browse(tr("Choose a file for %1").arg(to_qstring(info.name)), tr("All files (*)"));
      return field;
    }
    case ParamType::kChoice: {
      auto* field = new ChoiceField;
      std::vector<ChoiceField::Item> items{{QString(), QString()}};
      for (const std::string_view word : split(info.choices, '|')) {
        if (word != info.default_text) {
          items.push_back({to_qstring(word), to_qstring(word)});
        }
      }
      field->set_items(items);
      return field;
    }
    case ParamType::kPolicy:
      return new NestedPolicyField(prefix_ + to_qstring(info.name) + QLatin1Char('.'));
    case ParamType::kBool:
      return new CheckField(QString());
  }
  return new TextField;
}

void PolicyForm::build() {
  constexpr int kIndent = 14;
  while (layout_->rowCount() > 0) {
    layout_->removeRow(0);
  }
  fields_.clear();
  const PolicyDescriptor* policy = find_policy(spec_.name);
  for (const ParamInfo& info : policy->params) {
    Field* field = make_field(info);
    const QString name = to_qstring(info.name);
    field->setObjectName(prefix_ + name);
    field->set_names(tr("%1 of the policy").arg(name), tool_tip(info));
    QLabel* label = add_row(layout_, name, field, tool_tip(info));
    if (auto* nested = qobject_cast<NestedPolicyField*>(field)) {
      nested->form()->setContentsMargins(kIndent, 0, 0, 0);
      layout_->addRow(nested->form());
      connect(nested->form(), &PolicyForm::rebuilt, this, &PolicyForm::rebuilt);
    }
    connect(field, &Field::edited, this,
            [this, &info, field](const QString& text) { take(info, field, text); });
    connect(field, &Field::released, this, &PolicyForm::released);
    fields_.push_back({&info, label, field});
  }
}

void PolicyForm::set_spec(const PolicySpec& spec) {
  const bool other = spec.name != spec_.name;
  spec_ = spec;
  if (other) {
    build();
  }
  show_values();
  if (other) {
    emit rebuilt();
  }
}

void PolicyForm::set_rows(std::int64_t rows) {
  if (rows == rows_) {
    return;
  }
  rows_ = rows;
  for (const Row& row : fields_) {
    if (auto* nested = qobject_cast<NestedPolicyField*>(row.field)) {
      nested->form()->set_rows(rows);
    }
    auto* slider = qobject_cast<SliderField*>(row.field);
    if (slider != nullptr && row.info->type == ParamType::kInt && row.info->max >= kTokenLike) {
      slider->set_scale(integer_scale(*row.info, rows_));
    }
  }
}

void PolicyForm::show_values() {
  for (const Row& row : fields_) {
    const std::string* given = spec_.find(row.info->name);
    PolicySpec without = spec_;
    std::erase_if(without.given, [&](const auto& pair) { return pair.first == row.info->name; });
    const auto otherwise = value_text(without, *row.info);
    QString shown =
        row.info->type == ParamType::kBytes ? tr("not given, or as 2GiB") : QStringLiteral("—");
    if (otherwise) {
      shown = row.info->type == ParamType::kChoice ? tr("%1 (default)").arg(to_qstring(*otherwise))
                                                   : to_qstring(*otherwise);
    }
    row.field->set_default(shown);
    row.field->set_text(given == nullptr ? QString() : QString::fromStdString(*given));
    QFont font = row.label->font();
    font.setBold(given != nullptr);
    row.label->setFont(font);
  }
}

void PolicyForm::take(const ParamInfo& info, Field* field, const QString& text) {
  auto next = with_parameter(spec_, info.name, entered(info, text));
  if (!next) {
    field->show_error(complaint_text(next.error()));
    return;
  }
  field->show_error({});
  spec_ = std::move(*next);
  show_values();
  emit edited(spec_, to_qstring(info.name));
}

std::vector<QWidget*> PolicyForm::parts() const {
  std::vector<QWidget*> parts;
  for (const Row& row : fields_) {
    parts.insert(parts.end(), row.field->parts().begin(), row.field->parts().end());
    if (const auto* nested = qobject_cast<NestedPolicyField*>(row.field)) {
      const auto inner = nested->form()->parts();
      parts.insert(parts.end(), inner.begin(), inner.end());
    }
  }
  return parts;
}

Field* PolicyForm::field(std::string_view parameter) const {
  const auto at =
      std::ranges::find_if(fields_, [&](const Row& row) { return row.info->name == parameter; });
  return at == fields_.end() ? nullptr : at->field;
}

}  // namespace kvfoot::gui
