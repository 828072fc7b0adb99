// A decode pass of an 8B shape over short streams, kernels as the backend launches them.
#include <algorithm>
#include <vector>

#include "executor/cuda/kernels/attention.hpp"
#include "executor/cuda/kernels/rows.hpp"
#include "tests/bench/cuda_bench.hpp"

namespace kvfoot::cuda {
namespace {

// The layers of a decode pass over short streams, with the output head. range(0): kernels begin
// early; range(1): MiB of the output projection that are asked for while attention runs.
void decode_pass(benchmark::State& state) {
  const bool early = state.range(0) != 0;
  const std::int64_t ahead = state.range(1) << 20;
  constexpr std::int32_t kEntries = 1024, kBlock = 16;
  struct Layer {
    Scalars qkv{kQkv * kHidden, 0.02F}, o{kHidden * kHidden, 0.02F};
    Scalars gate_up{2 * kFfn * kHidden, 0.02F}, down{kHidden * kFfn, 0.02F};
    Scalars cache{std::int64_t{2} * kKvHeads * kEntries * kHeadDim};
  };
  std::vector<Layer> layers(kLayers);
  const Scalars head(kVocab * kHidden, 0.02F);
  std::int64_t bytes = head.bytes();
  std::vector<std::byte*> table;
  for (const Layer& layer : layers) {
    bytes += layer.qkv.bytes() + layer.o.bytes() + layer.gate_up.bytes() + layer.down.bytes() +
             layer.cache.bytes();
    for (std::int64_t page = 0; page < kKvHeads * kEntries / kBlock; ++page) {
      table.push_back(layer.cache.data() + page * 2 * kBlock * kHeadDim * kScalar);
    }
  }
  const Scalars pages = uploaded(table);
  const Scalars entries = uploaded(std::vector<std::int32_t>(kKvHeads, kEntries));
  const Scalars x(2 * kHidden), norm(2 * kHidden), qkv(kQkv), q(kHidden), mixed(kHidden);
  const Scalars inner(kFfn), logits(2 * kVocab), angles(2 * kHeadDim);
  const std::int32_t splits = decode_splits(kEntries, kKvHeads, card().info().multiprocessors);
  const Scalars partial(2 * decode_partial_floats(kHeads, kHeadDim, splits));
  const Stream stream = card().compute_stream();
  const auto normed = [&](const Scalars& w, std::int64_t n, Gemv::Finish finish, const Scalars& y) {
    Gemv args = product(w, n, kHidden, early);
    args.x = x.data();
    args.x_type = DType::kF32;
    args.norm = norm.as<const float>();
    args.finish = finish;
    args.y = y.data();
    return args;
  };
  const auto added = [&](const Scalars& w, std::int64_t k, const Scalars& from) {
    Gemv args = product(w, kHidden, k, early);
    args.x = from.data();
    args.finish = Gemv::Finish::kAdd;
    args.y = x.data();
    args.y_type = DType::kF32;
    launch_gemv(args, stream);
  };
  measure(state, bytes, [&] {
    for (std::size_t l = 0; l < layers.size(); ++l) {
      const Layer& layer = layers[l];
      const LayerPages cache{.pages = pages.as<std::byte*>() +
                                      static_cast<std::int64_t>(l) * kKvHeads * kEntries / kBlock,
                             .entries = entries.as<const std::int32_t>(),
                             .stride = kEntries / kBlock,
                             .heads = kKvHeads,
                             .block = kBlock,
                             .head_dim = kHeadDim,
                             .type = kType};
      Gemv first = normed(layer.qkv, kQkv, Gemv::Finish::kStore, qkv);
      first.next = ahead > 0 ? layer.o.data() : nullptr;
      first.next_bytes = std::min(ahead, layer.o.bytes());
      launch_gemv(first, stream);
      launch_append({.qkv = qkv.data(),
                     .type = kType,
                     .cosine = angles.as<const float>(),
                     .sine = angles.as<const float>() + kHeadDim / 2,
                     .rows = 1,
                     .q_heads = kHeads,
                     .kv_heads = kKvHeads,
                     .q = q.data(),
                     .cache = cache,
                     .early = early},
                    stream);
      DecodeAttention attention;
      attention.attention = {.cache = cache,
                             .q = q.data(),
                             .rows = 1,
                             .q_heads = kHeads,
                             .scale = 0.088F,
                             .out = mixed.data(),
                             .out_type = kType,
                             .log_sum_exp = nullptr};
      attention.splits = splits;
      attention.partial = partial.as<float>();
      launch_decode_attention(attention, stream);
      added(layer.o, kHidden, mixed);
      launch_gemv(normed(layer.gate_up, 2 * kFfn, Gemv::Finish::kSwiglu, inner), stream);
      added(layer.down, kFfn, inner);
    }
    Gemv last = normed(head, kVocab, Gemv::Finish::kStore, logits);
    last.y_type = DType::kF32;
    launch_gemv(last, stream);
  });
}

BENCHMARK(decode_pass)->ArgsProduct({{0, 1}, {0, 8, 16, 32}})->UseManualTime();

}  // namespace
}  // namespace kvfoot::cuda
