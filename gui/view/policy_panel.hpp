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

  // What a run says about the policy that no form can know ("kernel must be odd").
  void show_complaint(const QString& message);
  [[nodiscard]] PolicyForm& form() { return *form_; }

 private:
  void show_policy();
  void list_policies();
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
