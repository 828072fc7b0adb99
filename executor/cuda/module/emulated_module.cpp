// kvfoot-cuda-emulated.so: the same backend on a card that is emulated, so that the whole program
// can be tested on machines without one. Never installed.
#include <string_view>
#include <utility>

#include "executor/cuda/backend/device_backend.hpp"
#include "executor/cuda/emulator/emulated_device.hpp"
#include "executor/cuda/module/interface.hpp"
#include "executor/cuda/module/version.hpp"

namespace kvfoot::cuda {
namespace {

CudaStatus status() {
  return {.state = CudaStatus::State::kUsable,
          .cards = {{.index = 0,
                     .name = "emulated card",
                     .memory_bytes = EmulatedOptions{}.memory_bytes,
                     .unusable = {}}},
          .emulated = true,
          .why = {}};
}

Result<std::unique_ptr<Backend>> make_backend(LlamaWeights weights, const std::string& name,
                                              const CudaOptions& options) {
  return make_device_backend(make_emulated_device(), weights, name,
                             {.on_progress = options.on_progress});
}

constexpr ModuleFunctions kFunctions{.status = status, .make_backend = make_backend};

}  // namespace
}  // namespace kvfoot::cuda

extern "C" [[gnu::visibility("default")]] const kvfoot::cuda::ModuleFunctions* kvfoot_cuda_module(
    const char* version) {
  using namespace kvfoot::cuda;
  return std::string_view(version) == kModuleVersion ? &kFunctions : nullptr;
}
