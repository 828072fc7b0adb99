// Changes of the paged cache. All of them are bound by the bytes that they move.
#include "executor/cuda/kernels/pages.hpp"

#include "executor/cuda/kernels/page_place.hpp"
#include "executor/cuda/kernels/vectors.hpp"
#include "executor/cuda/primitives/kernel.hpp"

namespace kvfoot::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;
constexpr Extent kBlock{kThreads};
// Entries that a warp moves together: the search for the first serves all of them, and their loads
// are under way at once.
constexpr int kWarpEntries = 4;

__global__ void __launch_bounds__(kThreads) table_update_kernel(TableUpdate args) {
  const std::int64_t i = thread_index();
  if (i < *args.count) {
    args.table[args.where[i]] = args.what[i];
  }
}

// The run that moved entry `m` belongs to: the last one that begins at or before m. Runs of no
// entries are passed over, since the run after them begins at the same place.
__device__ __forceinline__ std::int32_t run_of(const EntryRun* runs, std::int32_t count,
                                               std::int64_t m) {
  std::int32_t low = 0;
  std::int32_t high = count;
  while (high - low > 1) {
    const std::int32_t middle = low + (high - low) / 2;
    if (runs[middle].first <= m) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

// A warp per kWarpEntries moved entries, in pieces of the type Piece; the scratch holds the key,
// then the value of an entry.
template <class Piece, bool kGather>
__global__ void __launch_bounds__(kThreads) move_entries_kernel(MoveEntries args) {
  const std::int64_t lane = threadIdx.x % 32;
  const std::int64_t scalar = args.cache.type == DType::kF32 ? 4 : 2;
  const std::int64_t row = args.cache.head_dim * scalar;  // bytes
  const auto pieces = static_cast<std::int32_t>(row / static_cast<std::int64_t>(sizeof(Piece)));
  const std::int64_t m = thread_index() / 32 * kWarpEntries;
  if (m >= args.moved) {
    return;
  }
  const std::int32_t entries =
      m + kWarpEntries < args.moved ? kWarpEntries : static_cast<std::int32_t>(args.moved - m);
  std::int32_t run = run_of(args.runs, args.count, m);
  EntryRun at = args.runs[run];
  std::byte* key[kWarpEntries];
#pragma unroll
  for (std::int32_t e = 0; e < kWarpEntries; ++e) {
    if (e < entries) {
      while (m + e - at.first >= at.count) {
        at = args.runs[++run];
      }
      const std::int64_t entry = (kGather ? at.from : at.to) + (m + e - at.first);
      key[e] = place_of(args.cache, at.head, entry, false, row);
    }
  }
  std::byte* scratch = static_cast<std::byte*>(args.scratch) + m * 2 * row;
  for (std::int64_t p = lane; p < 2 * pieces; p += 32) {
    const std::int64_t in_scratch = p * static_cast<std::int64_t>(sizeof(Piece));
    const std::int64_t in_page = in_scratch + (p < pieces ? 0 : (args.cache.block - 1) * row);
    Piece piece[kWarpEntries];  // all loads before the first store
#pragma unroll
    for (std::int32_t e = 0; e < kWarpEntries; ++e) {
      if (e < entries) {
        piece[e] = *reinterpret_cast<const Piece*>(kGather ? key[e] + in_page
                                                           : scratch + e * 2 * row + in_scratch);
      }
    }
#pragma unroll
    for (std::int32_t e = 0; e < kWarpEntries; ++e) {
      if (e < entries) {
        *reinterpret_cast<Piece*>(kGather ? scratch + e * 2 * row + in_scratch : key[e] + in_page) =
            piece[e];
      }
    }
  }
}

template <bool kGather>
void launch_move(const MoveEntries& args, Stream stream) {
  if (args.moved == 0) {
    return;
  }
  const Extent grid{blocks_for(args.moved, kWarps * kWarpEntries)};
  const std::int64_t row = args.cache.head_dim * (args.cache.type == DType::kF32 ? 4 : 2);
  if (row % 16 == 0 && aligned_16(args.scratch)) {
    KVFOOT_LAUNCH((move_entries_kernel<uint4, kGather>), grid, kBlock, 0, stream, args);
  } else {
    KVFOOT_LAUNCH((move_entries_kernel<std::uint16_t, kGather>), grid, kBlock, 0, stream, args);
  }
}

// A warp per stream; key and value of an entry are 2 * head_dim scalars, one round of 16-byte
// pieces for head dimension 128 of 16 bits.
template <class Piece>
__global__ void __launch_bounds__(kThreads) slide_entries_kernel(SlideEntries args) {
  const std::int64_t warp = thread_index() / 32;
  if (warp >= args.cache.heads) {
    return;
  }
  const auto head = static_cast<std::int32_t>(warp);
  const EntryMove move = args.moves[head];
  if (move.to < 0) {
    return;
  }
  const std::int64_t scalar = args.cache.type == DType::kF32 ? 4 : 2;
  const std::int64_t row = args.cache.head_dim * scalar;  // bytes
  const auto pieces = static_cast<std::int32_t>(row / static_cast<std::int64_t>(sizeof(Piece)));
  const std::byte* const from = place_of(args.cache, head, move.from, false, row);
  std::byte* const to = place_of(args.cache, head, move.to, false, row);
  const std::int64_t to_value = (args.cache.block - 1) * row;
#pragma unroll 2
  for (auto p = static_cast<std::int32_t>(threadIdx.x) % 32; p < 2 * pieces; p += 32) {
    const std::int64_t at =
        p * static_cast<std::int64_t>(sizeof(Piece)) + (p < pieces ? 0 : to_value);
    *reinterpret_cast<Piece*>(to + at) = *reinterpret_cast<const Piece*>(from + at);
  }
}

// One thread per moved value.
template <bool kGather>
__global__ void __launch_bounds__(kThreads) move_values_kernel(MoveValues args) {
  const std::int64_t m = thread_index();
  if (m >= args.moved) {
    return;
  }
  const EntryRun run = args.runs[run_of(args.runs, args.count, m)];
  float* row = args.values + run.head * args.stride + (m - run.first);
  if constexpr (kGather) {
    args.scratch[m] = row[run.from];
  } else {
    row[run.to] = args.scratch[m];
  }
}

// One thread per kStep pairs of one entry; blockIdx.y is the storage head.
template <class C, int kStep>
__global__ void __launch_bounds__(kThreads) rotate_pages_kernel(RotatePages args) {
  const std::int32_t half = args.from.head_dim / 2;
  const std::int32_t steps = half / kStep;
  const auto head = static_cast<std::int32_t>(blockIdx.y);
  const auto index = static_cast<std::uint32_t>(thread_index());
  const std::int64_t entry = index / static_cast<std::uint32_t>(steps);
  if (entry >= args.from.entries[head]) {
    return;
  }
  const std::int64_t i = (index - entry * steps) * kStep;
  Halves<kStep> value;
  value.load(place_of<C>(args.from, head, entry, true) + i, half);
  value.store(place_of<C>(args.to, head, entry, true) + i, half);
  Halves<kStep> key;
  key.load(place_of<C>(args.from, head, entry, false) + i, half);
  key.turn_by(args.cosine + entry * half + i, args.sine + entry * half + i);
  key.store(place_of<C>(args.to, head, entry, false) + i, half);
}

template <bool kGather>
void launch_move_values(const MoveValues& args, Stream stream) {
  if (args.moved > 0) {
    const Extent grid{blocks_for(args.moved, kThreads)};
    KVFOOT_LAUNCH(move_values_kernel<kGather>, grid, kBlock, 0, stream, args);
  }
}

}  // namespace

void launch_table_update(const TableUpdate& args, Stream stream) {
  if (args.capacity > 0) {
    const Extent grid{blocks_for(args.capacity, kThreads)};
    KVFOOT_LAUNCH(table_update_kernel, grid, kBlock, 0, stream, args);
  }
}

void launch_gather_entries(const MoveEntries& args, Stream stream) {
  launch_move<true>(args, stream);
}
void launch_scatter_entries(const MoveEntries& args, Stream stream) {
  launch_move<false>(args, stream);
}
void launch_slide_entries(const SlideEntries& args, Stream stream) {
  const Extent grid{blocks_for(args.cache.heads, kWarps)};
  const std::int64_t row = args.cache.head_dim * (args.cache.type == DType::kF32 ? 4 : 2);
  if (row % 16 == 0) {
    KVFOOT_LAUNCH(slide_entries_kernel<uint4>, grid, kBlock, 0, stream, args);
  } else {
    KVFOOT_LAUNCH(slide_entries_kernel<std::uint16_t>, grid, kBlock, 0, stream, args);
  }
}
void launch_gather_values(const MoveValues& args, Stream stream) {
  launch_move_values<true>(args, stream);
}
void launch_scatter_values(const MoveValues& args, Stream stream) {
  launch_move_values<false>(args, stream);
}

void launch_rotate_pages(const RotatePages& args, Stream stream) {
  if (args.longest == 0) {
    return;
  }
  constexpr int kWide = 8;
  const std::int64_t half = args.from.head_dim / 2;
  const bool wide = half % kWide == 0 && aligned_16(args.cosine) && aligned_16(args.sine);
  const std::int64_t steps = wide ? half / kWide : half;
  const Extent grid{blocks_for(args.longest * steps, kThreads),
                    static_cast<std::uint32_t>(args.from.heads)};
  with_scalar(args.from.type, [&](auto cached) {
    using C = decltype(cached);
    if (wide) {
      KVFOOT_LAUNCH((rotate_pages_kernel<C, kWide>), grid, kBlock, 0, stream, args);
    } else {
      KVFOOT_LAUNCH((rotate_pages_kernel<C, 1>), grid, kBlock, 0, stream, args);
    }
  });
}

}  // namespace kvfoot::cuda
