// Mass that the keys of one stream of one schedule have received, and how much of each row lies on
// what is still resident, row block by row block.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/schedule.hpp"
#include "sim/trace/block_code.hpp"

namespace kvfoot {

// One storage head as the accumulation of a pass sees it. Keys are places in the recorded rows;
// entries are places in the resident list.
struct HeadEntries {
  std::span<const TokenPos> resident;  // past survivors, then the pass's own entries
  std::int64_t past = 0;               // how many survivors
  std::int64_t past_keys = 0;          // keys before the pass's own
  // Key and entry numbers agree: nothing was evicted, or the trace was recorded under this very
  // schedule.
  bool whole = true;
};

// What all schedules share of one decoded row block.
struct BlockMass {
  const DecodedBlock* decoded = nullptr;
  std::int64_t keys = 0;
  std::int64_t rows = 0;
  double total = 0;  // mean over rows of the mass of all keys, or 0
  double own = 0;    // ... of the keys of the pass
  // Per entry: its mass beyond the mean of its key block; the first past_entries of them are keys
  // before the pass's own.
  std::vector<float> excess;
  std::size_t past_entries = 0;
};

// Weighs a decoded block; `block` is reused from block to block. Without `total` only the mass of
// the pass's own keys is added up.
void weigh_block(const DecodedBlock& decoded, std::int64_t keys, std::int64_t rows,
                 std::int64_t past_keys, std::int32_t key_block, bool total, BlockMass& block);

// Everything is kept by key, evicted ones included, so that a row block costs what it holds and not
// what is resident: what lands on evicted keys is never read. Memory: a bit per key, a few bytes
// per key block, and, when mass is accumulated, four bytes per key.
class HeadMass {
 public:
  HeadMass() = default;
  HeadMass(std::int32_t key_block, bool accumulate);

  // Before the rows of a pass over `keys` keys in all.
  void begin(std::int64_t keys);
  // Adds the rows of a block, renormalised over what is resident. Returns the share of their mass
  // that is resident.
  double add(const HeadEntries& head, const BlockMass& block);
  // Adds one row that is already renormalised: mass per entry, the first of head.resident.
  void add_row(const HeadEntries& head, std::span<const float> mass);
  // After the rows: keys [begin, end) are resident from now on.
  void append(std::int64_t begin, std::int64_t end);

  // Mass received per entry of head.resident; needs accumulation.
  void values(const HeadEntries& head, std::span<float> out) const;
  // Keeps the entries with these indices. By key: positions are keys. By entry (a trace recorded
  // under this very schedule): the keys that follow are numbered anew.
  void retain_keys(std::span<const TokenPos> resident, std::span<const std::int32_t> kept);
  void retain_entries(std::span<const std::int32_t> kept);

 private:
  [[nodiscard]] double past_mass(const BlockMass& block, std::int64_t past_keys) const;
  void accumulate(const BlockMass& block, float weight);
  void drop(std::int64_t key);

  int shift_ = 6;  // logarithm of the keys per block
  bool accumulate_ = false;
  std::vector<std::uint32_t> alive_;  // bit per key before the pass
  std::vector<float> count_;          // of them, per key block
  std::vector<float> sum_;            // per key
  std::vector<float> rest_;           // per key block: what each of its keys gets on top of sum_
};

}  // namespace kvfoot
