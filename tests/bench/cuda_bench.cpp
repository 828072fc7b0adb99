// The CUDA kernels of decode, of sampling and of prefill rows on a card, beside copies in its
// memory: each is bound by the bytes that it moves, so the share of the copy's rate is what to look
// at. Times are those of events around captured graphs; weights rotate so that no cache holds them.
//
//   bench_cuda [--benchmark_filter=...]
#include <algorithm>
#include <cstdio>
#include <vector>

#include "executor/cuda/kernels/rows.hpp"
#include "executor/cuda/kernels/sampling.hpp"
#include "executor/cuda/module/cards.hpp"
#include "tests/bench/cuda_bench.hpp"
#include "tests/bench/shared.hpp"

namespace kvfoot::cuda {
namespace {

constexpr std::int64_t kFarMoreThanCaches = std::int64_t{512} << 20;

void copy(benchmark::State& state) {
  const std::int64_t bytes = std::int64_t{2} << 30;
  const Scalars from(bytes / kScalar);
  const Scalars to(bytes / kScalar);
  measure(state, 2 * bytes, [&] {
    card().copy(to.data(), from.data(), static_cast<std::size_t>(bytes), card().compute_stream());
  });
}

// Matrices of one shape, one after the other.
void gemv(benchmark::State& state, std::int64_t n, std::int64_t k, Gemv::Finish finish,
          bool normed) {
  const std::int64_t bytes = n * k * kScalar;
  std::vector<Scalars> weights;
  for (std::int64_t i = 0; i < std::max<std::int64_t>(2, kFarMoreThanCaches / bytes); ++i) {
    weights.emplace_back(n * k);
  }
  const Scalars x(2 * k);
  const Scalars norm(2 * k);
  const Scalars y(2 * n);
  const auto count = static_cast<std::int64_t>(weights.size());
  measure(state, count * bytes, [&] {
    for (const Scalars& w : weights) {
      Gemv args = product(w, n, k, state.range(0) != 0);
      args.x = x.data();
      args.finish = finish;
      args.y = y.data();
      if (normed) {
        args.x_type = DType::kF32;
        args.norm = norm.as<const float>();
      }
      if (finish == Gemv::Finish::kAdd || n == kVocab) {
        args.y_type = DType::kF32;
      }
      launch_gemv(args, card().compute_stream());
    }
  });
}

void pick(benchmark::State& state, bool greedy) {
  const Scalars logits(2 * kVocab);
  const Scalars scratch(static_cast<std::int64_t>(sample_scratch_bytes(kVocab)));
  const Scalars token(2);
  // Floats, not pairs of bf16.
  launch_random_fill({.out = logits.data(), .type = DType::kF32, .count = kVocab, .scale = 1e-4F},
                     card().compute_stream());
  measure(state, kVocab * 4, [&] {
    if (greedy) {
      launch_argmax({.logits = logits.as<const float>(),
                     .vocab = kVocab,
                     .token = token.as<std::int32_t>(),
                     .scratch = scratch.data()},
                    card().compute_stream());
    } else {
      launch_sample({.logits = logits.as<const float>(),
                     .vocab = kVocab,
                     .top_p = 0.9,
                     .uniform = 0.5,
                     .token = token.as<std::int32_t>(),
                     .scratch = scratch.data()},
                    card().compute_stream());
    }
  });
}

// Kernels over the rows of a prefill chunk.
void norm_rows(benchmark::State& state) {
  const std::int64_t rows = state.range(0);
  const Scalars x(2 * rows * kHidden), weight(2 * kHidden), out(rows * kHidden);
  measure(state, rows * kHidden * 6, [&] {
    launch_rms_norm({.x = x.as<const float>(),
                     .weight = weight.as<const float>(),
                     .epsilon = 1e-5F,
                     .rows = rows,
                     .hidden = kHidden,
                     .out = out.data(),
                     .type = kType},
                    card().compute_stream());
  });
}

void swiglu_rows(benchmark::State& state) {
  const std::int64_t rows = state.range(0);
  const Scalars gate_up(2 * rows * kFfn), out(rows * kFfn);
  measure(state, rows * kFfn * 6, [&] {
    launch_swiglu(
        {.gate_up = gate_up.data(), .type = kType, .rows = rows, .ffn = kFfn, .out = out.data()},
        card().compute_stream());
  });
}

void random_fill(benchmark::State& state) {
  const Scalars out(std::int64_t{1} << 30);
  measure(state, out.bytes(), [&] {
    launch_random_fill({.out = out.data(),
                        .type = kType,
                        .key = 7,
                        .count = out.bytes() / kScalar,
                        .scale = 1e-5F},
                       card().compute_stream());
  });
}

constexpr auto kStore = Gemv::Finish::kStore;
BENCHMARK(copy)->UseManualTime();
BENCHMARK_CAPTURE(gemv, qkv, kQkv, kHidden, kStore, true)->Arg(0)->Arg(1)->UseManualTime();
BENCHMARK_CAPTURE(gemv, o, kHidden, kHidden, Gemv::Finish::kAdd, false)
    ->Arg(0)
    ->Arg(1)
    ->UseManualTime();
BENCHMARK_CAPTURE(gemv, gate_up, 2 * kFfn, kHidden, Gemv::Finish::kSwiglu, true)
    ->Arg(0)
    ->Arg(1)
    ->UseManualTime();
BENCHMARK_CAPTURE(gemv, down, kHidden, kFfn, Gemv::Finish::kAdd, false)
    ->Arg(0)
    ->Arg(1)
    ->UseManualTime();
BENCHMARK_CAPTURE(gemv, head, kVocab, kHidden, kStore, true)->Arg(0)->Arg(1)->UseManualTime();
BENCHMARK_CAPTURE(pick, argmax, true)->UseManualTime();
BENCHMARK_CAPTURE(pick, sample, false)->UseManualTime();
BENCHMARK(norm_rows)->Arg(1)->Arg(8192)->UseManualTime();
BENCHMARK(swiglu_rows)->Arg(1)->Arg(8192)->UseManualTime();
BENCHMARK(random_fill)->UseManualTime();

}  // namespace
}  // namespace kvfoot::cuda

int main(int argc, char** argv) {
  using namespace kvfoot;
  if (const CudaStatus status = cuda::cards_status(); status.state != CudaStatus::State::kUsable) {
    std::printf("nothing measured: %s\n", status.why.message().c_str());
    return 0;
  }
  return bench::run(argc, argv);
}
