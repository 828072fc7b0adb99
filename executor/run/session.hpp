// The prefill/decode loop: real inference through a backend, every eviction decided by the policy
// driver and applied to the backend's pages.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "executor/model/backend.hpp"
#include "executor/model/sampling.hpp"
#include "sim/core/records.hpp"
#include "sim/core/result.hpp"
#include "sim/core/schedule.hpp"
#include "sim/policy/policy.hpp"

namespace kvfoot {

// Watches a run: the recorder, or a test. All calls come in order from the thread of the run, but
// for on_tile (sim/core/attention.hpp).
class RunObserver : public DecisionSink {
 public:
  // Not null: softmax rows are wanted.
  [[nodiscard]] virtual AttentionObserver* attention() = 0;
  [[nodiscard]] virtual Status begin_pass(const Pass& pass, bool side,
                                          std::span<const std::int32_t> tokens,
                                          std::span<const TokenPos> positions) = 0;
  // After the layer's attention and before anything of it is evicted.
  [[nodiscard]] virtual Status end_attention(std::int32_t layer, Backend& backend) = 0;
  [[nodiscard]] virtual Status end_pass(const PassMemory& memory, std::int64_t wall_ns) = 0;
};

struct SessionRequest {
  std::span<const std::int32_t> prompt;  // token ids, run.prompt of them
  RunLengths run;                        // run.output is the most that is generated
  const Policy* policy = nullptr;
  DType kv_dtype = DType::kF32;
  std::int64_t block = 16;

  SamplingOptions sampling;
  std::span<const std::int32_t> stop_tokens;    // empty: never stop early
  std::span<const std::int32_t> forced_output;  // if given, these tokens are fed, none is sampled
  bool run_last_token = true;  // give the last output token its row, as the metric counts it

  // Side votes: after each prefill pass that ends at a multiple of one of these sizes, a pass of
  // the prompt's last `side_window` tokens is run and dropped, so that a trace can answer patched
  // policies. Every size must be a multiple of run.chunk; needs a policy that keeps everything.
  std::span<const std::int64_t> side_chunks;
  std::int64_t side_window = 0;

  RunObserver* observer = nullptr;
  const std::atomic<bool>* cancel = nullptr;
  std::function<void(std::int32_t token)> on_token;
  // Logits that output token `index` is taken from, shape (vocab); with forced tokens, too.
  std::function<void(std::size_t index, std::span<const float> logits)> on_logits;
  std::function<void(std::int64_t rows_done, std::int64_t rows_total)> on_progress;
};

struct SessionResult {
  std::vector<std::int32_t> output;
  RunLengths run;                     // with the output length that was reached
  bool stopped_early = false;         // a stop token was sampled
  std::vector<PassMemory> memory;     // one per pass, side passes left out
  std::vector<std::int64_t> wall_ns;  // one per pass: its layers, by the device if it has a clock
  // One per pass: logits and sampling after it; 0 where there are none. Includes what `on_logits`
  // and `on_token` do.
  std::vector<std::int64_t> sample_ns;
  std::int64_t patch_rows = 0;
  std::int64_t peak_kv_bytes = 0;  // over the whole run, side passes left out
  // What the allocator counted over the whole run, logits included, side passes left out: every
  // class at its largest, and all of them when their sum was largest.
  MemoryBytes class_peak;
  MemoryBytes at_peak;
  double prefill_s = 0;
  double decode_s = 0;
};

// Errors: lengths that do not fit, a policy that fails, the backend's environment errors, and
// kInterrupted when `cancel` becomes true (checked before every layer).
[[nodiscard]] Result<SessionResult> run_session(Backend& backend, const SessionRequest& request);

}  // namespace kvfoot
