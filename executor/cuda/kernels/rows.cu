// Kernels that work row by row. All of them are bound by the bytes that they move; for one row
// (decode) by the launch.
#include "executor/cuda/kernels/rows.hpp"

#include "executor/cuda/kernels/norm.hpp"
#include "executor/cuda/kernels/page_place.hpp"
#include "executor/cuda/kernels/vectors.hpp"
#include "executor/cuda/primitives/kernel.hpp"

namespace kvfoot::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kWide = 8;  // scalars per step of a thread where shapes allow; 1 else

// One block per row.
template <class T, int kStep>
__global__ void __launch_bounds__(kThreads) embed_kernel(EmbedArgs args) {
  const std::int64_t r = blockIdx.x;
  const T* from = static_cast<const T*>(args.table) + args.tokens[r] * args.hidden;
  for (std::int64_t i = static_cast<std::int64_t>(threadIdx.x) * kStep; i < args.hidden;
       i += kThreads * kStep) {
    float values[kStep];
    load_floats(from + i, values);
    store_floats(args.x + r * args.hidden + i, values);
  }
}

// One block per row. The second reading of x comes from the first cache. kStep is 4 or 1.
template <class T, int kStep>
__global__ void __launch_bounds__(kNormThreads) rms_norm_kernel(RmsNormArgs args) {
  const std::int64_t h = args.hidden;
  const float* x = args.x + blockIdx.x * h;
  T* out = static_cast<T*>(args.out) + blockIdx.x * h;
  const std::int64_t first = static_cast<std::int64_t>(threadIdx.x) * 4;
  float squares = 0;
#pragma unroll 4
  for (std::int64_t i = first; i < h; i += kNormThreads * 4) {
    float quad[4];
    if constexpr (kStep == 4) {
      load_floats(x + i, quad);
    } else {
      load_quad(x, i, h, quad);
    }
    squares = add_squares(squares, quad);
  }
  const float factor =
      norm_factor(squares, h, args.epsilon, reinterpret_cast<float*>(shared_memory()));
#pragma unroll 4
  for (std::int64_t i = first; i < h; i += kNormThreads * 4) {
    if constexpr (kStep == 4) {
      float quad[4];
      float weight[4];
      load_floats(x + i, quad);
      load_floats(args.weight + i, weight);
#pragma unroll
      for (int c = 0; c < 4; ++c) {
        quad[c] = normed(quad[c], factor, weight[c]);
      }
      store_floats(out + i, quad);
    } else {
      for (std::int64_t c = i; c < i + 4 && c < h; ++c) {
        out[c] = from_float<T>(normed(x[c], factor, args.weight[c]));
      }
    }
  }
}

// One thread per angle.
__global__ void __launch_bounds__(kThreads) rope_table_kernel(RopeTableArgs args) {
  const std::int64_t i = thread_index();
  if (i >= args.rows * args.half) {
    return;
  }
  const std::int64_t row = i / args.half;
  const std::int64_t position = args.positions == nullptr ? row : args.positions[row];
  const double angle = __fmul_rn(static_cast<float>(position), args.frequency[i - row * args.half]);
  args.cosine[i] = static_cast<float>(cos(angle));
  args.sine[i] = static_cast<float>(sin(angle));
}

// Rows along x of the grid, their parts along y: this thread's part.
__device__ __forceinline__ std::int32_t part_of_row() {
  return static_cast<std::int32_t>(blockIdx.y * kThreads + threadIdx.x);
}

