// Votes and row blocks of a `blocks` trace.
#include "sim/trace/plan.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "sim/trace/block_code.hpp"

namespace kvfoot {
namespace {

// Candidate chunk sizes in rows of the prefill, ascending and unique.
std::vector<std::int64_t> candidate_sizes(const TraceHeader& header, const TraceCoding& coding) {
  const std::int64_t rows = header.run.prefill_rows();
  std::vector<std::int64_t> sizes = {rows};
  if (rows > 0) {
    sizes.push_back(header.run.chunk_rows());
  }
  for (const std::int64_t size : coding.side_votes) {
    sizes.push_back(std::min(size, rows));
  }
  std::sort(sizes.begin(), sizes.end());
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  std::erase(sizes, 0);
  return sizes;
}

// Begin of the candidate chunks that end after row `end` - 1, i.e. at `end`; descending begins.
std::vector<std::int64_t> begins_of(const TraceHeader& header, const TraceCoding& coding,
                                    std::int64_t end) {
  const std::int64_t rows = header.run.prefill_rows();
  std::vector<std::int64_t> begins;
  for (const std::int64_t size : candidate_sizes(header, coding)) {
    if (end % size == 0 || end == rows) {
      begins.push_back((end - 1) / size * size);
    }
  }
  std::sort(begins.begin(), begins.end(), std::greater<>());
  begins.erase(std::unique(begins.begin(), begins.end()), begins.end());
  return begins;
}

// Candidate chunk ends in (after, until].
std::vector<std::int64_t> ends_in(const TraceHeader& header, const TraceCoding& coding,
                                  std::int64_t after, std::int64_t until) {
  const std::int64_t rows = header.run.prefill_rows();
  std::vector<std::int64_t> ends;
  for (const std::int64_t size : candidate_sizes(header, coding)) {
    for (std::int64_t end = (after / size + 1) * size; end <= until && end <= rows; end += size) {
      ends.push_back(end);
    }
  }
  if (after < rows && rows <= until) {
    ends.push_back(rows);
  }
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  return ends;
}

// Every wanted window, cut to the rows of each chunk in `rows`; ascending and unique.
std::vector<std::int32_t> windows_within(const TraceCoding& coding,
                                         const std::vector<std::int64_t>& rows) {
  std::vector<std::int32_t> windows;
  for (const std::int64_t most : rows) {
    for (const std::int32_t window : coding.vote_windows) {
      windows.push_back(static_cast<std::int32_t>(std::min<std::int64_t>(window, most)));
    }
  }
  std::sort(windows.begin(), windows.end());
  windows.erase(std::unique(windows.begin(), windows.end()), windows.end());
  return windows;
}

// Votes of the candidate chunks that end at `end`, shortest first. A longer chunk also knows the
// windows of the shorter ones: after a short last chunk a policy may ask about all that is
// resident.
std::vector<TraceVote> chunk_votes(const TraceHeader& header, const TraceCoding& coding,
                                   std::int32_t file_pass, std::int64_t end) {
  std::vector<TraceVote> votes;
  std::vector<std::int64_t> rows;
  for (const std::int64_t begin : begins_of(header, coding, end)) {
    rows.push_back(end - begin);
    votes.push_back({.pass = file_pass,
                     .begin = begin,
                     .end = end,
                     .keys = end - begin,
                     .voters = end - begin,
                     .side = false,
                     .windows = windows_within(coding, rows)});
  }
  return votes;
}

}  // namespace

bool keeps_everything(const TraceHeader& header) { return header.policy == "full"; }

std::vector<std::int64_t> block_cuts(const TraceHeader& header, const TraceCoding& coding) {
  std::vector<std::int64_t> cuts;
  if (keeps_everything(header)) {
    for (const std::int64_t end : ends_in(header, coding, 0, header.run.prefill_rows())) {
      cuts.push_back(end - 1);
      cuts.push_back(end);
    }
    std::sort(cuts.begin(), cuts.end());
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  }
  return cuts;
}

std::vector<TraceVote> votes_of(const TraceHeader& header, const TraceCoding& coding,
                                const TracePass& pass, std::int32_t file_pass) {
  std::vector<TraceVote> votes;
  const Pass& p = pass.pass;
  if (pass.side) {
    for (const std::int64_t begin : begins_of(header, coding, p.end)) {
      votes.push_back({.pass = file_pass,
                       .begin = begin,
                       .end = p.end,
                       .keys = p.end - begin + p.patch_rows,
                       .voters = p.patch_rows,
                       .side = true,
                       .windows = {static_cast<std::int32_t>(p.patch_rows)}});
    }
    return votes;
  }
  if (p.phase == Phase::kDecode) {
    return votes;
  }
  if (!keeps_everything(header)) {
    votes.push_back({.pass = file_pass,
                     .begin = p.begin,
                     .end = p.end,
                     .keys = p.forward_rows(),
                     .voters = p.forward_rows(),
                     .side = false,
                     .windows = windows_within(coding, {p.forward_rows()})});
    return votes;
  }
  for (const std::int64_t end : ends_in(header, coding, p.begin, p.end)) {
    for (TraceVote& vote : chunk_votes(header, coding, file_pass, end)) {
      votes.push_back(std::move(vote));
    }
  }
  return votes;
}

std::vector<TraceVote> votes_beyond(const TraceHeader& header, const TraceCoding& coding,
                                    const TracePass& pass) {
  std::vector<TraceVote> votes;
  if (pass.side || pass.pass.phase == Phase::kDecode || !keeps_everything(header) ||
      coding.vote_windows.empty()) {
    return votes;
  }
  const std::int64_t reach = pass.pass.end + coding.vote_windows.back();
  for (const std::int64_t end : ends_in(header, coding, pass.pass.end, reach)) {
    for (TraceVote& vote : chunk_votes(header, coding, -1, end)) {
      if (end - vote.windows.back() < pass.pass.end) {
        votes.push_back(std::move(vote));
      }
    }
  }
  return votes;
}

std::vector<TraceRowBlock> row_blocks_of(const TraceHeader& header, const TraceCoding& coding,
                                         const std::vector<std::int64_t>& cuts,
                                         const TracePass& pass) {
  std::vector<TraceRowBlock> blocks;
  const std::int64_t begin = pass.pass.begin;
  const std::int64_t end = pass.pass.end;
  const bool full = keeps_everything(header);
  auto cut = std::upper_bound(cuts.begin(), cuts.end(), begin);
  for (std::int64_t at = begin; at < end;) {
    std::int64_t next = std::min(end, (at / coding.row_block + 1) * coding.row_block);
    if (full) {
      while (cut != cuts.end() && *cut <= at) {
        ++cut;
      }
      if (cut != cuts.end()) {
        next = std::min(next, *cut);
      }
    } else if (at < end - 1) {
      next = std::min(next, end - 1);
    }
    blocks.push_back({static_cast<std::int32_t>(at - begin), static_cast<std::int32_t>(next - at)});
    at = next;
  }
  return blocks;
}

BlockLimits limits_of(const TraceCoding& coding, const TracePass& pass,
                      const TraceRowBlock& block) {
  BlockLimits limits;
  limits.key_block = coding.key_block;
  limits.least_entry = block.rows == 1 ? kLeastRowEntry : kLeastBlockEntry;
  if (pass.pass.phase == Phase::kDecode) {
    limits.entries = coding.entries_row;
  } else {
    limits.entries = block.rows == 1 ? coding.entries_last : coding.entries_block;
  }
  return limits;
}

Status validate(const TraceHeader& header, const TraceCoding& coding) {
  KVFOOT_TRY(validate(header.shape));
  KVFOOT_TRY(validate(header.run));
  const auto bad = [](const char* field, std::int64_t value, const char* hint) {
    return Error{field, "is " + std::to_string(value), hint};
  };
  if (header.block < 1) {
    return bad("block", header.block, "a page holds at least one entry");
  }
  if (header.patch_window < 0) {
    return bad("patch_window", header.patch_window, "give 0 or more rows");
  }
  if (coding.row_block < 16 || coding.row_block > 64) {
    return bad("row_block", coding.row_block, "give 16 to 64 rows");
  }
  if (coding.key_block != 64 && coding.key_block != 128) {
    return bad("key_block", coding.key_block, "give 64 or 128 keys");
  }
  constexpr std::int32_t kMostEntries = 16384;
  for (const auto& [field, value] : {std::pair{"entries_block", coding.entries_block},
                                     std::pair{"entries_row", coding.entries_row},
                                     std::pair{"entries_last", coding.entries_last}}) {
    if (value < 0 || value > kMostEntries) {
      return bad(field, value, "give 0 to 16384 entries");
    }
  }
  for (std::size_t i = 0; i < coding.vote_windows.size(); ++i) {
    const std::int32_t window = coding.vote_windows[i];
    if (window < 1 || (i > 0 && window <= coding.vote_windows[i - 1])) {
      return bad("vote_windows", window, "give positive numbers of rows, ascending");
    }
  }
  for (const std::int64_t size : coding.side_votes) {
    if (size < 1) {
      return bad("side_votes", size, "give positive chunk sizes");
    }
  }
  if (coding.side_window < 0) {
    return bad("side_window", coding.side_window, "give 0 or more rows");
  }
  for (const TraceSegment& segment : header.segments) {
    if (segment.begin_token < 0 || segment.end_token < segment.begin_token ||
        segment.end_token > header.run.rows()) {
      return Error{"segment '" + segment.name + "'", "does not lie in the run",
                   "give token positions, begin before end"};
    }
  }
  return {};
}

}  // namespace kvfoot
