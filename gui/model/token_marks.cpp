// Names, stretches, counts.
#include "gui/model/token_marks.hpp"

#include <algorithm>

#include "gui/model/table_text.hpp"

namespace kvfoot::gui {

std::vector<TokenMark> marks_of(const TraceHeader& header, std::int64_t rows,
                                const QString& output) {
  std::vector<TokenMark> marks;
  std::vector<QString> names;
  const auto add = [&](const QString& name, std::int64_t begin, std::int64_t end) {
    if (begin >= end || (!marks.empty() && begin < marks.back().end)) {
      return;
    }
    auto known = std::ranges::find(names, name);
    if (known == names.end()) {
      known = names.insert(names.end(), name);
    }
    marks.push_back({name, begin, end, static_cast<std::size_t>(known - names.begin())});
  };
  std::vector<TraceSegment> segments = header.segments;
  std::ranges::sort(segments, {}, &TraceSegment::begin_token);
  for (const TraceSegment& segment : segments) {
    if (segment.name != "filler") {
      add(segment_name(segment.name), segment.begin_token,
          std::min(segment.end_token, header.run.prompt));
    }
  }
  add(output, header.run.prompt, rows);
  return marks;
}

std::vector<MarkSurvival> survival_of(std::span<const TokenMark> marks, TokenLives& lives,
                                      std::int64_t row, std::int64_t most_tokens) {
  std::vector<MarkSurvival> of;
  for (const TokenMark& mark : marks) {
    of.resize(std::max(of.size(), mark.number + 1));
    of[mark.number].name = mark.name;
    of[mark.number].tokens += std::max<std::int64_t>(std::min(mark.end, row + 1) - mark.begin, 0);
  }
  for (const TokenMark& mark : marks) {
    if (of[mark.number].tokens <= most_tokens) {
      for (std::int64_t token = mark.begin; token < std::min(mark.end, row + 1); ++token) {
        of[mark.number].share += lives.resident(token, row);
      }
    }
  }
  std::erase_if(
      of, [&](const MarkSurvival& name) { return name.tokens == 0 || name.tokens > most_tokens; });
  for (MarkSurvival& name : of) {
    name.share /= static_cast<double>(name.tokens) * lives.streams();
  }
  return of;
}

}  // namespace kvfoot::gui
