// Whole models: decode against reading weights and cache, prefill against its arithmetic, what
// recording costs, what eviction saves. Through the session that the program runs.
#include <filesystem>
#include <numeric>
#include <optional>
#include <utility>

#include "executor/cuda/backend/device_backend.hpp"
#include "executor/model/make_model.hpp"
#include "executor/run/recorder.hpp"
#include "executor/run/session.hpp"
#include "sim/core/text.hpp"
#include "sim/report/units.hpp"
#include "sim/run/policy_for_run.hpp"
#include "tests/bench/cuda_model/measure.hpp"

namespace kvfoot::bench {
namespace {

struct Times {
  double prefill = 0;  // all passes
  double decode = 0;   // the median of the passes, logits and sampling included
  std::int64_t kv_bytes = 0;
};

class ModelBench {
 public:
  ModelBench(Backend& backend, const LlamaConfig& config, const Options& options,
             const Limits& limits, Rows& rows)
      : backend_(backend), config_(config), options_(options), limits_(limits), rows_(rows) {}

  Status run() {
    for (const std::int64_t context : options_.contexts) {
      KVFOOT_TRY(full_attention(context));
    }
    KVFOOT_TRY(eviction());
    return recording();
  }

 private:
  [[nodiscard]] std::vector<std::int32_t> tokens(std::int64_t count) const {
    std::vector<std::int32_t> out(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] =
          static_cast<std::int32_t>(i * 2654435761U % static_cast<std::size_t>(config_.vocab_size));
    }
    return out;
  }

  [[nodiscard]] RunLengths lengths(std::int64_t prompt, std::int64_t output) const {
    return {.prompt = prompt, .output = output, .chunk = options_.chunk};
  }

  Result<Times> measure(std::int64_t prompt, const std::string& policy_text) {
    const RunLengths run = lengths(prompt, options_.decoded);
    KVFOOT_ASSIGN(const auto policy, policy_for_run(policy_text, backend_.shape(), run, kType, 0));
    const std::vector<std::int32_t> prompt_tokens = tokens(prompt);
    SessionRequest request;
    request.prompt = prompt_tokens;
    request.run = run;
    request.policy = policy.get();
    request.kv_dtype = kType;
    KVFOOT_ASSIGN(const SessionResult result, run_session(backend_, request));
    Times times;
    const auto prefill = static_cast<std::ptrdiff_t>(run.prefill_passes());
    times.prefill =
        1e-9 * static_cast<double>(std::accumulate(
                   result.wall_ns.begin(), result.wall_ns.begin() + prefill, std::int64_t{0}));
    std::vector<double> passes;
    for (auto i = static_cast<std::size_t>(prefill); i < result.wall_ns.size(); ++i) {
      passes.push_back(1e-9 * static_cast<double>(result.wall_ns[i] + result.sample_ns[i]));
    }
    passes.erase(passes.begin(), passes.begin() + static_cast<std::ptrdiff_t>(passes.size() / 4));
    passes.pop_back();  // takes no logits
    times.decode = median(std::move(passes));
    times.kv_bytes = result.memory.back().bytes;
    return times;
  }

  Status full_attention(std::int64_t context) {
    const Result<Times> measured = measure(context, "full");
    if (!measured) {
      rows_.add("context " + format_count(context), measured.error().what, "", 0);
      return {};  // too long for this card, say: the rest may run
    }
    const ModelShape& shape = backend_.shape();
    // An embedding is one row of its table.
    const std::int64_t table = config_.tie_word_embeddings
                                   ? 0
                                   : config_.vocab_size * config_.hidden_size * scalar_bytes(kType);
    const double bytes = static_cast<double>(backend_.counters().held[MemoryClass::kWeights] -
                                             table + measured->kv_bytes);
    const double bound = bytes / limits_.bytes_per_s;
    rows_.add("decode at " + format_count(context) + " tokens of context",
              format_fixed(1 / measured->decode, 1) + " tokens/s",
              format_fixed(1 / bound, 1) + " tokens/s", bound / measured->decode);
    if (context < options_.chunk) {
      return {};
    }
    const auto n = static_cast<double>(context);
    const double matrices = static_cast<double>(config_.parameter_count()) -
                            static_cast<double>(config_.vocab_size * config_.hidden_size) *
                                (config_.tie_word_embeddings ? 1 : 2);
    const double flop =
        2 * matrices * n + 4.0 * shape.layers * shape.q_heads * shape.head_dim * (n * (n + 1) / 2);
    const double least = flop / limits_.flop_per_s;
    rows_.add("prefill of " + format_count(context) + " tokens, chunks of " +
                  format_count(options_.chunk),
              format_seconds(measured->prefill), format_seconds(least), least / measured->prefill);
    return {};
  }

