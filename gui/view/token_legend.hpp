// What the shades of tokens mean.
#pragma once

#include <QWidget>

namespace kvfoot::gui {

class TokenLegend final : public QWidget {
  Q_OBJECT
 public:
  explicit TokenLegend(QWidget* parent = nullptr);
  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
};

}  // namespace kvfoot::gui
