// One line above the panels for what went wrong or can be done; never in the way, never modal.
#pragma once

#include <QFrame>
#include <functional>

class QLabel;
class QPushButton;

namespace kvfoot::gui {

class MessageBar final : public QFrame {
  Q_OBJECT
 public:
  enum class Kind : std::uint8_t { kNote, kError };

  explicit MessageBar(QWidget* parent = nullptr);

  // An offer that it covers comes back when the message is closed or cleared.
  void show_message(Kind kind, const QString& text);
  // With a button that runs `action` and closes the bar.
  void show_offer(const QString& text, const QString& button, std::function<void()> action,
                  std::function<void()> refused = {});
  // Closes the error, if there is one; offers stay.
  void clear_error();
  [[nodiscard]] QString text() const;

 private:
  void put(Kind kind, const QString& text);
  void show_offer_again();
  void end_offer(std::function<void()> how);
  QLabel* sign_ = nullptr;
  QLabel* label_ = nullptr;
  QPushButton* button_ = nullptr;
  QPushButton* close_ = nullptr;
  Kind kind_ = Kind::kNote;
  QString offer_;  // empty: none is open
  std::function<void()> action_;
  std::function<void()> refused_;
};

}  // namespace kvfoot::gui