  Status eviction() {
    // Long enough to matter, and not the longest, which takes its time.
    const std::int64_t context =
        options_.contexts[options_.contexts.size() > 1 ? options_.contexts.size() - 2 : 0];
    for (const char* policy : {"full", "snapkv:sparsity=0.9", "streaming:sinks=4,window=1020"}) {
      const Result<Times> measured = measure(context, policy);
      const std::string what = std::string("decode after ") + format_count(context) + ", " + policy;
      if (!measured) {
        rows_.add(what, measured.error().what, "", 0);
        continue;
      }
      rows_.add(what, format_fixed(1 / measured->decode, 1) + " tokens/s",
                "KV " + format_bytes(measured->kv_bytes), 0);
    }
    return {};
  }

  Status recording() {
    const std::int64_t prompt = options_.record_prompt;
    KVFOOT_ASSIGN(const Times plain, measure(prompt, "full"));
    const RunLengths run = lengths(prompt, options_.decoded);
    KVFOOT_ASSIGN(const auto policy, policy_for_run("full", backend_.shape(), run, kType, 0));
    const std::vector<std::int32_t> prompt_tokens = tokens(prompt);
    const std::filesystem::path file =
        std::filesystem::path(options_.folder) / "kvfoot-bench-cuda.h5";
    RecordRequest request;
    request.path = file.string();
    request.policy_spec = "full";
    request.program_version = "bench_cuda_model";
    request.fidelity = TraceFidelity::kBlocks;
    request.session.prompt = prompt_tokens;
    request.session.run = run;
    request.session.policy = policy.get();
    request.session.kv_dtype = kType;
    KVFOOT_ASSIGN(const RecordOutcome outcome, record_run(backend_, request));
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
    const double whole = plain.prefill + plain.decode * static_cast<double>(options_.decoded);
    const double recorded = outcome.session.prefill_s + outcome.session.decode_s;
    rows_.add("recording " + format_count(prompt) + " + " + format_count(options_.decoded) +
                  " tokens in blocks",
              format_seconds(recorded), "unrecorded " + format_seconds(whole), 0);
    return {};
  }

  static constexpr DType kType = DType::kBF16;
  Backend& backend_;
  const LlamaConfig& config_;
  const Options& options_;
  const Limits& limits_;
  Rows& rows_;
};

}  // namespace

Status measure_model(std::unique_ptr<cuda::Device> device, const Options& options,
                     const Limits& limits, Rows& rows) {
  ModelShape shape{kSmallShape, 2, 4, 2, 32, 64, 96, 97, false};
  if (options.shape != kSmallShape) {
    KVFOOT_ASSIGN(shape, builtin_shape(options.shape));
  }
  LlamaConfig config = config_of_shape(shape);
  RandomModelOptions random;
  random.type = DType::kBF16;
  config.weight_type = random.type;
  KVFOOT_ASSIGN(const LlamaWeights weights, promise_random_llama(config, random));
  KVFOOT_ASSIGN(const std::unique_ptr<Backend> backend,
                cuda::make_device_backend(std::move(device), weights, options.shape));
  return ModelBench(*backend, config, options, limits, rows).run();
}

}  // namespace kvfoot::bench
