// The attention kernels alone, on streams of an 8B shape's layer: decode against reading the cache,
// prefill against the arithmetic of a large product.
#include "executor/cuda/kernels/attention.hpp"

#include <cmath>
#include <cstddef>
#include <vector>

#include "sim/report/units.hpp"
#include "tests/bench/cuda_model/measure.hpp"

namespace kvfoot::bench {
namespace {

using namespace kvfoot::cuda;

constexpr std::int32_t kHeads = 8;
constexpr std::int32_t kQueryHeads = 32;
constexpr std::int32_t kHeadDim = 128;
constexpr std::int32_t kBlock = 16;
constexpr std::int64_t kPageBytes = 2 * kBlock * kHeadDim * 2;  // keys and values, bf16

// Streams of one layer, all of one length, pages in a shuffled order as eviction leaves them.
class Layer {
 public:
  Layer(Device& device, std::int64_t entries, std::int64_t rows)
      : device_(device), pages_((entries + kBlock - 1) / kBlock) {
    const auto count = static_cast<std::size_t>(kHeads * pages_);
    memory_ = take(count * kPageBytes);
    q_ = take(static_cast<std::size_t>(rows * kQueryHeads * kHeadDim * 2));
    out_ = take(static_cast<std::size_t>(rows * kQueryHeads * kHeadDim * 2));
    table_ = take(count * sizeof(std::byte*));
    entries_ = take(kHeads * sizeof(std::int32_t));
    if (!good_) {
      return;
    }
    std::vector<std::byte*> table(count);
    for (std::size_t i = 0; i < count; ++i) {
      // A prime stride visits every page once.
      table[i] = static_cast<std::byte*>(memory_) + i * 7919 % count * kPageBytes;
    }
    const std::vector<std::int32_t> lengths(kHeads, static_cast<std::int32_t>(entries));
    const Stream stream = device.compute_stream();
    device.fill(memory_, 0x3c, count * kPageBytes, stream);
    device.fill(q_, 0x3c, static_cast<std::size_t>(rows * kQueryHeads * kHeadDim * 2), stream);
    device.copy_in(table_, table.data(), count * sizeof(std::byte*), stream);
    device.copy_in(entries_, lengths.data(), kHeads * sizeof(std::int32_t), stream);
    good_ = device.synchronize(stream).ok();
  }
  ~Layer() {
    for (void* memory : taken_) {
      device_.release(memory);
    }
  }
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  [[nodiscard]] bool good() const { return good_; }
  void* take(std::size_t bytes) {
    void* memory = device_.allocate(bytes);
    good_ = good_ && memory != nullptr;
    taken_.push_back(memory);
    return memory;
  }
  [[nodiscard]] AttentionArgs args(std::int64_t rows) const {
    return {.cache = {.pages = static_cast<std::byte* const*>(table_),
                      .entries = static_cast<const std::int32_t*>(entries_),
                      .stride = pages_,
                      .heads = kHeads,
                      .block = kBlock,
                      .head_dim = kHeadDim,
                      .type = DType::kBF16},
            .q = q_,
            .rows = rows,
            .q_heads = kQueryHeads,
            .scale = 1 / std::sqrt(static_cast<float>(kHeadDim)),
            .out = out_,
            .out_type = DType::kBF16};
  }

 private:
  Device& device_;
  std::int64_t pages_;
  bool good_ = true;
  std::vector<void*> taken_;
  void* memory_ = nullptr;
  void* q_ = nullptr;
  void* out_ = nullptr;
  void* table_ = nullptr;
  void* entries_ = nullptr;
};

Error out_of_memory() {
  return Error{"bench_cuda_model", "the card has not enough memory", "", ErrorKind::kEnvironment};
}

Status decode(Device& device, const Options& options, std::int64_t entries, const Limits& limits,
              Rows& rows) {
  Layer layer(device, entries, 1);
  DecodeAttention args{.attention = layer.args(1), .splits = 1, .partial = nullptr};
  args.splits = decode_splits(entries, kHeads, device.info().multiprocessors);
  const std::int64_t floats = decode_partial_floats(kQueryHeads, kHeadDim, args.splits);
  args.partial = static_cast<float*>(layer.take(static_cast<std::size_t>(floats) * sizeof(float)));
  if (!layer.good()) {
    return out_of_memory();
  }
  KVFOOT_ASSIGN(const double seconds, median_seconds(device, options.repeats, [&](Stream s) {
                  launch_decode_attention(args, s);
                }));
  const double bytes = static_cast<double>(kHeads * entries * 2 * kHeadDim * 2);
  const double bound = bytes / limits.bytes_per_s;
  rows.add("decode attention of one layer, " + format_count(entries) + " entries",
           format_seconds(seconds), format_seconds(bound), bound / seconds);
  return {};
}

Status prefill(Device& device, const Options& options, std::int64_t chunk, const Limits& limits,
               Rows& rows) {
  Layer layer(device, chunk, chunk);
  if (!layer.good()) {
    return out_of_memory();
  }
  KVFOOT_ASSIGN(const double seconds, median_seconds(device, options.repeats, [&](Stream s) {
                  launch_prefill_attention(layer.args(chunk), s);
                }));
  const auto n = static_cast<double>(chunk);
  const double flop = 4.0 * kQueryHeads * kHeadDim * (n * (n + 1) / 2);
  const double bound = flop / limits.flop_per_s;
  rows.add("prefill attention of one layer, " + format_count(chunk) + " rows on themselves",
           format_seconds(seconds), format_seconds(bound), bound / seconds);
  return {};
}

}  // namespace

Status measure_attention(Device& device, const Options& options, const Limits& limits, Rows& rows) {
  for (const std::int64_t context : options.contexts) {
    KVFOOT_TRY(decode(device, options, context, limits, rows));
  }
  return prefill(device, options, options.chunk, limits, rows);
}

}  // namespace kvfoot::bench
