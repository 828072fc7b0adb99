// The parameters of a policy as a form, made from its descriptor: no policy is known here by name.
#pragma once

#include <QString>
#include <QWidget>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/policy/descriptor.hpp"

class QFormLayout;
class QLabel;

namespace kvfoot::gui {

class Field;
class SliderField;

class PolicyForm final : public QWidget {
  Q_OBJECT
 public:
  // `prefix` begins the object names of the fields: "policy.".
  explicit PolicyForm(QString prefix, QWidget* parent = nullptr);

  // Shows the spec of a known policy, without signals. Another policy makes another form.
  void set_spec(const PolicySpec& spec);
  [[nodiscard]] const PolicySpec& spec() const { return spec_; }
  // Sliders of token counts end here; more can be typed.
  void set_rows(std::int64_t rows);
  // Null if the policy has no such parameter.
  [[nodiscard]] Field* field(std::string_view parameter) const;
  // What takes the focus, in the order of reading.
  [[nodiscard]] std::vector<QWidget*> parts() const;

 signals:
  void edited(const kvfoot::PolicySpec& spec, const QString& parameter);  // a valid one
  void released();
  void rebuilt();  // the fields are others than before

 private:
  struct Row {
    const ParamInfo* info = nullptr;
    QLabel* label = nullptr;
    Field* field = nullptr;
  };
  void build();
  void show_values();
  void take(const ParamInfo& info, Field* field, const QString& text);
  [[nodiscard]] Field* make_field(const ParamInfo& info);

  QString prefix_;
  PolicySpec spec_;
  std::int64_t rows_ = 0;
  std::vector<Row> fields_;
  QFormLayout* layout_ = nullptr;
};

}  // namespace kvfoot::gui
