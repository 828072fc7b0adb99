// Turns "what each stream held, pass by pass" into footprint and peaks.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/metrics.hpp"
#include "sim/core/schedule.hpp"
#include "sim/engine/profile.hpp"

namespace kvfoot {

// Counts in 64-bit integers; ratios are formed in metrics(), once. A stream is (layer, storage
// head), layer-major.
//
// Row clock: row i of a pass sees the survivors and the pass's entries up to itself; patch rows are
// not rows. Bytes: pages of whole streams. While layer l of a pass runs, layers before it hold what
// they kept, layer l its survivors and every row of the pass, patch rows included, and layers after
// it their survivors (peak_kv_bytes); or every layer holds its rows until the pass ends
// (peak_kv_bytes_pass). What is allocated at the first peak and holds nothing is page_waste_bytes;
// of several moments of that height, at the fullest.
class PassAccount {
 public:
  // `profile` may be null; it receives every pass.
  PassAccount(const RunLengths& run, std::int32_t layers, std::int32_t heads, PageSize page,
              ResidenceProfile* profile);

  // Entries each stream holds now: (layers * heads).
  [[nodiscard]] std::span<const std::int64_t> past() const { return past_; }

  // One pass, after which stream s keeps after[s] <= past()[s] + pass.rows() entries.
  void pass(const Pass& pass, std::span<const std::int64_t> after);

  // `count` decode passes from `first` on, after each of which stream s holds
  // min(past + 1, caps[s]): the same as `count` calls of pass(), in closed form where pages are
  // plain.
  void decode(std::int64_t first, std::int64_t count, std::span<const std::int64_t> caps);

  // Call once, after the last pass.
  [[nodiscard]] Metrics metrics() const;

 private:
  // Units of every stream: of its entries, and with `own` rows of the pass beside them.
  void count_units(std::span<const std::int64_t> entries, std::int64_t own,
                   std::span<std::int64_t> units) const;
  // The layers of one pass one after the other, from before_ to `after`.
  void note_peaks(std::int64_t rows, std::span<const std::int64_t> after);
  // A layer in one pass: what its streams take, and what lies in it.
  struct LayerSums {
    std::int64_t before = 0;  // units
    std::int64_t during = 0;
    std::int64_t kept = 0;
    std::int64_t grains_before = 0;
    std::int64_t grains_during = 0;
    std::int64_t grains_kept = 0;
  };
  // Of heads_ streams from `first` on.
  [[nodiscard]] LayerSums layer_sums(std::size_t first, std::int64_t rows,
                                     std::span<const std::int64_t> after) const;

  RunLengths run_;
  std::int32_t heads_;
  PageSize page_;
  int shift_ = -1;  // log2 of the block where it is a power of two
  ResidenceProfile* profile_;

  std::vector<std::int64_t> past_;        // (layers * heads) entries
  std::vector<std::int64_t> before_;      // (layers * heads) entries before the pass
  std::vector<std::int64_t> past_units_;  // (layers * heads) the same in units
  std::vector<std::int64_t> full_units_;  // (layers * heads) with every row of the pass
  std::vector<std::int64_t> next_;        // (layers * heads) scratch
  std::int64_t past_total_ = 0;
  std::int64_t past_units_total_ = 0;
  std::int64_t past_grains_total_ = 0;  // of what lies in those units

  std::int64_t entry_rows_ = 0;
  std::int64_t patch_rows_ = 0;
  std::int64_t peak_entries_ = 0;
  std::int64_t peak_units_ = 0;
  std::int64_t peak_grains_ = 0;
  std::int64_t peak_units_pass_ = 0;
};

}  // namespace kvfoot
