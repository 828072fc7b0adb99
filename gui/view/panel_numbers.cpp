// One table per kind of panel; columns have the names of `kvfoot`'s own files.
#include "gui/view/panel_numbers.hpp"

#include <QCoreApplication>
#include <QWidget>
#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <utility>
#include <vector>

#include "gui/model/scenario_text.hpp"
#include "gui/view/compare_view.hpp"
#include "gui/view/heads_view.hpp"
#include "gui/view/heads_words.hpp"
#include "gui/view/state_map_view.hpp"
#include "gui/view/timeline_panel.hpp"
#include "gui/view/trade_off_view.hpp"
#include "sim/io/csv.hpp"
#include "sim/io/json.hpp"
#include "sim/report/timeline_csv.hpp"

namespace kvfoot::gui {
namespace {

constexpr std::size_t kMostLines = 2'000'000;  // that a spreadsheet's reader has any use for

struct Words {
  Q_DECLARE_TR_FUNCTIONS(PanelNumbers)
};

Error nothing() { return Error{"export", "the panel shows no numbers"}; }

std::string record(std::initializer_list<std::string> fields) {
  return csv_record(std::vector<std::string>(fields));
}

std::string number(double value) { return std::isfinite(value) ? format_double(value) : ""; }

Result<std::string> timeline_csv(const OutcomePtr& outcome) {
  if (outcome == nullptr || outcome->timeline.empty()) {
    return nothing();
  }
  std::vector<double> seconds;
  for (const TimelinePoint& point : outcome->timeline) {
    if (outcome->replay.clock) {
      seconds.push_back(time_of_row(*outcome, point.row));
    }
  }
  return timeline_to_csv(outcome->timeline, seconds);
}

std::string measure_column(HeadMeasure measure) {
  switch (measure) {
    case HeadMeasure::kKeptShare:
      return "kept_share";
    case HeadMeasure::kPeakEntries:
      return "peak_entries";
    case HeadMeasure::kFootprint:
      return "footprint";
    case HeadMeasure::kRetainedMass:
      return "retained_mass";
    case HeadMeasure::kEntropy:
      return "entropy_bits";
  }
  return {};
}

Result<std::string> heads_csv(const HeadGrid* grid) {
  if (grid == nullptr) {
    return nothing();
  }
  const bool at_row = follows_row(grid->measure);
  const std::string measure = measure_column(grid->measure);
  std::string text =
      at_row ? record({"layer", "head", "row", measure}) : record({"layer", "head", measure});
  for (std::int32_t layer = 0; layer < grid->layers; ++layer) {
    for (std::int32_t head = 0; head < grid->heads; ++head) {
      const std::string place = std::to_string(layer) + "," + std::to_string(head) + ",";
      text += place + (at_row ? std::to_string(grid->row) + "," : "") +
              number(grid->at(layer, head)) + "\n";
    }
  }
  return text;
}

// One stream: from which row on a key is not seen, and gone. Nothing: it stays to the end.
Result<std::string> life_csv(const StreamLife& life, StreamChoice stream) {
  std::string text = record({"layer", "head", "key", "inactive_from_row", "evicted_from_row"});
  const auto rows = static_cast<std::int64_t>(life.evicted_at->size());
  if (rows > static_cast<std::int64_t>(kMostLines)) {
    return Error{"export", "the map of a stream has more than two million lines",
                 "choose a shorter prompt or output"};
  }
  const std::string place = std::to_string(stream.layer) + "," + std::to_string(stream.head) + ",";
  for (std::int64_t key = 0; key < rows; ++key) {
    const std::int64_t gone = (*life.evicted_at)[static_cast<std::size_t>(key)];
    const std::int64_t unseen = life.window > 0 ? key + life.window : rows;
    text += place + std::to_string(key) + "," +
            (unseen < std::min(gone, rows) ? std::to_string(unseen) : "") + "," +
            (gone < rows ? std::to_string(gone) : "") + "\n";
  }
  return text;
}

// All streams: how many hold a key from a row on, a line per change.
Result<std::string> sum_csv(const plots::StateSum& sum) {
  std::string text =
      record({"key", "from_row", "live_streams", "inactive_streams", "evicted_streams"});
  std::size_t lines = 0;
  for (std::int64_t key = 0; key < sum.rows(); ++key) {
    std::int64_t evicted = 0;
    std::int64_t inactive = 0;
    const auto add = [&](std::int64_t row) {
      text += std::to_string(key) + "," + std::to_string(row) + "," +
              std::to_string(sum.streams() - evicted - inactive) + "," + std::to_string(inactive) +
              "," + std::to_string(evicted) + "\n";
      ++lines;
    };
    add(key);
    for (const plots::StateSum::Change& change : sum.changes(0, key)) {
      evicted += change.evicted;
      inactive += change.inactive;
      add(change.row);
    }
    if (lines > kMostLines) {
      return Error{"export", "the map of all streams has more than two million lines",
                   "choose one stream"};
    }
  }
  return text;
}

Result<std::string> map_csv(const MapSubject& subject) {
  if (subject.life) {
    return life_csv(*subject.life, subject.stream);
  }
  return subject.sum == nullptr ? Result<std::string>(nothing()) : sum_csv(*subject.sum);
}

Result<std::string> trade_off_csv(const TradeOff& plane) {
  if (plane.points().empty()) {
    return nothing();
  }
  std::string text = record({"scenario", "shown_as", "footprint", plane.metric, "command"});
  const auto add = [&](const TradePoint& point, const char* as) {
    text += record({point.name_in_files, as, number(point.footprint), number(point.value),
                    to_command(point.asked)});
  };
  for (const TradePoint& point : plane.sweep) {
    add(point, "sweep");
  }
  for (const TradePoint& point : plane.alone) {
    add(point, point.current ? "current" : "pin");
  }
  if (plane.full) {
    add(*plane.full, "full");
  }
  return text;
}

Result<std::string> compare_csv(const CompareTable& table) {
  return table.columnCount() == 0 ? Result<std::string>(nothing()) : table.to_csv().toStdString();
}

}  // namespace

QWidget* panel_with_numbers(QWidget* widget) {
  for (; widget != nullptr; widget = widget->parentWidget()) {
    if (qobject_cast<TimelinePanel*>(widget) != nullptr ||
        qobject_cast<HeadsView*>(widget) != nullptr ||
        qobject_cast<StateMapView*>(widget) != nullptr ||
        qobject_cast<CompareView*>(widget) != nullptr ||
        qobject_cast<TradeOffView*>(widget) != nullptr) {
      return widget;
    }
  }
  return nullptr;
}

PanelNumbers numbers_of(QWidget* panel, const Workspace& workspace) {
  if (auto* heads = qobject_cast<HeadsView*>(panel)) {
    return {Words::tr("heads, %1").arg(measure_name(heads->measure()).toLower()),
            [heads] { return heads_csv(heads->grid()); }};
  }
  if (auto* map = qobject_cast<StateMapView*>(panel)) {
    return {Words::tr("state map"), [map] { return map_csv(map->subject()); }};
  }
  if (auto* compare = qobject_cast<CompareView*>(panel)) {
    return {Words::tr("comparison"), [compare] { return compare_csv(compare->model()); }};
  }
  if (auto* plane = qobject_cast<TradeOffView*>(panel)) {
    return {Words::tr("trade-off"), [plane] { return trade_off_csv(plane->plane()); }};
  }
  return {Words::tr("timeline"), [outcome = workspace.outcome()] { return timeline_csv(outcome); }};
}

}  // namespace kvfoot::gui
