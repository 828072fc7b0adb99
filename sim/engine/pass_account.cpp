// Integer accounting of passes, with decoding in closed form.
#include "sim/engine/pass_account.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "sim/core/capped_sum.hpp"
#include "sim/core/check.hpp"

namespace kvfoot {
namespace {

// min(past + steps, cap) without overflow where cap is kUncapped.
std::int64_t grown(std::int64_t past, std::int64_t steps, std::int64_t cap) {
  return std::min(past + steps, cap);
}

}  // namespace

PassAccount::PassAccount(const RunLengths& run, std::int32_t layers, std::int32_t heads,
                         PageSize page, ResidenceProfile* profile)
    : run_(run), heads_(heads), page_(page), profile_(profile) {
  KVFOOT_CHECK(page.block >= 1, "a page holds at least one entry");
  const auto streams = static_cast<std::size_t>(layers) * static_cast<std::size_t>(heads);
  past_.resize(streams);
  past_units_.resize(streams);
  full_units_.resize(streams);
  next_.resize(streams);
  const auto block = static_cast<std::uint64_t>(page.block);
  if (std::has_single_bit(block) && !page.formula) {
    shift_ = std::countr_zero(block);
  }
}

void PassAccount::count_units(std::span<const std::int64_t> entries, std::int64_t own,
                              std::span<std::int64_t> units) const {
  if (shift_ >= 0) {
    // Unsigned, because shifting signed 64-bit integers does not vectorise before AVX-512.
    const std::int64_t up = own + page_.block - 1;
    for (std::size_t s = 0; s < entries.size(); ++s) {
      units[s] = static_cast<std::int64_t>(static_cast<std::uint64_t>(entries[s] + up) >> shift_);
    }
    return;
  }
  for (std::size_t s = 0; s < entries.size(); ++s) {
    units[s] = own > 0 ? page_.units_during(entries[s], own) : page_.units(entries[s]);
  }
}

PassAccount::LayerSums PassAccount::layer_sums(std::size_t first, std::int64_t rows,
                                               std::span<const std::int64_t> after) const {
  LayerSums sums;
  const std::size_t end = first + static_cast<std::size_t>(heads_);
  if (page_.plain()) {
    for (std::size_t s = first; s < end; ++s) {
      sums.before += past_units_[s];
      sums.during += full_units_[s];
      sums.kept += next_[s];
      sums.grains_before += before_[s];
      sums.grains_kept += after[s];
    }
    sums.grains_during = sums.grains_before + heads_ * rows;
    return sums;
  }
  const auto units = [&](std::span<const std::int64_t> of) {
    const auto layer = of.subspan(first, static_cast<std::size_t>(heads_));
    return page_.rectangular ? heads_ * *std::ranges::max_element(layer)
                             : std::accumulate(layer.begin(), layer.end(), std::int64_t{0});
  };
  sums.before = units(past_units_);
  sums.during = units(full_units_);
  sums.kept = units(next_);
  for (std::size_t s = first; s < end; ++s) {
    sums.grains_before += page_.grains(before_[s]);
    sums.grains_during += page_.grains_during(before_[s], rows);
    sums.grains_kept += page_.grains(after[s]);
  }
  return sums;
}

void PassAccount::note_peaks(std::int64_t rows, std::span<const std::int64_t> after) {
  std::int64_t held = past_units_total_;  // of all streams as the layers run
  std::int64_t grains = past_grains_total_;
  std::int64_t held_pass = 0;
  for (std::size_t layer = 0; layer < past_.size(); layer += static_cast<std::size_t>(heads_)) {
    const LayerSums sums = layer_sums(layer, rows, after);
    held += sums.during - sums.before;
    grains += sums.grains_during - sums.grains_before;
    if (held > peak_units_ || (held == peak_units_ && grains > peak_grains_)) {
      peak_units_ = held;
      peak_grains_ = grains;
    }
    held += sums.kept - sums.during;
    grains += sums.grains_kept - sums.grains_during;
    held_pass += sums.during;
  }
  peak_units_pass_ = std::max(peak_units_pass_, held_pass);
  past_units_total_ = held;
  past_grains_total_ = grains;
}

void PassAccount::pass(const Pass& pass, std::span<const std::int64_t> after) {
  KVFOOT_CHECK(after.size() == past_.size(), "one count per stream");
  if (profile_ != nullptr) {
    profile_->push_pass(pass, past_);
    if (pass.index + 1 == run_.passes()) {
      profile_->push_end(after);
    }
  }
  const auto streams = static_cast<std::int64_t>(past_.size());
  const std::int64_t rows = pass.rows();
  entry_rows_ += rows * past_total_ + streams * triangle(rows);
  peak_entries_ = std::max(peak_entries_, past_total_ + streams * rows);
  patch_rows_ += pass.patch_rows;

  bool sound = true;
  past_total_ = 0;
  before_ = past_;
  for (std::size_t s = 0; s < past_.size(); ++s) {
    sound &= after[s] >= 0 && after[s] <= past_[s] + rows;
    past_total_ += after[s];
    past_[s] = after[s];
  }
  KVFOOT_CHECK(sound, "a stream keeps what it does not hold");
  count_units(before_, pass.forward_rows(), full_units_);
  count_units(past_, 0, next_);
  if (page_.formula) {
    // Fewer survivors can take more: what is left of a group goes back to full precision.
    for (std::size_t s = 0; s < past_.size(); ++s) {
      full_units_[s] = std::max(full_units_[s], next_[s]);
    }
  }
  note_peaks(pass.forward_rows(), after);
  past_units_.swap(next_);
}

void PassAccount::decode(std::int64_t first, std::int64_t count,
                         std::span<const std::int64_t> caps) {
  KVFOOT_CHECK(caps.size() == past_.size(), "one cap per stream");
  std::vector<std::int64_t> after(past_.size());
  const auto one_pass = [&](std::int64_t index) {
    for (std::size_t s = 0; s < past_.size(); ++s) {
      after[s] = grown(past_[s], 1, caps[s]);
    }
    pass(pass_at(run_, index, 0), after);
  };
  if (count <= 0) {
    return;
  }
  if (!page_.plain()) {
    for (std::int64_t i = 0; i < count; ++i) {
      one_pass(first + i);
    }
    return;
  }
  one_pass(first);  // may shrink: a stream can enter decoding above its cap
  const std::int64_t middle = count - 2;
  if (middle > 0) {
    // From here on no stream shrinks, so the last pass holds every maximum of the ones before it
    // and only their sum is needed.
    entry_rows_ += middle * static_cast<std::int64_t>(past_.size());
    for (std::size_t s = 0; s < past_.size(); ++s) {
      entry_rows_ += capped_sum(past_[s], caps[s], middle);
      if (profile_ != nullptr) {
        const std::int64_t growing = std::min(middle, caps[s] - past_[s]);
        const auto stream = static_cast<std::int64_t>(s);
        profile_->push_run(stream, first + 1, past_[s], 1, growing);
        profile_->push_run(stream, first + 1 + growing, caps[s], 0, middle - growing);
      }
      past_[s] = grown(past_[s], middle, caps[s]);
    }
    past_total_ = std::accumulate(past_.begin(), past_.end(), std::int64_t{0});
    past_grains_total_ = past_total_;
    count_units(past_, 0, past_units_);
    past_units_total_ = std::accumulate(past_units_.begin(), past_units_.end(), std::int64_t{0});
  }
  if (count > 1) {
    one_pass(first + count - 1);
  }
}

Metrics PassAccount::metrics() const {
  const auto streams = static_cast<std::int64_t>(past_.size());
  const std::int64_t rows = run_.rows();
  Metrics metrics;
  metrics.rows = rows;
  metrics.patch_rows = patch_rows_;
  metrics.footprint =
      static_cast<double>(entry_rows_) / static_cast<double>(streams * triangle(rows));
  metrics.peak_ratio = static_cast<double>(peak_entries_) / static_cast<double>(streams * rows);
  metrics.peak_entries = peak_entries_;
  metrics.entry_rows = entry_rows_;
  metrics.peak_kv_bytes = peak_units_ * page_.bytes;
  metrics.peak_kv_bytes_pass = peak_units_pass_ * page_.bytes;
  const std::int64_t per_unit = page_.grains_per_unit();
  metrics.page_waste_bytes = (peak_units_ * per_unit - peak_grains_) * (page_.bytes / per_unit);
  return metrics;
}

}  // namespace kvfoot
