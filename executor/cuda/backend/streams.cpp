// Pages of ragged streams, and the runs of entries that eviction moves.
#include "executor/cuda/backend/streams.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "sim/core/check.hpp"
#include "sim/core/index_runs.hpp"

namespace kvfoot::cuda {
namespace {

// cudaMalloc takes two megabytes at a time and waits for the card: pages come from large slabs.
constexpr std::size_t kSlabBytes = std::size_t{32} << 20;
constexpr std::int64_t kFirstStride = 16;
// A table that moves is sent whole, so it is made for the whole run at once, unless that is very
// long: streams that are evicted from would never fill it.
constexpr std::int64_t kTableAtOnce = std::int64_t{16} << 20;

}  // namespace

Streams::Streams(MemoryLedger& ledger, DeviceBlocks& blocks)
    : ledger_(ledger), blocks_(blocks), pool_(&ledger, blocks, kSlabBytes) {}

void Streams::reset(std::int32_t layers, std::int32_t heads, std::int64_t head_dim,
                    std::int64_t block, DType type, std::int64_t most) {
  KVFOOT_CHECK(layers > 0 && heads > 0 && head_dim > 0 && block > 0, "empty cache geometry");
  layers_ = layers;
  heads_ = heads;
  head_dim_ = head_dim;
  block_ = block;
  type_ = type;
  const std::size_t streams = static_cast<std::size_t>(layers) * static_cast<std::size_t>(heads);
  sizes_.assign(streams, 0);
  rings_.assign(streams, {});
  bent_ = 0;
  pages_.assign(streams, {});
  ledger_.add(MemoryClass::kWorkspace, -static_cast<std::int64_t>(table_.bytes()));
  table_.release();
  most_ = (most + block - 1) / block;
  stride_ = 0;
  pool_.reset(static_cast<std::size_t>(block * entry_bytes()));
}

std::int64_t Streams::longest(std::int32_t layer) const { return std::ranges::max(sizes(layer)); }

std::int64_t Streams::longest() const { return std::ranges::max(sizes_); }

void Streams::grow(std::int32_t layer, std::int64_t count, TableChanges& changes) {
  const std::size_t words = changes.where.size();
  std::int32_t head = 0;
  try {
    for (; head < heads_; ++head) {
      auto& pages = pages_[index(layer, head)];
      const std::int64_t entries = size(layer, head) + count;
      KVFOOT_CHECK(entries <= std::numeric_limits<std::int32_t>::max(), "entries of a stream");
      const auto needed = static_cast<std::size_t>((entries + block_ - 1) / block_);
      while (pages.size() < needed) {
        changes.where.push_back(static_cast<std::int64_t>(index(layer, head)) * stride_ +
                                static_cast<std::int64_t>(pages.size()));
        changes.what.push_back(nullptr);
        pages.push_back(nullptr);
        pages.back() = changes.what.back() = pool_.take();
      }
    }
  } catch (...) {
    for (; head >= 0; --head) {
      auto& pages = pages_[index(layer, head)];
      const auto before = static_cast<std::size_t>((size(layer, head) + block_ - 1) / block_);
      while (pages.size() > before) {
        if (pages.back() != nullptr) {
          pool_.give_back(pages.back());
        }
        pages.pop_back();
      }
    }
    changes.where.resize(words);
    changes.what.resize(words);
    throw;
  }
  for (head = 0; head < heads_; ++head) {
    sizes_[index(layer, head)] += static_cast<std::int32_t>(count);
  }
}

// The newest entry goes where the one that leaves lies, if that is the first of the ring.
bool Streams::slide(std::size_t stream, std::span<const std::int32_t> kept, std::int32_t head,
                    std::vector<EntryRun>& runs) {
  const std::int32_t last = sizes_[stream] - 1;
  if (static_cast<std::int32_t>(kept.size()) != last) {
    return false;
  }
  const auto gone = static_cast<std::int32_t>(leading_run(kept));
  Ring& ring = rings_[stream];
  if (ring.length == 0) {
    ring = {.begin = gone, .length = last - gone, .turn = 0};
  }
  if (ring.begin != gone || ring.begin + ring.length != last) {
    return false;
  }
  if (ring.length == 0) {
    return true;  // the newest itself leaves
  }
  runs.push_back({.head = head, .to = ring.begin + ring.turn, .from = last, .count = 1});
  bent_ -= ring.turn != 0 ? 1 : 0;
  ring.turn = (ring.turn + 1) % ring.length;
  bent_ += ring.turn != 0 ? 1 : 0;
  return true;
}

void Streams::straighten_stream(std::size_t stream, std::int32_t head,
                                std::vector<EntryRun>& runs) {
  Ring& ring = rings_[stream];
  if (ring.turn != 0) {
    const std::int32_t front = ring.length - ring.turn;  // entries that come first in the list
    runs.push_back(
        {.head = head, .to = ring.begin, .from = ring.begin + ring.turn, .count = front});
    runs.push_back(
        {.head = head, .to = ring.begin + front, .from = ring.begin, .count = ring.turn});
    --bent_;
  }
  ring = {};
}

void Streams::straighten(std::int32_t layer, std::vector<EntryRun>& runs) {
  for (std::int32_t head = 0; head < heads_; ++head) {
    straighten_stream(index(layer, head), head, runs);
  }
}

void Streams::retain(std::int32_t layer, std::int32_t head, std::span<const std::int32_t> kept,
                     bool ring, std::vector<EntryRun>& runs) {
  const std::size_t stream = index(layer, head);
  std::int32_t& size = sizes_[stream];
  KVFOOT_CHECK(kept.empty() || kept.back() < size,
               "kept index " + std::to_string(kept.empty() ? 0 : kept.back()) + " of " +
                   std::to_string(size));
  if (!ring || !slide(stream, kept, head, runs)) {
    KVFOOT_CHECK(ring || rings_[stream].turn == 0, "a stream that is not in order");
    bent_ -= rings_[stream].turn != 0 ? 1 : 0;
    append_runs(head, kept, rings_[stream], runs);
    rings_[stream] = {};
  }
  size = static_cast<std::int32_t>(kept.size());
  auto& pages = pages_[stream];
  const auto needed = static_cast<std::size_t>((size + block_ - 1) / block_);
  while (pages.size() > needed) {
    pool_.give_back(pages.back());
    pages.pop_back();
  }
}

bool Streams::fit_table(std::int64_t longest, TableChanges& changes) {
  const std::int64_t needed = (longest + block_ - 1) / block_;
  if (needed <= stride_) {
    return false;
  }
  std::int64_t stride = std::max(stride_, kFirstStride);
  while (stride < needed) {
    stride *= 2;
  }
  const auto streams = static_cast<std::int64_t>(pages_.size());
  const bool small = most_ * streams <= kTableAtOnce / static_cast<std::int64_t>(sizeof(void*));
  if (most_ >= needed && (small || most_ < stride)) {
    stride = most_;
  }
  Array<std::byte*> table(blocks_, streams * stride);
  ledger_.add(MemoryClass::kWorkspace, static_cast<std::int64_t>(table.bytes()));
  ledger_.add(MemoryClass::kWorkspace, -static_cast<std::int64_t>(table_.bytes()));
  table_ = std::move(table);
  stride_ = stride;
  changes.where.clear();
  changes.what.clear();
  for (std::size_t stream = 0; stream < pages_.size(); ++stream) {
    for (std::size_t page = 0; page < pages_[stream].size(); ++page) {
      changes.where.push_back(static_cast<std::int64_t>(stream) * stride_ +
                              static_cast<std::int64_t>(page));
      changes.what.push_back(pages_[stream][page]);
    }
  }
  return true;
}

LayerPages Streams::view(std::int32_t layer, const std::int32_t* entries) const {
  LayerPages pages;
  pages.pages = table_.data() + static_cast<std::int64_t>(index(layer, 0)) * stride_;
  pages.entries = entries;
  pages.stride = stride_;
  pages.heads = heads_;
  pages.block = static_cast<std::int32_t>(block_);
  pages.head_dim = static_cast<std::int32_t>(head_dim_);
  pages.type = type_;
  return pages;
}

void append_runs(std::int32_t head, std::span<const std::int32_t> kept, const Ring& ring,
                 std::vector<EntryRun>& runs) {
  if (ring.turn == 0) {
    const std::size_t stay = leading_run(kept);
    for_each_run(kept.subspan(stay), [&](std::size_t at, std::size_t count) {
      runs.push_back({.head = head,
                      .to = static_cast<std::int32_t>(stay + at),
                      .from = kept[stay + at],
                      .count = static_cast<std::int32_t>(count)});
    });
    return;
  }
  std::int32_t to = 0;
  const std::size_t first = runs.size();
  for (const std::int32_t i : kept) {
    const std::int32_t in_ring = i - ring.begin;
    const std::int32_t from = in_ring >= 0 && in_ring < ring.length
                                  ? ring.begin + (in_ring + ring.turn) % ring.length
                                  : i;
    if (from != to) {
      if (runs.size() > first && runs.back().from + runs.back().count == from &&
          runs.back().to + runs.back().count == to) {
        ++runs.back().count;
      } else {
        runs.push_back({.head = head, .to = to, .from = from, .count = 1});
      }
    }
    ++to;
  }
}

std::vector<std::vector<EntryRun>> batches_of(std::span<const EntryRun> runs, std::int64_t most) {
  std::vector<std::vector<EntryRun>> batches;
  std::int64_t filled = most;
  for (EntryRun run : runs) {
    while (run.count > 0) {
      if (filled == most) {
        batches.emplace_back();
        filled = 0;
      }
      EntryRun part = run;
      part.count = static_cast<std::int32_t>(std::min<std::int64_t>(run.count, most - filled));
      part.first = filled;
      batches.back().push_back(part);
      filled += part.count;
      run.to += part.count;
      run.from += part.count;
      run.count -= part.count;
    }
  }
  return batches;
}

std::int64_t moved_entries(std::span<const EntryRun> runs) {
  std::int64_t entries = 0;
  for (const EntryRun& run : runs) {
    entries += run.count;
  }
  return entries;
}

}  // namespace kvfoot::cuda
