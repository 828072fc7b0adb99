// Counting per key with one slot per row, then merging runs of keys.
#include "gui/plots/state_sum.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "sim/core/check.hpp"

namespace kvfoot::plots {
namespace {

constexpr std::int64_t kRadix = 16;
constexpr std::int64_t kFewestRuns = 64;  // coarser runs than that are wider than a pixel

// Adds changes up by row; what add() was told comes out sorted. Clearing costs what was touched.
class RowCounter {
 public:
  explicit RowCounter(std::int64_t rows) : by_row_(static_cast<std::size_t>(rows)) {}

  void add(std::int32_t row, std::int32_t evicted, std::int32_t inactive) {
    Slot& slot = by_row_[static_cast<std::size_t>(row)];
    if (!slot.used) {
      slot.used = true;
      touched_.push_back(row);
    }
    slot.evicted += evicted;
    slot.inactive += inactive;
  }

  void drain(std::vector<StateSum::Change>& out) {
    std::sort(touched_.begin(), touched_.end());
    for (const std::int32_t row : touched_) {
      Slot& slot = by_row_[static_cast<std::size_t>(row)];
      if (slot.evicted != 0 || slot.inactive != 0) {
        out.push_back({row, slot.evicted, slot.inactive});
      }
      slot = {};
    }
    touched_.clear();
  }

 private:
  struct Slot {
    std::int32_t evicted = 0;
    std::int32_t inactive = 0;
    bool used = false;
  };
  std::vector<Slot> by_row_;
  std::vector<std::int32_t> touched_;
};

// Streams that share their list count together: where a policy does not look, most of them do.
struct Alike {
  const std::int32_t* evicted_at = nullptr;
  std::int64_t window = 0;
  std::int32_t streams = 0;
};

std::vector<Alike> alike_of(std::span<const KeyLives> streams) {
  std::vector<Alike> groups;
  std::map<std::pair<const std::int32_t*, std::int32_t>, std::size_t> group_of;
  for (const KeyLives& lives : streams) {
    const std::int32_t* const list = lives.evicted_at->data();
    const auto [at, added] = group_of.try_emplace({list, lives.window}, groups.size());
    if (added) {
      groups.push_back({list, lives.window, 0});
    }
    ++groups[at->second].streams;
  }
  return groups;
}

}  // namespace

std::shared_ptr<const StateSum> StateSum::make(std::span<const KeyLives> streams, std::int64_t rows,
                                               const std::atomic<bool>* cancel) {
  KVFOOT_CHECK(rows > 0 && !streams.empty(), "a sum of no streams");
  auto sum = std::make_shared<StateSum>();
  sum->rows_ = rows;
  sum->streams_ = static_cast<std::int64_t>(streams.size());
  const std::vector<Alike> groups = alike_of(streams);
  RowCounter counter(rows);
  Level keys;
  keys.begin.reserve(static_cast<std::size_t>(rows) + 1);
  constexpr std::int64_t kAskEvery = 1024;
  for (std::int64_t key = 0; key < rows; ++key) {
    if (cancel != nullptr && key % kAskEvery == 0 && cancel->load()) {
      return nullptr;
    }
    keys.begin.push_back(keys.changes.size());
    for (const Alike& lives : groups) {
      const std::int64_t gone = lives.evicted_at[key];
      const std::int64_t unseen = lives.window > 0 ? key + lives.window : rows;
      if (unseen < std::min(gone, rows)) {
        counter.add(static_cast<std::int32_t>(unseen), 0, lives.streams);
        sum->any_inactive_ = true;
      }
      if (gone < rows) {
        counter.add(static_cast<std::int32_t>(gone), lives.streams,
                    unseen < gone ? -lives.streams : 0);
        sum->any_evicted_ = true;
      }
    }
    counter.drain(keys.changes);
  }
  keys.begin.push_back(keys.changes.size());
  sum->levels_.push_back(std::move(keys));
  for (std::int64_t runs = rows / kRadix; runs >= kFewestRuns; runs /= kRadix) {
    if (cancel != nullptr && cancel->load()) {
      return nullptr;
    }
    sum->levels_.push_back(coarser(sum->levels_.back(), rows));
  }
  return sum;
}

StateSum::Level StateSum::coarser(const Level& fine, std::int64_t rows) {
  RowCounter counter(rows);
  Level level;
  const std::size_t runs = fine.begin.size() - 1;
  for (std::size_t first = 0; first < runs; first += kRadix) {
    const std::size_t end = std::min<std::size_t>(first + kRadix, runs);
    level.begin.push_back(level.changes.size());
    for (std::size_t i = fine.begin[first]; i < fine.begin[end]; ++i) {
      const Change& change = fine.changes[i];
      counter.add(change.row, change.evicted, change.inactive);
    }
    counter.drain(level.changes);
  }
  level.begin.push_back(level.changes.size());
  return level;
}

std::span<const StateSum::Change> StateSum::changes(std::size_t level, std::int64_t run) const {
  const Level& of = levels_[level];
  const auto at = static_cast<std::size_t>(run);
  return std::span(of.changes).subspan(of.begin[at], of.begin[at + 1] - of.begin[at]);
}

StateSum::Counts StateSum::at(std::int64_t row, std::int64_t key) const {
  Counts counts;
  for (const Change& change : changes(0, key)) {
    if (change.row <= row) {
      counts.evicted += change.evicted;
      counts.inactive += change.inactive;
    }
  }
  return counts;
}

}  // namespace kvfoot::plots
