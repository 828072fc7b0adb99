// Edits the scenario: where it comes from, its lengths, the policy, storage and device.
#pragma once

#include <QWidget>
#include <string_view>
#include <vector>

#include "gui/model/scenario_fields.hpp"
#include "gui/model/trace_facts.hpp"
#include "gui/model/workspace.hpp"

class QFormLayout;
class QLabel;

namespace kvfoot::gui {

class Field;
class PolicyPanel;
class Section;
class SliderField;
class SourcePanel;

class ScenarioPanel final : public QWidget {
  Q_OBJECT
 public:
  explicit ScenarioPanel(Workspace& workspace, QWidget* parent = nullptr);

  [[nodiscard]] QSize sizeHint() const override { return {330, 720}; }

 signals:
  void open_requested(const QString& file);  // a trace

 private:
  struct Row {
    const ScenarioField* access = nullptr;
    Field* field = nullptr;
    QString label;
    QString tool_tip;
  };
  void add(QFormLayout* form, std::string_view field, const QString& label, const QString& tool_tip,
           Field* widget);
  QWidget* make_lengths();
  QWidget* make_storage();
  QWidget* make_timing();
  QWidget* make_counting();
  [[nodiscard]] const Row& row(std::string_view field) const;

  void take(const Row& row, const QString& text);
  void show_values();
  void show_defaults();
  void show_chunk_stops();
  void show_permissions();
  void show_summaries();
  void show_error();
  void set_whole_prompt(bool whole);
  [[nodiscard]] std::int64_t prompt() const;  // 0: not known yet

  Workspace& workspace_;
  TraceFacts facts_;
  std::vector<Row> rows_;
  SourcePanel* source_ = nullptr;
  PolicyPanel* policy_ = nullptr;
  SliderField* output_ = nullptr;
  SliderField* chunk_ = nullptr;
  Field* whole_prompt_ = nullptr;
  Section* storage_ = nullptr;
  Section* timing_ = nullptr;
  Section* counting_ = nullptr;
  std::int64_t last_chunk_ = kDefaultChunk;
  std::int64_t output_stops_to_ = -1;
  std::int64_t chunk_stops_to_ = -1;
  std::vector<std::int64_t> recorded_chunks_;  // of a trace that has votes for some only
};

}  // namespace kvfoot::gui
