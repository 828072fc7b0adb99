// --device: which backend computes.
#pragma once

#include <memory>
#include <string>

#include "executor/model/backend.hpp"
#include "executor/model/weights.hpp"
#include "sim/core/result.hpp"

namespace kvfoot::cli {

// `device` is auto, cpu or cuda. auto takes the GPU where one can be used, else the CPU, and says
// why only where somebody may expect the GPU: there is one, or a driver, but something is missing.
// `threads` are those of the CPU backend. Errors: what the backends say when they start.
[[nodiscard]] Result<std::unique_ptr<Backend>> start_backend(const std::string& device, int threads,
                                                             LlamaWeights weights,
                                                             const std::string& name);

}  // namespace kvfoot::cli
