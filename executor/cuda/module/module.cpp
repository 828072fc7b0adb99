// kvfoot-cuda.so: the backend on a card.
#include <string_view>
#include <utility>

#include "executor/cuda/module/cards.hpp"
#include "executor/cuda/module/cuda_device.hpp"
#include "executor/cuda/module/interface.hpp"
#include "executor/cuda/module/version.hpp"

namespace kvfoot::cuda {
namespace {

Result<std::unique_ptr<Backend>> make_backend(LlamaWeights /*weights*/, const std::string& /*name*/,
                                              const CudaOptions& options) {
  KVFOOT_ASSIGN(const std::unique_ptr<Device> device, make_cuda_device(options.device));
  return Error{"CUDA", "there is no backend for a card yet", "use --device cpu",
               ErrorKind::kEnvironment};
}

constexpr ModuleFunctions kFunctions{.status = cards_status, .make_backend = make_backend};

}  // namespace
}  // namespace kvfoot::cuda

extern "C" [[gnu::visibility("default")]] const kvfoot::cuda::ModuleFunctions* kvfoot_cuda_module(
    const char* version) {
  using namespace kvfoot::cuda;
  return std::string_view(version) == kModuleVersion ? &kFunctions : nullptr;
}
