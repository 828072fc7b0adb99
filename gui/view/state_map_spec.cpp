// Titles, boundaries and axes of the map.
#include "gui/view/state_map_spec.hpp"

#include <QCoreApplication>
#include <QString>
#include <utility>

#include "gui/plots/from_report.hpp"

namespace kvfoot::gui {
namespace {

plots::PlotSpec spec_of(const Outcome& outcome, const QString& what, plots::StateMap map) {
  const RunLengths& run = outcome.result.inputs.run;
  map.rows = run.rows();
  map.square = false;
  map.boundaries = plots::inner_boundaries(run);
  if (run.decode_rows() > 0 && run.prefill_rows() > 0) {
    map.decode_begin = run.prefill_rows();
  }
  map.key.label = QCoreApplication::translate("StateMap", "Key position").toStdString();
  map.query.label = QCoreApplication::translate("StateMap", "Row (query position)").toStdString();
  const QString policy = QString::fromStdString(to_string(outcome.asked.policy));
  return {QCoreApplication::translate("StateMap", "%1 · %2").arg(what, policy).toStdString(), "",
          std::move(map)};
}

}  // namespace

plots::PlotSpec state_spec(const Outcome& outcome, const StreamLife& life, StreamChoice stream) {
  plots::StateMap map;
  map.streams.push_back({life.evicted_at, life.window});
  map.any_evicted = plots::evicts(map.streams.front(), outcome.result.inputs.run.rows());
  const bool copies = outcome.heads() != outcome.result.inputs.shape.kv_heads;
  const QString what = copies ? QCoreApplication::translate("StateMap", "Layer %1, query head %2")
                              : QCoreApplication::translate("StateMap", "Layer %1, KV head %2");
  return spec_of(outcome, what.arg(stream.layer).arg(stream.head), std::move(map));
}

plots::PlotSpec state_spec(const Outcome& outcome, std::shared_ptr<const plots::StateSum> sum) {
  plots::StateMap map;
  const QString what =
      QCoreApplication::translate("StateMap", "Mean of all %1 streams").arg(sum->streams());
  map.sum = std::move(sum);
  return spec_of(outcome, what, std::move(map));
}

}  // namespace kvfoot::gui
