// Choosing a policy; its form follows.
#include "gui/view/policy_panel.hpp"

#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QRegularExpression>
#include <QVBoxLayout>

#include "gui/model/message_text.hpp"
#include "gui/model/table_text.hpp"
#include "gui/view/error_label.hpp"
#include "gui/view/form_layout.hpp"
#include "gui/view/plain_fields.hpp"
#include "gui/view/policy_form.hpp"
#include "gui/view/qstring.hpp"

namespace kvfoot::gui {
namespace {

// "SnapKV, arXiv 2404.14469" with a link.
QString with_links(const QString& paper) {
  static const QRegularExpression kArxiv(QStringLiteral("arXiv ([0-9]{4}\\.[0-9]{4,5})"));
  return paper.toHtmlEscaped().replace(
      kArxiv, QStringLiteral("<a href=\"https://arxiv.org/abs/\\1\">arXiv \\1</a>"));
}

}  // namespace

PolicyPanel::PolicyPanel(Workspace& workspace, TraceFacts& facts, QWidget* parent)
    : QWidget(parent),
      workspace_(workspace),
      facts_(facts),
      choice_(new ChoiceField),
      about_(make_note()),
      form_(new PolicyForm(QStringLiteral("policy."))),
      complaint_(new ErrorLabel),
      reset_(new QPushButton(tr("Reset to defaults"))) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(6);
  choice_->setObjectName(QStringLiteral("policy"));
  set_permitted(true, {});
  reset_->setObjectName(QStringLiteral("policy_reset"));
  reset_->setToolTip(tr("Give no parameter: every default holds"));
  column->addWidget(choice_);
  column->addWidget(about_);
  column->addWidget(form_);
  column->addWidget(complaint_);
  column->addWidget(reset_, 0, Qt::AlignLeft);
  connect(choice_, &Field::edited, this, [this](const QString& name) {
    edit(memory_.switched(workspace_.what_if().policy, name.toStdString()), tr("policy"));
    workspace_.end_edit();
  });
  connect(form_, &PolicyForm::edited, this, [this](const PolicySpec& spec, const QString& name) {
    edit(spec, tr("policy %1").arg(name));
  });
  connect(form_, &PolicyForm::rebuilt, this, &PolicyPanel::order_tabs);
  connect(form_, &PolicyForm::released, &workspace_, &Workspace::end_edit);
  connect(reset_, &QPushButton::clicked, this, [this] {
    edit(PolicySpec{workspace_.what_if().policy.name, {}}, tr("policy defaults"));
    workspace_.end_edit();
  });
  connect(&workspace_, &Workspace::what_if_changed, this, &PolicyPanel::show_policy);
  connect(&facts_, &TraceFacts::changed, this, &PolicyPanel::show_policy);
  show_policy();
}

void PolicyPanel::show_complaint(const Error* error) {
  const QString text = error == nullptr ? QString() : complaint_text(*error);
  bool placed = false;
  const PolicyDescriptor* policy = find_policy(form_->spec().name);
  for (const ParamInfo& info : policy == nullptr ? std::span<const ParamInfo>() : policy->params) {
    const bool here = error != nullptr && error->what.starts_with(std::string(info.name) + " ");
    form_->field(info.name)->show_complaint(here ? text : QString());
    placed = placed || here;
  }
  complaint_->set_message(placed ? QString() : text);
}

void PolicyPanel::set_permitted(bool permitted, const QString& reason) {
  choice_->setEnabled(permitted);
  form_->setEnabled(permitted);
  choice_->set_names(tr("Policy"), permitted ? tr("Which entries are evicted, and when") : reason);
  form_->setToolTip(permitted ? QString() : reason);
  reset_->setEnabled(permitted && !workspace_.what_if().policy.given.empty());
}

void PolicyPanel::order_tabs() {
  QWidget* last = choice_->combo();
  for (QWidget* part : form_->parts()) {
    setTabOrder(last, part);
    last = part;
  }
  setTabOrder(last, reset_);
}

void PolicyPanel::edit(const PolicySpec& policy, const QString& field) {
  WhatIf next = workspace_.what_if();
  next.policy = policy;
  workspace_.edit(next, field);
}

void PolicyPanel::list_policies() {
  const bool traced = !workspace_.what_if().trace.empty();
  if (choice_->combo()->count() > 0 && traced == listed_with_trace_) {
    return;
  }
  listed_with_trace_ = traced;
  std::vector<ChoiceField::Item> items;
  for (const PolicyDescriptor* policy : builtin_policies()) {
    const QString name = to_qstring(policy->name);
    QString text = name;
    if (!traced && needs_trace(*policy)) {
      text = tr("%1 (needs a trace)").arg(name);
    } else if (policy->replay_only) {
      text = tr("%1 (in replays only)").arg(name);
    }
    items.push_back({text, name, policy_text(policy->summary)});
  }
  choice_->set_items(items);
}

void PolicyPanel::show_policy() {
  const WhatIf& what_if = workspace_.what_if();
  list_policies();
  memory_.remember(what_if.policy);
  choice_->set_text(QString::fromStdString(what_if.policy.name));
  const PolicyDescriptor* policy = find_policy(what_if.policy.name);
  if (policy == nullptr) {
    return;
  }
  QString about = policy_text(policy->summary).toHtmlEscaped();
  if (!policy->paper.empty()) {
    about += QStringLiteral("<br>") + with_links(policy_text(policy->paper));
  }
  if (policy->replay_only) {
    about += QStringLiteral("<br>") +
             tr("Asks what no running model knows: for replays of traces only.");
  }
  about_->setText(about);
  form_->set_rows(facts_.trace() != nullptr ? facts_.trace()->header().run.rows()
                  : what_if.trace.empty()   ? what_if.prompt
                                            : 0);
  form_->set_spec(what_if.policy);
  form_->setVisible(!policy->params.empty());
  reset_->setVisible(!policy->params.empty());
  reset_->setEnabled(!what_if.policy.given.empty());
}

}  // namespace kvfoot::gui
