// The line in which one looks for words: text, number of hits, next and previous.
#pragma once

#include <QString>
#include <QWidget>
#include <cstdint>
#include <optional>

class QLabel;
class QLineEdit;
class QToolButton;

namespace kvfoot::gui {

// Enter and F3 go on, with Shift back; Esc closes.
class TokenFind final : public QWidget {
  Q_OBJECT
 public:
  explicit TokenFind(QWidget* parent = nullptr);

  [[nodiscard]] QString words() const;
  // Shows the line, its text chosen for being typed over.
  void open();
  // `at`: which of them is shown, from 0.
  void show_count(std::int64_t hits, std::optional<std::int64_t> at);

 signals:
  void words_changed(const QString& words);
  void stepped(int direction);  // 1: to the next, -1: to the one before
  void closed();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void close_line();

  QLineEdit* edit_;
  QLabel* count_;
  QToolButton* back_;
  QToolButton* on_;
};

}  // namespace kvfoot::gui
