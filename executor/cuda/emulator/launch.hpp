// How an emulated kernel gets into a stream (executor/cuda/primitives/launch.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "executor/cuda/runtime/handles.hpp"

namespace kvfoot::cuda::emulator {

struct Size3 {
  std::uint32_t x = 1, y = 1, z = 1;
};

// `body` is called once per thread. A launch that a card would refuse is remembered and returned by
// the next call of the Device that waits. `name` must outlive the stream.
void enqueue_kernel(Stream stream, const char* name, Size3 grid, Size3 block,
                    std::size_t shared_bytes, std::function<void()> body);

}  // namespace kvfoot::cuda::emulator
