// Sums over the progressions of a profile, in closed form.
#include "sim/engine/stream_totals.hpp"

#include <algorithm>
#include <cstddef>

#include "sim/core/check.hpp"

namespace kvfoot {
namespace {

// Passes [begin, end) of a stream, all of the same length, that start with `past`, `past` + slope,
// ... entries.
struct Progression {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t past = 0;
  std::int64_t slope = 0;
};

void add(const Progression& passes, std::int64_t rows, StreamTotals& totals) {
  const std::int64_t count = passes.end - passes.begin;
  if (count == 0) {
    return;
  }
  const std::int64_t last = passes.past + (count - 1) * passes.slope;
  // Ends of the progression are its extremes. The sum is at most rows^2, which fits.
  totals.peak_entries = std::max(totals.peak_entries, std::max(passes.past, last) + rows);
  totals.entry_rows +=
      rows * (count * passes.past + passes.slope * triangle(count - 1)) + count * triangle(rows);
}

}  // namespace

std::vector<StreamTotals> stream_totals(const ResidenceProfile& profile) {
  const RunLengths& run = profile.run();
  const std::int64_t prefill = run.prefill_passes();
  const auto rows_of = [&](std::int64_t pass) { return pass_at(run, pass, 0).rows(); };
  std::vector<StreamTotals> totals(static_cast<std::size_t>(profile.streams()));
  const std::vector<StreamPoint> points = profile.stream_points();
  for (std::size_t i = 0; i < points.size(); ++i) {
    const StreamPoint& from = points[i];
    StreamTotals& of =
        totals[static_cast<std::size_t>(std::int64_t{from.layer} * profile.heads() + from.head)];
    // Linear up to the next point of the stream, also where a progression ends: it does so one pass
    // before the next begins. The first decode pass is a point, so that what lies between two
    // points is of one phase.
    const std::int64_t begin = run.pass_of(from.row);
    std::int64_t end = run.passes();
    std::int64_t slope = 0;
    if (i + 1 < points.size() && points[i + 1].layer == from.layer &&
        points[i + 1].head == from.head) {
      end = run.pass_of(points[i + 1].row);
      slope = (points[i + 1].resident - from.resident) / (end - begin);
    }
    // The last pass of the prompt may be a shorter one.
    const std::int64_t split = begin < prefill ? std::min(end, std::max(begin, prefill - 1)) : end;
    add({begin, split, from.resident, slope}, rows_of(begin), of);
    if (split < end) {
      add({split, end, from.resident + (split - begin) * slope, slope}, rows_of(split), of);
    }
  }
  return totals;
}

std::vector<std::int64_t> resident_at(const ResidenceProfile& profile, std::int64_t row) {
  const RunLengths& run = profile.run();
  KVFOOT_CHECK(row >= 0 && row < run.rows(), "the run has no such row");
  const Pass pass = pass_at(run, run.pass_of(row), 0);
  std::vector<std::int64_t> entries(static_cast<std::size_t>(profile.streams()));
  for (std::size_t s = 0; s < entries.size(); ++s) {
    entries[s] = profile.past(static_cast<std::int64_t>(s), pass.index) + row - pass.begin + 1;
  }
  return entries;
}

}  // namespace kvfoot
