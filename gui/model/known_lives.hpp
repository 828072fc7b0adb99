// When the keys of a stream go: from the log of a replay, or by asking a policy that does not look
// at attention.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "gui/model/outcome.hpp"
#include "sim/core/result.hpp"

namespace kvfoot::gui {

// Immutable and shared: streams that lose the same keys at the same rows share one list.
struct StreamLife {
  // [rows]: the first row that no longer sees the key; rows if it stays.
  std::shared_ptr<const std::vector<std::int32_t>> evicted_at;
  std::int32_t window = 0;  // rows of a sliding layer see their last `window` keys; 0: all
};

enum class LivesSource : std::uint8_t {
  kLog,         // the replay wrote down what went
  kPolicy,      // nobody wrote it down, but the policy does not look at attention
  kNeedsTrace,  // a shape alone has no attention to decide on
  kTooLong,     // of a trace, more than kMostLivesBytes
  kPaper        // closed forms have no keys
};
[[nodiscard]] LivesSource lives_source(const Outcome& outcome);

// Entries that deciding over one layer may go through (a few seconds).
constexpr std::int64_t kMostVisits = 4'000'000'000;

// The streams of one layer; kLog and kPolicy only. A policy decides through the project's own
// driver, on this layer alone. Errors: kInterrupted after a cancel; a run so long that deciding
// would go through more than `most_visits` entries.
[[nodiscard]] Result<std::vector<StreamLife>> lives_of_layer(
    const Outcome& outcome, std::int32_t layer, const std::atomic<bool>* cancel = nullptr,
    std::int64_t most_visits = kMostVisits);

// What became of one entry of one stream, as a row saw it.
struct EntryStory {
  enum class State : std::uint8_t { kLive, kInactive, kEvicted, kUnborn };  // kUnborn: key > row
  State state = State::kUnborn;
  // The pass that freed it, or will; absent if it stays to the end.
  struct End {
    Pass pass;
    std::int64_t held = 0;      // entries of the stream before the decision
    std::int64_t kept = 0;      // and after it
    bool architecture = false;  // a sliding layer let it go, no policy
  };
  std::optional<End> end;
};
[[nodiscard]] EntryStory entry_story(const Outcome& outcome, const StreamLife& life,
                                     std::int32_t layer, std::int32_t head, std::int64_t row,
                                     std::int64_t key);

}  // namespace kvfoot::gui
