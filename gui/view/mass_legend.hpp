// What the strength of the ink on the state map means.
#pragma once

#include <QWidget>

namespace kvfoot::gui {

class MassLegend final : public QWidget {
  Q_OBJECT
 public:
  explicit MassLegend(QWidget* parent = nullptr);
  [[nodiscard]] QSize sizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
};

}  // namespace kvfoot::gui
