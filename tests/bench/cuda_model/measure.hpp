// What the parts of bench_cuda_model share: the card, times of its work, and the table that comes
// out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "executor/cuda/runtime/device.hpp"
#include "sim/core/result.hpp"
#include "sim/report/table.hpp"

namespace kvfoot::bench {

// Defined by the program: a card, or an emulated one that shows that the benchmarks work.
Result<std::unique_ptr<cuda::Device>> bench_device();

inline constexpr const char* kSmallShape = "tiny";  // a made-up model of two layers

struct Options {
  std::string shape = "llama-3.1-8b";
  std::vector<std::int64_t> contexts{16, 8192, 32768, 131072};
  std::int64_t chunk = 8192;
  std::int64_t record_prompt = 4096;
  std::int64_t copy_bytes = std::int64_t{1} << 30;
  std::int64_t gemm_size = 8192;
  int repeats = 20;
  std::int64_t decoded = 32;    // tokens, of which the median counts
  std::string folder = "/tmp";  // for traces
};

// Measured on the same card in the same run.
struct Limits {
  double bytes_per_s = 0;  // read and written by a copy
  double flop_per_s = 0;   // of a large bf16 product
};

class Rows {
 public:
  // `share` of the limit that binds; 0: none is known.
  void add(const std::string& what, const std::string& result, const std::string& bound,
           double share);
  [[nodiscard]] const Table& table() const { return table_; }

 private:
  Table table_{.columns = {{"what"}, {"result", true}, {"bound", true}, {"of it", true}},
               .rows = {}};
};

[[nodiscard]] double median(std::vector<double> values);
// Seconds of `work` on the compute stream, by the card's own clock: the median after two rounds
// that do not count.
[[nodiscard]] Result<double> median_seconds(cuda::Device& device, int repeats,
                                            const std::function<void(cuda::Stream)>& work);

[[nodiscard]] Result<Limits> measure_limits(cuda::Device& device, const Options& options,
                                            Rows& rows);
[[nodiscard]] Status measure_attention(cuda::Device& device, const Options& options,
                                       const Limits& limits, Rows& rows);
[[nodiscard]] Status measure_model(std::unique_ptr<cuda::Device> device, const Options& options,
                                   const Limits& limits, Rows& rows);

}  // namespace kvfoot::bench
