// A card that is not there: the Device of executor/cuda/runtime/device.hpp on the CPU, for tests.
// It is as unhelpful as a card may be: memory is full of NaN until written, streams do nothing
// until somebody waits, kernels run in shuffled order, and what was not given back at the end
// aborts.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "executor/cuda/emulator/turns.hpp"
#include "executor/cuda/runtime/device.hpp"

namespace kvfoot::cuda {

struct EmulatedOptions {
  std::int64_t memory_bytes = std::int64_t{8} << 30;
  std::int64_t host_bytes = std::int64_t{8} << 30;  // that can be page-locked
  // Products of one row start a block per multiprocessor, each of which makes the norm of the row
  // anew: on a large card a small model would do little else.
  int multiprocessors = 8;
  emulator::Schedule schedule;  // of the threads of kernels
  // After so many operations (copies, fills, products, kernels, those in graphs too) have run, the
  // next one fails, and like a card after a fault nothing works from then on: work is dropped, and
  // every call that can say so does. Negative: never.
  std::int64_t fail_after = -1;
  // Told of every call when it is made, not when its work runs: "allocate", "allocate host", "copy
  // in", "copy out", "copy", "fill", "gemm", "kernel NAME", "record", "wait", "synchronize stream",
  // "synchronize event", "capture", "launch graph". Work in a graph is told of once, when it is
  // captured.
  std::function<void(const std::string& call)> on_call;
};

[[nodiscard]] std::unique_ptr<Device> make_emulated_device(const EmulatedOptions& options = {});

}  // namespace kvfoot::cuda
