// kvfoot-cuda.so: the backend on a card.
#include <string_view>
#include <utility>

#include "executor/cuda/backend/device_backend.hpp"
#include "executor/cuda/module/cards.hpp"
#include "executor/cuda/module/cuda_device.hpp"
#include "executor/cuda/module/interface.hpp"
#include "executor/cuda/module/version.hpp"

namespace kvfoot::cuda {
namespace {

Result<std::unique_ptr<Backend>> make_backend(LlamaWeights weights, const std::string& name,
                                              const CudaOptions& options) {
  KVFOOT_ASSIGN(std::unique_ptr<Device> device, make_cuda_device(options.device));
  return make_device_backend(std::move(device), weights, name,
                             {.on_progress = options.on_progress});
}

constexpr ModuleFunctions kFunctions{.status = cards_status, .make_backend = make_backend};

}  // namespace
}  // namespace kvfoot::cuda

extern "C" [[gnu::visibility("default")]] const kvfoot::cuda::ModuleFunctions* kvfoot_cuda_module(
    const char* version) {
  using namespace kvfoot::cuda;
  return std::string_view(version) == kModuleVersion ? &kFunctions : nullptr;
}
