// Remembers answers and reports them in a fixed order.
#include "sim/cache/recording_source.hpp"

#include <algorithm>
#include <tuple>

namespace kvfoot {

Result<std::span<const float>> RecordingSource::answer(const AttentionQuery& query,
                                                       std::int32_t head) {
  auto values = source_.answer(query, head);
  if (sink_ != nullptr && values.ok()) {
    entries_.push_back({head, query, *values});
  }
  return values;
}

void RecordingSource::retain(std::int32_t /*head*/, std::span<const std::int32_t> /*kept*/) {
  KVFOOT_CHECK(false, "a policy compacted an attention source");
}

void RecordingSource::report(std::int32_t pass, std::int32_t layer) {
  if (sink_ == nullptr) {
    return;
  }
  const auto key = [](const Entry& entry) { return std::tie(entry.head, entry.query); };
  // Entries with the same key hold the same answer, so their order does not matter.
  std::sort(entries_.begin(), entries_.end(),
            [&](const Entry& a, const Entry& b) { return key(a) < key(b); });
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (i == 0 || key(entries_[i - 1]) != key(entries_[i])) {
      sink_->on_answer(pass, layer, entries_[i].head, entries_[i].query, entries_[i].values);
    }
  }
  entries_.clear();
}

}  // namespace kvfoot
