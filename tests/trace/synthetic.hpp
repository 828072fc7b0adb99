// A seeded stand-in for a model in tests of traces: attention with sinks, recency and needles whose
// logits do not depend on what is resident, and a run that records it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/core/attention.hpp"
#include "sim/core/records.hpp"
#include "sim/core/schedule.hpp"
#include "sim/core/shape.hpp"
#include "sim/policy/policy.hpp"
#include "sim/trace/format.hpp"

namespace kvfoot::testing_trace {

struct SyntheticModel {
  ModelShape shape;
  std::uint64_t seed = 1;

  // Softmax of the row of `token` at `position` over `keys`; returns the log-sum-exp.
  float row(std::int32_t layer, std::int32_t q_head, std::int32_t token, TokenPos position,
            std::span<const TokenPos> keys, std::vector<float>& mass) const;
  [[nodiscard]] float key_norm(std::int32_t layer, std::int32_t head, std::int32_t token,
                               TokenPos position) const;
};

[[nodiscard]] ModelShape small_shape();  // 2 layers, 4 query heads, 2 KV heads

// The tokens of a run: prompt and output.
[[nodiscard]] std::vector<std::int32_t> run_tokens(const RunLengths& run);
// Tokens of all rows of a pass, patch rows (the last tokens of the prefill) included.
[[nodiscard]] std::vector<std::int32_t> pass_tokens(const RunLengths& run, const Pass& pass);

// What a live backend would answer: every row computed over what is resident.
class LiveSource final : public AttentionSource {
 public:
  LiveSource(const SyntheticModel& model, const RunLengths& run, Storage storage);
  void begin_layer(const Pass& pass, std::int32_t layer,
                   std::span<const std::span<const TokenPos>> resident);
  Result<std::span<const float>> answer(const AttentionQuery& query, std::int32_t head) override;
  void retain(std::int32_t head, std::span<const std::int32_t> kept) override;

  // Row r of the pass over the resident list of the query head, as attention computed it.
  [[nodiscard]] const std::vector<float>& row(std::int32_t q_head, std::int64_t r) const;
  [[nodiscard]] float log_sum_exp(std::int32_t q_head, std::int64_t r) const;

 private:
  const SyntheticModel& model_;
  RunLengths run_;
  std::int32_t heads_;
  std::int32_t group_;
  Pass pass_;
  std::int32_t layer_ = 0;
  std::vector<std::vector<TokenPos>> resident_;
  std::vector<std::vector<std::vector<float>>> rows_;  // [query head][row]
  std::vector<std::vector<float>> lse_;
  std::vector<std::vector<float>> sums_;  // [layer * query heads + head][entry]
  std::vector<std::unique_ptr<std::vector<float>>> given_;
};

// What one answer was.
struct HeardAnswer {
  std::int32_t pass, layer, head;
  AttentionQuery query;
  std::vector<float> values;
};
class Listener final : public DecisionSink {
 public:
  explicit Listener(DecisionSink* next = nullptr) : next_(next) {}
  void on_decision(const DecisionRecord& record) override;
  void on_answer(std::int32_t pass, std::int32_t layer, std::int32_t head,
                 const AttentionQuery& query, std::span<const float> values) override;
  std::vector<DecisionRecord> decisions;
  std::vector<HeardAnswer> answers;

 private:
  DecisionSink* next_;
};

struct RecordPlan {
  std::string path;
  SyntheticModel model;
  RunLengths run;
  std::string policy = "full";
  TraceFidelity fidelity = TraceFidelity::kRows;
  TraceCoding coding;
  std::vector<TraceSegment> segments;
  bool text = true;
  bool sums = false;  // give the writer the sums that it asks for instead of rows
  int threads = 1;
  std::int64_t wall_ns = 1000;  // measured time of the first pass, one more each
  std::int64_t expected_bytes = 0;
};

// Recordings of a few kilobytes that differ in fidelity, policy and side votes.
[[nodiscard]] std::vector<RecordPlan> sample_plans(const std::filesystem::path& folder);

[[nodiscard]] std::unique_ptr<const Policy> make_policy_from(const std::string& spec,
                                                             const ModelShape& shape,
                                                             const RunLengths& run);

// Runs the model under the policy and records; what the policy heard and did goes to `listener`.
[[nodiscard]] Status record(const RecordPlan& plan, Listener& listener);
// The same run without recording.
void run_live(const SyntheticModel& model, const RunLengths& run, const std::string& policy,
              Listener& listener);
// Replays `policy` through any source; begin(pass, layer, resident) is called before each decision.
using BeginLayer =
    std::function<Status(const Pass&, std::int32_t, std::span<const std::span<const TokenPos>>)>;
[[nodiscard]] Status run_through(const ModelShape& shape, const RunLengths& run,
                                 const Policy& policy, AttentionSource& source,
                                 const BeginLayer& begin, DecisionSink* sink);

// A whole trace with some bytes changed in one of its columns, never in HDF5's own structures, so
// that without checksums it reaches our decoders (the seal in docs/trace-format.md says where).
[[nodiscard]] std::string damage_data(std::string file, std::uint64_t seed);

[[nodiscard]] std::string temporary(const std::string& name);

}  // namespace kvfoot::testing_trace
