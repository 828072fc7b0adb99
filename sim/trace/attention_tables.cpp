// The attention of a trace: key norms, rows or blocks, votes.
#include "sim/trace/table_columns.hpp"

namespace kvfoot {
namespace {

class AttentionTables {
 public:
  AttentionTables(TableColumns& columns, TraceTables& tables)
      : columns_(columns), t_(tables), passes_(static_cast<std::int64_t>(tables.passes.size())) {}

  Status load() {
    const TraceHeader& header = t_.stored.header;
    KVFOOT_TRY(columns_.whole("/attention/past", t_.past, passes_ * t_.q_streams()));
    KVFOOT_TRY(columns_.data("/key_norms", Hdf5Type::kF32, t_.key_norms,
                             t_.row_begin.back() * header.shape.layers * header.storage_heads()));
    if (header.fidelity == TraceFidelity::kRows) {
      return row_tables();
    }
    KVFOOT_TRY(block_tables());
    return vote_tables();
  }

 private:
  Status row_tables() {
    KVFOOT_TRY(columns_.whole("/attention/rows/offset", t_.row_offset, passes_ * t_.q_streams()));
    KVFOOT_TRY(columns_.data("/attention/rows/codes", Hdf5Type::kU16, t_.row_codes, -1));
    return columns_.data("/attention/rows/log_sum_exp", Hdf5Type::kF32, t_.row_lse,
                         t_.row_begin.back() * t_.q_streams());
  }

  Status block_tables() {
    std::span<const std::int32_t> pass;
    std::span<const std::int32_t> first;
    std::span<const std::int32_t> count;
    KVFOOT_TRY(columns_.whole("/attention/blocks/pass", pass, -1));
    const auto blocks = static_cast<std::int64_t>(pass.size());
    KVFOOT_TRY(columns_.whole("/attention/blocks/first_row", first, blocks));
    KVFOOT_TRY(columns_.whole("/attention/blocks/rows", count, blocks));
    std::size_t at = 0;
    for (std::size_t p = 0; p < t_.passes.size(); ++p) {
      t_.block_begin.push_back(static_cast<std::int64_t>(at));
      std::int64_t row = 0;
      for (; at < pass.size() && pass[at] == static_cast<std::int64_t>(p); ++at) {
        if (first[at] != row || count[at] < 1) {
          return columns_.bad("/attention/blocks",
                              "entry " + std::to_string(at) + " leaves rows out");
        }
        row += count[at];
        t_.blocks.push_back({first[at], count[at]});
      }
      if (row != t_.passes[p].pass.rows()) {
        return columns_.bad("/attention/blocks", "pass " + std::to_string(p) + " is not covered");
      }
    }
    t_.block_begin.push_back(static_cast<std::int64_t>(at));
    if (at != pass.size()) {
      return columns_.bad("/attention/blocks/pass", "does not ascend");
    }
    KVFOOT_TRY(
        columns_.whole("/attention/blocks/offset", t_.block_offset, blocks * t_.q_streams()));
    return columns_.data("/attention/blocks/data", Hdf5Type::kU8, t_.block_data, -1);
  }

  Status vote_tables() {
    std::span<const std::int32_t> pass;
    std::span<const std::int64_t> begin;
    std::span<const std::int64_t> end;
    std::span<const std::int64_t> keys;
    std::span<const std::int64_t> voters;
    std::span<const std::uint8_t> side;
    KVFOOT_TRY(columns_.whole("/attention/votes/pass", pass, -1));
    const auto count = static_cast<std::int64_t>(pass.size());
    KVFOOT_TRY(columns_.whole("/attention/votes/begin", begin, count));
    KVFOOT_TRY(columns_.whole("/attention/votes/end", end, count));
    KVFOOT_TRY(columns_.whole("/attention/votes/keys", keys, count));
    KVFOOT_TRY(columns_.whole("/attention/votes/voters", voters, count));
    KVFOOT_TRY(columns_.whole("/attention/votes/side", side, count));
    KVFOOT_TRY(columns_.in_range("/attention/votes/pass", pass, passes_));
    std::span<const std::int32_t> windows;
    std::span<const std::int64_t> windows_end;
    KVFOOT_TRY(columns_.whole("/attention/votes/windows", windows, -1));
    KVFOOT_TRY(columns_.whole("/attention/votes/windows_end", windows_end, count));
    KVFOOT_TRY(columns_.ascending("/attention/votes/windows_end", windows_end,
                                  static_cast<std::int64_t>(windows.size())));
    const std::int64_t rows = t_.stored.header.run.rows();
    for (std::size_t i = 0; i < pass.size(); ++i) {
      const auto first = windows.begin() + (i == 0 ? 0 : windows_end[i - 1]);
      std::vector<std::int32_t> own(first, windows.begin() + windows_end[i]);
      std::int64_t before = 0;
      for (const std::int32_t window : own) {
        if (window <= before || window > voters[i]) {
          return columns_.bad("/attention/votes/windows",
                              "of entry " + std::to_string(i) + " do not ascend within its voters");
        }
        before = window;
      }
      const bool sound = begin[i] >= 0 && end[i] > begin[i] && end[i] <= rows &&
                         keys[i] >= end[i] - begin[i] && keys[i] <= 2 * rows && voters[i] > 0 &&
                         voters[i] <= keys[i];
      if (!sound) {
        return columns_.bad("/attention/votes",
                            "entry " + std::to_string(i) + " does not fit the run");
      }
      t_.votes.push_back(
          {pass[i], begin[i], end[i], keys[i], voters[i], side[i] != 0, std::move(own)});
    }
    KVFOOT_TRY(columns_.whole("/attention/votes/offset", t_.vote_offset, count * t_.q_streams()));
    return columns_.data("/attention/votes/codes", Hdf5Type::kU16, t_.vote_codes, -1);
  }

  TableColumns& columns_;
  TraceTables& t_;
  std::int64_t passes_;
};

}  // namespace

Status load_attention(TableColumns& columns, TraceTables& tables) {
  return AttentionTables(columns, tables).load();
}

}  // namespace kvfoot
