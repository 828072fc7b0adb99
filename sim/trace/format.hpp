// What a trace says about itself: the plain data that writer and reader share
// (docs/trace-format.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/attention.hpp"
#include "sim/core/records.hpp"
#include "sim/core/result.hpp"
#include "sim/core/schedule.hpp"
#include "sim/core/shape.hpp"

namespace kvfoot {

constexpr std::int32_t kTraceVersion = 1;  // a reader refuses newer files

// kRows keeps every softmax row. kBlocks keeps sums over blocks of rows, large entries apart, and
// the votes of the last rows before every candidate chunk end.
enum class TraceFidelity : std::uint8_t { kRows, kBlocks };

[[nodiscard]] std::string_view to_string(TraceFidelity fidelity);  // "rows", "blocks"
[[nodiscard]] Result<TraceFidelity> parse_fidelity(std::string_view text);

// A named stretch of the prompt: where the needle, the question, a document lies. [begin, end).
struct TraceSegment {
  std::string name;
  std::int64_t begin_token = 0;
  std::int64_t end_token = 0;
  friend bool operator==(const TraceSegment&, const TraceSegment&) = default;
};

struct TraceHeader {
  ModelShape shape;
  std::string checkpoint_hash;  // of the weights, as the recorder computes it; may be empty
  std::string program_version;
  RunLengths run;  // output: the length that was reached, known when the recording ends
  std::string policy = "full";  // canonical spec of the policy that ran while recording
  std::int64_t patch_window = 0;
  Storage storage = Storage::kKvHeads;
  DType kv_dtype = DType::kF32;
  std::int64_t block = 16;  // entries per page of the allocator whose counters are in /measured
  std::uint64_t seed = 0;
  TraceFidelity fidelity = TraceFidelity::kRows;
  std::string device;  // backend that recorded: "cpu", "cuda"
  std::vector<TraceSegment> segments;

  [[nodiscard]] std::int32_t storage_heads() const {
    return storage == Storage::kKvHeads ? shape.kv_heads : shape.q_heads;
  }
  friend bool operator==(const TraceHeader&, const TraceHeader&) = default;
};

// How `blocks` traces spend their bytes; every field is stored in the file.
struct TraceCoding {
  std::int32_t row_block = 64;       // rows summed together, 16 .. 64
  std::int32_t key_block = 64;       // keys that share one remainder; 64 or 128 (key_block_for)
  std::int32_t entries_block = 96;   // most large entries kept per block of rows
  std::int32_t entries_row = 256;    // ... per decode row
  std::int32_t entries_last = 1024;  // ... per last row before a candidate chunk end
  std::vector<std::int32_t> vote_windows = {16, 32, 64};  // ascending
  std::vector<std::int64_t> side_votes;  // chunk sizes besides the recording's own and the prompt
  std::int32_t side_window = 0;          // rows of the side passes, 0: there are none
  friend bool operator==(const TraceCoding&, const TraceCoding&) = default;
};

// One pass of the recording. `side` passes are not part of the run: they have no rows of their own
// (begin == end), only patch rows that vote for a chunk that ends there.
struct TracePass {
  Pass pass;
  bool side = false;
  friend bool operator==(const TracePass&, const TracePass&) = default;
};

// A row block of a `blocks` trace: rows [first_row, first_row + rows) of one pass.
struct TraceRowBlock {
  std::int32_t first_row = 0;
  std::int32_t rows = 0;
};

// A vote of a `blocks` trace: the softmax of the last rows of the pass [begin, end), restricted to
// the keys of that pass. When nothing is evicted the recording may have run other passes than the
// ones that votes stand for.
struct TraceVote {
  std::int32_t pass = 0;   // index into passes(): where its last row is
  std::int64_t begin = 0;  // rows of the pass, and positions of its keys
  std::int64_t end = 0;
  std::int64_t keys = 0;    // end - begin, and the patch rows after them
  std::int64_t voters = 0;  // rows that can vote: keys, or the patch rows of a side pass
  bool side = false;        // the voters are the patch rows of a side pass
  // Numbers of last rows whose sum is known, ascending. Stored per segment: the last windows[0]
  // rows, the rows before them up to the last windows[1], and so on.
  std::vector<std::int32_t> windows;
  friend bool operator==(const TraceVote&, const TraceVote&) = default;
};

// The key_block that suits a prompt of so many tokens. The means of a block of rows take one byte
// per key block of the keys before it, prompt / 2 of them on average, whatever they hold; 128 keys
// share a mean when with 64 those bytes would outweigh the entries_block entries of 4 bytes: beyond
// 49152 tokens.
[[nodiscard]] std::int32_t key_block_for(std::int64_t prompt);

// Bytes of an HDF5 chunk: larger in large files, which keeps a reader's memory maps few.
[[nodiscard]] std::int64_t trace_chunk_bytes(std::int64_t expected_bytes);

// Bytes and what they are for, predicted before recording starts.
struct TraceEstimate {
  std::int64_t total = 0;      // of the file, an upper bound
  std::int64_t attention = 0;  // rows or blocks
  std::int64_t votes = 0;
  std::int64_t key_norms = 0;
  std::int64_t log = 0;  // answers to the policy at full residency, and the decision log
};

[[nodiscard]] TraceEstimate estimate_trace(const TraceHeader& header, const TraceCoding& coding,
                                           const AttentionNeeds& needs);

}  // namespace kvfoot
