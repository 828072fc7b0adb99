// A slider whose places are a list of numbers.
#include "gui/view/slider_field.hpp"

#include <QAction>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QSlider>
#include <QStyle>

#include "gui/model/token_text.hpp"
#include "gui/view/plain_fields.hpp"
#include "gui/view/told_slider.hpp"

namespace kvfoot::gui {

SliderField::SliderField(SliderScale scale, QWidget* parent)
    : Field(parent),
      slider_(new ToldSlider({
          [this](int position) { return stop(position); },
          [this](int position) { return scale_.write(stop(position)); },
      })),
      edit_(new QLineEdit) {
  constexpr int kPauseMs = 700;
  slider_->setMinimumWidth(48);
  slider_->setPageStep(4);  // a doubling
  wheel_only_with_focus(slider_);
  edit_->setAlignment(Qt::AlignRight);
  // Ten digits, and the cross that takes a value back.
  constexpr int kFrame = 16;
  const int cross = edit_->style()->pixelMetric(QStyle::PM_SmallIconSize, nullptr, edit_) + 6;
  edit_->setFixedWidth(edit_->fontMetrics().horizontalAdvance(QStringLiteral("0000000000")) +
                       cross + kFrame);
  add_part(slider_, 1);
  add_part(edit_);
  pause_.setSingleShot(true);
  pause_.setInterval(kPauseMs);
  connect(&pause_, &QTimer::timeout, this, &Field::released);
  connect(slider_, &QSlider::valueChanged, this, &SliderField::moved);
  connect(slider_, &QSlider::sliderReleased, this, &Field::released);
  cross_ = enter_from(edit_);
  set_scale(std::move(scale));
}

double SliderField::stop(int position) const {
  return scale_.stops[static_cast<std::size_t>(position)];
}

void SliderField::set_scale(SliderScale scale) {
  scale_ = std::move(scale);
  const QSignalBlocker quiet(slider_);
  slider_->setRange(0, static_cast<int>(scale_.stops.size()) - 1);
  show_text();
}

void SliderField::set_default(const QString& text) {
  has_default_ = true;
  edit_->setPlaceholderText(text);
  show_text();
}

void SliderField::set_names(const QString& accessible, const QString& tool_tip) {
  edit_->setAccessibleName(accessible);
  edit_->setToolTip(tool_tip);
  slider_->setAccessibleName(tr("%1, slider").arg(accessible));
  slider_->setToolTip(tool_tip);
}

void SliderField::show_text() {
  const QSignalBlocker quiet(slider_);
  const QString& shown = text().isEmpty() ? edit_->placeholderText() : text();
  if (const auto value = scale_.read(shown)) {
    slider_->setValue(nearest_stop(scale_.stops, *value));
  } else {
    slider_->setValue(0);
  }
  if (error().isEmpty()) {
    edit_->setText(text());
  }
  cross_->setVisible(has_default_ && !text().isEmpty());
}

void SliderField::moved(int position) {
  const QString value = scale_.write(stop(position));
  show_error({});
  enter(value);
  if (!slider_->isSliderDown()) {
    pause_.start();
  }
}

}  // namespace kvfoot::gui
