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
// Lets launches of a kernel ask for all the shared memory that the current device has; cheap when
// it was done before. Never lowered again: captured launches count on it.
void allow_shared_memory(const void* kernel);

template <class Args>
void launch_named(const char* name, void (*kernel)(Args), Extent grid, Extent block,
                  std::size_t shared_bytes, Stream stream, const Args& args, bool early = false) {
  if (shared_bytes > 48 * 1024) {
    allow_shared_memory(reinterpret_cast<const void*>(kernel));
  }
  cudaLaunchAttribute attribute{};
  attribute.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  attribute.val.programmaticStreamSerializationAllowed = 1;
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(grid.x, grid.y, grid.z);
  config.blockDim = dim3(block.x, block.y, block.z);
  config.dynamicSmemBytes = shared_bytes;
  config.stream = reinterpret_cast<cudaStream_t>(stream);
  config.attrs = &attribute;
  config.numAttrs = early ? 1 : 0;
  cudaError_t error = cudaLaunchKernelEx(&config, kernel, args);
  if (const cudaError_t last = cudaGetLastError(); error == cudaSuccess) {
    error = last;
  }
  if (error != cudaSuccess) {
    note_launch_error(static_cast<int>(error), name);
  }
}

#else

// Kernels take one struct by value.
template <class Args>
void launch_named(const char* name, void (*kernel)(Args), Extent grid, Extent block,
                  std::size_t shared_bytes, Stream stream, const Args& args, bool = false) {
  emulator::enqueue_kernel(stream, name, {grid.x, grid.y, grid.z}, {block.x, block.y, block.z},
                           shared_bytes, [kernel, args] { kernel(args); });
}

#endif

// KVFOOT_LAUNCH(kernel<4>, grid, block, bytes, stream, args[, early]). early: the kernel may begin
// while the one before it in the stream still runs (executor/cuda/primitives/overlap.hpp).
#define KVFOOT_LAUNCH(kernel, ...) ::kvfoot::cuda::launch_named(#kernel, kernel, __VA_ARGS__)

}  // namespace kvfoot::cuda
