// Lines, choices and check marks.
#include "gui/view/plain_fields.hpp"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QStyle>
#include <QToolButton>

#include "gui/model/plain_tip.hpp"
#include "gui/view/value_line.hpp"

namespace kvfoot::gui {
namespace {

QToolButton* browse_button(Field* field, const QString& title, const QString& filter,
                           std::function<void(const QString&)> chosen) {
  auto* button = new QToolButton;
  button->setText(QStringLiteral("…"));
  button->setAccessibleName(title);
  button->setToolTip(title);
  QObject::connect(button, &QToolButton::clicked, field, [=] {
    const QString folder = QFileInfo(field->text()).absolutePath();
    const QString file = QFileDialog::getOpenFileName(field, title, folder, filter);
    if (!file.isEmpty()) {
      chosen(file);
    }
  });
  return button;
}

}  // namespace

TextField::TextField(QWidget* parent) : Field(parent), edit_(new QLineEdit) {
  add_part(edit_);
  cross_ = enter_from(edit_);
}

void TextField::set_default(const QString& text) { edit_->setPlaceholderText(text); }

void TextField::set_names(const QString& accessible, const QString& tool_tip) {
  edit_->setAccessibleName(accessible);
  edit_->setToolTip(tool_tip);
}

void TextField::add_browse(const QString& title, const QString& filter) {
  add_part(browse_button(this, title, filter, [this](const QString& file) {
    enter(file);
    emit released();
  }));
}

void TextField::show_text() {
  edit_->setText(text());
  cross_->setVisible(!text().isEmpty());
}

ChoiceField::ChoiceField(QWidget* parent) : Field(parent), combo_(new QComboBox) {
  combo_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  combo_->setMinimumContentsLength(8);
  combo_->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  wheel_only_with_focus(combo_);
  add_part(combo_);
  connect(combo_, &QComboBox::activated, this, [this](int index) {
    enter(combo_->itemData(index).toString());
    emit released();
  });
}

void ChoiceField::set_items(const std::vector<Item>& items) {
  const QSignalBlocker quiet(combo_);
  combo_->clear();
  for (const Item& item : items) {
    combo_->addItem(item.text, item.value);
    combo_->setItemData(combo_->count() - 1, item.tool_tip, Qt::ToolTipRole);
  }
  show_text();
}

void ChoiceField::add_value(const QString& value) {
  const QSignalBlocker quiet(combo_);
  const bool path = value.contains(QLatin1Char('/'));
  combo_->addItem(path ? QFileInfo(value).fileName() : value, value);
  combo_->setItemData(combo_->count() - 1, plain_tip(value), Qt::ToolTipRole);
  show_text();
}

void ChoiceField::set_editable() {
  combo_->setEditable(true);
  combo_->setInsertPolicy(QComboBox::NoInsert);
  combo_->setCompleter(nullptr);  // it would finish "kivi:bits=2" in its own way
  commit_line(
      combo_->lineEdit(),
      [this](const QString& text) {
        const int item = combo_->findText(text);
        enter(item < 0 ? text : combo_->itemData(item).toString());
        emit released();
      },
      [this] {
        show_error({});
        show_text();
      });
}

void ChoiceField::set_default(const QString& text) {
  const QSignalBlocker quiet(combo_);
  const int item = combo_->findData(QString());
  if (item < 0) {
    combo_->insertItem(0, text, QString());
  } else {
    combo_->setItemText(item, text);
  }
  show_text();
}

void ChoiceField::set_names(const QString& accessible, const QString& tool_tip) {
  combo_->setAccessibleName(accessible);
  combo_->setToolTip(tool_tip);
}

void ChoiceField::add_browse(const QString& title, const QString& filter) {
  add_part(browse_button(this, title, filter, [this](const QString& file) {
    enter(file);
    emit released();
  }));
}

void ChoiceField::show_text() {
  if (combo_->findData(text()) < 0 && !text().isEmpty()) {
    add_value(text());
    return;
  }
  const QSignalBlocker quiet(combo_);
  combo_->setCurrentIndex(combo_->findData(text()));
}

CheckField::CheckField(const QString& caption, QWidget* parent)
    : Field(parent), box_(new QCheckBox(caption)), default_(QStringLiteral("false")) {
  add_part(box_);
  connect(box_, &QCheckBox::clicked, this, [this](bool checked) {
    const QString value = checked ? QStringLiteral("true") : QStringLiteral("false");
    enter(value == default_ ? QString() : value);
    emit released();
  });
}

void CheckField::set_default(const QString& text) {
  default_ = text;
  show_text();
}

void CheckField::set_names(const QString& accessible, const QString& tool_tip) {
  box_->setAccessibleName(accessible);
  box_->setToolTip(tool_tip);
}

void CheckField::show_text() {
  box_->setChecked((text().isEmpty() ? default_ : text()) == QLatin1String("true"));
}

}  // namespace kvfoot::gui
