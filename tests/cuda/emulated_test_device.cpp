// The device under test is emulated. KVFOOT_TEST_SEED in the environment shuffles threads in
// another way, KVFOOT_TEST_ORDER=ascending or descending does not shuffle them.
#include <cstdlib>
#include <string_view>

#include "executor/cuda/emulator/emulated_device.hpp"
#include "tests/cuda/support.hpp"

namespace kvfoot::cuda {

std::unique_ptr<Device> test_device() {
  EmulatedOptions options;
  if (const char* seed = std::getenv("KVFOOT_TEST_SEED")) {
    options.schedule.seed += std::strtoull(seed, nullptr, 10);
  }
  if (const char* order = std::getenv("KVFOOT_TEST_ORDER")) {
    using emulator::Order;
    const std::string_view word = order;
    options.schedule.order = word == "ascending"    ? Order::kAscending
                             : word == "descending" ? Order::kDescending
                                                    : Order::kShuffled;
  }
  return make_emulated_device(options);
}

}  // namespace kvfoot::cuda
