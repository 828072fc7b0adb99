// The prefill/decode loop.
#include "executor/run/session.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

#include "sim/cache/driver.hpp"

namespace kvfoot {
namespace {

using Clock = std::chrono::steady_clock;

std::int64_t elapsed_ns(Clock::time_point since) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - since).count();
}

class Loop {
 public:
  Loop(Backend& backend, const SessionRequest& request)
      : backend_(backend),
        request_(request),
        run_(request.run),
        driver_(*request.policy, backend.shape(), request.run, request.observer) {}

  Result<SessionResult> go() {
    if (request_.policy->needs().future) {
      return Error{"policy", "it decides by attention that has not happened yet",
                   "only replays of a trace that kept everything can run it: record with full"};
    }
    backend_.observe(request_.observer == nullptr ? nullptr : request_.observer->attention());
    Result<SessionResult> result = passes();
    backend_.observe(nullptr);
    return result;
  }

 private:
  Result<SessionResult> passes() {
    for (std::int64_t i = 0; i < run_.passes(); ++i) {
      const Pass pass = pass_at(run_, i, request_.policy->patch_window());
      const bool last_output_row = pass.end == run_.rows() && run_.output > 0;
      if (last_output_row && !request_.run_last_token) {
        break;
      }
      KVFOOT_TRY(go_on(pass));
      KVFOOT_TRY(forward(pass));
      if (pass.end >= run_.prompt && pass.end < run_.rows()) {
        const auto begin = Clock::now();
        KVFOOT_TRY(next_token(pass));
        result_.sample_ns.back() = elapsed_ns(begin);
      }
      note_memory();
      if (request_.on_progress) {
        request_.on_progress(pass.end, run_.rows());
      }
      KVFOOT_TRY(side_votes(pass));
    }
    result_.run = run_;
    return std::move(result_);
  }

  [[nodiscard]] Status go_on(const Pass& pass) const {
    if (request_.cancel != nullptr && request_.cancel->load(std::memory_order_relaxed)) {
      return Error{"run",
                   "interrupted after " + std::to_string(pass.begin) + " of " +
                       std::to_string(run_.rows()) + " rows",
                   "", ErrorKind::kInterrupted};
    }
    return {};
  }

  // Runs one pass through every layer and lets the driver decide after each layer's attention.
  Status forward(const Pass& pass) {
    load_tokens(pass);
    const auto begin = Clock::now();
    backend_.reset_peak();
    driver_.begin_pass(pass);
    KVFOOT_TRY(layers(pass, false));
    driver_.end_pass();
    KVFOOT_ASSIGN(const std::optional<std::int64_t> computed, backend_.end_pass());
    const std::int64_t wall = computed.value_or(elapsed_ns(begin));
    const MemoryCounters counters = backend_.counters();
    const PassMemory memory{.pass = pass.index,
                            .resident_entries = driver_.residency().total(),
                            .pages = counters.kv_pages,
                            .bytes = counters.kv_bytes,
                            .peak_bytes = counters.kv_peak_bytes};
    result_.memory.push_back(memory);
    result_.wall_ns.push_back(wall);
    result_.sample_ns.push_back(0);
    result_.patch_rows += pass.patch_rows;
    result_.peak_kv_bytes = std::max(result_.peak_kv_bytes, memory.peak_bytes);
    (pass.phase == Phase::kPrefill ? result_.prefill_s : result_.decode_s) +=
        static_cast<double>(wall) * 1e-9;
    if (request_.observer != nullptr) {
      KVFOOT_TRY(request_.observer->end_pass(memory, wall));
    }
    return {};
  }

  // After the logits, which belong to the pass.
  void note_memory() {
    const MemoryCounters counters = backend_.counters();
    result_.class_peak.raise_to(counters.peak);
    if (counters.at_peak.total() > result_.at_peak.total()) {
      result_.at_peak = counters.at_peak;
    }
  }

  Status layers(const Pass& pass, bool side) {
    if (request_.observer != nullptr) {
      KVFOOT_TRY(request_.observer->begin_pass(pass, side, tokens_, positions_));
    }
    KVFOOT_TRY(backend_.begin_pass(tokens_, positions_, pass.patch_rows));
    for (std::int32_t layer = 0; layer < backend_.shape().layers; ++layer) {
      if (layer > 0) {  // one pass over a long prompt takes its time
        KVFOOT_TRY(go_on(pass));
      }
      driver_.append(layer);
      KVFOOT_TRY(backend_.attend(layer));
      if (request_.observer != nullptr) {
        KVFOOT_TRY(request_.observer->end_attention(layer, backend_));
      }
      KVFOOT_ASSIGN(const std::span<const HeadKeep> kept,
                    driver_.decide(layer, &backend_.attention()));
      for (std::int32_t head = 0; head < driver_.heads(); ++head) {
        const HeadKeep& keep = kept[static_cast<std::size_t>(head)];
        if (!keep.all) {
          backend_.retain(layer, head, keep.index);
        }
      }
      KVFOOT_TRY(backend_.feed_forward(layer));
    }
    return {};
  }

