// What the open trace says about itself, also where the scenario cannot be replayed on it.
#pragma once

#include <QObject>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gui/model/latest.hpp"
#include "gui/model/workspace.hpp"

namespace kvfoot::gui {

// Chunk sizes, ascending, that policies with a voting window can be replayed with on a trace of
// `blocks` fidelity, whose votes were recorded for some only; a size of the prompt is its one pass.
// Empty for `rows`, where any will do.
[[nodiscard]] std::vector<std::int64_t> recorded_chunks(const TraceReader& trace);

// Takes the outcome's trace where there is one; otherwise opens the file on another thread.
class TraceFacts final : public QObject {
  Q_OBJECT
 public:
  explicit TraceFacts(Workspace& workspace, QObject* parent = nullptr);

  // Of the scenario's trace; null without one, before it is known, and if it cannot be read.
  [[nodiscard]] const TraceReader* trace() const { return trace_.get(); }

 signals:
  void changed();

 private:
  void follow();
  void read(const std::string& path);
  void take(const std::string& path, std::shared_ptr<const TraceReader> trace);

  Workspace& workspace_;
  std::shared_ptr<const TraceReader> trace_;
  std::string path_;     // of trace_
  std::string reading_;  // on the other thread
  Latest reader_;
};

}  // namespace kvfoot::gui
