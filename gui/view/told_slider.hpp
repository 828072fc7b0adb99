// A slider whose positions stand for something else, for those who hear it as well.
#pragma once

#include <QSlider>
#include <QString>
#include <functional>

namespace kvfoot::gui {

// Screen readers and other programs learn the value that a position stands for, not its index.
class ToldSlider final : public QSlider {
  Q_OBJECT
 public:
  struct Scale {
    std::function<double(int)> value;  // not falling with the position
    std::function<QString(int)> text;  // with its unit
  };

  explicit ToldSlider(Scale scale, QWidget* parent = nullptr);

  [[nodiscard]] double value_at(int position) const { return scale_.value(position); }
  [[nodiscard]] QString text_at(int position) const { return scale_.text(position); }
  [[nodiscard]] int nearest(double value) const;

 private:
  Scale scale_;
};

}  // namespace kvfoot::gui
