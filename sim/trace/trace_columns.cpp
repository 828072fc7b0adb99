// Groups and columns in the order in which they lie in the file.
#include "sim/trace/trace_columns.hpp"

#include <span>

namespace kvfoot {
namespace {

struct Column {
  int TraceColumns::* number;
  const char* path;
  Hdf5Type type;
};

using enum Hdf5Type;
constexpr Column kRun[] = {
    {&TraceColumns::pass_index, "/passes/index", kI32},
    {&TraceColumns::pass_phase, "/passes/phase", kU8},
    {&TraceColumns::pass_begin, "/passes/begin", kI64},
    {&TraceColumns::pass_end, "/passes/end", kI64},
    {&TraceColumns::pass_patch, "/passes/patch_rows", kI64},
    {&TraceColumns::pass_last, "/passes/last_prefill", kU8},
    {&TraceColumns::pass_side, "/passes/side", kU8},
    {&TraceColumns::row_pass, "/rows/pass", kI32},
    {&TraceColumns::row_index, "/rows/index", kI32},
    {&TraceColumns::row_token, "/rows/token", kI32},
    {&TraceColumns::row_position, "/rows/position", kI32},
    {&TraceColumns::row_patch, "/rows/patch", kU8},
    {&TraceColumns::norms, "/key_norms", kF32},
    {&TraceColumns::past, "/attention/past", kI32},
};

constexpr Column kRows[] = {
    {&TraceColumns::row_offset, "/attention/rows/offset", kI64},
    {&TraceColumns::row_codes, "/attention/rows/codes", kU16},
    {&TraceColumns::row_lse, "/attention/rows/log_sum_exp", kF32},
};

constexpr Column kBlocks[] = {
    {&TraceColumns::block_pass, "/attention/blocks/pass", kI32},
    {&TraceColumns::block_first, "/attention/blocks/first_row", kI32},
    {&TraceColumns::block_rows, "/attention/blocks/rows", kI32},
    {&TraceColumns::block_offset, "/attention/blocks/offset", kI64},
    {&TraceColumns::block_data, "/attention/blocks/data", kU8},
    {&TraceColumns::vote_pass, "/attention/votes/pass", kI32},
    {&TraceColumns::vote_begin, "/attention/votes/begin", kI64},
    {&TraceColumns::vote_end, "/attention/votes/end", kI64},
    {&TraceColumns::vote_keys, "/attention/votes/keys", kI64},
    {&TraceColumns::vote_voters, "/attention/votes/voters", kI64},
    {&TraceColumns::vote_side, "/attention/votes/side", kU8},
    {&TraceColumns::vote_windows, "/attention/votes/windows", kI32},
    {&TraceColumns::vote_windows_end, "/attention/votes/windows_end", kI64},
    {&TraceColumns::vote_offset, "/attention/votes/offset", kI64},
    {&TraceColumns::vote_codes, "/attention/votes/codes", kU16},
};

constexpr Column kLog[] = {
    {&TraceColumns::answer_pass, "/log/answers/pass", kI32},
    {&TraceColumns::answer_layer, "/log/answers/layer", kI32},
    {&TraceColumns::answer_head, "/log/answers/head", kI32},
    {&TraceColumns::answer_kind, "/log/answers/kind", kU8},
    {&TraceColumns::answer_scope, "/log/answers/scope", kU8},
    {&TraceColumns::answer_pool, "/log/answers/pool", kU8},
    {&TraceColumns::answer_window, "/log/answers/window", kI32},
    {&TraceColumns::answer_kernel, "/log/answers/kernel", kI32},
    {&TraceColumns::answer_end, "/log/answers/end", kI64},
    {&TraceColumns::answer_values, "/log/answers/values", kF32},
    {&TraceColumns::decision_pass, "/log/decisions/pass", kI32},
    {&TraceColumns::decision_layer, "/log/decisions/layer", kI32},
    {&TraceColumns::decision_head, "/log/decisions/head", kI32},
    {&TraceColumns::decision_kept, "/log/decisions/kept", kI64},
    {&TraceColumns::decision_end, "/log/decisions/end", kI64},
    {&TraceColumns::decision_ranges, "/log/decisions/evicted", kI32},
    {&TraceColumns::measured_pass, "/measured/pass", kI32},
    {&TraceColumns::measured_wall, "/measured/wall_ns", kI64},
    {&TraceColumns::measured_entries, "/measured/resident_entries", kI64},
    {&TraceColumns::measured_pages, "/measured/pages", kI64},
    {&TraceColumns::measured_bytes, "/measured/bytes", kI64},
    {&TraceColumns::measured_peak, "/measured/peak_bytes", kI64},
    {&TraceColumns::segment_begin, "/segments/begin", kI64},
    {&TraceColumns::segment_end, "/segments/end", kI64},
    {&TraceColumns::segment_name_end, "/segments/name_end", kI64},
    {&TraceColumns::segment_name, "/segments/name", kU8},
    {&TraceColumns::text_end, "/tokens/text_end", kI64},
    {&TraceColumns::text, "/tokens/text", kU8},
};

}  // namespace

Result<TraceColumns> add_trace_columns(Hdf5Writer& file, TraceFidelity fidelity) {
  for (const char* group : {"/passes", "/rows", "/attention", "/log", "/log/answers",
                            "/log/decisions", "/measured", "/segments", "/tokens"}) {
    KVFOOT_TRY(file.add_group(group));
  }
  const bool rows = fidelity == TraceFidelity::kRows;
  if (rows) {
    KVFOOT_TRY(file.add_group("/attention/rows"));
  } else {
    KVFOOT_TRY(file.add_group("/attention/blocks"));
    KVFOOT_TRY(file.add_group("/attention/votes"));
  }
  TraceColumns columns;
  const std::span<const Column> attention =
      rows ? std::span<const Column>(kRows) : std::span<const Column>(kBlocks);
  for (const std::span<const Column> part :
       {std::span<const Column>(kRun), attention, std::span<const Column>(kLog)}) {
    for (const Column& column : part) {
      KVFOOT_ASSIGN(columns.*column.number, file.add_column(column.path, column.type));
    }
  }
  return columns;
}

}  // namespace kvfoot