  // True rows first, then the patch rows: the last tokens of the prefilled prompt, at the positions
  // right after the chunk.
  void load_tokens(const Pass& pass) {
    tokens_.clear();
    positions_.clear();
    for (std::int64_t row = pass.begin; row < pass.end; ++row) {
      tokens_.push_back(token_at(row));
      positions_.push_back(static_cast<TokenPos>(row));
    }
    for (std::int64_t i = 0; i < pass.patch_rows; ++i) {
      tokens_.push_back(token_at(run_.prefill_rows() - pass.patch_rows + i));
      positions_.push_back(static_cast<TokenPos>(pass.end + i));
    }
  }

  [[nodiscard]] std::int32_t token_at(std::int64_t position) const {
    return position < run_.prompt
               ? request_.prompt[static_cast<std::size_t>(position)]
               : result_.output[static_cast<std::size_t>(position - run_.prompt)];
  }

  Status next_token(const Pass& pass) {
    const std::size_t index = result_.output.size();
    std::int32_t token = 0;
    const bool forced = !request_.forced_output.empty();
    const std::int64_t row = pass.rows() - 1;
    if (request_.on_logits) {
      KVFOOT_ASSIGN(const std::span<const float> logits, backend_.logits(row));
      request_.on_logits(index, logits);
      token = forced ? 0 : sample_token(logits, request_.sampling, index);
    } else if (!forced) {
      KVFOOT_ASSIGN(token, backend_.sample(row, request_.sampling, index));
    }
    if (forced) {
      token = request_.forced_output[index];
    }
    result_.output.push_back(token);
    if (request_.on_token) {
      request_.on_token(token);
    }
    if (!forced && std::ranges::find(request_.stop_tokens, token) != request_.stop_tokens.end()) {
      result_.stopped_early = static_cast<std::int64_t>(index) + 1 < run_.output;
      run_.output = static_cast<std::int64_t>(index) + 1;
    }
    return {};
  }

  Status side_votes(const Pass& pass) {
    if (pass.phase != Phase::kPrefill || pass.last_prefill ||
        std::ranges::none_of(request_.side_chunks,
                             [&](std::int64_t size) { return pass.end % size == 0; })) {
      return {};
    }
    Pass side = pass;
    side.begin = pass.end;
    side.patch_rows = std::min(request_.side_window, run_.prefill_rows());
    load_tokens(side);
    driver_.begin_pass(side);
    KVFOOT_TRY(layers(side, true));
    driver_.end_pass();
    KVFOOT_TRY(backend_.end_pass());
    return request_.observer == nullptr ? Status{} : request_.observer->end_pass({}, 0);
  }

  Backend& backend_;
  const SessionRequest& request_;
  RunLengths run_;
  PolicyDriver driver_;
  SessionResult result_;
  std::vector<std::int32_t> tokens_;
  std::vector<TokenPos> positions_;
};

Status check(const SessionRequest& request) {
  KVFOOT_CHECK(request.policy != nullptr);
  KVFOOT_TRY(validate(request.run));
  KVFOOT_TRY(validate_sampling(request.sampling));
  if (static_cast<std::int64_t>(request.prompt.size()) != request.run.prompt) {
    return Error{"run", "the prompt has " + std::to_string(request.prompt.size()) +
                            " tokens, the run says " + std::to_string(request.run.prompt)};
  }
  if (!request.forced_output.empty() &&
      static_cast<std::int64_t>(request.forced_output.size()) < request.run.output) {
    return Error{"run", "fewer forced tokens than the output length"};
  }
  for (const std::int64_t size : request.side_chunks) {
    if (request.run.chunk == kWholePrompt || size < 1 || size % request.run.chunk != 0) {
      return Error{"side votes",
                   "size " + std::to_string(size) + " is not a multiple of the chunk size",
                   "record with a chunk size that divides every size of the list"};
    }
  }
  return {};
}

}  // namespace

Result<SessionResult> run_session(Backend& backend, const SessionRequest& request) {
  KVFOOT_TRY(check(request));
  const std::int64_t side = request.side_chunks.empty() ? 0 : request.side_window;
  const std::int64_t repeated = std::max<std::int64_t>(request.policy->patch_window(), side);
  KVFOOT_TRY(backend.reset(CacheOptions{.storage = request.policy->storage(),
                                        .reindex = request.policy->reindexes(),
                                        .block = request.block,
                                        .dtype = request.kv_dtype,
                                        .needs = request.policy->needs(),
                                        .prefill_rows = request.run.prefill_rows(),
                                        .most_entries = request.run.rows() + repeated}));
  return Loop(backend, request).go();
}

}  // namespace kvfoot
