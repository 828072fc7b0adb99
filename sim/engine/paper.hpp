// `paper` accounting: the closed forms of the published footprint script, with its quirks.
#pragma once

#include <cstdint>

#include "sim/core/result.hpp"
#include "sim/core/schedule.hpp"
#include "sim/policy/policy.hpp"

namespace kvfoot {

// Entries that the script adds to what a chunk keeps, whatever the voting window of the run was: a
// default argument that none of its callers changes.
constexpr std::int64_t kPaperForcedWindow = 64;

struct PaperNumbers {
  double footprint = 0;
  double peak_ratio = 0;
};

// Source: arXiv 2506.17121, §2.1 and App. A; eval/viz/kv_footprint.py of its code.
//
// n prompt rows in chunks of c, then m decode rows; run.last_prompt_token is ignored, because the
// script knows only the first flow. A streaming head holds min(a, sinks + window) entries when a
// pass starts at row a. Any other head keeps min(round((1 - sparsity) x) + forced_window, x) of a
// chunk of x rows (round half to even) and everything while decoding. Heads are mixed by the share
// itself, not by whole heads, and the peak is mixed phase by phase (each chunk, then the end of
// decoding) before the largest is taken.
//
// Errors: lengths that validate() refuses; a form with shares outside [0, 1] or negative lengths.
[[nodiscard]] Result<PaperNumbers> paper_numbers(const PaperForm& form, const RunLengths& run,
                                                 std::int64_t forced_window = kPaperForcedWindow);

}  // namespace kvfoot