// One thread per kStep pairs (i, i + head_dim / 2) of one head of one row. Where it goes is looked
// up while the values are on their way.
template <class T, class C, int kStep>
__global__ void __launch_bounds__(kThreads, 2) append_kernel(AppendArgs args) {
  let_next_kernel_begin();
  await_earlier_kernels();
  const std::int64_t r = blockIdx.x;
  const std::int32_t half = args.cache.head_dim / 2;
  const std::int32_t steps = half / kStep;
  const std::int32_t heads = args.q_heads + 2 * args.kv_heads;
  const std::int32_t head = part_of_row() / steps;
  if (head >= heads) {
    return;
  }
  const std::int32_t i = (part_of_row() - head * steps) * kStep;
  const T* from = static_cast<const T*>(args.qkv) + (r * heads + head) * args.cache.head_dim + i;
  Halves<kStep> halves;
  halves.load(from, half);
  const bool query = head < args.q_heads;
  const bool value = head >= args.q_heads + args.kv_heads;
  const std::int32_t copies = query ? 1 : args.cache.heads / args.kv_heads;
  const std::int32_t storage = (head - args.q_heads - (value ? args.kv_heads : 0)) * copies;
  const auto place = [&](std::int32_t copy) {
    return query ? static_cast<C*>(args.q) + (r * args.q_heads + head) * args.cache.head_dim + i
                 : place_of<C>(args.cache, storage + copy,
                               args.cache.entries[storage + copy] - args.rows + r, value) +
                       i;
  };
  C* const to = place(0);
  if (args.cosine != nullptr && !value) {
    halves.turn_by(args.cosine + r * half + i, args.sine + r * half + i);
  }
  halves.store(to, half);
  for (std::int32_t copy = 1; copy < copies; ++copy) {
    halves.store(place(copy), half);
  }
}

template <class C, int kStep>
__global__ void __launch_bounds__(kThreads) rotate_queries_kernel(RotateQueries args) {
  const std::int64_t r = blockIdx.x;
  const std::int32_t half = args.cache.head_dim / 2;
  const std::int32_t steps = half / kStep;
  const std::int32_t head = part_of_row() / steps;
  if (head >= args.q_heads) {
    return;
  }
  const std::int32_t i = (part_of_row() - head * steps) * kStep;
  const std::int32_t storage = head / (args.q_heads / args.cache.heads);
  const std::int64_t entry = args.cache.entries[storage] - args.rows + r;
  C* q = static_cast<C*>(args.q) + (r * args.q_heads + head) * args.cache.head_dim + i;
  Halves<kStep> halves;
  halves.load(q, half);
  halves.turn_by(args.cosine + entry * half + i, args.sine + entry * half + i);
  halves.store(q, half);
}

template <class T, int kStep>
__global__ void __launch_bounds__(kThreads) swiglu_kernel(SwigluArgs args) {
  const std::int64_t r = blockIdx.x;
  const std::int64_t i = static_cast<std::int64_t>(part_of_row()) * kStep;
  if (i >= args.ffn) {
    return;
  }
  const T* from = static_cast<const T*>(args.gate_up) + 2 * r * args.ffn + i;
  float gate[kStep];
  float up[kStep];
  load_floats(from, gate);
  load_floats(from + args.ffn, up);
#pragma unroll
  for (int c = 0; c < kStep; ++c) {
    gate[c] = gated(gate[c], up[c]);
  }
  store_floats(static_cast<T*>(args.out) + r * args.ffn + i, gate);
}

constexpr Extent kBlock{kThreads};

Extent grid_for(std::int64_t rows, std::int64_t parts) {
  return {static_cast<std::uint32_t>(rows), blocks_for(parts, kThreads)};
}

}  // namespace

void launch_embed(const EmbedArgs& args, Stream stream) {
  if (args.rows == 0) {
    return;
  }
  const Extent grid{static_cast<std::uint32_t>(args.rows)};
  const bool wide = args.hidden % kWide == 0 && aligned_16(args.table) && aligned_16(args.x);
  with_scalar(args.type, [&](auto scalar) {
    using T = decltype(scalar);
    if (wide) {
      KVFOOT_LAUNCH((embed_kernel<T, kWide>), grid, kBlock, 0, stream, args);
    } else {
      KVFOOT_LAUNCH((embed_kernel<T, 1>), grid, kBlock, 0, stream, args);
    }
  });
}

