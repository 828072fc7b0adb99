// Attention of an 8B shape on a card, and the questions that policies ask about it. Prefill and
// accumulated mass are bound by products: beside them stands one matrix product (gemm), and what to
// look at is the share of its rate. Decode and key norms are bound by bytes, as copies are.
#include <algorithm>
#include <numeric>
#include <vector>

#include "executor/cuda/kernels/attention_parts.hpp"
#include "executor/cuda/kernels/mass.hpp"
#include "tests/bench/cuda_bench.hpp"

namespace kvfoot::cuda {
namespace {

constexpr std::int32_t kBlock = 16;
constexpr float kScale = 0.088F;  // 1 / sqrt(128)

// Streams of one layer, all of one length, whose pages lie about in memory.
class Layer {
 public:
  explicit Layer(std::int64_t entries)
      : stride_((entries + kBlock - 1) / kBlock),
        pool_(std::int64_t{2} * kKvHeads * stride_ * kBlock * kHeadDim),
        table_(uploaded(places())),
        entries_(
            uploaded(std::vector<std::int32_t>(kKvHeads, static_cast<std::int32_t>(entries)))) {}

  [[nodiscard]] LayerPages pages() const {
    return {.pages = table_.as<std::byte*>(),
            .entries = entries_.as<const std::int32_t>(),
            .stride = stride_,
            .heads = kKvHeads,
            .block = kBlock,
            .head_dim = kHeadDim,
            .type = kType};
  }
  [[nodiscard]] std::int64_t bytes() const { return pool_.bytes(); }

 private:
  [[nodiscard]] std::vector<std::byte*> places() const {
    const std::int64_t count = kKvHeads * stride_;
    constexpr std::int64_t kFar = 7919;  // a prime: pages that follow each other lie far apart
    const std::int64_t step = count % kFar == 0 ? 1 : kFar;
    std::vector<std::byte*> table;
    for (std::int64_t page = 0; page < count; ++page) {
      table.push_back(pool_.data() + page * step % count * 2 * kBlock * kHeadDim * kScalar);
    }
    return table;
  }

  std::int64_t stride_;
  Scalars pool_;
  Scalars table_;
  Scalars entries_;
};

// Pairs of a row and a key that it sees, in one query head.
double visible(std::int64_t rows, std::int64_t past) {
  return static_cast<double>(rows) *
         (static_cast<double>(past) + 0.5 * static_cast<double>(rows + 1));
}

void count_products(benchmark::State& state, double products) {
  state.counters["FLOPS"] =
      benchmark::Counter(2 * products, benchmark::Counter::kIsIterationInvariantRate);
}

struct Pass {
  Pass(std::int64_t pass_rows, std::int64_t past)
      : rows(pass_rows),
        longest(pass_rows + past),
        layer(longest),
        q(rows * kHidden),
        out(rows * kHidden),
        log_sum_exp(2 * kHeads * rows) {}

  [[nodiscard]] AttentionArgs attention() const {
    return {.cache = layer.pages(),
            .q = q.data(),
            .rows = rows,
            .q_heads = kHeads,
            .scale = kScale,
            .out = out.data(),
            .out_type = kType,
            .log_sum_exp = log_sum_exp.as<float>()};
  }
  [[nodiscard]] MassInput mass() const {
    return {.cache = layer.pages(),
            .q = q.data(),
            .rows = rows,
            .q_heads = kHeads,
            .scale = kScale,
            .longest = longest};
  }

