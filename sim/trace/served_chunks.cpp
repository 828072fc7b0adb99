// Tries every row at which a block ends.
#include "sim/trace/served_chunks.hpp"

#include <algorithm>
#include <set>

namespace kvfoot {
namespace {

// Where lane_answers.cpp would look for them, a patched chunk's stand-in at the end included.
bool has_votes(const TraceReader& trace, const TraceRequest& request, const Pass& pass) {
  const std::int64_t window = std::min<std::int64_t>(request.needs.window, pass.forward_rows());
  const auto voted = [&](std::int64_t begin, std::int64_t end, bool side) {
    return std::ranges::any_of(trace.votes(), [&](const TraceVote& vote) {
      return vote.begin == begin && vote.end == end && vote.side == side &&
             std::ranges::find(vote.windows, window) != vote.windows.end();
    });
  };
  const bool patched = pass.patch_rows > 0;
  return voted(pass.begin, pass.end, patched) ||
         (patched && voted(0, request.run.prefill_rows(), false));
}

}  // namespace

std::vector<std::int64_t> served_chunks(const TraceReader& trace, const RowAccess& access,
                                        const TraceRequest& request) {
  std::set<std::int64_t> ends;
  std::set<std::int64_t> alone;  // ends of blocks of one row
  for (const BlockPlace& place : access.blocks()) {
    ends.insert(place.end);
    if (place.end - place.begin == 1) {
      alone.insert(place.end);
    }
  }
  const bool last_row = request.needs.last_row && request.needs.in_prefill;
  const bool votes = request.needs.window > 0 && request.needs.in_prefill;
  RunLengths run = request.run;
  std::vector<std::int64_t> served;
  for (const std::int64_t chunk : ends) {
    if (chunk > run.prefill_rows()) {
      break;
    }
    run.chunk = chunk;
    bool every = true;
    for (std::int64_t i = 0; every && i < run.prefill_passes(); ++i) {
      const Pass pass = pass_at(run, i, request.patch_window);
      every = (last_row ? alone : ends).contains(pass.end) &&
              (!votes || has_votes(trace, request, pass));
    }
    if (every) {
      served.push_back(chunk);
    }
  }
  return served;
}

std::string nearest_sizes(std::span<const std::int64_t> sizes, std::int64_t asked) {
  const auto above = std::ranges::upper_bound(sizes, asked);
  std::string text = above == sizes.begin() ? "" : std::to_string(*std::prev(above));
  if (above != sizes.end()) {
    text += (text.empty() ? "" : " or ") + std::to_string(*above);
  }
  return text;
}

std::string chunk_hint(const TraceReader& trace, const RowAccess& access,
                       const TraceRequest& request) {
  const std::string sizes =
      nearest_sizes(served_chunks(trace, access, request), request.run.chunk_rows());
  return (sizes.empty() ? "" : "replay chunks of " + sizes + ", ") +
         "record with --side-votes and this chunk size, or with --fidelity rows";
}

}  // namespace kvfoot
