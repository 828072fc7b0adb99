// Timeline CSV, both ways.
#include "sim/report/timeline_csv.hpp"

#include <array>

#include "sim/core/check.hpp"
#include "sim/core/text.hpp"
#include "sim/io/json.hpp"

namespace kvfoot {
namespace {

constexpr std::string_view kHeader = "row,time_s,live,inactive,evicted,resident_bytes";
constexpr std::string_view kStreamHeader =
    "row,layer,head,time_s,live,inactive,evicted,resident_bytes";

void add_counts(std::string& text, const TimelinePoint& point, const double* time_s) {
  text += time_s == nullptr ? "" : format_double(*time_s);
  for (const std::int64_t value :
       {point.live, point.inactive, point.evicted, point.resident_bytes}) {
    text += ',' + std::to_string(value);
  }
  text += '\n';
}

}  // namespace

std::string timeline_to_csv(std::span<const TimelinePoint> points, std::span<const double> time_s) {
  KVFOOT_CHECK(time_s.empty() || time_s.size() == points.size());
  std::string text = std::string(kHeader) + "\n";
  for (std::size_t i = 0; i < points.size(); ++i) {
    text += std::to_string(points[i].row) + ',';
    add_counts(text, points[i], time_s.empty() ? nullptr : &time_s[i]);
  }
  return text;
}

std::string stream_timeline_to_csv(std::span<const StreamTimelinePoint> points,
                                   std::span<const double> time_s) {
  KVFOOT_CHECK(time_s.empty() || time_s.size() == points.size());
  std::string text = std::string(kStreamHeader) + "\n";
  for (std::size_t i = 0; i < points.size(); ++i) {
    text += std::to_string(points[i].at.row) + ',' + std::to_string(points[i].layer) + ',' +
            std::to_string(points[i].head) + ',';
    add_counts(text, points[i].at, time_s.empty() ? nullptr : &time_s[i]);
  }
  return text;
}

Result<Timeline> timeline_from_csv(std::string_view text, std::string_view where) {
  Timeline timeline;
  std::size_t line_number = 0;
  bool with_time = false;
  while (!text.empty()) {
    ++line_number;
    const std::size_t newline = text.find('\n');
    const std::string place = std::string(where) + ":" + std::to_string(line_number);
    if (newline == std::string_view::npos) {
      return Error{place, "the last line does not end", "the file is cut"};
    }
    const std::string_view line = text.substr(0, newline);
    text.remove_prefix(newline + 1);
    if (line_number == 1) {
      if (line != kHeader) {
        return Error{place, "is not the header of a timeline", "expected " + std::string(kHeader)};
      }
      continue;
    }
    const std::vector<std::string_view> fields = split(line, ',');
    if (fields.size() != 6) {
      return Error{place, "has " + std::to_string(fields.size()) + " fields, must have 6"};
    }
    TimelinePoint point;
    const std::array<std::pair<std::size_t, std::int64_t*>, 5> numbers = {
        {{0, &point.row},
         {2, &point.live},
         {3, &point.inactive},
         {4, &point.evicted},
         {5, &point.resident_bytes}}};
    for (const auto& [index, number] : numbers) {
      const auto value = parse_int(fields[index]);
      if (!value || *value < 0) {
        return Error{place, "'" + std::string(fields[index]) + "' is no count"};
      }
      *number = *value;
    }
    if (!timeline.points.empty() && point.row <= timeline.points.back().row) {
      return Error{place, "rows do not ascend"};
    }
    if (line_number == 2) {
      with_time = !fields[1].empty();
    }
    if (with_time) {
      const auto time = parse_double(fields[1]);
      if (!time) {
        return Error{place, "'" + std::string(fields[1]) + "' is no time"};
      }
      timeline.time_s.push_back(*time);
    } else if (!fields[1].empty()) {
      return Error{place, "has a time, the lines before have none"};
    }
    timeline.points.push_back(point);
  }
  if (line_number == 0) {
    return Error{std::string(where), "the file is empty"};
  }
  return timeline;
}

}  // namespace kvfoot
