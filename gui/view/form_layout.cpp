// Narrow forms.
#include "gui/view/form_layout.hpp"

#include <QEvent>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QScrollBar>
#include <QSlider>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/view/elided_label.hpp"
#include "gui/view/field.hpp"

namespace kvfoot::gui {

QFormLayout* make_form(QWidget* owner) {
  auto* form = new QFormLayout(owner);
  form->setContentsMargins(0, 0, 0, 0);
  form->setHorizontalSpacing(8);
  form->setVerticalSpacing(6);
  form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  form->setRowWrapPolicy(QFormLayout::DontWrapRows);
  form->setLabelAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  return form;
}

namespace {

// Where the keyboard goes from the label: to the text rather than to its slider. (Not by a focus
// proxy: with one inside, Qt 6.4 loses parts of the field and what follows from the chain of Tab.)
QWidget* entry_of(QWidget* widget) {
  if (const auto* field = qobject_cast<Field*>(widget)) {
    for (QWidget* part : field->parts()) {
      if (qobject_cast<QSlider*>(part) == nullptr) {
        return part;
      }
    }
  }
  return widget;
}

}  // namespace

QLabel* add_row(QFormLayout* form, const QString& text, QWidget* field, const QString& tool_tip) {
  auto* label = new QLabel(text);
  label->setToolTip(tool_tip);
  label->setBuddy(entry_of(field));
  label->setMinimumWidth(label->fontMetrics().horizontalAdvance(QStringLiteral("Weight dtype.")));
  form->addRow(label, field);
  return label;
}

QLabel* make_note() {
  auto* note = new QLabel;
  note->setWordWrap(true);
  note->setForegroundRole(QPalette::PlaceholderText);
  note->setTextInteractionFlags(Qt::TextBrowserInteraction);
  note->setFocusPolicy(Qt::NoFocus);
  note->setOpenExternalLinks(true);
  return note;
}

VerticalScroll::VerticalScroll(QWidget* content, QWidget* parent) : QScrollArea(parent) {
  setWidgetResizable(true);
  setFrameShape(QFrame::NoFrame);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setFocusPolicy(Qt::NoFocus);
  setWidget(content);
}

QSize VerticalScroll::minimumSizeHint() const {
  constexpr int kLow = 120;
  return {widget()->minimumSizeHint().width() + verticalScrollBar()->sizeHint().width(), kLow};
}

void VerticalScroll::reveal(const QWidget& part) {
  // Where things will stand: what grew is laid out when events are next at rest.
  widget()->layout()->activate();
  widget()->resize(viewport()->width(),
                   std::max(widget()->sizeHint().height(), viewport()->height()));
  const int top = part.mapTo(widget(), QPoint(0, 0)).y();
  const int room = viewport()->height();
  QScrollBar& bar = *verticalScrollBar();
  bar.setValue(std::clamp(bar.value(), std::min(top, top + part.height() - room), top));
}

bool VerticalScroll::eventFilter(QObject* watched, QEvent* event) {
  if (watched == widget() && event->type() == QEvent::LayoutRequest) {
    updateGeometry();
  }
  return QScrollArea::eventFilter(watched, event);
}

Section::Section(const QString& title, Folds folds, QWidget* body, QWidget* parent)
    : QWidget(parent), body_(body) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 4, 0, 4);
  column->setSpacing(6);
  auto* line = new QHBoxLayout;
  line->setSpacing(6);
  QFont bold = font();
  bold.setBold(true);
  if (folds == Folds::kYes) {
    head_ = new QToolButton;
    head_->setText(title);
    head_->setFont(bold);
    head_->setAutoRaise(true);
    head_->setCheckable(true);
    head_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    head_->setAccessibleName(tr("%1, section").arg(title));
    line->addWidget(head_);
    connect(head_, &QToolButton::toggled, this, &Section::set_open);
    connect(head_, &QToolButton::clicked, this, [this](bool open) {
      if (open) {
        emit unfolded();
      }
    });
  } else {
    auto* label = new QLabel(title);
    label->setFont(bold);
    line->addWidget(label);
  }
  summary_label_ = new ElidedLabel(Qt::ElideRight);
  summary_label_->setForegroundRole(QPalette::PlaceholderText);
  summary_label_->setMinimumWidth(0);
  summary_label_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  line->addWidget(summary_label_, 1);
  line->addStretch(0);
  column->addLayout(line);
  column->addWidget(body_);
  set_open(folds == Folds::kNo);
}

bool Section::open() const { return !body_->isHidden(); }

void Section::set_open(bool open) {
  body_->setVisible(open);
  summary_label_->setForegroundRole(open ? QPalette::Window : QPalette::PlaceholderText);
  if (head_ != nullptr) {
    head_->setChecked(open);
    head_->setArrowType(open ? Qt::DownArrow : Qt::RightArrow);
  }
}

void Section::set_summary(const QString& text) { summary_label_->set_text(text); }

}  // namespace kvfoot::gui
