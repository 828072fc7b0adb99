// A path in one line: the middle gives way, the tooltip has all of it.
#pragma once

#include <QFrame>

namespace kvfoot::gui {

class ElidedLabel final : public QFrame {
  Q_OBJECT
 public:
  explicit ElidedLabel(QWidget* parent = nullptr);

  void set_text(const QString& text);
  [[nodiscard]] const QString& text() const { return text_; }
  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QString text_;
};

}  // namespace kvfoot::gui
