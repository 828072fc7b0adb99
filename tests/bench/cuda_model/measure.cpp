#include "tests/bench/cuda_model/measure.hpp"

#include <algorithm>
#include <cstdio>

#include "sim/report/units.hpp"

namespace kvfoot::bench {

void Rows::add(const std::string& what, const std::string& result, const std::string& bound,
               double share) {
  table_.rows.push_back(
      {what, result, bound, share > 0 ? format_fixed(100 * share, 0) + " %" : ""});
  std::fprintf(stderr, "%s: %s %s\n", what.c_str(), result.c_str(),
               table_.rows.back().back().c_str());
}

double median(std::vector<double> values) {
  KVFOOT_CHECK(!values.empty());
  std::ranges::sort(values);
  return values[values.size() / 2];
}

Result<double> median_seconds(cuda::Device& device, int repeats,
                              const std::function<void(cuda::Stream)>& work) {
  const cuda::Stream stream = device.compute_stream();
  const cuda::Event begin = device.make_event();
  const cuda::Event end = device.make_event();
  std::vector<double> seconds;
  Status status;
  for (int i = -2; i < repeats && status; ++i) {
    device.record(begin, stream);
    work(stream);
    device.record(end, stream);
    status = device.synchronize(end);
    const auto ns = device.elapsed_ns(begin, end);
    if (status && !ns) {
      status = ns.error();
    }
    if (i >= 0 && status) {
      seconds.push_back(static_cast<double>(*ns) * 1e-9);
    }
  }
  device.destroy(begin);
  device.destroy(end);
  KVFOOT_TRY(status);
  return std::max(median(std::move(seconds)), 1e-9);
}

}  // namespace kvfoot::bench
