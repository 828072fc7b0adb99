// What is wrong, said where it is wrong.
#pragma once

#include <QLabel>

namespace kvfoot::gui {

// Wraps; in a colour that reads as a warning on light and dark ground alike. Hidden while empty.
class ErrorLabel final : public QLabel {
  Q_OBJECT
 public:
  explicit ErrorLabel(QWidget* parent = nullptr);
  void set_message(const QString& message);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void choose_colour();
  bool choosing_ = false;
};

}  // namespace kvfoot::gui
