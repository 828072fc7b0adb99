// Text in one line at every width: what does not fit gives way to an ellipsis.
#pragma once

#include <QLabel>
#include <QStringList>

namespace kvfoot::gui {

class ElidedLabel final : public QLabel {
  Q_OBJECT
 public:
  // Qt::ElideMiddle for paths, Qt::ElideRight for sentences.
  explicit ElidedLabel(Qt::TextElideMode mode, QWidget* parent = nullptr);

  // Side by side in the line; the tool tip and the accessible description have a line for each.
  void set_parts(const QStringList& parts);
  void set_text(const QString& text) { set_parts({text}); }
  [[nodiscard]] QString whole() const;  // text() is what fits

  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override;

 protected:
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void elide();

  Qt::TextElideMode mode_;
  QStringList parts_;
};

}  // namespace kvfoot::gui
