// Whether a panel can be seen: what nobody sees is not worked out.
#pragma once

#include <QObject>

class QWidget;

namespace kvfoot::gui {

// Not seen is a panel whose dock is closed, and one behind another tab: Qt moves that out of the
// window and still calls it visible.
class Sight final : public QObject {
  Q_OBJECT
 public:
  explicit Sight(QWidget& panel);

  [[nodiscard]] bool seen() const { return seen_; }

 signals:
  void appeared();
  void vanished();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void watch_dock();

  QWidget& panel_;
  bool seen_ = false;
};

}  // namespace kvfoot::gui
