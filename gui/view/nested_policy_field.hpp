// A policy inside a policy ("duo:...,rest=snapkv:sparsity=0.5"): which, and its own form.
#pragma once

#include "gui/view/field.hpp"

class QComboBox;

namespace kvfoot::gui {

class PolicyForm;

class NestedPolicyField final : public Field {
  Q_OBJECT
 public:
  // `prefix` begins the object names of the parameters: "policy.rest.".
  explicit NestedPolicyField(const QString& prefix, QWidget* parent = nullptr);

  // The form of the parameters, for a row of its own; whoever shows it owns it.
  [[nodiscard]] PolicyForm* form() const { return form_; }
  // The policy that holds while none is given.
  void set_default(const QString& text) override;
  void set_names(const QString& accessible, const QString& tool_tip) override;

 protected:
  void show_text() override;

 private:
  QComboBox* combo_ = nullptr;
  PolicyForm* form_ = nullptr;
  QString default_;
};

}  // namespace kvfoot::gui
