// What Qt's own description of a slider would say is replaced where it gives the index.
#include "gui/view/told_slider.hpp"

#include <QAccessible>
#include <QAccessibleWidget>
#include <cmath>
#include <utility>

namespace kvfoot::gui {
namespace {

class AccessibleSlider final : public QAccessibleWidget, public QAccessibleValueInterface {
 public:
  explicit AccessibleSlider(ToldSlider* slider)
      : QAccessibleWidget(slider, QAccessible::Slider), slider_(*slider) {}

  void* interface_cast(QAccessible::InterfaceType type) override {
    return type == QAccessible::ValueInterface ? static_cast<QAccessibleValueInterface*>(this)
                                               : QAccessibleWidget::interface_cast(type);
  }
  [[nodiscard]] QString text(QAccessible::Text text) const override {
    return text == QAccessible::Value ? slider_.text_at(slider_.value())
                                      : QAccessibleWidget::text(text);
  }
  [[nodiscard]] QVariant currentValue() const override { return slider_.value_at(slider_.value()); }
  void setCurrentValue(const QVariant& value) override {
    slider_.setValue(slider_.nearest(value.toDouble()));
  }
  [[nodiscard]] QVariant maximumValue() const override {
    return slider_.value_at(slider_.maximum());
  }
  [[nodiscard]] QVariant minimumValue() const override {
    return slider_.value_at(slider_.minimum());
  }
  [[nodiscard]] QVariant minimumStepSize() const override { return 0.0; }  // stops are uneven

 private:
  ToldSlider& slider_;
};

QAccessibleInterface* describe(const QString& /*class_name*/, QObject* object) {
  auto* const slider = qobject_cast<ToldSlider*>(object);
  return slider == nullptr ? nullptr : new AccessibleSlider(slider);  // Qt owns it
}

}  // namespace

ToldSlider::ToldSlider(Scale scale, QWidget* parent)
    : QSlider(Qt::Horizontal, parent), scale_(std::move(scale)) {
  QAccessible::installFactory(describe);  // no more than once
}

int ToldSlider::nearest(double value) const {
  int best = minimum();
  for (int position = minimum(); position <= maximum(); ++position) {
    if (std::abs(value_at(position) - value) < std::abs(value_at(best) - value)) {
      best = position;
    }
  }
  return best;
}

}  // namespace kvfoot::gui
