// What the panel does with edits, and how it follows the scenario.
#include "gui/view/scenario_panel.hpp"

#include <QFileInfo>
#include <QStringList>
#include <algorithm>
#include <utility>

#include "gui/model/message_text.hpp"
#include "gui/model/policy_fields.hpp"
#include "gui/model/token_text.hpp"
#include "gui/view/form_layout.hpp"
#include "gui/view/plain_fields.hpp"
#include "gui/view/policy_panel.hpp"
#include "gui/view/qstring.hpp"
#include "gui/view/slider_field.hpp"
#include "gui/view/source_panel.hpp"
#include "gui/view/token_scale.hpp"
#include "sim/core/check.hpp"

namespace kvfoot::gui {
namespace {

// The field that an error of a replay is about; empty: none, the source or the policy.
std::string_view field_of(const Error& error, const std::string& trace) {
  constexpr std::pair<std::string_view, std::string_view> kPlaces[] = {
      {"prompt", "prompt"},       {"prompt and output", "output"},
      {"output", "output"},       {"chunk", "chunk"},
      {"batch", "batch"},         {"block size", "block_size"},
      {"kv_quant", "kv_quant"},   {"kv_index", "kv_index"},
      {"kv_copies", "kv_copies"}, {"accounting", "accounting"},
  };
  const std::string of_trace = trace + ": ";  // "t.h5: chunk": what the trace cannot serve
  std::string_view at = error.where;
  at.remove_prefix(!trace.empty() && at.starts_with(of_trace) ? of_trace.size() : 0);
  for (const auto& [where, field] : kPlaces) {
    if (at == where) {
      return field;
    }
  }
  return {};
}

// "Undo prompt", "Undo KV dtype".
QString undo_name(const QString& label) {
  const bool word = label.size() > 1 && label[1].isLower();
  return word ? label[0].toLower() + label.mid(1) : label;
}

bool is_about_policy(const Error& error, const PolicySpec& policy) {
  return error.where.starts_with("policy '") || error.where == to_string_full(policy);
}

}  // namespace

const ScenarioPanel::Row& ScenarioPanel::row(std::string_view field) const {
  const auto at =
      std::ranges::find_if(rows_, [&](const Row& row) { return row.access->name == field; });
  KVFOOT_CHECK(at != rows_.end(), "no such row");
  return *at;
}

void ScenarioPanel::take(const Row& row, const QString& text) {
  WhatIf next = workspace_.what_if();
  if (const Status status = row.access->write(next, text.toStdString()); !status) {
    row.field->show_error(complaint_text(status.error()));
    return;
  }
  row.field->show_error({});
  workspace_.edit(next, undo_name(row.label));
  row.field->set_text(QString::fromStdString(row.access->read(workspace_.what_if())));
}

void ScenarioPanel::set_whole_prompt(bool whole) {
  WhatIf next = workspace_.what_if();
  next.chunk = whole ? kWholePrompt : last_chunk_;
  workspace_.edit(next, undo_name(row("chunk").label));
  workspace_.end_edit();
}

std::int64_t ScenarioPanel::prompt() const {
  if (workspace_.what_if().trace.empty()) {
    return workspace_.what_if().prompt;
  }
  return facts_.trace() == nullptr ? 0 : facts_.trace()->header().run.prompt;
}

void ScenarioPanel::show_values() {
  const WhatIf& what_if = workspace_.what_if();
  if (what_if.chunk != kWholePrompt) {
    last_chunk_ = what_if.chunk;
  }
  show_defaults();
  for (const Row& row : rows_) {
    const bool recorded = row.access->name == "prompt" && !what_if.trace.empty();
    row.field->set_text(
        recorded ? (prompt() > 0 ? QString::fromStdString(format_tokens(prompt())) : QString())
                 : QString::fromStdString(row.access->read(what_if)));
  }
  whole_prompt_->set_text(what_if.chunk == kWholePrompt ? QStringLiteral("true") : QString());
  show_permissions();
  show_summaries();
}

void ScenarioPanel::show_defaults() {
  const TraceReader* trace = facts_.trace();
  const bool traced = !workspace_.what_if().trace.empty();
  const auto number = [](std::int64_t value) {
    return QString::fromStdString(format_tokens(value));
  };
  row("output").field->set_default(trace != nullptr ? number(trace->header().run.output)
                                   : traced         ? QString()
                                                    : number(kDefaultOutput));
  row("seed").field->set_default(trace != nullptr ? QString::number(trace->header().seed)
                                                  : QStringLiteral("0"));
  const auto dtype = [](DType type) { return QString::fromLatin1(to_string(type).data()); };
  row("kv_dtype")
      .field->set_default(trace != nullptr
                              ? tr("%1 (as recorded)").arg(dtype(trace->header().kv_dtype))
                          : traced ? tr("as recorded")
                                   : tr("%1 (default)").arg(dtype(DType::kBF16)));
  // A run that evicted cannot be extended; others are, by a rule that results warn of.
  std::int64_t longest_output = kLongestOutput;
  if (trace != nullptr) {
    constexpr std::int64_t kExtended = 256;
    const std::int64_t recorded = trace->header().run.output;
    longest_output = trace->full_cache() ? std::max(4 * recorded, kExtended) : recorded;
  }
  if (longest_output != output_stops_to_) {
    output_stops_to_ = longest_output;
    output_->set_scale(token_scale(0, longest_output));
  }
  show_chunk_stops();
}

void ScenarioPanel::show_chunk_stops() {
  const TraceReader* trace = facts_.trace();
  // Chunks longer than the prompt are the prompt: the slider ends with it.
  const std::int64_t longest = prompt() > 0 ? prompt() : kLongestPrompt;
  std::vector<std::int64_t> recorded =
      trace == nullptr ? std::vector<std::int64_t>() : recorded_chunks(*trace);
  if (longest == chunk_stops_to_ && recorded == recorded_chunks_) {
    return;
  }
  chunk_stops_to_ = longest;
  recorded_chunks_ = std::move(recorded);
  chunk_->set_scale(recorded_chunks_.empty() ? chunk_scale(longest)
                                             : chunk_scale(longest, recorded_chunks_));
}

void ScenarioPanel::show_permissions() {
  const WhatIf& what_if = workspace_.what_if();
  const auto permit = [&](std::string_view field, bool permitted, const QString& reason) {
    const Row& at = row(field);
    at.field->setEnabled(permitted);
    at.field->set_names(at.label, permitted ? at.tool_tip : reason);
  };
  permit("prompt", what_if.trace.empty(),
         tr("A trace is replayed with the prompt that it recorded."));
  const bool exact = what_if.accounting == Accounting::kExact;
  const QString no_bytes = tr("The published closed forms know no bytes: choose exact accounting.");
  // What is set already can be taken back.
  permit("batch", exact || what_if.batch != 1, no_bytes);
  const bool layout = exact || what_if.layout != KvLayout{};
  for (const std::string_view field : {"kv_quant", "kv_index", "kv_alloc", "kv_copies"}) {
    permit(field, layout, no_bytes);
  }
  permit("block_size", exact, no_bytes);
  const bool device = !what_if.device.empty();
  const QString no_device = tr("Only with a device: choose one first.");
  permit("weight_dtype", device, no_device);
  permit("logits", device, no_device);

  // Attention beyond what the recorded run kept is lost: another schedule has nothing to go by.
  const TraceReader* trace = facts_.trace();
  const bool replays_recorded = trace != nullptr && !trace->full_cache() &&
                                to_string(what_if.policy) == trace->header().policy &&
                                !workspace_.error();
  const QString evicted =
      tr("Entries were evicted while the trace was recorded: it replays the "
         "recorded policy, chunk and last prompt token only.");
  permit("chunk", !replays_recorded, evicted);
  if (!recorded_chunks_.empty() && !replays_recorded) {
    QStringList sizes;
    for (const std::int64_t chunk : recorded_chunks_) {
      sizes += QString::fromStdString(format_tokens(chunk));
    }
    const Row& chunk = row("chunk");
    chunk.field->set_names(
        chunk.label, tr("%1.\nThe trace has votes for chunks of %2; policies without a voting "
                        "window can have other multiples of %3.")
                         .arg(chunk.tool_tip, sizes.join(QStringLiteral(", ")))
                         .arg(facts_.trace()->coding().row_block));
  }
  permit("last_prompt_token", !replays_recorded, evicted);
  whole_prompt_->setEnabled(!replays_recorded);
  policy_->set_permitted(!replays_recorded, evicted);
}

void ScenarioPanel::show_summaries() {
  const WhatIf& what_if = workspace_.what_if();
  QStringList storage;
  const auto say = [&](bool differs, std::string_view text) {
    if (differs) {
      storage += to_qstring(text);
    }
  };
  const KvLayout& layout = what_if.layout;
  say(what_if.kv_dtype.has_value(), to_string(what_if.kv_dtype.value_or(DType::kBF16)));
  say(layout.quant.scheme != KvScheme::kNone, to_string(layout.quant));
  say(layout.index.kind != KvIndexKind::kNone, to_string(layout.index));
  if (layout.alloc != KvAlloc::kRagged) {
    storage += tr("rectangular");
  }
  if (layout.copies != KvCopies::kKv) {
    storage += tr("per query head");
  }
  storage_->set_summary(storage.isEmpty() ? tr("pages of %1").arg(what_if.block)
                                          : storage.join(QStringLiteral(", ")));
  timing_->set_summary(what_if.device.empty()
                           ? tr("none")
                           : QFileInfo(QString::fromStdString(what_if.device)).fileName());
  counting_->set_summary(what_if.accounting == Accounting::kExact ? tr("exact")
                                                                  : tr("published closed forms"));
}

void ScenarioPanel::show_error() {
  const auto& error = workspace_.error();
  const QString text = error ? complaint_text(*error) : QString();
  const std::string_view at =
      error ? field_of(*error, workspace_.what_if().trace) : std::string_view{};
  for (const Row& row : rows_) {
    row.field->show_complaint(row.access->name == at ? text : QString());
  }
  const bool device = error && !workspace_.what_if().device.empty() &&
                      error->where.starts_with(workspace_.what_if().device);
  row("device_model").field->show_complaint(device ? text : QString());
  const bool policy = error && is_about_policy(*error, workspace_.what_if().policy);
  policy_->show_complaint(policy ? &*error : nullptr);
  const bool elsewhere = error && at.empty() && !device && !policy;
  // The file's name stands above it already.
  const bool of_trace = error && error->where == workspace_.what_if().trace;
  source_->show_complaint(!elsewhere ? QString()
                          : of_trace ? text
                                     : QString::fromStdString(error->message()));
  show_permissions();
}

}  // namespace kvfoot::gui