void launch_rms_norm(const RmsNormArgs& args, Stream stream) {
  if (args.rows == 0) {
    return;
  }
  const Extent grid{static_cast<std::uint32_t>(args.rows)};
  const Extent block{kNormThreads};
  constexpr std::size_t kBytes = kNormWarps * sizeof(float);
  const bool wide =
      args.hidden % 4 == 0 && aligned_16(args.x) && aligned_16(args.weight) && aligned_16(args.out);
  with_scalar(args.type, [&](auto scalar) {
    using T = decltype(scalar);
    if (wide) {
      KVFOOT_LAUNCH((rms_norm_kernel<T, 4>), grid, block, kBytes, stream, args);
    } else {
      KVFOOT_LAUNCH((rms_norm_kernel<T, 1>), grid, block, kBytes, stream, args);
    }
  });
}

void launch_rope_table(const RopeTableArgs& args, Stream stream) {
  if (args.rows * args.half > 0) {
    KVFOOT_LAUNCH(rope_table_kernel, Extent{blocks_for(args.rows * args.half, kThreads)}, kBlock, 0,
                  stream, args);
  }
}

void launch_append(const AppendArgs& args, Stream stream) {
  const std::int64_t half = args.cache.head_dim / 2;
  const std::int64_t heads = args.q_heads + 2 * static_cast<std::int64_t>(args.kv_heads);
  if (args.rows == 0) {
    return;
  }
  const bool wide = half % kWide == 0 && aligned_16(args.qkv) && aligned_16(args.q) &&
                    aligned_16(args.cosine) && aligned_16(args.sine);
  with_scalar(args.type, [&](auto scalar) {
    with_scalar(args.cache.type, [&](auto cached) {
      using T = decltype(scalar);
      using C = decltype(cached);
      if (wide) {
        const Extent grid = grid_for(args.rows, heads * (half / kWide));
        KVFOOT_LAUNCH((append_kernel<T, C, kWide>), grid, kBlock, 0, stream, args, args.early);
      } else {
        const Extent grid = grid_for(args.rows, heads * half);
        KVFOOT_LAUNCH((append_kernel<T, C, 1>), grid, kBlock, 0, stream, args, args.early);
      }
    });
  });
}

void launch_rotate_queries(const RotateQueries& args, Stream stream) {
  const std::int64_t half = args.cache.head_dim / 2;
  if (args.rows == 0) {
    return;
  }
  const bool wide =
      half % kWide == 0 && aligned_16(args.q) && aligned_16(args.cosine) && aligned_16(args.sine);
  with_scalar(args.cache.type, [&](auto cached) {
    using C = decltype(cached);
    if (wide) {
      const Extent grid = grid_for(args.rows, args.q_heads * (half / kWide));
      KVFOOT_LAUNCH((rotate_queries_kernel<C, kWide>), grid, kBlock, 0, stream, args);
    } else {
      const Extent grid = grid_for(args.rows, args.q_heads * half);
      KVFOOT_LAUNCH((rotate_queries_kernel<C, 1>), grid, kBlock, 0, stream, args);
    }
  });
}

void launch_swiglu(const SwigluArgs& args, Stream stream) {
  if (args.rows * args.ffn == 0) {
    return;
  }
  const bool wide = args.ffn % kWide == 0 && aligned_16(args.gate_up) && aligned_16(args.out);
  with_scalar(args.type, [&](auto scalar) {
    using T = decltype(scalar);
    if (wide) {
      const Extent grid = grid_for(args.rows, args.ffn / kWide);
      KVFOOT_LAUNCH((swiglu_kernel<T, kWide>), grid, kBlock, 0, stream, args);
    } else {
      const Extent grid = grid_for(args.rows, args.ffn);
      KVFOOT_LAUNCH((swiglu_kernel<T, 1>), grid, kBlock, 0, stream, args);
    }
  });
}

}  // namespace kvfoot::cuda
