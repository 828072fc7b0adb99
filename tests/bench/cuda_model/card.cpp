#include "executor/cuda/module/cuda_device.hpp"
#include "tests/bench/cuda_model/measure.hpp"

namespace kvfoot::bench {

Result<std::unique_ptr<cuda::Device>> bench_device() { return cuda::make_cuda_device(0); }

}  // namespace kvfoot::bench
