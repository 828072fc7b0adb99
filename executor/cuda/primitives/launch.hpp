// Starting a kernel on a stream. A launch that fails is remembered and returned by the next call of
// the Device that waits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "executor/cuda/runtime/handles.hpp"

#if !defined(__CUDACC__)
#include "executor/cuda/emulator/launch.hpp"
#endif

namespace kvfoot::cuda {

struct Extent {
  std::uint32_t x = 1, y = 1, z = 1;
};

#if defined(__CUDACC__)

// The first launch error of this process, kept until it is taken (executor/cuda/module).
void note_launch_error(int cuda_error, const char* kernel);

template <class Args>
void launch_named(const char* name, void (*kernel)(Args), Extent grid, Extent block,
                  std::size_t shared_bytes, Stream stream, const Args& args) {
  if (shared_bytes > 48 * 1024) {
    cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                         static_cast<int>(shared_bytes));
  }
  kernel<<<dim3(grid.x, grid.y, grid.z), dim3(block.x, block.y, block.z), shared_bytes,
           reinterpret_cast<cudaStream_t>(stream)>>>(args);
  if (const cudaError_t error = cudaGetLastError(); error != cudaSuccess) {
    note_launch_error(static_cast<int>(error), name);
  }
}

#else

// Kernels take one struct by value.
template <class Args>
void launch_named(const char* name, void (*kernel)(Args), Extent grid, Extent block,
                  std::size_t shared_bytes, Stream stream, const Args& args) {
  emulator::enqueue_kernel(stream, name, {grid.x, grid.y, grid.z}, {block.x, block.y, block.z},
                           shared_bytes, [kernel, args] { kernel(args); });
}

#endif

// KVFOOT_LAUNCH(kernel<4>, grid, block, bytes, stream, args)
#define KVFOOT_LAUNCH(kernel, ...) ::kvfoot::cuda::launch_named(#kernel, kernel, __VA_ARGS__)

}  // namespace kvfoot::cuda
