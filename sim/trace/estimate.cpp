// The size of a trace before it is recorded.
#include <algorithm>

#include "sim/io/hdf5.hpp"
#include "sim/trace/block_code.hpp"
#include "sim/trace/format.hpp"
#include "sim/trace/plan.hpp"

namespace kvfoot {
namespace {

// Answers that a policy receives, at full residency.
struct AnswerCount {
  std::int64_t records = 0;  // per stream
  std::int64_t values = 0;   // fp32, per stream
};

AnswerCount answers_of(const RunLengths& run, const AttentionNeeds& needs) {
  const std::int64_t kinds = (needs.window > 0 ? 1 : 0) + (needs.accumulated ? 1 : 0) +
                             (needs.last_row ? 1 : 0) + (needs.key_norms ? 1 : 0);
  AnswerCount count;
  for (std::int64_t i = 0; i < run.passes(); ++i) {
    const Pass pass = pass_at(run, i, 0);
    if (pass.phase == Phase::kPrefill ? needs.in_prefill : needs.in_decode) {
      count.records += kinds;
      count.values += kinds * pass.end;
    }
  }
  return count;
}

// A pass of the run and the side pass after it, if it has one.
std::vector<TracePass> recorded_passes(const TraceHeader& header, const TraceCoding& coding,
                                       std::int64_t i) {
  const TracePass pass{pass_at(header.run, i, header.patch_window), false};
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
  return passes;
}

// Bytes of the columns that may be long.
struct LongColumns {
  std::int64_t codes = 0;    // of rows, or of blocks
  std::int64_t beside = 0;   // log-sum-exps of rows, or offsets of blocks
  std::int64_t votes = 0;    // codes
  std::int64_t offsets = 0;  // of votes
  std::int64_t rows = 0;     // forward rows
};

LongColumns attention_columns(const TraceHeader& header, const TraceCoding& coding) {
  const std::int64_t q_streams = std::int64_t{header.shape.layers} * header.shape.q_heads;
  const std::vector<std::int64_t> cuts = block_cuts(header, coding);
  LongColumns columns;
  for (std::int64_t i = 0; i < header.run.passes(); ++i) {
    for (const TracePass& p : recorded_passes(header, coding, i)) {
      const std::int64_t rows = p.pass.forward_rows();
      columns.rows += rows;
      if (header.fidelity == TraceFidelity::kRows) {
        columns.codes += q_streams * 2 * (p.pass.begin * rows + triangle(rows));
        columns.beside += q_streams * 4 * rows;
        continue;
      }
      for (const TraceRowBlock& block : row_blocks_of(header, coding, cuts, p)) {
        const std::int64_t keys = p.pass.begin + block.first_row + block.rows;
        columns.codes += q_streams * largest_block(keys, limits_of(coding, p, block));
        columns.beside += q_streams * 8;
      }
      for (const TraceVote& vote : votes_of(header, coding, p, 0)) {
        const auto segments = static_cast<std::int64_t>(vote.windows.size());
        columns.votes += q_streams * 2 * segments * vote.keys;
        columns.offsets += q_streams * 8;
      }
    }
  }
  return columns;
}

}  // namespace

std::int32_t key_block_for(std::int64_t prompt) {
  const TraceCoding coding;
  constexpr std::int64_t kEntryBytes = 4;
  return prompt > 2 * 64 * kEntryBytes * coding.entries_block ? 128 : 64;
}

std::int64_t trace_chunk_bytes(std::int64_t expected_bytes) {
  constexpr std::int64_t kLarge = std::int64_t{1} << 30;
  return expected_bytes > kLarge ? 4 * kHdf5Chunk : kHdf5Chunk;
}

TraceEstimate estimate_trace(const TraceHeader& header, const TraceCoding& coding,
                             const AttentionNeeds& needs) {
  const RunLengths& run = header.run;
  const std::int64_t q_streams = std::int64_t{header.shape.layers} * header.shape.q_heads;
  const std::int64_t streams = std::int64_t{header.shape.layers} * header.storage_heads();
  const LongColumns attention = attention_columns(header, coding);
  const std::int64_t pasts = 4 * q_streams * run.passes();
  const std::int64_t norms = 4 * streams * attention.rows;
  const AnswerCount answers = answers_of(run, needs);
  const std::int64_t values = 4 * streams * answers.values;
  // Every position is evicted at most once per stream, as a range of its own at worst.
  const bool evicts = !keeps_everything(header);
  const std::int64_t evicted = evicts ? 8 * streams * run.rows() : 0;
  const std::int64_t decisions = evicts ? streams * run.passes() : 0;

  TraceEstimate estimate;
  estimate.attention = attention.codes + attention.beside + pasts;
  estimate.votes = attention.votes + attention.offsets;
  estimate.key_norms = norms;
  constexpr std::int64_t kAnswerBytes = 31;
  constexpr std::int64_t kDecisionBytes = 28;
  estimate.log =
      values + kAnswerBytes * streams * answers.records + evicted + kDecisionBytes * decisions;

  // Every column that grows with the run: the long ones, what goes with answers and decisions,
  // rows, and the text of their tokens (16 bytes each are plenty).
  const std::int64_t answered = streams * answers.records;
  const std::int64_t true_rows = run.rows();
  const std::vector<std::int64_t> columns = {
      // attention, norms, and the values of the log
      attention.codes, attention.beside, attention.votes, attention.offsets, pasts, norms, values,
      evicted,
      // answers: end, five numbers, three bytes
      8 * answered, 4 * answered, 4 * answered, 4 * answered, 4 * answered, 4 * answered, answered,
      answered, answered,
      // decisions: kept, end, pass, layer, head
      8 * decisions, 8 * decisions, 4 * decisions, 4 * decisions, 4 * decisions,
      // rows and tokens
      4 * attention.rows, 4 * attention.rows, 4 * attention.rows, 4 * attention.rows,
      attention.rows, 8 * true_rows, 16 * true_rows,
      // passes and measurements
      80 * run.passes()};
  const auto size = [&](std::int64_t chunk) {
    // HDF5's own structures and the seal; at most a page is lost before each chunk.
    std::int64_t bytes = 64 * 1024;
    for (const std::int64_t column : columns) {
      // The last chunk of a column that is longer than one may be nearly empty.
      bytes += column < chunk ? column : (column + chunk - 1) / chunk * chunk;
    }
    return bytes + bytes / chunk * 4096;
  };
  estimate.total = size(kHdf5Chunk);
  estimate.total = size(trace_chunk_bytes(estimate.total));
  return estimate;
}

}  // namespace kvfoot
