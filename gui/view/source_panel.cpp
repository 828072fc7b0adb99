// Shape or trace, and what it is.
#include "gui/view/source_panel.hpp"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QGridLayout>
#include <QLabel>
#include <QRadioButton>
#include <QToolButton>
#include <algorithm>
#include <filesystem>
#include <utility>

#include "gui/model/data_folder.hpp"
#include "gui/model/number_text.hpp"
#include "gui/model/plain_tip.hpp"
#include "gui/view/elided_label.hpp"
#include "gui/view/error_label.hpp"
#include "gui/view/form_layout.hpp"
#include "gui/view/plain_fields.hpp"
#include "sim/core/text.hpp"

namespace kvfoot::gui {
namespace {

// "128 KiB" rather than "128.00 KiB".
QString bytes_text(std::int64_t bytes) {
  return QString::fromStdString(format_bytes(bytes)).remove(QStringLiteral(".00"));
}

// From where the program was started, if the file lies below; the tool tip has all of it.
QString short_path(const QString& path) {
  const QString inside = QDir::current().relativeFilePath(path);
  return inside.startsWith(QLatin1String("..")) ? path : inside;
}

}  // namespace

SourcePanel::SourcePanel(Workspace& workspace, TraceFacts& facts, QWidget* parent)
    : QWidget(parent), workspace_(workspace), facts_(facts) {
  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setColumnStretch(1, 1);
  is_shape_ = new QRadioButton(tr("Sha&pe"));
  is_shape_->setObjectName(QStringLiteral("source.shape"));
  is_shape_->setToolTip(tr("Count entries of a model and a prompt length, without attention"));
  is_trace_ = new QRadioButton(tr("&Trace"));
  is_trace_->setObjectName(QStringLiteral("source.trace"));
  is_trace_->setToolTip(tr("Decide on the attention that a run has recorded"));
  shape_ = new ChoiceField;
  shape_->setObjectName(QStringLiteral("shape"));
  shape_->set_names(tr("Model shape"), tr("Published models; … opens a config.json of another"));
  std::vector<ChoiceField::Item> items;
  for (const ModelShape& shape : builtin_shapes()) {
    const QString name = QString::fromStdString(shape.name);
    items.push_back({name, name});
  }
  shape_->set_items(items);
  shape_->add_browse(tr("Open a config.json"), tr("Model configurations (*.json);;All files (*)"));
  path_ = new ElidedLabel(Qt::ElideMiddle);
  path_->setAccessibleName(tr("Trace file"));
  browse_ = new QToolButton;
  browse_->setText(QStringLiteral("…"));
  browse_->setObjectName(QStringLiteral("source.browse"));
  browse_->setToolTip(tr("Open a trace"));
  browse_->setAccessibleName(tr("Open a trace"));
  note_ = make_note();
  note_->setOpenExternalLinks(false);
  note_->setTextFormat(Qt::RichText);  // names in it are escaped
  complaint_ = new ErrorLabel;
  auto* trace_row = new QWidget;
  auto* trace_layout = new QHBoxLayout(trace_row);
  trace_layout->setContentsMargins(0, 0, 0, 0);
  trace_layout->addWidget(path_, 1);
  trace_layout->addWidget(browse_);
  grid->addWidget(is_shape_, 0, 0);
  grid->addWidget(shape_, 0, 1);
  grid->addWidget(is_trace_, 1, 0);
  grid->addWidget(trace_row, 1, 1);
  grid->addWidget(note_, 2, 0, 1, 2);
  grid->addWidget(complaint_, 3, 0, 1, 2);
  connect(is_shape_, &QRadioButton::clicked, this, [this] { take_trace(false); });
  connect(is_trace_, &QRadioButton::clicked, this, [this] {
    if (last_trace_.empty()) {
      choose_trace();
    } else {
      take_trace(true);
    }
  });
  connect(shape_, &Field::edited, this, [this](const QString& text) {
    WhatIf next = workspace_.what_if();
    next.trace.clear();
    next.shape = text.toStdString();
    workspace_.edit(next, tr("shape"));
    workspace_.end_edit();
  });
  connect(browse_, &QToolButton::clicked, this, &SourcePanel::choose_trace);
  connect(note_, &QLabel::linkActivated, this, &SourcePanel::use_recorded_policy);
  connect(&workspace_, &Workspace::what_if_changed, this, &SourcePanel::show_source);
  connect(&workspace_, &Workspace::outcome_changed, this, &SourcePanel::show_source);
  connect(&facts_, &TraceFacts::changed, this, &SourcePanel::show_source);
  show_source();
}

void SourcePanel::show_complaint(const QString& message) { complaint_->set_message(message); }

void SourcePanel::choose_trace() {
  const std::filesystem::path shared = find_data_folder();
  const std::filesystem::path bundled = shared.empty() ? shared : shared / "traces";
  const QString folder = last_trace_.empty()
                             ? QString::fromStdString(bundled.string())
                             : QFileInfo(QString::fromStdString(last_trace_)).absolutePath();
  const QString file = QFileDialog::getOpenFileName(this, tr("Open a trace"), folder,
                                                    tr("Traces (*.h5);;All files (*)"));
  if (!file.isEmpty()) {
    emit open_requested(file);
  }
  show_source();  // the buttons show what holds, also where nothing was opened
}

void SourcePanel::take_trace(bool traced) {
  WhatIf next = workspace_.what_if();
  if (traced && last_run_) {
    next = on_trace(next, last_trace_, *last_run_);
  } else {
    next.trace = traced ? last_trace_ : std::string();
  }
  workspace_.edit(next, tr("source"));
  workspace_.end_edit();
}

void SourcePanel::use_recorded_policy() {
  if (facts_.trace() == nullptr) {
    return;
  }
  const TraceHeader& header = facts_.trace()->header();
  if (auto policy = parse_policy(header.policy)) {
    workspace_.edit(as_recorded(workspace_.what_if(), std::move(*policy), header.run),
                    tr("recorded policy"));
    workspace_.end_edit();
  }
}

QString SourcePanel::shape_text() const {
  const WhatIf& what_if = workspace_.what_if();
  const OutcomePtr& outcome = workspace_.outcome();
  const bool known =
      outcome != nullptr && outcome->asked.trace.empty() && outcome->asked.shape == what_if.shape;
  const auto builtin = builtin_shape(what_if.shape);
  if (!known && !builtin) {
    return {};  // a file: known when it has been read
  }
  const ModelShape& shape = known ? outcome->result.inputs.shape : *builtin;
  const std::int64_t token =
      entry_bytes(shape, what_if.kv_dtype.value_or(DType::kBF16)) * shape.layers * shape.kv_heads;
  return tr("%1 layers · %2 KV heads of %3 query heads · %4 per token")
      .arg(shape.layers)
      .arg(shape.kv_heads)
      .arg(shape.q_heads)
      .arg(bytes_text(token));
}

QString SourcePanel::trace_text() const {
  if (facts_.trace() == nullptr) {
    return workspace_.what_if().trace.empty() || workspace_.error() ? QString()
                                                                    : tr("Reading the trace…");
  }
  const TraceHeader& header = facts_.trace()->header();
  QString text =
      tr("%1 · %2 layers, %3 KV heads · prompt %4, output %5 · %6")
          .arg(QString::fromStdString(header.shape.name).toHtmlEscaped(),
               QString::number(header.shape.layers), QString::number(header.shape.kv_heads),
               count_text(header.run.prompt), count_text(header.run.output),
               header.fidelity == TraceFidelity::kRows ? tr("every row of attention")
                                                       : tr("attention in blocks"));
  if (!facts_.trace()->full_cache()) {
    text +=
        QStringLiteral("<br>") + tr("Recorded while %1 evicted: only that can be replayed.")
                                     .arg(QString::fromStdString(header.policy).toHtmlEscaped());
    const WhatIf& what_if = workspace_.what_if();
    RunLengths run = header.run;
    run.chunk = what_if.chunk;
    if (to_string(what_if.policy) != header.policy || run.chunk_rows() != header.run.chunk_rows() ||
        what_if.last_prompt_token != header.run.last_prompt_token) {
      text += QStringLiteral(" <a href=\"recorded\">") + tr("Use it") + QStringLiteral("</a>");
    }
  }
  return text;
}

void SourcePanel::show_source() {
  const WhatIf& what_if = workspace_.what_if();
  const bool traced = !what_if.trace.empty();
  if (traced) {
    if (std::exchange(last_trace_, what_if.trace) != what_if.trace) {
      last_run_.reset();
    }
    if (facts_.trace() != nullptr) {
      last_run_ = facts_.trace()->header().run;
    }
  }
  is_trace_->setChecked(traced);
  is_shape_->setChecked(!traced);
  shape_->set_text(QString::fromStdString(what_if.shape));
  path_->set_text(last_trace_.empty() ? tr("none opened yet")
                                      : short_path(QString::fromStdString(last_trace_)));
  path_->setToolTip(plain_tip(QString::fromStdString(last_trace_)));
  path_->setEnabled(traced);
  shape_->setEnabled(!traced);
  const QString note = traced ? trace_text() : shape_text();
  note_->setText(note);
  note_->setVisible(!note.isEmpty());
}

}  // namespace kvfoot::gui
