// Replays two logs of evictions side by side.
#include "sim/run/compare_logs.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/core/check.hpp"

namespace kvfoot {
namespace {

using Key = std::tuple<std::int32_t, std::int32_t, std::int32_t>;  // pass, layer, head

Key key_of(const DecisionRecord& record) { return {record.pass, record.layer, record.head}; }

// What one log has evicted of one stream so far, and how much that is.
struct Evicted {
  std::vector<bool> gone;
  std::int64_t count = 0;

  void apply(const DecisionRecord& record) {
    for (const PosRange& range : record.evicted) {
      for (TokenPos p = range.begin; p < range.end; ++p) {
        KVFOOT_CHECK(p >= 0 && p < static_cast<TokenPos>(gone.size()), "position outside the run");
        KVFOOT_CHECK(!gone[static_cast<std::size_t>(p)], "evicted twice");
        gone[static_cast<std::size_t>(p)] = true;
        ++count;
      }
    }
  }
};

struct Stream {
  Evicted first;
  Evicted second;
};

}  // namespace

LogComparison compare_logs(std::span<const DecisionRecord> first,
                           std::span<const DecisionRecord> second, const RunLengths& run) {
  LogComparison result;
  std::map<std::pair<std::int32_t, std::int32_t>, Stream> streams;
  std::size_t a = 0;
  std::size_t b = 0;
  while (a < first.size() || b < second.size()) {
    const bool take_first =
        b == second.size() || (a < first.size() && key_of(first[a]) <= key_of(second[b]));
    const bool take_second =
        a == first.size() || (b < second.size() && key_of(second[b]) <= key_of(first[a]));
    const DecisionRecord& record = take_first ? first[a] : second[b];
    Stream& stream = streams[{record.layer, record.head}];
    if (stream.first.gone.empty()) {
      stream.first.gone.resize(static_cast<std::size_t>(run.rows()));
      stream.second.gone.resize(static_cast<std::size_t>(run.rows()));
    }
    if (take_first) {
      stream.first.apply(first[a++]);
    }
    if (take_second) {
      stream.second.apply(second[b++]);
    }
    const std::int64_t seen = pass_at(run, record.pass, 0).end;
    const std::int64_t kept_first = seen - stream.first.count;
    const std::int64_t kept_second = seen - stream.second.count;
    std::int64_t shared = 0;
    for (std::int64_t p = 0; p < seen; ++p) {
      const auto i = static_cast<std::size_t>(p);
      shared += !stream.first.gone[i] && !stream.second.gone[i] ? 1 : 0;
    }
    const std::int64_t larger = std::max(kept_first, kept_second);
    ++result.decisions;
    result.kept += larger;
    result.shared += shared;
    result.counts_equal = result.counts_equal && kept_first == kept_second;
    if (shared != larger) {
      ++result.different;
      result.worst =
          std::min(result.worst, static_cast<double>(shared) / static_cast<double>(larger));
      if (!result.first) {
        result.first =
            LogDifference{record.pass, record.layer, record.head, kept_first, kept_second};
      }
    }
  }
  return result;
}

}  // namespace kvfoot
