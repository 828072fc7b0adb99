// Change points of residency, and the timelines that follow from them.
#include "sim/engine/profile.hpp"

#include <algorithm>
#include <utility>

#include "sim/core/check.hpp"

namespace kvfoot {

ResidenceProfile::ResidenceProfile(const RunLengths& run, std::int32_t layers, std::int32_t heads,
                                   PageSize page)
    : run_(run),
      heads_(heads),
      page_(page),
      starts_(static_cast<std::size_t>(layers) * static_cast<std::size_t>(heads)) {
  KVFOOT_CHECK(page.block >= 1, "a page holds at least one entry");
}

void ResidenceProfile::push_point(std::vector<Segment>& segments, std::int64_t pass,
                                  std::int64_t past) {
  if (!segments.empty()) {
    Segment& last = segments.back();
    if (!last.sloped) {
      last.slope = past - last.past;  // this is the pass after the segment's first
      last.sloped = true;
      return;
    }
    if (last.past + last.slope * (pass - last.pass) == past) {
      return;
    }
  }
  Segment next;
  next.pass = pass;
  next.past = past;
  segments.push_back(next);
}

void ResidenceProfile::push_pass(const Pass& pass, std::span<const std::int64_t> past) {
  KVFOOT_CHECK(past.size() == starts_.size(), "one count per stream");
  for (std::size_t s = 0; s < past.size(); ++s) {
    push_point(starts_[s], pass.index, past[s]);
  }
}

void ResidenceProfile::push_run(std::int64_t stream, std::int64_t first_pass, std::int64_t first,
                                std::int64_t slope, std::int64_t count) {
  // The first point may close the segment before it, the second start a new one and the third fix
  // its slope; after that every point of the run is predicted.
  auto& segments = starts_[static_cast<std::size_t>(stream)];
  for (std::int64_t i = 0; i < std::min<std::int64_t>(count, 3); ++i) {
    push_point(segments, first_pass + i, first + i * slope);
  }
}

void ResidenceProfile::push_end(std::span<const std::int64_t> after) {
  KVFOOT_CHECK(after.size() == starts_.size(), "one count per stream");
  ends_.assign(after.begin(), after.end());
}

std::vector<std::int64_t> ResidenceProfile::changes() const {
  std::vector<std::int64_t> passes;
  for (const auto& segments : starts_) {
    for (const Segment& segment : segments) {
      passes.push_back(segment.pass);
    }
  }
  std::sort(passes.begin(), passes.end());
  passes.erase(std::unique(passes.begin(), passes.end()), passes.end());
  return passes;
}

std::int64_t ResidenceProfile::past(std::int64_t stream, std::int64_t pass) const {
  const auto& segments = starts_[static_cast<std::size_t>(stream)];
  const auto after = std::upper_bound(
      segments.begin(), segments.end(), pass,
      [](std::int64_t wanted, const Segment& segment) { return wanted < segment.pass; });
  KVFOOT_CHECK(after != segments.begin(), "the pass was never recorded");
  const Segment& segment = *(after - 1);
  return segment.past + segment.slope * (pass - segment.pass);
}

std::int64_t ResidenceProfile::units_at(std::int64_t stream, std::int64_t pass,
                                        std::int64_t own_rows) const {
  if (!page_.rectangular) {
    return page_.units_during(past(stream, pass), own_rows);
  }
  std::int64_t largest = 0;
  const std::int64_t first = stream / heads_ * heads_;
  for (std::int64_t s = first; s < first + heads_; ++s) {
    largest = std::max(largest, page_.units_during(past(s, pass), own_rows));
  }
  return largest;
}

std::int64_t ResidenceProfile::bytes_at(StreamRange range, std::int64_t pass,
                                        std::int64_t own_rows) const {
  std::int64_t units = 0;
  for (std::int64_t s = range.begin; s < range.end; ++s) {
    units += page_.plain() ? (past(s, pass) + own_rows + page_.block - 1) / page_.block
                           : units_at(s, pass, own_rows);
  }
  return units * page_.bytes;
}

void ResidenceProfile::slide(std::vector<std::int32_t> windows) {
  KVFOOT_CHECK(static_cast<std::int64_t>(windows.size()) * heads_ == streams(),
               "one window per layer");
  windows_ = std::move(windows);
}

std::int64_t ResidenceProfile::inactive_at(StreamRange range, std::int64_t pass,
                                           std::int64_t own_rows) const {
  std::int64_t inactive = 0;
  for (std::int64_t s = range.begin; !windows_.empty() && s < range.end; ++s) {
    if (const std::int64_t window = window_of(s); window > 0) {
      inactive += std::max<std::int64_t>(past(s, pass) + own_rows - window, 0);
    }
  }
  return inactive;
}

std::vector<std::int64_t> ResidenceProfile::bends(StreamRange range, const Pass& pass) const {
  // Streams of sliding layers hold no more than a window between passes, and all the same.
  for (std::int64_t s = range.begin; !windows_.empty() && pass.rows() > 2 && s < range.end; ++s) {
    if (const std::int64_t window = window_of(s); window > 0) {
      const std::int64_t own = window - past(s, pass.index);
      return own > 1 && own < pass.rows() ? std::vector{own} : std::vector<std::int64_t>{};
    }
  }
  return {};
}

// Sum over streams of past, per pass: a difference array over the change points.
std::vector<std::int64_t> ResidenceProfile::totals(StreamRange range) const {
  const auto passes = static_cast<std::size_t>(run_.passes());
  std::vector<std::int64_t> jump(passes, 0);
  std::vector<std::int64_t> bend(passes, 0);
  for (std::int64_t s = range.begin; s < range.end; ++s) {
    const auto& segments = starts_[static_cast<std::size_t>(s)];
    for (std::size_t i = 0; i < segments.size(); ++i) {
      const Segment& segment = segments[i];
      const auto at = static_cast<std::size_t>(segment.pass);
      if (i == 0) {
        jump[at] += segment.past;
        bend[at] += segment.slope;
      } else {
        const Segment& before = segments[i - 1];
        jump[at] += segment.past - (before.past + before.slope * (segment.pass - before.pass));
        bend[at] += segment.slope - before.slope;
      }
    }
  }
  std::int64_t total = 0;
  std::int64_t slope = 0;
  for (std::size_t p = 0; p < passes; ++p) {
    total += slope + jump[p];
    slope += bend[p];
    jump[p] = total;
  }
  return jump;
}

namespace {

// An evicting policy attends to all that it keeps; `inactive` of it lie outside of windows.
TimelinePoint sums(std::int64_t row, std::int64_t streams, std::int64_t resident,
                   std::int64_t inactive) {
  TimelinePoint point;
  point.row = row;
  point.live = resident - inactive;
  point.inactive = inactive;
  point.evicted = streams * (row + 1) - resident;
  return point;
}

// Drops the middle of three points on one line. Slopes are whole: neighbours are either one row
// apart or ends of a line that adds a whole number of entries per row.
void push_corner(std::vector<TimelinePoint>& points, const TimelinePoint& next) {
  if (points.size() >= 2) {
    const TimelinePoint& a = points[points.size() - 2];
    TimelinePoint& b = points.back();
    const auto slopes = [](const TimelinePoint& from, const TimelinePoint& to) {
      const std::int64_t rows = to.row - from.row;
      return std::pair((to.live - from.live) / rows, (to.inactive - from.inactive) / rows);
    };
    if (slopes(a, b) == slopes(b, next)) {
      b = next;
      return;
    }
  }
  points.push_back(next);
}

}  // namespace

TimelinePoint ResidenceProfile::at(std::int64_t row) const {
  KVFOOT_CHECK(row >= 0 && row < run_.rows(), "the run has no such row");
  const std::int64_t index = run_.pass_of(row);
  const std::int64_t own = row - pass_at(run_, index, 0).begin + 1;
  std::int64_t resident = streams() * own;
  for (std::int64_t s = 0; s < streams(); ++s) {
    resident += past(s, index);
  }
  TimelinePoint point = sums(row, streams(), resident, inactive_at({0, streams()}, index, own));
  point.resident_bytes = bytes_at({0, streams()}, index, own);
  return point;
}

std::vector<TimelinePoint> ResidenceProfile::corners(StreamRange range) const {
  const std::vector<std::int64_t> past_total = totals(range);
  std::vector<TimelinePoint> points;
  for (std::size_t p = 0; p < past_total.size(); ++p) {
    const Pass pass = pass_at(run_, static_cast<std::int64_t>(p), 0);
    const auto push = [&](std::int64_t own) {
      push_corner(points,
                  sums(pass.begin + own - 1, range.size(), past_total[p] + range.size() * own,
                       inactive_at(range, pass.index, own)));
    };
    push(1);
    for (const std::int64_t own : bends(range, pass)) {
      push(own);
    }
    if (pass.rows() > 1) {
      push(pass.rows());
    }
  }
  for (TimelinePoint& point : points) {
    const std::int64_t index = run_.pass_of(point.row);
    const std::int64_t own = point.row - pass_at(run_, index, 0).begin + 1;
    point.resident_bytes = bytes_at(range, index, own);
  }
  return points;
}

std::vector<TimelinePoint> ResidenceProfile::timeline() const { return corners({0, streams()}); }

std::vector<TimelinePoint> ResidenceProfile::timeline_of(std::int64_t stream) const {
  KVFOOT_CHECK(stream >= 0 && stream < streams(), "no such stream");
  return corners({stream, stream + 1});
}

void ResidenceProfile::for_each_row(const std::function<void(const TimelinePoint&)>& visit) const {
  std::vector<std::int64_t> past_of(starts_.size());
  for (std::int64_t p = 0; p < run_.passes(); ++p) {
    const Pass pass = pass_at(run_, p, 0);
    for (std::int64_t s = 0; s < streams(); ++s) {
      past_of[static_cast<std::size_t>(s)] = past(s, p);
    }
    for (std::int64_t row = pass.begin; row < pass.end; ++row) {
      const std::int64_t own = row - pass.begin + 1;
      std::int64_t resident = 0;
      for (const std::int64_t entries : past_of) {
        resident += entries + own;
      }
      TimelinePoint point = sums(row, streams(), resident, inactive_at({0, streams()}, p, own));
      point.resident_bytes = bytes_at({0, streams()}, p, own);
      visit(point);
    }
  }
}

std::vector<StreamPoint> ResidenceProfile::stream_points() const {
  std::vector<StreamPoint> points;
  for (std::int64_t s = 0; s < streams(); ++s) {
    const auto& segments = starts_[static_cast<std::size_t>(s)];
    const auto emit = [&](const Segment& segment, std::int64_t pass) {
      StreamPoint point;
      point.row = pass_at(run_, pass, 0).begin;
      point.layer = static_cast<std::int32_t>(s / heads_);
      point.head = static_cast<std::int32_t>(s % heads_);
      point.resident = segment.past + segment.slope * (pass - segment.pass);
      points.push_back(point);
    };
    for (std::size_t i = 0; i < segments.size(); ++i) {
      const bool last = i + 1 == segments.size();
      const std::int64_t first_pass = segments[i].pass;
      const std::int64_t last_pass = (last ? run_.passes() : segments[i + 1].pass) - 1;
      const std::int64_t decode = run_.prefill_passes();
      emit(segments[i], first_pass);
      if (first_pass < decode && decode < last_pass) {
        emit(segments[i], decode);
      }
      if (last_pass > first_pass) {
        emit(segments[i], last_pass);
      }
    }
  }
  return points;
}

}  // namespace kvfoot
