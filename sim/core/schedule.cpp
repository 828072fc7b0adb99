// Passes of a run.
#include "sim/core/schedule.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "sim/core/text.hpp"

namespace kvfoot {

Status validate(const RunLengths& run) {
  if (run.prompt < 1) {
    return Error{"prompt", "length is " + std::to_string(run.prompt), "give at least one token"};
  }
  if (run.output < 0) {
    return Error{"output", "length is " + std::to_string(run.output), "give 0 or more tokens"};
  }
  if (run.chunk < 0) {
    return Error{"chunk", "size is " + std::to_string(run.chunk),
                 "give a positive number of tokens, or 'all' for one pass"};
  }
  constexpr std::int64_t kMaxRows = std::numeric_limits<TokenPos>::max();
  if (run.prompt > kMaxRows || run.output > kMaxRows - run.prompt) {
    return Error{"prompt and output", "more than 2^31 - 1 tokens together"};
  }
  return {};
}

Pass pass_at(const RunLengths& run, std::int64_t i, std::int64_t patch_window) {
  const std::int64_t prefill_rows = run.prefill_rows();
  const std::int64_t prefill_passes = run.prefill_passes();
  Pass pass;
  pass.index = static_cast<std::int32_t>(i);
  if (i < prefill_passes) {
    pass.phase = Phase::kPrefill;
    pass.begin = i * run.chunk_rows();
    pass.end = std::min(prefill_rows, pass.begin + run.chunk_rows());
    pass.last_prefill = i + 1 == prefill_passes;
    pass.patch_rows = pass.last_prefill ? 0 : std::min(patch_window, prefill_rows);
  } else {
    pass.phase = Phase::kDecode;
    pass.begin = prefill_rows + (i - prefill_passes);
    pass.end = pass.begin + 1;
  }
  return pass;
}

Result<std::int64_t> parse_chunk(std::string_view text) {
  if (text == "all") {
    return kWholePrompt;
  }
  const auto value = parse_tokens(text);
  if (!value || *value < 1) {
    return Error{"chunk", "'" + std::string(text) + "' is not a chunk size",
                 "give a positive number of tokens such as 32768 or 32K, or 'all' for one pass "
                 "over the prompt"};
  }
  return *value;
}

}  // namespace kvfoot
