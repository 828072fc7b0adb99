// The two ceilings beside which everything else is put.
#include "sim/report/units.hpp"
#include "tests/bench/cuda_model/measure.hpp"

namespace kvfoot::bench {
namespace {

// Memory of the card that is given back.
class Memory {
 public:
  Memory(cuda::Device& device, std::size_t bytes)
      : device_(device), data_(device.allocate(bytes)) {}
  ~Memory() { device_.release(data_); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  [[nodiscard]] void* data() const { return data_; }

 private:
  cuda::Device& device_;
  void* data_;
};

Error out_of_memory() {
  return Error{"bench_cuda_model", "the card has not enough memory", "", ErrorKind::kEnvironment};
}

Result<double> copy_rate(cuda::Device& device, const Options& options) {
  const auto bytes = static_cast<std::size_t>(options.copy_bytes);
  const Memory from(device, bytes);
  const Memory to(device, bytes);
  if (from.data() == nullptr || to.data() == nullptr) {
    return out_of_memory();
  }
  device.fill(from.data(), 1, bytes, device.compute_stream());
  KVFOOT_ASSIGN(const double seconds, median_seconds(device, options.repeats, [&](cuda::Stream s) {
                  device.copy(to.data(), from.data(), bytes, s);
                }));
  return 2 * static_cast<double>(bytes) / seconds;
}

// Zeros take less power than numbers do, and cards slow down under power: bytes 0x3c make bf16
// 0.0115, products of which stay finite.
Result<double> gemm_rate(cuda::Device& device, const Options& options) {
  const std::int64_t size = options.gemm_size;
  const auto bytes = static_cast<std::size_t>(2 * size * size);
  const Memory x(device, bytes);
  const Memory w(device, bytes);
  const Memory y(device, bytes);
  if (x.data() == nullptr || w.data() == nullptr || y.data() == nullptr) {
    return out_of_memory();
  }
  device.fill(x.data(), 0x3c, bytes, device.compute_stream());
  device.fill(w.data(), 0x3c, bytes, device.compute_stream());
  const cuda::Gemm product{.type = DType::kBF16,
                           .x = x.data(),
                           .w = w.data(),
                           .y = y.data(),
                           .y_type = DType::kBF16,
                           .m = size,
                           .n = size,
                           .k = size};
  KVFOOT_ASSIGN(const double seconds, median_seconds(device, options.repeats, [&](cuda::Stream s) {
                  device.gemm(product, s);
                }));
  const auto n = static_cast<double>(size);
  return 2 * n * n * n / seconds;
}

}  // namespace

Result<Limits> measure_limits(cuda::Device& device, const Options& options, Rows& rows) {
  Limits limits;
  KVFOOT_ASSIGN(limits.bytes_per_s, copy_rate(device, options));
  KVFOOT_ASSIGN(limits.flop_per_s, gemm_rate(device, options));
  rows.add("copy within the card, read and written",
           format_fixed(limits.bytes_per_s / 1e12, 2) + " TB/s", "", 0);
  rows.add("product of two (" + std::to_string(options.gemm_size) + ", " +
               std::to_string(options.gemm_size) + ") in bf16",
           format_fixed(limits.flop_per_s / 1e12, 0) + " TFLOP/s", "", 0);
  return limits;
}

}  // namespace kvfoot::bench
