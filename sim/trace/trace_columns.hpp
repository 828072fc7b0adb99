// The columns of a trace file (docs/trace-format.md) and their numbers in the writer.
#pragma once

#include "sim/core/result.hpp"
#include "sim/io/hdf5.hpp"
#include "sim/trace/format.hpp"

namespace kvfoot {

// Numbers to append to; those of the other fidelity stay -1.
struct TraceColumns {
  int pass_index = -1, pass_phase = -1, pass_begin = -1, pass_end = -1, pass_patch = -1,
      pass_last = -1, pass_side = -1;
  int row_pass = -1, row_index = -1, row_token = -1, row_position = -1, row_patch = -1;
  int norms = -1;
  int past = -1;
  int row_offset = -1, row_codes = -1, row_lse = -1;
  int block_pass = -1, block_first = -1, block_rows = -1, block_offset = -1, block_data = -1;
  int vote_pass = -1, vote_begin = -1, vote_end = -1, vote_keys = -1, vote_voters = -1,
      vote_side = -1, vote_windows = -1, vote_windows_end = -1, vote_offset = -1, vote_codes = -1;
  int answer_pass = -1, answer_layer = -1, answer_head = -1, answer_kind = -1, answer_scope = -1,
      answer_pool = -1, answer_window = -1, answer_kernel = -1, answer_end = -1, answer_values = -1;
  int decision_pass = -1, decision_layer = -1, decision_head = -1, decision_kept = -1,
      decision_end = -1, decision_ranges = -1;
  int measured_pass = -1, measured_wall = -1, measured_entries = -1, measured_pages = -1,
      measured_bytes = -1, measured_peak = -1;
  int segment_begin = -1, segment_end = -1, segment_name_end = -1, segment_name = -1;
  int text_end = -1, text = -1;
};

// Adds every group and column that a trace of this fidelity has.
[[nodiscard]] Result<TraceColumns> add_trace_columns(Hdf5Writer& file, TraceFidelity fidelity);

}  // namespace kvfoot
