// How many of many streams have evicted, or do not see, a key at a row: added up once, so that a
// picture of hundreds of streams costs about as much as one of a single stream.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "gui/plots/spec.hpp"

namespace kvfoot::plots {

// Immutable. Counts are exact for every entry; runs of 16, 256, ... keys are added up besides.
class StateSum {
 public:
  // From this row on so many streams more have the key evicted (or inactive; less if negative).
  // Of a run of keys: summed over them.
  struct Change {
    std::int32_t row = 0;
    std::int32_t evicted = 0;
    std::int32_t inactive = 0;
    friend bool operator==(const Change&, const Change&) = default;
  };

  // All streams have `rows` keys. Null after a cancel.
  [[nodiscard]] static std::shared_ptr<const StateSum> make(
      std::span<const KeyLives> streams, std::int64_t rows,
      const std::atomic<bool>* cancel = nullptr);

  [[nodiscard]] std::int64_t rows() const { return rows_; }
  [[nodiscard]] std::int64_t streams() const { return streams_; }
  [[nodiscard]] bool any_evicted() const { return any_evicted_; }
  [[nodiscard]] bool any_inactive() const { return any_inactive_; }

  // A run of keys begins at every multiple of its length. Level 0: single keys.
  [[nodiscard]] std::size_t levels() const { return levels_.size(); }
  [[nodiscard]] static std::int64_t run_keys(std::size_t level) {
    return std::int64_t{1} << (4 * level);
  }
  // By ascending row; all rows lie below rows().
  [[nodiscard]] std::span<const Change> changes(std::size_t level, std::int64_t run) const;

  // Streams that have evicted the key when this row looks, or hold it unseen.
  struct Counts {
    std::int64_t evicted = 0;
    std::int64_t inactive = 0;
  };
  [[nodiscard]] Counts at(std::int64_t row, std::int64_t key) const;

 private:
  struct Level {
    std::vector<std::size_t> begin;  // [runs + 1]
    std::vector<Change> changes;
  };
  [[nodiscard]] static Level coarser(const Level& fine, std::int64_t rows);

  std::int64_t rows_ = 0;
  std::int64_t streams_ = 0;
  bool any_evicted_ = false;
  bool any_inactive_ = false;
  std::vector<Level> levels_;
};

}  // namespace kvfoot::plots
