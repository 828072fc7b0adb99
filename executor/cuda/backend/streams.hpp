// Which pages every stream holds, and what the card must be told about it. All accounting is done
// here, on the host, when the loop asks for it; the kernels that follow only move bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "executor/cuda/backend/device_memory.hpp"
#include "executor/cuda/kernels/pages.hpp"
#include "executor/memory/page_pool.hpp"

namespace kvfoot::cuda {

// New words of the page table.
struct TableChanges {
  std::vector<std::int64_t> where;
  std::vector<std::byte*> what;
};

// Where the entries of a stream lie while it loses one and gains one per pass (a window that
// slides): the newest entry takes the place of the one that left, and nothing else moves. Entry
// `begin` + i of the list lies at begin + (i + turn) % length for i < length, all others at their
// own index.
struct Ring {
  std::int32_t begin = 0;
  std::int32_t length = 0;
  std::int32_t turn = 0;
};

class Streams {
 public:
  Streams(MemoryLedger& ledger, DeviceBlocks& blocks);

  // Drops everything. `most` is a hint: entries that a stream will have at most, 0 if not known.
  void reset(std::int32_t layers, std::int32_t heads, std::int64_t head_dim, std::int64_t block,
             DType type, std::int64_t most = 0);

  [[nodiscard]] std::int32_t layers() const { return layers_; }
  [[nodiscard]] std::int32_t heads() const { return heads_; }
  [[nodiscard]] std::int64_t size(std::int32_t layer, std::int32_t head) const {
    return sizes_[index(layer, head)];
  }
  // Entries of the streams of a layer, (heads).
  [[nodiscard]] std::span<const std::int32_t> sizes(std::int32_t layer) const {
    return std::span(sizes_).subspan(index(layer, 0), static_cast<std::size_t>(heads_));
  }
  [[nodiscard]] std::int64_t longest(std::int32_t layer) const;
  [[nodiscard]] std::int64_t longest() const;

  // Makes room for `count` more entries in every stream of the layer, and adds the words that the
  // table needs to `changes`. Throws std::bad_alloc and changes nothing then.
  void grow(std::int32_t layer, std::int64_t count, TableChanges& changes);
  // Keeps the entries with these ascending indices and gives pages back; adds the runs that move.
  // With `ring`, survivors need not lie in order if that saves moving them, and runs must be moved
  // together (kTogether): entries may move up.
  void retain(std::int32_t layer, std::int32_t head, std::span<const std::int32_t> kept, bool ring,
              std::vector<EntryRun>& runs);
  // Entries of the layer lie in order again; adds the runs that move. They must be moved together
  // (batches_of with no limit): entries move up, too.
  void straighten(std::int32_t layer, std::vector<EntryRun>& runs);
  [[nodiscard]] std::span<const Ring> rings(std::int32_t layer) const {
    return std::span(rings_).subspan(index(layer, 0), static_cast<std::size_t>(heads_));
  }
  [[nodiscard]] bool straight() const { return bent_ == 0; }  // every stream lies in order

  // The table on the device has room for pages of this many per stream; true if it moved, and every
  // word of it is in `changes` then. To be called before the work of a pass is enqueued.
  bool fit_table(std::int64_t longest, TableChanges& changes);
  [[nodiscard]] std::byte** table() const { return table_.data(); }
  // A layer's part of the table; `entries` (heads) is the caller's array on the device.
  [[nodiscard]] LayerPages view(std::int32_t layer, const std::int32_t* entries) const;

  [[nodiscard]] const PagePool& pool() const { return pool_; }
  void reset_peak() { pool_.reset_peak(); }
  [[nodiscard]] std::int64_t entry_bytes() const { return 2 * head_dim_ * scalar_bytes(type_); }
  [[nodiscard]] std::int64_t head_dim() const { return head_dim_; }
  [[nodiscard]] std::int64_t block() const { return block_; }
  [[nodiscard]] DType type() const { return type_; }

 private:
  [[nodiscard]] std::size_t index(std::int32_t layer, std::int32_t head) const {
    return static_cast<std::size_t>(layer) * static_cast<std::size_t>(heads_) +
           static_cast<std::size_t>(head);
  }

  bool slide(std::size_t stream, std::span<const std::int32_t> kept, std::int32_t head,
             std::vector<EntryRun>& runs);
  void straighten_stream(std::size_t stream, std::int32_t head, std::vector<EntryRun>& runs);

  MemoryLedger& ledger_;
  DeviceBlocks& blocks_;
  std::int32_t layers_ = 0;
  std::int32_t heads_ = 0;
  std::int64_t head_dim_ = 0;
  std::int64_t block_ = 1;
  DType type_ = DType::kF32;
  std::vector<std::int32_t> sizes_;             // (layers, heads)
  std::vector<Ring> rings_;                     // (layers, heads)
  std::int64_t bent_ = 0;                       // streams whose ring is turned
  std::vector<std::vector<std::byte*>> pages_;  // (layers, heads)
  PagePool pool_;
  std::int64_t most_ = 0;    // pages per stream, the hint of reset()
  std::int64_t stride_ = 0;  // pages per stream that the table has room for
  Array<std::byte*> table_;  // (layers, heads, stride) on the device
};

// The runs that move when the entries with these ascending indices stay and lie in order.
void append_runs(std::int32_t head, std::span<const std::int32_t> kept, const Ring& ring,
                 std::vector<EntryRun>& runs);
// Cuts runs into batches of at most `most` entries each (a run may be cut), in order, with `first`
// counted within the batch. Batches may be moved one after the other if entries only move down;
// kTogether makes one batch.
inline constexpr std::int64_t kTogether = std::int64_t{1} << 62;
[[nodiscard]] std::vector<std::vector<EntryRun>> batches_of(std::span<const EntryRun> runs,
                                                            std::int64_t most);
[[nodiscard]] std::int64_t moved_entries(std::span<const EntryRun> runs);

}  // namespace kvfoot::cuda
