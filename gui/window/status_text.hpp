// The numbers of a result in one line: what does not fit gives way to an ellipsis at every width.
#pragma once

#include <QLabel>
#include <QStringList>

namespace kvfoot::gui {

class StatusText final : public QLabel {
  Q_OBJECT
 public:
  explicit StatusText(QWidget* parent = nullptr);

  // The tooltip and the accessible description have all of them, a line each.
  void set_parts(const QStringList& parts);
  [[nodiscard]] QString whole() const;

 protected:
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void elide();

  QStringList parts_;
};

}  // namespace kvfoot::gui
