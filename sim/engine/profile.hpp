// How many entries every stream holds over a run, as change points; timelines are read from it.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "sim/core/metrics.hpp"
#include "sim/core/schedule.hpp"
#include "sim/core/stream_bytes.hpp"

namespace kvfoot {

// Filled once per pass, in order, then read. A stream is (layer, storage head), layer-major.
//
// Storage is one arithmetic progression over the pass index per change, so that 100,000 decode
// passes of a full cache cost one segment per stream. The progressions are canonical: pushing
// passes one by one or as runs gives the same segments, which the tests rely on.
class ResidenceProfile {
 public:
  ResidenceProfile() = default;
  ResidenceProfile(const RunLengths& run, std::int32_t layers, std::int32_t heads, PageSize page);

  // Layers of hybrids that see the last windows[layer] tokens only (0: all): what else is resident
  // is inactive. Before the first pass; streams of a layer must hold the same.
  void slide(std::vector<std::int32_t> windows);

  // `past[s]`: entries of stream s when the pass starts.
  void push_pass(const Pass& pass, std::span<const std::int64_t> past);
  // Stream s holds first + i * slope entries at the start of pass `first_pass` + i, i < count.
  void push_run(std::int64_t stream, std::int64_t first_pass, std::int64_t first,
                std::int64_t slope, std::int64_t count);
  // Entries of every stream after the last pass.
  void push_end(std::span<const std::int64_t> after);

  [[nodiscard]] std::int64_t streams() const { return static_cast<std::int64_t>(starts_.size()); }
  [[nodiscard]] std::int32_t heads() const { return heads_; }  // per layer
  [[nodiscard]] const RunLengths& run() const { return run_; }
  // Entries of a stream when a pass starts.
  [[nodiscard]] std::int64_t past(std::int64_t stream, std::int64_t pass) const;
  // Entries of a stream after the last pass.
  [[nodiscard]] std::int64_t end(std::int64_t stream) const {
    return ends_[static_cast<std::size_t>(stream)];
  }
  // The passes, ascending, at which any stream leaves its progression; from one to the pass before
  // the next every stream is linear.
  [[nodiscard]] std::vector<std::int64_t> changes() const;

  // Sums over streams at one row: the survivors plus the pass's own entries up to that row.
  // resident_bytes rounds those entries up to pages, stream by stream, or follows the layout.
  [[nodiscard]] TimelinePoint at(std::int64_t row) const;
  // The rows between which live, inactive and evicted are linear: first and last row of every run
  // of rows with one slope. resident_bytes is exact at the points, and steps by pages in between.
  [[nodiscard]] std::vector<TimelinePoint> timeline() const;
  // The same for one stream.
  [[nodiscard]] std::vector<TimelinePoint> timeline_of(std::int64_t stream) const;
  // Every row in order; O(rows * streams).
  void for_each_row(const std::function<void(const TimelinePoint&)>& visit) const;
  // The first and last pass of every progression of every stream and the first decode pass, stream
  // by stream; linear over passes in between.
  [[nodiscard]] std::vector<StreamPoint> stream_points() const;

  friend bool operator==(const ResidenceProfile& a, const ResidenceProfile& b) {
    return a.run_ == b.run_ && a.starts_ == b.starts_ && a.ends_ == b.ends_;
  }

 private:
  struct Segment {
    std::int64_t pass = 0;
    std::int64_t past = 0;
    std::int64_t slope = 0;
    bool sloped = false;  // a second point has fixed the slope
    friend bool operator==(const Segment&, const Segment&) = default;
  };

  void push_point(std::vector<Segment>& segments, std::int64_t pass, std::int64_t past);
  // Streams [begin, end) of starts_, the same in the three below.
  struct StreamRange {
    std::int64_t begin = 0;
    std::int64_t end = 0;
    [[nodiscard]] std::int64_t size() const { return end - begin; }
  };
  [[nodiscard]] std::int64_t bytes_at(StreamRange range, std::int64_t pass,
                                      std::int64_t own_rows) const;
  // Units of stream s at such a row; under rectangular allocation those of its layer's largest.
  [[nodiscard]] std::int64_t units_at(std::int64_t stream, std::int64_t pass,
                                      std::int64_t own_rows) const;
  [[nodiscard]] std::vector<std::int64_t> totals(StreamRange range) const;
  // Of one row, the `own`-th of its pass: entries that it does not see.
  [[nodiscard]] std::int64_t inactive_at(StreamRange range, std::int64_t pass,
                                         std::int64_t own_rows) const;
  // Rows of a prefill pass, counted from 1, at which a window is full.
  [[nodiscard]] std::vector<std::int64_t> bends(StreamRange range, const Pass& pass) const;
  [[nodiscard]] std::int32_t window_of(std::int64_t stream) const {
    return windows_.empty() ? 0 : windows_[static_cast<std::size_t>(stream / heads_)];
  }
  [[nodiscard]] std::vector<TimelinePoint> corners(StreamRange range) const;

  RunLengths run_;
  std::int32_t heads_ = 1;
  PageSize page_;
  std::vector<std::int32_t> windows_;         // (layers), or empty
  std::vector<std::vector<Segment>> starts_;  // (streams)
  std::vector<std::int64_t> ends_;            // (streams)
};

}  // namespace kvfoot
