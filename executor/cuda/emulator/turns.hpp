// In which order emulated threads and blocks go on: arbitrary but repeatable.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "sim/core/hash.hpp"

namespace kvfoot::cuda::emulator {

enum class Order : std::uint8_t { kShuffled, kAscending, kDescending };

struct Schedule {
  Order order = Order::kShuffled;
  std::uint64_t seed = 1;
};

// The lanes of a warp in an order: place 0 goes first.
struct Turn {
  std::array<std::uint8_t, 32> lane_at;
  std::array<std::uint8_t, 32> place_of;
};

namespace detail {

constexpr std::size_t kShuffledTurns = 64;

// Shuffled ones (Fisher and Yates), then ascending, then descending.
constexpr std::array<Turn, kShuffledTurns + 2> make_turns() {
  std::array<Turn, kShuffledTurns + 2> turns{};
  for (std::size_t t = 0; t < turns.size(); ++t) {
    Turn& turn = turns[t];
    for (std::size_t i = 0; i < 32; ++i) {
      turn.lane_at[i] = static_cast<std::uint8_t>(t == kShuffledTurns + 1 ? 31 - i : i);
    }
    for (std::size_t i = 31; t < kShuffledTurns && i > 0; --i) {
      std::swap(turn.lane_at[i], turn.lane_at[below(hash_words(t, i), i + 1)]);
    }
    for (std::size_t i = 0; i < 32; ++i) {
      turn.place_of[turn.lane_at[i]] = static_cast<std::uint8_t>(i);
    }
  }
  return turns;
}
inline constexpr std::array<Turn, kShuffledTurns + 2> kTurns = make_turns();

}  // namespace detail

class Turns {
 public:
  void start(const Schedule& schedule, std::uint64_t stream) {
    order_ = schedule.order;
    state_ = hash_words(schedule.seed, stream) | 1U;
  }

  // xorshift64 (Marsaglia, 2003)
  std::uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }

  const Turn& turn() {
    switch (order_) {
      case Order::kAscending:
        return detail::kTurns[detail::kShuffledTurns];
      case Order::kDescending:
        return detail::kTurns[detail::kShuffledTurns + 1];
      case Order::kShuffled:
        break;
    }
    return detail::kTurns[next() >> 58];
  }
  // Whether to leave a warp that could go on.
  bool leave() { return order_ == Order::kShuffled && next() >> 61 == 0; }

 private:
  static_assert(detail::kShuffledTurns == 64);
  Order order_ = Order::kShuffled;
  std::uint64_t state_ = 1;
};

// A walk over [0, count): every index once.
class Walk {
 public:
  Walk(std::uint64_t count, const Schedule& schedule);
  std::uint64_t next();

 private:
  std::uint64_t count_, at_ = 0, stride_ = 1;
};

}  // namespace kvfoot::cuda::emulator
