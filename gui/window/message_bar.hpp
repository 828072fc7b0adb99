// One line above the panels for what went wrong or can be done; never in the way, never modal.
#pragma once

#include <QFrame>
#include <functional>
#include <vector>

class QHBoxLayout;
class QLabel;
class QPushButton;

namespace kvfoot::gui {

class MessageBar final : public QFrame {
  Q_OBJECT
 public:
  enum class Kind : std::uint8_t { kNote, kError };
  // A button that closes the bar and then runs.
  struct Choice {
    QString text;
    QString tool_tip;
    std::function<void()> run;
  };

  explicit MessageBar(QWidget* parent = nullptr);

  // With a button that closes it. An offer that it covers comes back after it.
  void show_message(Kind kind, const QString& text, std::vector<Choice> choices = {});
  // Stays until one of its choices is made.
  void show_offer(const QString& text, std::vector<Choice> choices);
  // Closes the error, if there is one; offers and notes stay.
  void clear_error();
  [[nodiscard]] QString text() const;
  // What can be pressed now, in order; a message has one more that closes it.
  [[nodiscard]] const std::vector<QPushButton*>& buttons() const { return buttons_; }

 private:
  struct Entry {
    Kind kind = Kind::kNote;
    QString text;  // empty: there is none
    std::vector<Choice> choices;
  };
  void put(const Entry& entry);
  void choose(const std::function<void()>& run);

  QLabel* sign_ = nullptr;
  QLabel* label_ = nullptr;
  QHBoxLayout* row_ = nullptr;
  std::vector<QPushButton*> buttons_;
  Entry message_;  // covers the offer
  Entry offer_;
};

}  // namespace kvfoot::gui
