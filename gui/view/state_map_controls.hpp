// Which stream the map shows, and whether attention lies above it.
#pragma once

#include <QWidget>

#include "gui/model/workspace.hpp"

class QBoxLayout;
class QCheckBox;
class QComboBox;
class QLabel;
class QSpinBox;

namespace kvfoot::gui {

class MassLegend;

// A line of choices, or two where there is little room beside each other.
class StateMapControls final : public QWidget {
  Q_OBJECT
 public:
  explicit StateMapControls(Workspace& workspace, QWidget* parent = nullptr);

  // The outcome or the stream is another one.
  void follow();
  // Attention is wanted, and there is some.
  [[nodiscard]] bool mass_shown() const;
  void show_mass(bool shown);
  // Of the entries of a pixel the largest attention is shown, else their mean.
  [[nodiscard]] bool largest() const;

  [[nodiscard]] QSize minimumSizeHint() const override;

 signals:
  void mass_changed();

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void build();
  void follow_mass(bool any);

  Workspace& workspace_;
  QBoxLayout* parts_ = nullptr;  // of the stream, of attention
  QBoxLayout* stream_part_ = nullptr;
  QBoxLayout* mass_part_ = nullptr;
  QSpinBox* layer_ = nullptr;
  QSpinBox* head_ = nullptr;
  QLabel* head_label_ = nullptr;
  QCheckBox* all_ = nullptr;
  QCheckBox* mass_ = nullptr;
  QComboBox* mass_kind_ = nullptr;
  MassLegend* legend_ = nullptr;
};

}  // namespace kvfoot::gui
