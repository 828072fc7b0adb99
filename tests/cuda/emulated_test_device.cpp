// The device under test is emulated.
#include "executor/cuda/emulator/emulated_device.hpp"
#include "tests/cuda/support.hpp"

namespace kvfoot::cuda {

std::unique_ptr<Device> test_device() { return make_emulated_device(); }

}  // namespace kvfoot::cuda
