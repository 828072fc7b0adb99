// One line above the panels for what went wrong or can be done; never in the way, never modal.
// Readers of the screen are told of each message as it comes (an alert).
#pragma once

#include <QFrame>
#include <functional>
#include <optional>
#include <vector>

class QHBoxLayout;
class QLabel;
class QPushButton;

namespace kvfoot::gui {

class MessageBar final : public QFrame {
  Q_OBJECT
 public:
  enum class Kind : std::uint8_t { kNote, kError };
  // What a message is about. There is one of each at most; the last one shown covers the others.
  enum class Source : std::uint8_t { kAction, kReplay };
  // A button that closes the bar and then runs.
  struct Choice {
    QString text;
    QString tool_tip;
    std::function<void()> run;
  };

  explicit MessageBar(QWidget* parent = nullptr);

  // With a button that closes it. What it covers comes back after it, but for notes.
  void show_message(Kind kind, const QString& text, std::vector<Choice> choices = {},
                    Source source = Source::kAction);
  // Stays until one of its choices is made.
  void show_offer(const QString& text, std::vector<Choice> choices);
  // Closes the error of that source, if there is one; everything else stays.
  void clear_error(Source source);
  // The errors of another bar, in its order; its notes and offers speak to their own window.
  void take_over(const MessageBar& before);
  [[nodiscard]] QString text() const;
  // What can be pressed now, in order; a message has one more that closes it.
  [[nodiscard]] const std::vector<QPushButton*>& buttons() const { return buttons_; }

 private:
  struct Entry {
    Kind kind = Kind::kNote;
    Source source = Source::kAction;
    QString text;
    std::vector<Choice> choices;
  };
  void put();  // the last one, or nothing
  void choose(const std::function<void()>& run);

  QLabel* sign_ = nullptr;
  QLabel* label_ = nullptr;
  QHBoxLayout* row_ = nullptr;
  std::vector<QPushButton*> buttons_;
  std::optional<Entry> offer_;
  std::vector<Entry> messages_;  // each covers those before it, and the offer
};

}  // namespace kvfoot::gui