  std::int64_t rows, longest;
  Layer layer;
  Scalars q, out, log_sum_exp;
};

void gemm(benchmark::State& state) {
  const std::int64_t rows = state.range(0);
  const Scalars x(rows * kHidden);
  const Scalars w(kHidden * kFfn);
  const Scalars y(rows * kFfn);
  measure(state, 0, [&] {
    card().gemm({.type = kType,
                 .x = x.data(),
                 .w = w.data(),
                 .y = y.data(),
                 .y_type = kType,
                 .m = rows,
                 .n = kFfn,
                 .k = kHidden},
                card().compute_stream());
  });
  count_products(state, static_cast<double>(rows * kHidden) * static_cast<double>(kFfn));
}

// range(0): rows, range(1): entries before them.
void prefill(benchmark::State& state, void (*launch)(const AttentionArgs&, Stream)) {
  const DeviceInfo& info = card().info();
  const Pass pass(state.range(0), state.range(1));
  if (launch == launch_prefill_warpgroups &&
      !has_warpgroup_kernels(pass.layer.pages(), info.compute_major, info.compute_minor)) {
    state.SkipWithError("needs compute capability 9.0");
    return;
  }
  measure(state, 0, [&] { launch(pass.attention(), card().compute_stream()); });
  count_products(state, 2.0 * kHeadDim * kHeads * visible(state.range(0), state.range(1)));
}

void accumulate(benchmark::State& state) {
  const Pass pass(state.range(0), state.range(1));
  const Scalars sums(2 * kHeads * pass.longest);
  launch_prefill_attention(pass.attention(), card().compute_stream());
  measure(state, 0, [&] {
    launch_accumulate_mass({.input = pass.mass(),
                            .log_sum_exp = pass.log_sum_exp.as<const float>(),
                            .accumulated = sums.as<float>(),
                            .stride = pass.longest},
                           card().compute_stream());
  });
  count_products(state, 1.0 * kHeadDim * kHeads * visible(state.range(0), state.range(1)));
}

// The last 64 rows vote, eight query heads at a time, as the backend asks.
void window(benchmark::State& state) {
  constexpr std::int64_t kVoters = 64;
  constexpr std::int32_t kTogether = 8;
  const Pass pass(state.range(0), 0);
  const Scalars rows(2 * kTogether * kVoters * pass.longest);
  const Scalars raw(2 * kTogether * pass.longest);
  measure(state, 0, [&] {
    for (std::int32_t first = 0; first < kHeads; first += kTogether) {
      SoftmaxRows softmax;
      softmax.input = pass.mass();
      softmax.first_row = pass.rows - kVoters;
      softmax.count = kVoters;
      softmax.first_q = first;
      softmax.q_count = kTogether;
      softmax.probability = rows.as<float>();
      softmax.stride = pass.longest;
      launch_softmax_rows(softmax, card().compute_stream());
      launch_sum_rows({.probability = rows.as<const float>(),
                       .stride = pass.longest,
                       .count = kVoters,
                       .keys = pass.longest,
                       .q_count = kTogether,
                       .raw = raw.as<float>()},
                      card().compute_stream());
    }
  });
}

// As many layers as no cache holds.
std::vector<Layer> layers_of(std::int64_t entries) {
  constexpr std::int64_t kFarMoreThanCaches = std::int64_t{512} << 20;
  std::vector<Layer> layers;
  std::int64_t bytes = 0;
  while (bytes < kFarMoreThanCaches) {
    layers.emplace_back(entries);
    bytes += layers.back().bytes();
  }
  return layers;
}

// range(0): entries, range(1): pieces per storage head, 0: as decode_splits says.
void decode(benchmark::State& state) {
  const std::vector<Layer> layers = layers_of(state.range(0));
  const std::int32_t splits =
      state.range(1) > 0 ? static_cast<std::int32_t>(state.range(1))
                         : decode_splits(state.range(0), kKvHeads, card().info().multiprocessors);
  const Scalars q(kHidden);
  const Scalars out(kHidden);
  const Scalars partial(2 * decode_partial_floats(kHeads, kHeadDim, splits));
  measure(state, static_cast<std::int64_t>(layers.size()) * layers.front().bytes(), [&] {
    for (const Layer& layer : layers) {
      DecodeAttention args;
      args.attention = {.cache = layer.pages(),
                        .q = q.data(),
                        .rows = 1,
                        .q_heads = kHeads,
                        .scale = kScale,
                        .out = out.data(),
                        .out_type = kType};
      args.splits = splits;
      args.partial = partial.as<float>();
      launch_decode_attention(args, card().compute_stream());
    }
  });
  state.counters["layers"] = static_cast<double>(layers.size());
}

// Bytes of keys only.
void norms(benchmark::State& state) {
  const std::vector<Layer> layers = layers_of(state.range(0));
  const Scalars out(2 * kKvHeads * state.range(0));
  measure(state, static_cast<std::int64_t>(layers.size()) * layers.front().bytes() / 2, [&] {
    for (const Layer& layer : layers) {
      launch_key_norms({.cache = layer.pages(),
                        .longest = state.range(0),
                        .norms = out.as<float>(),
                        .stride = state.range(0)},
                       card().compute_stream());
    }
  });
}

BENCHMARK(gemm)->Arg(2048)->Arg(32768)->UseManualTime();
BENCHMARK_CAPTURE(prefill, matrix, launch_prefill_matrix)
    ->ArgsProduct({{128, 2048, 8192, 32768}, {0, 32768}})
    ->UseManualTime();
BENCHMARK_CAPTURE(prefill, warpgroups, launch_prefill_warpgroups)
    ->ArgsProduct({{128, 2048, 8192, 32768}, {0, 32768}})
    ->UseManualTime();
BENCHMARK(accumulate)->ArgsProduct({{1, 2048, 32768}, {0, 32768}})->UseManualTime();
BENCHMARK(window)->Arg(2048)->Arg(32768)->Arg(131072)->UseManualTime();
BENCHMARK(decode)->ArgsProduct({{1024, 8192, 32768, 131072}, {0, 8, 16, 66}})->UseManualTime();
BENCHMARK(norms)->Arg(32768)->UseManualTime();

}  // namespace
}  // namespace kvfoot::cuda
