// The paged, ragged, per-head KV cache as kernels see it, and the kernels that change it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "executor/cuda/runtime/handles.hpp"
#include "sim/core/shape.hpp"

namespace kvfoot::cuda {

// The streams of one layer. Pointers are to device memory. Page p of storage head h begins at
// pages[h * stride + p] and holds `block` keys, then `block` values, of head_dim scalars each.
// Pages are aligned to 256 bytes, unused entries of a page are finite.
struct LayerPages {
  std::byte* const* pages = nullptr;      // (heads, stride)
  const std::int32_t* entries = nullptr;  // (heads): resident, the rows of the pass included
  std::int64_t stride = 0;
  std::int32_t heads = 0;  // storage heads
  std::int32_t block = 16;
  std::int32_t head_dim = 0;
  DType type = DType::kF32;
};

// table[where[i]] = what[i] for i < *count (all of them in device memory).
struct TableUpdate {
  std::byte** table = nullptr;
  const std::int64_t* where = nullptr;
  std::byte* const* what = nullptr;
  const std::int32_t* count = nullptr;
  std::int32_t capacity = 0;  // the most that *count can be: fixes the launch
};
void launch_table_update(const TableUpdate& args, Stream stream);

// Entries [from, from + count) of a stream become entries [to, to + count), to < from.
struct EntryRun {
  std::int32_t head = 0;
  std::int32_t to = 0;
  std::int32_t from = 0;
  std::int32_t count = 0;
  std::int64_t first = 0;  // entries of the runs before this one: where it lies in the scratch
};

// Compaction in two steps, so that entries that overlap do not hurt: gather copies every run into
// scratch (entries, 2, head_dim), scatter writes it back. `entries` of cache is not read.
struct MoveEntries {
  LayerPages cache;
  const EntryRun* runs = nullptr;  // (count), in device memory
  std::int32_t count = 0;
  std::int64_t moved = 0;  // entries of all runs
  void* scratch = nullptr;
};
void launch_gather_entries(const MoveEntries& args, Stream stream);
void launch_scatter_entries(const MoveEntries& args, Stream stream);

// A window that slides: entry `from` of a stream becomes its entry `to`, and nothing else moves.
struct EntryMove {
  std::int32_t from = -1;
  std::int32_t to = -1;  // not `from`; negative: nothing
};
struct SlideEntries {
  LayerPages cache;                  // `entries` is not read
  const EntryMove* moves = nullptr;  // (heads), in device memory: a captured launch stays right
};
void launch_slide_entries(const SlideEntries& args, Stream stream);

// The same as MoveEntries for fp32 values that go with entries (accumulated mass): `values` (heads,
// stride).
struct MoveValues {
  float* values = nullptr;
  std::int64_t stride = 0;
  const EntryRun* runs = nullptr;  // their `head` counts rows of `values`
  std::int32_t count = 0;
  std::int64_t moved = 0;
  float* scratch = nullptr;  // (moved)
};
void launch_gather_values(const MoveValues& args, Stream stream);
void launch_scatter_values(const MoveValues& args, Stream stream);

// Keys rotated at their index in the cache (StreamingLLM), values as they are: every entry of
// `from` is written to the same place of `to`, which has the same geometry. Cosines and sines are
// (at least the longest stream, head_dim / 2), row i for index i.
struct RotatePages {
  LayerPages from;
  LayerPages to;
  const float* cosine = nullptr;
  const float* sine = nullptr;
  std::int64_t longest = 0;  // entries of the longest stream: fixes the launch
};
void launch_rotate_pages(const RotatePages& args, Stream stream);

}  // namespace kvfoot::cuda
