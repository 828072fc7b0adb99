// Follows the workspace from trace to trace.
#include "gui/model/trace_facts.hpp"

#include <set>
#include <utility>

#include "gui/model/within_memory.hpp"

namespace kvfoot::gui {

std::vector<std::int64_t> recorded_chunks(const TraceReader& trace) {
  std::vector<std::int64_t> chunks;
  if (trace.header().fidelity == TraceFidelity::kRows) {
    return chunks;
  }
  std::set<std::pair<std::int64_t, std::int64_t>> voted;  // passes, as [begin, end)
  for (const TraceVote& vote : trace.votes()) {
    if (!vote.side) {
      voted.emplace(vote.begin, vote.end);
    }
  }
  for (const auto& [begin, end] : voted) {
    RunLengths run = trace.header().run;
    run.chunk = end;
    bool every = begin == 0;
    for (std::int64_t i = 0; every && i < run.prefill_passes(); ++i) {
      const Pass pass = pass_at(run, i, 0);
      every = voted.contains({pass.begin, pass.end});
    }
    if (every) {
      chunks.push_back(end);
    }
  }
  return chunks;
}

TraceFacts::TraceFacts(Workspace& workspace, QObject* parent)
    : QObject(parent), workspace_(workspace) {
  connect(&workspace_, &Workspace::what_if_changed, this, &TraceFacts::follow);
  connect(&workspace_, &Workspace::outcome_changed, this, &TraceFacts::follow);
  follow();
}

void TraceFacts::follow() {
  const std::string& path = workspace_.what_if().trace;
  const OutcomePtr& outcome = workspace_.outcome();
  if (path.empty()) {
    take(path, nullptr);
  } else if (outcome != nullptr && outcome->asked.trace == path) {
    take(path, outcome->trace);
  } else if (path != path_) {
    take({}, nullptr);
    // A replay that succeeds brings the trace along.
    if (workspace_.error() && !workspace_.busy() && path != reading_) {
      read(path);
    }
  }
}

void TraceFacts::read(const std::string& path) {
  reading_ = path;
  reader_.request([this, path](const std::atomic<bool>&) -> Latest::Delivery {
    auto opened = within_memory(needs_more_memory(path), [&] { return TraceReader::open(path); });
    return [this, path, trace = opened ? std::move(*opened) : nullptr] {
      reading_.clear();
      if (workspace_.what_if().trace == path) {
        take(path, trace);
      }
    };
  });
}

void TraceFacts::take(const std::string& path, std::shared_ptr<const TraceReader> trace) {
  path_ = path;
  if (trace != trace_) {
    trace_ = std::move(trace);
    emit changed();
  }
}

}  // namespace kvfoot::gui
