// Choosing the inner policy.
#include "gui/view/nested_policy_field.hpp"

#include <QComboBox>
#include <QSignalBlocker>
#include <algorithm>

#include "gui/model/table_text.hpp"
#include "gui/view/policy_form.hpp"
#include "gui/view/qstring.hpp"

namespace kvfoot::gui {

NestedPolicyField::NestedPolicyField(const QString& prefix, QWidget* parent)
    : Field(parent), combo_(new QComboBox), form_(new PolicyForm(prefix)) {
  combo_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  combo_->setMinimumContentsLength(8);
  wheel_only_with_focus(combo_);
  for (const PolicyDescriptor* policy : builtin_policies()) {
    const bool nests = std::ranges::any_of(
        policy->params, [](const ParamInfo& info) { return info.type == ParamType::kPolicy; });
    if (!nests) {
      combo_->addItem(to_qstring(policy->name), to_qstring(policy->name));
      combo_->setItemData(combo_->count() - 1, policy_text(policy->summary), Qt::ToolTipRole);
    }
  }
  add_part(combo_, 1);
  connect(combo_, &QComboBox::activated, this, [this](int index) {
    const QString name = combo_->itemData(index).toString();
    enter(name == default_ ? QString() : name);
    emit released();
  });
  connect(form_, &PolicyForm::edited, this,
          [this](const PolicySpec& spec) { enter(QString::fromStdString(to_string(spec))); });
  connect(form_, &PolicyForm::released, this, &Field::released);
}

void NestedPolicyField::set_default(const QString& text) {
  default_ = text;
  show_text();
}

void NestedPolicyField::set_names(const QString& accessible, const QString& tool_tip) {
  combo_->setAccessibleName(accessible);
  combo_->setToolTip(tool_tip);
}

void NestedPolicyField::show_text() {
  const auto spec = parse_policy((text().isEmpty() ? default_ : text()).toStdString());
  const QSignalBlocker quiet(combo_);
  combo_->setCurrentIndex(spec ? combo_->findData(QString::fromStdString(spec->name)) : -1);
  form_->setVisible(spec.ok() && !find_policy(spec->name)->params.empty());
  if (spec) {
    form_->set_spec(*spec);
  }
}

}  // namespace kvfoot::gui
