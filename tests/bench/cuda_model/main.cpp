// bench_cuda_model [--shape NAME] [--contexts N,N] [--chunk N] [--record-prompt N] [--repeats N]
// [--small] Measures the CUDA backend against the limits of the card it runs on. Exit code 77: no
// card.
#include <cstdio>
#include <string>
#include <string_view>

#include "sim/core/heap.hpp"
#include "sim/core/text.hpp"
#include "tests/bench/cuda_model/measure.hpp"

namespace kvfoot::bench {
namespace {

Result<Options> parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    if (flag == "--small") {  // seconds, also where the card is emulated
      options.shape = kSmallShape;
      options.contexts = {16, 64};
      options.chunk = 64;
      options.record_prompt = 64;
      options.copy_bytes = 1 << 20;
      options.gemm_size = 64;
      options.repeats = 2;
      options.decoded = 6;
      continue;
    }
    const std::string_view value = ++i < argc ? argv[i] : std::string_view{};
    const auto number = parse_int(value);
    if (flag == "--shape") {
      options.shape = value;
    } else if (flag == "--folder") {
      options.folder = value;
    } else if (flag == "--contexts") {
      options.contexts.clear();
      for (const std::string_view part : split(value, ',')) {
        options.contexts.push_back(parse_int(part).value_or(0));
      }
    } else if (flag == "--chunk" && number) {
      options.chunk = *number;
    } else if (flag == "--record-prompt" && number) {
      options.record_prompt = *number;
    } else if (flag == "--repeats" && number) {
      options.repeats = static_cast<int>(*number);
    } else {
      return Error{"bench_cuda_model", "'" + std::string(flag) + " " + std::string(value) + "'",
                   "see the first lines of tests/bench/cuda_model/main.cpp"};
    }
  }
  for (const std::int64_t context : options.contexts) {
    if (context < 1) {
      return Error{"bench_cuda_model", "--contexts takes numbers above 0"};
    }
  }
  return options;
}

Status run(const Options& options, std::unique_ptr<cuda::Device> device) {
  const cuda::DeviceInfo info = device->info();
  Rows rows;
  const auto measure = [&]() -> Status {
    KVFOOT_ASSIGN(const Limits limits, measure_limits(*device, options, rows));
    KVFOOT_TRY(measure_attention(*device, options, limits, rows));
    return measure_model(std::move(device), options, limits, rows);
  };
  const Status status = measure();
  std::printf("%s, %d multiprocessors, driver for CUDA %s; %s in bf16\n\n%s", info.name.c_str(),
              info.multiprocessors, info.driver.c_str(), options.shape.c_str(),
              table_to_markdown(rows.table()).c_str());
  return status;  // what was measured before an error is printed all the same
}

}  // namespace
}  // namespace kvfoot::bench

int main(int argc, char** argv) {
  using namespace kvfoot;
  keep_large_buffers();
  const auto options = bench::parse(argc, argv);
  if (!options) {
    std::fprintf(stderr, "error: %s\n", options.error().message().c_str());
    return 2;
  }
  auto device = bench::bench_device();
  if (!device) {
    std::printf("skipped: %s\n", device.error().message().c_str());
    return 77;
  }
  const Status status = bench::run(*options, std::move(device).value());
  if (!status) {
    std::fprintf(stderr, "error: %s\n", status.error().message().c_str());
    return 3;
  }
  return 0;
}
