// Trace events: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
// (the format that Chrome's tracing and Perfetto read).
#include <algorithm>

#include "sim/core/check.hpp"
#include "sim/engine/pass_loads.hpp"
#include "sim/run/schedule_export.hpp"

namespace kvfoot {
namespace {

// Microseconds with three decimals, from integer nanoseconds: exact and the same everywhere.
std::string microseconds(std::int64_t ns) {
  const std::string rest = std::to_string(1000 + ns % 1000);
  return std::to_string(ns / 1000) + "." + rest.substr(1);
}

constexpr int kPassTrack = 1;

class EventWriter final : public ScheduleObserver {
 public:
  EventWriter() {
    text_ = "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n";
    name("process_name", 0, "kvfoot");
    name("thread_name", kPassTrack, "passes");
    for (const Resource resource : {Resource::kCompute, Resource::kCopy}) {
      name("thread_name", track(resource), to_string(resource));
    }
  }

  void on_operator(const OperatorSpan& span) override {
    const Operator& op = *span.op;
    begin("X", label(op), track(op.resource), span.start_ns);
    text_ += ",\"dur\":" + microseconds(span.end_ns - span.start_ns) + ",\"cat\":\"" +
             std::string(to_string(op.kind)) +
             "\",\"args\":{\"pass\":" + std::to_string(span.pass) +
             ",\"flops\":" + std::to_string(op.work.flops) +
             ",\"bytes\":" + std::to_string(op.work.bytes()) + "}}";
  }

  void on_memory(std::int64_t time_ns, const MemoryBytes& held) override {
    begin("C", "memory", 0, time_ns);
    text_ += ",\"args\":{";
    for (std::size_t i = 0; i < kMemoryClasses; ++i) {
      const auto memory = static_cast<MemoryClass>(i);
      text_ += (i == 0 ? "\"" : ",\"") + std::string(to_string(memory)) +
               "\":" + std::to_string(held[memory]);
    }
    text_ += "}}";
  }

  void on_pass(const std::string& title, std::int64_t start_ns, std::int64_t end_ns) {
    begin("X", title, kPassTrack, start_ns);
    text_ += ",\"dur\":" + microseconds(end_ns - start_ns) + ",\"cat\":\"pass\"}";
  }

  std::string finish() { return std::move(text_) + "\n]}\n"; }

 private:
  static int track(Resource resource) { return 2 + static_cast<int>(resource); }

  void begin(std::string_view phase, std::string_view title, int thread, std::int64_t time_ns) {
    text_ += first_ ? "" : ",\n";
    first_ = false;
    text_ += "{\"ph\":\"" + std::string(phase) + "\",\"name\":\"" + std::string(title) +
             "\",\"pid\":1,\"tid\":" + std::to_string(thread) + ",\"ts\":" + microseconds(time_ns);
  }
  void name(std::string_view what, int thread, std::string_view value) {
    begin("M", what, thread, 0);
    text_ += ",\"args\":{\"name\":\"" + std::string(value) + "\"}}";
  }

  std::string text_;
  bool first_ = true;
};

}  // namespace

std::string to_trace_events(const ClockRequest& request,
                            const std::vector<std::int64_t>& pass_end_ns,
                            std::int64_t max_operators) {
  const RunLengths& run = request.profile->run();
  KVFOOT_CHECK(pass_end_ns.size() == static_cast<std::size_t>(run.passes()), "one end per pass");
  const std::int64_t per_pass = std::int64_t{request.model.shape.layers} * 11 + 8;
  const std::int64_t detailed = std::clamp<std::int64_t>(max_operators / per_pass, 1, run.passes());
  EventWriter writer;
  static_cast<void>(simulate(request, &writer, detailed));
  std::int64_t start = 0;
  for (std::int64_t pass = 0; pass < run.passes(); ++pass) {
    const std::int64_t end = pass_end_ns[static_cast<std::size_t>(pass)];
    writer.on_pass(pass_title(request, pass), start, end);
    if (pass >= detailed) {
      MemoryBytes held = held_throughout(request.model);
      const TimelinePoint point = request.profile->at(pass_at(run, pass, 0).end - 1);
      held[MemoryClass::kKv] = point.resident_bytes;
      writer.on_memory(end, held);
    }
    start = end;
  }
  return writer.finish();
}

}  // namespace kvfoot
