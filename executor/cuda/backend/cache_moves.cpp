// Batches of runs through a scratch.
#include "executor/cuda/backend/cache_moves.hpp"

#include <algorithm>

#include "executor/cuda/kernels/pages.hpp"

namespace kvfoot::cuda {
namespace {

constexpr std::int64_t kMoveBytes = std::int64_t{64} << 20;  // of scratch

// Such runs, in the order of the list, can be moved in batches: what one writes lies below all that
// a later one reads. Where a ring was turned, entries move up as well.
bool only_down(std::span<const EntryRun> runs) {
  return std::ranges::all_of(runs, [](const EntryRun& run) { return run.to < run.from; });
}

}  // namespace

bool only_slides(std::span<const EntryRun> runs) {
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].count != 1 || (i > 0 && runs[i].head == runs[i - 1].head)) {
      return false;
    }
  }
  return true;
}

void CacheMoves::begin_pass(bool rings) {
  rings_ = rings;
  shifted_ = false;
  runs_.resize(static_cast<std::size_t>(streams_.layers()));
  for (auto& runs : runs_) {
    runs.clear();
  }
}

void CacheMoves::enqueue(std::int32_t layer) {
  shifted_ = shifted_ || !only_slides(runs(layer));
  const std::int64_t batch = std::max<std::int64_t>(1, kMoveBytes / streams_.entry_bytes());
  move(layer, only_down(runs(layer)) ? batch : kTogether);
}

void CacheMoves::move(std::int32_t layer, std::int64_t most) {
  for (const std::vector<EntryRun>& batch : batches_of(runs(layer), most)) {
    MoveEntries move;
    move.cache = streams_.view(layer, nullptr);
    move.runs = uploads_.send(std::span<const EntryRun>(batch));
    move.count = static_cast<std::int32_t>(batch.size());
    move.moved = moved_entries(batch);
    Buffer<std::byte> scratch(buffers_, MemoryClass::kWorkspace,
                              move.moved * streams_.entry_bytes());
    move.scratch = scratch.data();
    uploads_.flush();
    launch_gather_entries(move, device_.compute_stream());
    launch_scatter_entries(move, device_.compute_stream());
  }
  forget(layer);
}

void CacheMoves::straighten() {
  for (std::int32_t layer = 0; layer < streams_.layers(); ++layer) {
    streams_.straighten(layer, runs_[static_cast<std::size_t>(layer)]);
    move(layer, kTogether);
  }
}

void CacheMoves::apply(TableChanges& changes) {
  if (changes.where.empty()) {
    return;
  }
  const auto count = static_cast<std::int32_t>(changes.where.size());
  TableUpdate update;
  update.table = streams_.table();
  update.where = uploads_.send(std::span<const std::int64_t>(changes.where));
  update.what = uploads_.send(std::span<std::byte* const>(changes.what));
  update.count = uploads_.send(std::span<const std::int32_t>(&count, 1));
  update.capacity = count;
  uploads_.flush();
  launch_table_update(update, device_.compute_stream());
  changes = {};
}

}  // namespace kvfoot::cuda
