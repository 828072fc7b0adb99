// Timelines as CSV: what is live, inactive and evicted at each change point.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/metrics.hpp"
#include "sim/core/result.hpp"

namespace kvfoot {

// "row,time_s,live,inactive,evicted,resident_bytes". `time_s` is parallel to `points`, or empty
// when the run has no clock; the column then is empty too.
[[nodiscard]] std::string timeline_to_csv(std::span<const TimelinePoint> points,
                                          std::span<const double> time_s);

// One stream at one change point.
struct StreamTimelinePoint {
  std::int32_t layer = 0;
  std::int32_t head = 0;
  TimelinePoint at;
};
// "row,layer,head,time_s,live,inactive,evicted,resident_bytes", in the order given.
[[nodiscard]] std::string stream_timeline_to_csv(std::span<const StreamTimelinePoint> points,
                                                 std::span<const double> time_s);

struct Timeline {
  std::vector<TimelinePoint> points;
  std::vector<double> time_s;  // empty when the file has no times
};
// Reads what timeline_to_csv wrote; rows must ascend.
[[nodiscard]] Result<Timeline> timeline_from_csv(std::string_view text, std::string_view where);

}  // namespace kvfoot
