// Any bytes as a device description: an error with a place, or a device that can time passes.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sim/core/check.hpp"
#include "sim/io/device_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto device = kvfoot::parse_device(text, "fuzz.yaml");
  if (!device) {
    KVFOOT_CHECK(device.error().where.starts_with("fuzz.yaml"), device.error().message());
    KVFOOT_CHECK(!device.error().what.empty());
    return 0;
  }
  // Eleven numbers; a CPU also says its executor and threads.
  const std::size_t sources = device->sources.size();
  KVFOOT_CHECK(!device->name.empty() && device->memory > 0 && (sources == 11 || sources == 13));
  for (const kvfoot::DType dtype :
       {kvfoot::DType::kF32, kvfoot::DType::kF16, kvfoot::DType::kBF16}) {
    KVFOOT_CHECK(device->matmul(dtype) >= 1e9 && device->matmul(dtype) <= 1e17);
  }
  KVFOOT_CHECK(device->memory_achieved > 0 && device->memory_achieved <= 1);
  KVFOOT_CHECK(device->launch_ns >= 0 && device->copy_latency_ns >= 0);
  return 0;
}
