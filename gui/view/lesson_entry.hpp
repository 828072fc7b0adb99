// One lesson in the list: title, summary and how far the reader is; a button as a whole.
#pragma once

#include <QAbstractButton>

class QLabel;

namespace kvfoot::gui {

class LessonEntry final : public QAbstractButton {
  Q_OBJECT
 public:
  LessonEntry(const QString& title, const QString& summary, QWidget* parent = nullptr);

  // "1 of 2 answered".
  void set_mark(const QString& mark, bool done);
  [[nodiscard]] QString mark() const;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QLabel* tick_ = nullptr;
  QLabel* mark_ = nullptr;
};

}  // namespace kvfoot::gui
