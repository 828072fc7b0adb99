// Where a scenario comes from: a model shape, or a trace.
#pragma once

#include <QWidget>
#include <optional>
#include <string>

#include "gui/model/trace_facts.hpp"
#include "gui/model/workspace.hpp"

class QLabel;
class QRadioButton;
class QToolButton;

namespace kvfoot::gui {

class ChoiceField;
class ElidedLabel;
class ErrorLabel;

class SourcePanel final : public QWidget {
  Q_OBJECT
 public:
  SourcePanel(Workspace& workspace, TraceFacts& facts, QWidget* parent = nullptr);

  void show_complaint(const QString& message);

 signals:
  // A trace was chosen; whoever opens files does it, as for every other way of opening.
  void open_requested(const QString& file);

 private:
  void show_source();
  void choose_trace();
  void take_trace(bool traced);
  void use_recorded_policy();
  [[nodiscard]] QString shape_text() const;
  [[nodiscard]] QString trace_text() const;

  Workspace& workspace_;
  TraceFacts& facts_;
  QRadioButton* is_shape_ = nullptr;
  QRadioButton* is_trace_ = nullptr;
  ChoiceField* shape_ = nullptr;
  ElidedLabel* path_ = nullptr;
  QToolButton* browse_ = nullptr;
  QLabel* note_ = nullptr;
  ErrorLabel* complaint_ = nullptr;
  std::string last_trace_;              // comes back when the trace is chosen again
  std::optional<RunLengths> last_run_;  // as recorded; absent: not read yet
};

}  // namespace kvfoot::gui
