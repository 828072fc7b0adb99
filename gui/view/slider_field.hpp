// A number by slider and by text, both at once.
#pragma once

#include <QTimer>
#include <functional>
#include <optional>
#include <vector>

#include "gui/view/field.hpp"

class QAction;
class QLineEdit;
class QSlider;

namespace kvfoot::gui {

struct SliderScale {
  std::vector<double> stops;  // ascending; where the slider can stand
  std::function<QString(double)> write;
  std::function<std::optional<double>(const QString&)> read;  // nothing: not a number
};

// What can be typed is not bound to the stops; the slider then stands at the nearest.
class SliderField final : public Field {
  Q_OBJECT
 public:
  explicit SliderField(SliderScale scale, QWidget* parent = nullptr);

  void set_scale(SliderScale scale);
  // Shown grey in the text, and where the slider stands while no value is given. With it the value
  // can be taken back.
  void set_default(const QString& text) override;
  void set_names(const QString& accessible, const QString& tool_tip) override;
  [[nodiscard]] QSlider* slider() const { return slider_; }
  [[nodiscard]] QLineEdit* edit() const { return edit_; }

 protected:
  void show_text() override;

 private:
  void moved(int position);
  [[nodiscard]] double stop(int position) const;

  SliderScale scale_;
  QSlider* slider_ = nullptr;
  QLineEdit* edit_ = nullptr;
  QAction* cross_ = nullptr;  // while a value is given in place of a default
  bool has_default_ = false;
  QTimer pause_;  // after which keys and wheel count as released
};

}  // namespace kvfoot::gui
