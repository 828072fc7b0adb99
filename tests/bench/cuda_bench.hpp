// What the benchmarks of CUDA kernels share: the card, memory on it, and graphs timed by events.
#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "executor/cuda/kernels/gemv.hpp"
#include "executor/cuda/kernels/random.hpp"
#include "executor/cuda/module/cuda_device.hpp"
#include "sim/core/check.hpp"

namespace kvfoot::cuda {

inline constexpr DType kType = DType::kBF16;
inline constexpr std::int64_t kScalar = 2;
// An 8B shape.
inline constexpr std::int64_t kHidden = 4096, kFfn = 14336, kVocab = 128256;
inline constexpr std::int32_t kHeads = 32, kKvHeads = 8, kHeadDim = 128, kLayers = 32;
inline constexpr std::int64_t kQkv = (kHeads + 2 * kKvHeads) * kHeadDim;

inline Device& card() {
  static const std::unique_ptr<Device> kCard = [] {
    auto device = make_cuda_device(0);
    KVFOOT_CHECK(device.ok(), device.ok() ? "" : device.error().message());
    return std::move(device).value();
  }();
  return *kCard;
}

inline void wait() {
  const Status done = card().synchronize(card().compute_stream());
  KVFOOT_CHECK(done.ok(), done.ok() ? "" : done.error().message());
}

// Device memory of random bf16 scalars of the given spread.
class Scalars {
 public:
  explicit Scalars(std::int64_t count, float spread = 1)
      : data_(static_cast<std::byte*>(card().allocate(static_cast<std::size_t>(count * kScalar)))),
        count_(count) {
    KVFOOT_CHECK(data_ != nullptr, "not enough memory on the card");
    static std::uint64_t key = 0;
    launch_random_fill(
        {.out = data_, .type = kType, .key = ++key << 40, .count = count, .scale = spread / 65536},
        card().compute_stream());
    wait();
  }
  Scalars(Scalars&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), count_(other.count_) {}
  Scalars(const Scalars&) = delete;
  Scalars& operator=(const Scalars&) = delete;
  Scalars& operator=(Scalars&&) = delete;
  ~Scalars() { card().release(data_); }

  [[nodiscard]] std::byte* data() const { return data_; }
  template <class T>
  [[nodiscard]] T* as() const {
    return reinterpret_cast<T*>(data_);
  }
  [[nodiscard]] std::int64_t bytes() const { return count_ * kScalar; }

 private:
  std::byte* data_;
  std::int64_t count_;
};

template <class T>
Scalars uploaded(const std::vector<T>& values) {
  const std::size_t bytes = values.size() * sizeof(T);
  Scalars memory(static_cast<std::int64_t>((bytes + 1) / 2));
  card().copy_in(memory.data(), values.data(), bytes, card().compute_stream());
  wait();
  return memory;
}

// Seconds of `work` per iteration, as a graph.
inline void measure(benchmark::State& state, std::int64_t bytes,
                    const std::function<void()>& work) {
  const Stream stream = card().compute_stream();
  work();  // loads kernels
  wait();
  const Status begun = card().begin_capture(stream);
  KVFOOT_CHECK(begun.ok(), "capture");
  work();
  auto graph = card().end_capture(stream);
  KVFOOT_CHECK(graph.ok(), graph.ok() ? "" : graph.error().message());
  const Event begin = card().make_event();
  const Event end = card().make_event();
  for (auto _ : state) {
    card().record(begin, stream);
    card().launch(graph.value(), stream);
    card().record(end, stream);
    wait();
    const auto elapsed = card().elapsed_ns(begin, end);
    KVFOOT_CHECK(elapsed.ok(), "events");
    state.SetIterationTime(1e-9 * static_cast<double>(elapsed.value()));
  }
  card().destroy(begin);
  card().destroy(end);
  card().destroy(graph.value());
  state.SetBytesProcessed(state.iterations() * bytes);
}

inline Gemv product(const Scalars& w, std::int64_t n, std::int64_t k, bool early) {
  Gemv args;
  args.type = kType;
  args.w = w.data();
  args.n = n;
  args.k = k;
  args.x_type = kType;
  args.y_type = kType;
  args.epsilon = 1e-5F;
  args.multiprocessors = card().info().multiprocessors;
  args.shared_bytes = card().info().shared_bytes_per_block;
  args.early = early;
  return args;
}

}  // namespace kvfoot::cuda
