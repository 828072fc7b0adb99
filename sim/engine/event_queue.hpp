// Pending events in their total order: time, then kind, then the order in which they were pushed.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/core/check.hpp"

namespace kvfoot {

// At one moment copies end before operators do.
enum class EventKind : std::uint8_t { kCopyDone, kComputeDone };

struct EventKey {
  std::int64_t time_ns = 0;
  EventKind kind = EventKind::kCopyDone;
  std::uint64_t sequence = 0;  // given by the queue, makes the order total
  friend auto operator<=>(const EventKey&, const EventKey&) = default;
};

// A heap with four children per node: half as deep as a binary one, and siblings share cache lines.
template <class Payload>
class EventQueue {
 public:
  struct Event {
    EventKey key;
    Payload payload;
  };

  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] std::size_t size() const { return heap_.size(); }
  [[nodiscard]] std::int64_t now_ns() const { return now_ns_; }

  // `time_ns` may not lie before the last event that was popped.
  void push(std::int64_t time_ns, EventKind kind, Payload payload) {
    KVFOOT_CHECK(time_ns >= now_ns_, "an event lies in the past");
    Entry entry{time_ns, (static_cast<std::uint64_t>(kind) << kKindShift) | sequence_++,
                std::move(payload)};
    std::size_t at = heap_.size();
    heap_.push_back(entry);
    while (at > 0) {
      const std::size_t parent = (at - 1) / kArity;
      if (!before(entry, heap_[parent])) {
        break;
      }
      heap_[at] = std::move(heap_[parent]);
      at = parent;
    }
    heap_[at] = std::move(entry);
  }

  // Not when empty.
  Event pop() {
    Entry first = std::move(heap_.front());
    Entry last = std::move(heap_.back());
    heap_.pop_back();
    const std::size_t size = heap_.size();
    std::size_t at = 0;
    while (size > 0) {
      const std::size_t child = kArity * at + 1;
      if (child >= size) {
        break;
      }
      std::size_t least = child;
      const std::size_t end = child + kArity < size ? child + kArity : size;
      for (std::size_t next = child + 1; next < end; ++next) {
        least = before(heap_[next], heap_[least]) ? next : least;
      }
      if (!before(heap_[least], last)) {
        break;
      }
      heap_[at] = std::move(heap_[least]);
      at = least;
    }
    if (size > 0) {
      heap_[at] = std::move(last);
    }
    now_ns_ = first.time_ns;
    EventKey key;
    key.time_ns = first.time_ns;
    key.kind = static_cast<EventKind>(first.order >> kKindShift);
    key.sequence = first.order & ((std::uint64_t{1} << kKindShift) - 1);
    return Event{key, std::move(first.payload)};
  }

 private:
  static constexpr std::size_t kArity = 4;
  static constexpr int kKindShift = 56;

  // Kind and sequence in one word: two comparisons instead of three.
  struct Entry {
    std::int64_t time_ns;
    std::uint64_t order;
    Payload payload;
  };
  static bool before(const Entry& a, const Entry& b) {
    return a.time_ns != b.time_ns ? a.time_ns < b.time_ns : a.order < b.order;
  }

  std::vector<Entry> heap_;
  std::uint64_t sequence_ = 0;
  std::int64_t now_ns_ = 0;
};

}  // namespace kvfoot
