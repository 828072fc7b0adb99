// Feeds what happens in a session to a trace writer.
#include "executor/run/recorder.hpp"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "sim/trace/writer.hpp"

namespace kvfoot {
namespace {

using Clock = std::chrono::steady_clock;

// Adds the time until it goes away.
class Timed {
 public:
  explicit Timed(std::atomic<std::int64_t>& ns) : ns_(ns), start_(Clock::now()) {}
  ~Timed() {
    const auto taken = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start_);
    ns_.fetch_add(taken.count(), std::memory_order_relaxed);
  }
  Timed(const Timed&) = delete;
  Timed& operator=(const Timed&) = delete;

 private:
  std::atomic<std::int64_t>& ns_;
  Clock::time_point start_;
};

class TimedTiles final : public AttentionObserver {
 public:
  explicit TimedTiles(TraceWriter& writer) : writer_(writer) {}
  void on_tile(const AttentionTile& tile) override {
    const Timed timed(ns_);
    writer_.on_tile(tile);
  }
  [[nodiscard]] const AttentionSums* sums() const override { return writer_.sums(); }
  void on_block(const AttentionBlock& block) override {
    const Timed timed(ns_);
    writer_.on_block(block);
  }
  void on_row_sum(const AttentionRowSum& sum) override {
    const Timed timed(ns_);
    writer_.on_row_sum(sum);
  }
  [[nodiscard]] double seconds() const { return static_cast<double>(ns_.load()) * 1e-9; }

 private:
  TraceWriter& writer_;
  std::atomic<std::int64_t> ns_{0};
};

class Recorder final : public RunObserver {
 public:
  Recorder(TraceWriter& writer, std::int32_t storage_heads)
      : writer_(writer), storage_heads_(storage_heads), tiles_(writer) {}

  AttentionObserver* attention() override { return &tiles_; }
  [[nodiscard]] double coding_s() const { return tiles_.seconds(); }
  [[nodiscard]] double writing_s() const { return static_cast<double>(ns_.load()) * 1e-9; }

  Status begin_pass(const Pass& pass, bool side, std::span<const std::int32_t> tokens,
                    std::span<const TokenPos> positions) override {
    const Timed timed(ns_);
    return writer_.begin_pass(TracePass{.pass = pass, .side = side}, tokens, positions);
  }

  Status end_attention(std::int32_t layer, Backend& backend) override {
    const Timed timed(ns_);
    for (std::int32_t head = 0; head < storage_heads_; ++head) {
      writer_.key_norms(layer, head, backend.key_norms(head));
    }
    return writer_.end_layer(layer);
  }

  Status end_pass(const PassMemory& memory, std::int64_t wall_ns) override {
    const Timed timed(ns_);
    return writer_.end_pass(memory, wall_ns);
  }

  void on_decision(const DecisionRecord& record) override { writer_.on_decision(record); }

  void on_answer(std::int32_t pass, std::int32_t layer, std::int32_t head,
                 const AttentionQuery& query, std::span<const float> values) override {
    writer_.on_answer(pass, layer, head, query, values);
  }

 private:
  TraceWriter& writer_;
  std::int32_t storage_heads_;
  TimedTiles tiles_;
  std::atomic<std::int64_t> ns_{0};
};

}  // namespace

TraceHeader trace_header(const RecordRequest& request, const ModelShape& shape) {
  const SessionRequest& session = request.session;
  TraceHeader header;
  header.shape = shape;
  header.checkpoint_hash = request.checkpoint_hash;
  header.program_version = request.program_version;
  header.run = session.run;
  header.policy = request.policy_spec;
  header.patch_window = session.policy->patch_window();
  header.storage = session.policy->storage();
  header.kv_dtype = session.kv_dtype;
  header.block = session.block;
  header.seed = session.sampling.seed;
  header.fidelity = request.fidelity;
  header.segments = request.segments;
  return header;
}

Result<RecordOutcome> record_run(Backend& backend, const RecordRequest& request) {
  TraceHeader header = trace_header(request, backend.shape());
  header.device = backend.device();
  const TraceEstimate estimate =
      estimate_trace(header, request.coding, request.session.policy->needs());
  KVFOOT_ASSIGN(const std::unique_ptr<TraceWriter> writer,
                TraceWriter::create(
                    request.path, header,
                    TraceWriteOptions{.coding = request.coding, .expected_bytes = estimate.total}));
  Recorder recorder(*writer, header.storage_heads());
  SessionRequest session = request.session;
  session.observer = &recorder;
  session.run_last_token = true;  // every row of the metric is in the trace
  RecordOutcome outcome;
  KVFOOT_ASSIGN(outcome.session, run_session(backend, session));
  outcome.coding_s = recorder.coding_s();
  outcome.writing_s = recorder.writing_s();
  std::vector<std::string> text;
  if (request.token_text) {
    for (const std::int32_t token : session.prompt) {
      text.push_back(request.token_text(token));
    }
    for (const std::int32_t token : outcome.session.output) {
      text.push_back(request.token_text(token));
    }
  }
  KVFOOT_TRY(writer->finish(outcome.session.run, text));
  std::error_code ignored;
  const auto bytes = std::filesystem::file_size(request.path, ignored);
  outcome.bytes = ignored ? writer->bytes_written() : static_cast<std::int64_t>(bytes);
  return outcome;
}

}  // namespace kvfoot
