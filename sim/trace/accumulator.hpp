// Mass that the entries of one layer of one schedule have received, and how it grows row by row or
// row block by row block.
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

// Row blocks of one pass into one head. begin(); per query head and block add(); finish().
class BlockAccumulator {
 public:
  void begin(const HeadEntries& head, std::int32_t key_block, bool accumulate);
  // Adds rows * mass, renormalised over what is resident, to `sum` (per entry). Returns the share
  // of the mass that is resident.
  double add(const BlockMass& block, std::span<float> sum);
  // What add() held back; once per pass and `sum`.
  void finish(std::span<float> sum);

 private:
  // Mass of the survivors; notes which entries are among them.
  [[nodiscard]] double past_mass(const BlockMass& block);
  void add_rest(const BlockMass& block, float weight, std::span<float> sum);
  void add_entries(const BlockMass& block, float weight, std::span<float> sum);

  HeadEntries head_;
  std::int64_t width_ = 64;  // keys per block, a power of two
  int shift_ = 6;            // its logarithm
  bool accumulate_ = false;
  std::int64_t edge_ = 0;             // key block that holds the first own key
  float edge_count_ = 0;              // survivors in it
  std::vector<float> count_;          // survivors per key block before the edge
  std::vector<std::uint64_t> alive_;  // bit per past key
  std::vector<std::int32_t> before_;  // survivors before each word of alive_
  struct Hit {
    std::int32_t entry = 0;  // in the resident list
    float excess = 0;
  };
  std::vector<Hit> hits_;  // entries of the block at hand that survived
  std::size_t hit_count_ = 0;
  std::vector<float> rest_;  // per key block: mass of each of its keys, held back
};

}  // namespace kvfoot
