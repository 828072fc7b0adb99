// What the CUDA backend needs of a card: memory, streams, events, graphs and large matrix products.
// Two implementations: a real card (CUDA runtime and cuBLASLt), and an emulated one that runs on
// the CPU so that everything above can be tested on a machine without a card.
//
// Work is asynchronous: it runs in the order of its stream, at the latest when somebody waits. What
// it reads and writes, host memory too, must stay alive and untouched until then. Errors of work
// that was enqueued (a failed launch, a fault in a kernel) are returned by the next call that
// waits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "executor/cuda/runtime/handles.hpp"
#include "sim/core/result.hpp"
#include "sim/core/shape.hpp"

namespace kvfoot::cuda {

struct DeviceInfo {
  std::string name;  // "NVIDIA H100 80GB HBM3"
  int compute_major = 0;
  int compute_minor = 0;
  int multiprocessors = 0;
  std::int64_t memory_bytes = 0;
  std::int64_t l2_bytes = 0;
  std::int64_t shared_bytes_per_block = 0;  // the most that a kernel may ask for
  std::string driver;                       // version, "13.0"
  bool emulated = false;
};

// y (m, n; ldy) = x (m, k; ldx) W^T with W (n, k) contiguous; row-major. x and W are of `type`, y
// is of `type` or fp32; sums are fp32 (never TF32). accumulate: y += the product, y must be fp32.
struct Gemm {
  DType type = DType::kF32;
  const void* x = nullptr;
  std::int64_t ldx = 0;  // 0: k
  const void* w = nullptr;
  void* y = nullptr;
  DType y_type = DType::kF32;
  std::int64_t ldy = 0;  // 0: n
  std::int64_t m = 0, n = 0, k = 0;
  bool accumulate = false;
};

struct DeviceMemory {
  std::int64_t free_bytes = 0;
  std::int64_t total_bytes = 0;
};

// Used by one host thread at a time, except copies out and waiting, which a second thread may do on
// the copy stream.
class Device {
 public:
  virtual ~Device() = default;  // everything taken from it must have been given back

  [[nodiscard]] virtual const DeviceInfo& info() const = 0;
  [[nodiscard]] virtual DeviceMemory memory() const = 0;

  // Contents undefined, aligned to 256 bytes. Null when there is not enough. 0 bytes give a pointer
  // that is not null and may not be used.
  [[nodiscard]] virtual void* allocate(std::size_t bytes) = 0;
  virtual void release(void* memory) = 0;  // waits for the work that uses it; null is ignored
  // Page-locked memory of the host, for copies that overlap with work.
  [[nodiscard]] virtual void* allocate_host(std::size_t bytes) = 0;
  virtual void release_host(void* memory) = 0;

  [[nodiscard]] virtual Stream compute_stream() = 0;
  [[nodiscard]] virtual Stream copy_stream() = 0;

  virtual void copy_in(void* device, const void* host, std::size_t bytes, Stream stream) = 0;
  virtual void copy_out(void* host, const void* device, std::size_t bytes, Stream stream) = 0;
  virtual void copy(void* to, const void* from, std::size_t bytes, Stream stream) = 0;
  virtual void fill(void* device, int byte, std::size_t bytes, Stream stream) = 0;
  virtual void gemm(const Gemm& product, Stream stream) = 0;

  [[nodiscard]] virtual Status synchronize(Stream stream) = 0;

  [[nodiscard]] virtual Event make_event() = 0;
  virtual void destroy(Event event) = 0;
  virtual void record(Event event, Stream stream) = 0;
  virtual void wait(Event event, Stream stream) = 0;  // the stream goes on after the event
  [[nodiscard]] virtual Status synchronize(Event event) = 0;
  // Of two events that were waited for.
  [[nodiscard]] virtual Result<std::int64_t> elapsed_ns(Event begin, Event end) = 0;

  // Work enqueued between the two calls is not run but becomes a graph (no allocation, no waiting
  // and no copies from or to pageable memory in between). Arguments are captured by value.
  [[nodiscard]] virtual Status begin_capture(Stream stream) = 0;
  [[nodiscard]] virtual Result<Graph> end_capture(Stream stream) = 0;
  virtual void launch(Graph graph, Stream stream) = 0;
  virtual void destroy(Graph graph) = 0;
};

}  // namespace kvfoot::cuda
