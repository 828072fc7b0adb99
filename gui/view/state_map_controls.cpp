// Choices go to the workspace and come back from it.
#include "gui/view/state_map_controls.hpp"

#include <QBoxLayout>
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QSignalBlocker>
#include <QSpinBox>
#include <algorithm>

#include "gui/view/mass_legend.hpp"

namespace kvfoot::gui {

StateMapControls::StateMapControls(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace) {
  build();
  const auto choose = [this] { workspace_.set_stream({layer_->value(), head_->value()}); };
  connect(layer_, &QSpinBox::valueChanged, this, choose);
  connect(head_, &QSpinBox::valueChanged, this, choose);
  connect(all_, &QCheckBox::toggled, this, [this, choose](bool all) {
    if (all) {
      workspace_.set_stream({});
    } else {
      choose();
    }
  });
  connect(mass_, &QCheckBox::toggled, this, &StateMapControls::mass_changed);
  connect(mass_kind_, &QComboBox::currentIndexChanged, this, &StateMapControls::mass_changed);
}

void StateMapControls::build() {
  layer_ = new QSpinBox(this);
  layer_->setAccessibleName(tr("Layer"));
  layer_->setToolTip(tr("Layer whose stream is shown"));
  head_ = new QSpinBox(this);
  head_->setAccessibleName(tr("Head"));
  head_->setToolTip(tr("Head whose stream is shown: each has a cache of its own"));
  auto* layer_label = new QLabel(tr("&Layer"), this);
  layer_label->setBuddy(layer_);
  head_label_ = new QLabel(tr("KV hea&d"), this);
  head_label_->setBuddy(head_);
  all_ = new QCheckBox(tr("&All streams"), this);
  all_->setToolTip(tr("The mean over every layer and head"));
  mass_ = new QCheckBox(tr("Attenti&on"), this);
  mass_kind_ = new QComboBox(this);
  mass_kind_->addItem(tr("Largest"));  // shows at every zoom; a mean over thousands pales
  mass_kind_->addItem(tr("Mean"));
  mass_kind_->setAccessibleName(tr("Attention of a pixel"));
  mass_kind_->setToolTip(tr("Where a pixel covers several entries: the largest, or their mean"));
  legend_ = new MassLegend(this);

  stream_part_ = new QHBoxLayout;
  for (QWidget* widget :
       std::initializer_list<QWidget*>{layer_label, layer_, head_label_, head_, all_}) {
    stream_part_->addWidget(widget);
  }
  stream_part_->addStretch(1);
  mass_part_ = new QHBoxLayout;
  for (QWidget* widget : std::initializer_list<QWidget*>{mass_, mass_kind_, legend_}) {
    mass_part_->addWidget(widget);
  }
  mass_part_->addStretch(0);
  parts_ = new QBoxLayout(QBoxLayout::LeftToRight, this);
  parts_->setContentsMargins(6, 4, 6, 0);
  parts_->addLayout(stream_part_, 1);
  parts_->addLayout(mass_part_);
}

QSize StateMapControls::minimumSizeHint() const {
  const QMargins margins = parts_->contentsMargins();
  const int width =
      std::max(stream_part_->minimumSize().width(), mass_part_->minimumSize().width());
  return {width + margins.left() + margins.right(), QWidget::minimumSizeHint().height()};
}

void StateMapControls::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  const QMargins margins = parts_->contentsMargins();
  const int line = stream_part_->minimumSize().width() + mass_part_->minimumSize().width() +
                   parts_->spacing() + margins.left() + margins.right();
  const auto direction = line <= width() ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom;
  if (parts_->direction() != direction) {
    parts_->setDirection(direction);
    updateGeometry();
  }
}

void StateMapControls::follow() {
  const OutcomePtr& outcome = workspace_.outcome();
  const bool any = outcome != nullptr && outcome->heads() > 0;
  const StreamChoice stream = workspace_.stream();
  const QSignalBlocker block_layer(layer_);
  const QSignalBlocker block_head(head_);
  const QSignalBlocker block_all(all_);
  layer_->setMaximum(any ? outcome->layers() - 1 : 0);
  head_->setMaximum(any ? outcome->heads() - 1 : 0);
  if (!stream.all()) {
    layer_->setValue(stream.layer);
    head_->setValue(stream.head);
  }
  all_->setChecked(stream.all());
  all_->setEnabled(any);
  layer_->setEnabled(any && !stream.all());
  head_->setEnabled(any && !stream.all());
  const bool copies = any && outcome->heads() != outcome->result.inputs.shape.kv_heads;
  head_label_->setText(copies ? tr("Query hea&d") : tr("KV hea&d"));
  follow_mass(any);
}

void StateMapControls::follow_mass(bool any) {
  const bool traced = any && workspace_.outcome()->trace != nullptr;
  const bool all = workspace_.stream().all();
  mass_->setEnabled(traced && !all);
  mass_->setToolTip(
      !traced ? tr("Attention is recorded in traces; a shape has none")
      : all   ? tr("Attention is shown for one stream: the mean over all layers and heads looks "
                     "like none of them. Untick All streams, or choose a cell in Heads.")
              : tr("The recorded attention of each row, mean over the query heads that share "
                     "the stream"));
  mass_kind_->setEnabled(mass_shown());
  legend_->setVisible(mass_shown());
}

bool StateMapControls::mass_shown() const { return mass_->isChecked() && mass_->isEnabled(); }

void StateMapControls::show_mass(bool shown) { mass_->setChecked(shown); }

bool StateMapControls::largest() const { return mass_kind_->currentIndex() == 0; }

}  // namespace kvfoot::gui
