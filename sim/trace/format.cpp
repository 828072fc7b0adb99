// Names of fidelities and the size of a trace before it is recorded.
#include "sim/trace/format.hpp"

#include <algorithm>

#include "sim/trace/block_code.hpp"
#include "sim/trace/plan.hpp"

namespace kvfoot {

std::string_view to_string(TraceFidelity fidelity) {
  return fidelity == TraceFidelity::kRows ? "rows" : "blocks";
}

Result<TraceFidelity> parse_fidelity(std::string_view text) {
  if (text == "rows") {
    return TraceFidelity::kRows;
  }
  if (text == "blocks") {
    return TraceFidelity::kBlocks;
  }
  return Error{"fidelity", "'" + std::string(text) + "' is unknown", "known: rows, blocks"};
}

namespace {

// Answers that a policy receives at full residency: fp32 values per stream.
std::int64_t answer_values(const RunLengths& run, const AttentionNeeds& needs) {
  const std::int64_t kinds = (needs.window > 0 ? 1 : 0) + (needs.accumulated ? 1 : 0) +
                             (needs.last_row ? 1 : 0) + (needs.key_norms ? 1 : 0);
  std::int64_t values = 0;
  for (std::int64_t i = 0; i < run.passes(); ++i) {
    const Pass pass = pass_at(run, i, 0);
    const bool asked = pass.phase == Phase::kPrefill ? needs.in_prefill : needs.in_decode;
    values += asked ? kinds * pass.end : 0;
  }
  return values;
}

}  // namespace

TraceEstimate estimate_trace(const TraceHeader& header, const TraceCoding& coding,
                             const AttentionNeeds& needs) {
  TraceEstimate estimate;
  const RunLengths& run = header.run;
  const std::int64_t q_streams = std::int64_t{header.shape.layers} * header.shape.q_heads;
  const std::int64_t streams = std::int64_t{header.shape.layers} * header.storage_heads();
  const std::vector<std::int64_t> cuts = block_cuts(header, coding);
  std::int64_t forward_rows = 0;
  for (std::int64_t i = 0; i < run.passes(); ++i) {
    TracePass pass{pass_at(run, i, header.patch_window), false};
    std::vector<TracePass> passes = {pass};
    const bool side = pass.pass.phase == Phase::kPrefill && !pass.pass.last_prefill &&
                      std::any_of(coding.side_votes.begin(), coding.side_votes.end(),
                                  [&](std::int64_t size) { return pass.pass.end % size == 0; });
    if (side && coding.side_window > 0) {
      TracePass extra = pass;
      extra.side = true;
      extra.pass.begin = extra.pass.end;
      extra.pass.patch_rows = coding.side_window;
      passes.push_back(extra);
    }
    for (const TracePass& p : passes) {
      const std::int64_t rows = p.pass.forward_rows();
      forward_rows += rows;
      if (header.fidelity == TraceFidelity::kRows) {
        const std::int64_t codes = p.pass.begin * rows + triangle(rows);
        estimate.attention += q_streams * (2 * codes + 4 * rows + 12);
        continue;
      }
      for (const TraceRowBlock& block : row_blocks_of(header, coding, cuts, p)) {
        const std::int64_t keys = p.pass.begin + block.first_row + block.rows;
        estimate.attention += q_streams * (8 + largest_block(keys, limits_of(coding, p, block)));
      }
      for (const TraceVote& vote : votes_of(header, coding, p, 0)) {
        const auto segments = static_cast<std::int64_t>(vote.windows.size());
        estimate.votes += q_streams * (8 + 2 * segments * vote.keys);
      }
    }
  }
  estimate.key_norms = 4 * streams * forward_rows;
  constexpr std::int64_t kAnswerBytes = 41;
  estimate.log = 4 * streams * answer_values(run, needs);
  if (estimate.log > 0) {
    estimate.log += run.passes() * streams * kAnswerBytes;
  }
  // Rows, passes, measurements and text: some 40 bytes per row; HDF5's own structures and the last
  // chunk of every column, which may be nearly empty.
  constexpr std::int64_t kFixed = 64 * 1024;
  estimate.total = estimate.attention + estimate.votes + estimate.key_norms + estimate.log +
                   40 * forward_rows + 60 * run.passes() + kFixed;
  estimate.total += estimate.total / 500 + (estimate.total > (1 << 20) ? 8 << 20 : 0);
  return estimate;
}

}  // namespace kvfoot
