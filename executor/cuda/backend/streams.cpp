// Pages of ragged streams, and the runs of entries that eviction moves.
#include "executor/cuda/backend/streams.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "sim/core/check.hpp"

namespace kvfoot::cuda {
namespace {

// cudaMalloc takes two megabytes at a time and waits for the card: pages come from large slabs.
constexpr std::size_t kSlabBytes = std::size_t{32} << 20;
constexpr std::int64_t kFirstStride = 16;

}  // namespace

Streams::Streams(MemoryLedger& ledger, DeviceBlocks& blocks)
    : ledger_(ledger), blocks_(blocks), pool_(&ledger, blocks, kSlabBytes) {}

void Streams::reset(std::int32_t layers, std::int32_t heads, std::int64_t head_dim,
                    std::int64_t block, DType type) {
  KVFOOT_CHECK(layers > 0 && heads > 0 && head_dim > 0 && block > 0, "empty cache geometry");
  layers_ = layers;
  heads_ = heads;
  head_dim_ = head_dim;
  block_ = block;
  type_ = type;
  const std::size_t streams = static_cast<std::size_t>(layers) * static_cast<std::size_t>(heads);
  sizes_.assign(streams, 0);
  pages_.assign(streams, {});
  ledger_.add(MemoryClass::kWorkspace, -static_cast<std::int64_t>(table_.bytes()));
  table_.release();
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

void Streams::retain(std::int32_t layer, std::int32_t head, std::span<const std::int32_t> kept,
                     std::vector<EntryRun>& runs) {
  std::int32_t& size = sizes_[index(layer, head)];
  KVFOOT_CHECK(kept.empty() || kept.back() < size,
               "kept index " + std::to_string(kept.empty() ? 0 : kept.back()) + " of " +
                   std::to_string(size));
  append_runs(head, kept, runs);
  size = static_cast<std::int32_t>(kept.size());
  auto& pages = pages_[index(layer, head)];
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
  Array<std::byte*> table(blocks_, static_cast<std::int64_t>(pages_.size()) * stride);
  ledger_.add(MemoryClass::kWorkspace,
              static_cast<std::int64_t>(table.bytes()) - static_cast<std::int64_t>(table_.bytes()));
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

void append_runs(std::int32_t head, std::span<const std::int32_t> kept,
                 std::vector<EntryRun>& runs) {
  std::int32_t to = 0;
  std::int32_t previous = -1;
  const std::size_t first = runs.size();
  for (const std::int32_t from : kept) {
    KVFOOT_CHECK(from > previous,
                 "kept index " + std::to_string(from) + " after " + std::to_string(previous));
    if (from != to) {
      if (runs.size() > first && runs.back().from + runs.back().count == from) {
        ++runs.back().count;
      } else {
        runs.push_back({.head = head, .to = to, .from = from, .count = 1});
      }
    }
    previous = from;
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
