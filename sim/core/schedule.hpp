// Rows, passes and chunks of one run (docs/architecture.md, "Words").
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/core/result.hpp"

namespace kvfoot {

// Position of a token in the sequence, 0-based, never reused by another token of the run. Patch
// rows borrow the positions right after their chunk for the length of one pass.
using TokenPos = std::int32_t;

enum class Phase : std::uint8_t { kPrefill, kDecode };

// kPrefill: all n prompt tokens are prefilled, n + m rows. kDecode: the flow of the published
// evaluation code, n - 1 tokens are prefilled and the last prompt token is the first decode row;
// rows stay n + m.
enum class LastPromptToken : std::uint8_t { kPrefill, kDecode };

constexpr std::int64_t kWholePrompt = 0;  // chunk size: one pass over the prompt

struct RunLengths {
  std::int64_t prompt = 0;            // n, at least 1
  std::int64_t output = 0;            // m, may be 0
  std::int64_t chunk = kWholePrompt;  // c
  LastPromptToken last_prompt_token = LastPromptToken::kPrefill;

  [[nodiscard]] std::int64_t rows() const { return prompt + output; }
  [[nodiscard]] std::int64_t prefill_rows() const {
    return last_prompt_token == LastPromptToken::kPrefill ? prompt : prompt - 1;
  }
  [[nodiscard]] std::int64_t decode_rows() const { return rows() - prefill_rows(); }
  // Chunk length in rows; the whole prefill when chunk is kWholePrompt or longer than it.
  [[nodiscard]] std::int64_t chunk_rows() const {
    return chunk == kWholePrompt || chunk > prefill_rows() ? prefill_rows() : chunk;
  }
  [[nodiscard]] std::int64_t prefill_passes() const {
    return prefill_rows() == 0 ? 0 : (prefill_rows() + chunk_rows() - 1) / chunk_rows();
  }
  [[nodiscard]] std::int64_t passes() const { return prefill_passes() + decode_rows(); }
  // The pass that computes a row, 0 <= row < rows().
  [[nodiscard]] std::int64_t pass_of(std::int64_t row) const {
    return row < prefill_rows() ? row / chunk_rows() : prefill_passes() + row - prefill_rows();
  }
  friend bool operator==(const RunLengths&, const RunLengths&) = default;
};

// n >= 1, m >= 0, chunk >= 0, n + m < 2^31.
[[nodiscard]] Status validate(const RunLengths& run);

// One forward pass over the rows [begin, end), whose token positions are the same numbers. A
// prefill pass of a patched policy carries `patch_rows` more rows, at positions end, end + 1, ...
// (the last tokens of the prompt, repeated); their entries are dropped in the same pass.
struct Pass {
  std::int32_t index = 0;
  Phase phase = Phase::kPrefill;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t patch_rows = 0;
  bool last_prefill = false;

  [[nodiscard]] std::int64_t rows() const { return end - begin; }
  [[nodiscard]] std::int64_t forward_rows() const { return rows() + patch_rows; }
  friend bool operator==(const Pass&, const Pass&) = default;
};

// The pass with index i of the run, 0 <= i < run.passes(). `patch_window` is the policy's voting
// window if it patches its chunks, else 0; every prefill pass but the last gets
// min(patch_window, prefill_rows) patch rows.
[[nodiscard]] Pass pass_at(const RunLengths& run, std::int64_t i, std::int64_t patch_window);

// x (x + 1) / 2: row-entry pairs of a causal pass over x rows.
[[nodiscard]] constexpr std::int64_t triangle(std::int64_t x) { return x * (x + 1) / 2; }

// "all" is kWholePrompt; otherwise a positive integer.
[[nodiscard]] Result<std::int64_t> parse_chunk(std::string_view text);

}  // namespace kvfoot
