// Widgets in lines: what does not fit into a line starts the next one.
#pragma once

#include <QLayout>
#include <memory>
#include <vector>

namespace kvfoot::gui {

class FlowLayout final : public QLayout {
  Q_OBJECT
 public:
  FlowLayout() = default;
  ~FlowLayout() override;

  void addItem(QLayoutItem* item) override;  // takes it
  [[nodiscard]] int count() const override { return static_cast<int>(items_.size()); }
  [[nodiscard]] QLayoutItem* itemAt(int index) const override;
  QLayoutItem* takeAt(int index) override;

  [[nodiscard]] Qt::Orientations expandingDirections() const override { return {}; }
  [[nodiscard]] bool hasHeightForWidth() const override { return true; }
  [[nodiscard]] int heightForWidth(int width) const override;
  [[nodiscard]] QSize sizeHint() const override;     // all in one line
  [[nodiscard]] QSize minimumSize() const override;  // the widest one alone
  void setGeometry(const QRect& rect) override;

 private:
  enum class Place : bool { kNo, kYes };
  // The height that it takes; moves the items only if told to.
  int flow(const QRect& rect, Place place) const;

  std::vector<std::unique_ptr<QLayoutItem>> items_;
};

}  // namespace kvfoot::gui
