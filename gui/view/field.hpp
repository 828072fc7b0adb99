// One value of a form: text in, text out, and what is wrong with it below. Forms know what the
// text means; a field knows how it is entered.
#pragma once

#include <QString>
#include <QWidget>
#include <vector>

class QAction;
class QHBoxLayout;
class QLineEdit;

namespace kvfoot::gui {

class ErrorLabel;

class Field : public QWidget {
  Q_OBJECT
 public:
  explicit Field(QWidget* parent = nullptr);
  ~Field() override;

  // The value that holds, empty for absent. No signal; what was typed and could not be used stays
  // as long as the value does not change.
  void set_text(const QString& text);
  [[nodiscard]] const QString& text() const { return text_; }
  // What holds while the value is absent.
  virtual void set_default(const QString& text) = 0;

  // What is wrong with what was entered; empty: nothing, and the value is shown again.
  void show_error(const QString& message);
  [[nodiscard]] const QString& error() const { return error_; }
  // What is wrong with the value that holds, where only a run can tell.
  void show_complaint(const QString& message);
  [[nodiscard]] const QString& complaint() const { return complaint_; }

  // What takes the focus, in the order of reading.
  [[nodiscard]] const std::vector<QWidget*>& parts() const { return parts_; }
  virtual void set_names(const QString& accessible, const QString& tool_tip) = 0;

 signals:
  void edited(const QString& text);  // as entered, perhaps unusable
  void released();                   // a stretch of edits is over

 protected:
  // Shows text() in the parts, without signals.
  virtual void show_text() = 0;
  // Tells the form, unless `text` is what holds already.
  void enter(const QString& text);
  void add_part(QWidget* part, int stretch = 0);
  // What is finished in `edit` is entered, Escape shows the value again, and a small cross, which
  // is given back hidden, takes the value away (value_line.cpp).
  [[nodiscard]] QAction* enter_from(QLineEdit* edit);

 private:
  void show_messages();

  QString text_;
  QString error_;
  QString complaint_;
  QHBoxLayout* row_ = nullptr;
  std::vector<QWidget*> parts_;
  ErrorLabel* message_ = nullptr;
};

// Wheels over a form scroll it: `part` gets them only while it has the focus.
void wheel_only_with_focus(QWidget* part);

}  // namespace kvfoot::gui
