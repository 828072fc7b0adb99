// Which policy, what it is, and its parameters.
#pragma once

#include <QWidget>

#include "gui/model/policy_fields.hpp"
#include "gui/model/trace_facts.hpp"
#include "gui/model/workspace.hpp"

class QLabel;
class QPushButton;

namespace kvfoot::gui {

class ChoiceField;
class ErrorLabel;
class PolicyForm;

class PolicyPanel final : public QWidget {
  Q_OBJECT
 public:
  PolicyPanel(Workspace& workspace, TraceFacts& facts, QWidget* parent = nullptr);

  // What only a run can tell ("an even kernel has no middle"): below the parameter that it begins
  // with, or below all of them. Null: nothing is wrong.
  void show_complaint(const Error* error);
  // Whether another policy can be replayed; `reason` why not.
  void set_permitted(bool permitted, const QString& reason);
  [[nodiscard]] PolicyForm& form() { return *form_; }

 private:
  void show_policy();
  void list_policies();
  void order_tabs();
  void edit(const PolicySpec& policy, const QString& field);

  Workspace& workspace_;
  TraceFacts& facts_;
  PolicyMemory memory_;
  ChoiceField* choice_ = nullptr;
  QLabel* about_ = nullptr;
  PolicyForm* form_ = nullptr;
  ErrorLabel* complaint_ = nullptr;
  QPushButton* reset_ = nullptr;
  bool listed_with_trace_ = true;
};

}  // namespace kvfoot::gui
