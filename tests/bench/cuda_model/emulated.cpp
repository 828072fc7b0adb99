#include "executor/cuda/emulator/emulated_device.hpp"
#include "tests/bench/cuda_model/measure.hpp"

namespace kvfoot::bench {

Result<std::unique_ptr<cuda::Device>> bench_device() { return cuda::make_emulated_device(); }

}  // namespace kvfoot::bench
