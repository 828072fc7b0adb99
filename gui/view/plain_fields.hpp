// Fields without a slider: a line of text, a choice, a check mark.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "gui/view/field.hpp"

class QAction;
class QCheckBox;
class QComboBox;
class QLineEdit;

namespace kvfoot::gui {

class TextField final : public Field {
  Q_OBJECT
 public:
  explicit TextField(QWidget* parent = nullptr);

  void set_default(const QString& text) override;
  void set_names(const QString& accessible, const QString& tool_tip) override;
  // A button behind the line that asks for a file; `title` and `filter` of the dialog.
  void add_browse(const QString& title, const QString& filter);

 protected:
  void show_text() override;

 private:
  QLineEdit* edit_ = nullptr;
  QAction* cross_ = nullptr;  // while a value is given
};

class ChoiceField final : public Field {
  Q_OBJECT
 public:
  struct Item {
    QString text;
    QString value;
    QString tool_tip{};
  };
  explicit ChoiceField(QWidget* parent = nullptr);

  void set_items(const std::vector<Item>& items);
  void add_value(const QString& value);
  // Other values than those of the list can be typed.
  void set_editable();
  // The item whose value is empty is called so; there is one then.
  void set_default(const QString& text) override;
  void set_names(const QString& accessible, const QString& tool_tip) override;
  void add_browse(const QString& title, const QString& filter);
  [[nodiscard]] QComboBox* combo() const { return combo_; }

 protected:
  // A value that is not in the list joins it.
  void show_text() override;

 private:
  QComboBox* combo_ = nullptr;
};

// "true", "false" or absent; going back to the default makes it absent.
class CheckField final : public Field {
  Q_OBJECT
 public:
  explicit CheckField(const QString& caption, QWidget* parent = nullptr);

  void set_default(const QString& text) override;
  void set_names(const QString& accessible, const QString& tool_tip) override;

 protected:
  void show_text() override;

 private:
  QCheckBox* box_ = nullptr;
  QString default_;
};

}  // namespace kvfoot::gui
