// The forward pass of a Llama model on a device.
#pragma once

#include <memory>
#include <string>

#include "executor/cuda/backend/device_weights.hpp"
#include "executor/cuda/runtime/device.hpp"
#include "executor/model/backend.hpp"
#include "executor/model/weights.hpp"
#include "sim/core/result.hpp"

namespace kvfoot::cuda {

struct DeviceBackendOptions {
  UploadProgress on_progress;
};

// Computes in the type of the weights (products sum in fp32, the residual stream is fp32). Results
// are the same bits from run to run and whether or not anyone observes; how rows share passes
// changes the order of sums. The weights are copied. Errors: not enough memory on the device, a
// geometry that the kernels do not have.
[[nodiscard]] Result<std::unique_ptr<Backend>> make_device_backend(
    std::unique_ptr<Device> device, const LlamaWeights& weights, const std::string& name,
    const DeviceBackendOptions& options = {});

}  // namespace kvfoot::cuda
