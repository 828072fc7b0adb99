// The general path: operators of every pass on their resources, event by event.
#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <queue>
#include <utility>

#include "sim/core/check.hpp"
#include "sim/engine/clock.hpp"
#include "sim/engine/cost_model.hpp"
#include "sim/engine/event_queue.hpp"
#include "sim/engine/pass_loads.hpp"

namespace kvfoot {
namespace {

// Pass, then index of the operator: the order in which a resource takes what is ready.
using Place = std::pair<std::int64_t, std::int32_t>;

struct LivePass {
  std::int64_t pass = 0;
  PassLoad load;
  PassGraph graph;
  std::vector<std::int32_t> waits;  // for each operator, how many it still waits for
  std::vector<std::vector<std::int32_t>> next;
  std::size_t remaining = 0;
};

class Simulation {
 public:
  Simulation(const ClockRequest& request, ScheduleObserver* observer, std::int64_t max_passes)
      : request_(request),
        observer_(observer),
        loads_(request),
        cost_(request.device, request.model.dtype),
        passes_(std::min(max_passes, loads_.run().passes())),
        first_token_pass_(loads_.run().last_prompt_token == LastPromptToken::kPrefill
                              ? loads_.run().prefill_passes() - 1
                              : loads_.run().prefill_passes()) {}

  ClockOutcome run() {
    held_ = held_throughout(request_.model);
    outcome_.class_peak = held_;
    if (observer_ != nullptr) {
      observer_->on_memory(0, held_);
    }
    admit(0);
    dispatch();
    while (!events_.empty()) {
      const auto event = events_.pop();
      complete(event.payload);
      dispatch();
    }
    outcome_.total_ns = events_.now_ns();
    integrate();
    return std::move(outcome_);
  }

 private:
  // A pass is admitted when the embedding of the one before is done: its token ids may be uploaded
  // while that one computes.
  void admit(std::int64_t pass) {
    if (pass >= passes_) {
      return;
    }
    LivePass live;
    live.pass = pass;
    live.load = loads_.at(pass);
    live.graph = build_pass_graph(request_.model, live.load);
    live.load.layers = {};
    const std::size_t size = live.graph.operators.size();
    live.waits.assign(size, 0);
    live.next.resize(size);
    live.remaining = size;
    for (const auto& [before, after] : live.graph.edges) {
      live.next[static_cast<std::size_t>(before)].push_back(after);
      ++live.waits[static_cast<std::size_t>(after)];
    }
    // A decode pass feeds the token that the pass before it samples.
    const bool feeds =
        live.load.pass.phase == Phase::kDecode && !live_.empty() && live_.back().load.samples;
    if (feeds) {
      ++live.waits.front();
    }
    live_.push_back(std::move(live));
    for (std::size_t i = 0; i < size; ++i) {
      if (live_.back().waits[i] == 0) {
        make_ready(live_.back(), static_cast<std::int32_t>(i));
      }
    }
  }

  LivePass& live(std::int64_t pass) {
    return live_[static_cast<std::size_t>(pass - live_.front().pass)];
  }

  void make_ready(const LivePass& pass, std::int32_t op) {
    const Resource resource = pass.graph.operators[static_cast<std::size_t>(op)].resource;
    ready_[static_cast<std::size_t>(resource)].push({pass.pass, op});
  }

  void dispatch() {
    for (std::size_t resource = 0; resource < kResources; ++resource) {
      if (busy_[resource] || ready_[resource].empty()) {
        continue;
      }
      const Place place = ready_[resource].top();
      ready_[resource].pop();
      busy_[resource] = true;
      start(place);
    }
  }

  void start(const Place& place) {
    const LivePass& pass = live(place.first);
    const Operator& op = pass.graph.operators[static_cast<std::size_t>(place.second)];
    const std::int64_t now = events_.now_ns();
    for (const std::int32_t made : op.creates) {
      change(pass.graph.tensors[static_cast<std::size_t>(made)], 1);
    }
    outcome_.peak_kv_bytes = std::max(outcome_.peak_kv_bytes, held_[MemoryClass::kKv]);
    outcome_.class_peak.raise_to(held_);
    if (held_.total() > outcome_.peak.bytes.total()) {
      outcome_.peak = {held_, place.first, op.kind, op.layer};
    }
    const std::int64_t end = now + cost_.duration_ns(op.rate, op.work);
    if (observer_ != nullptr) {
      if (!op.creates.empty()) {
        observer_->on_memory(now, held_);
      }
      observer_->on_operator({place.first, &op, now, end});
    }
    const EventKind kind =
        op.resource == Resource::kCopy ? EventKind::kCopyDone : EventKind::kComputeDone;
    events_.push(end, kind, place);
  }

  void complete(const Place& place) {
    LivePass& pass = live(place.first);
    const auto index = static_cast<std::size_t>(place.second);
    const Operator& op = pass.graph.operators[index];
    busy_[static_cast<std::size_t>(op.resource)] = false;
    for (const std::int32_t freed : op.frees) {
      change(pass.graph.tensors[static_cast<std::size_t>(freed)], -1);
    }
    if (observer_ != nullptr && !op.frees.empty()) {
      observer_->on_memory(events_.now_ns(), held_);
    }
    for (const std::int32_t after : pass.next[index]) {
      if (--pass.waits[static_cast<std::size_t>(after)] == 0) {
        make_ready(pass, after);
      }
    }
    --pass.remaining;
    const OperatorKind kind = op.kind;
    if (pass.remaining == 0) {
      end_pass(pass);
    }
    // Both may move the list of passes: `pass` and `op` end here.
    if (kind == OperatorKind::kSample) {
      feed(place.first + 1);
    }
    if (kind == OperatorKind::kEmbed) {
      admit(place.first + 1);
    }
    while (!live_.empty() && live_.front().remaining == 0) {
      live_.pop_front();
    }
  }

  void feed(std::int64_t pass) {
    if (pass < passes_) {
      LivePass& next = live(pass);
      if (--next.waits.front() == 0) {
        make_ready(next, 0);
      }
    }
  }

  void end_pass(const LivePass& pass) {
    if (pass.pass == first_token_pass_) {
      outcome_.ttft_ns = events_.now_ns();
    }
    if (request_.pass_ends) {
      outcome_.pass_end_ns.push_back(events_.now_ns());
    }
  }

  void change(const Tensor& tensor, int sign) {
    if (tensor.memory == MemoryClass::kKv) {
      integrate();
    }
    held_[tensor.memory] += sign * tensor.bytes;
  }

  // Adds what the KV bytes cost since they last changed.
  void integrate() {
    const std::int64_t now = events_.now_ns();
    outcome_.kv_byte_ns += static_cast<WideBytesNs>(held_[MemoryClass::kKv]) *
                           static_cast<WideBytesNs>(now - integrated_ns_);
    integrated_ns_ = now;
  }

  const ClockRequest& request_;
  ScheduleObserver* observer_;
  PassLoads loads_;
  CostModel cost_;
  std::int64_t passes_;
  std::int64_t first_token_pass_;
  EventQueue<Place> events_;
  std::deque<LivePass> live_;  // by pass, without gaps
  std::array<std::priority_queue<Place, std::vector<Place>, std::greater<>>, kResources> ready_;
  std::array<bool, kResources> busy_{};
  MemoryBytes held_;
  std::int64_t integrated_ns_ = 0;
  ClockOutcome outcome_;
};

}  // namespace

ClockOutcome simulate(const ClockRequest& request, ScheduleObserver* observer,
                      std::int64_t max_passes) {
  return Simulation(request, observer, max_passes).run();
}

}  // namespace kvfoot
