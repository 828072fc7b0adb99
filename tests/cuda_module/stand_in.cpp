// A library that the loader may meet: a module without a card, one of another version, or none.
#include <string_view>

#include "executor/cuda/module/interface.hpp"
#include "executor/cuda/module/version.hpp"

namespace kvfoot::cuda {
namespace {

[[maybe_unused]] CudaStatus status() {
  return {.state = CudaStatus::State::kUsable,
          .cards = {{.index = 0, .name = "stand-in", .memory_bytes = 1 << 20, .unusable = {}}},
          .emulated = true,
          .why = {}};
}

[[maybe_unused]] Result<std::unique_ptr<Backend>> make_backend(LlamaWeights /*weights*/,
                                                               const std::string& name,
                                                               const CudaOptions& options) {
  return Error{"stand-in", name + " on card " + std::to_string(options.device), "",
               ErrorKind::kEnvironment};
}

[[maybe_unused]] constexpr ModuleFunctions kFunctions{.status = status,
                                                      .make_backend = make_backend};

}  // namespace
}  // namespace kvfoot::cuda

#if defined(KVFOOT_OTHER_VERSION)
extern "C" const kvfoot::cuda::ModuleFunctions* kvfoot_cuda_module(const char* /*version*/) {
  return nullptr;
}
#elif !defined(KVFOOT_NO_MODULE)
extern "C" const kvfoot::cuda::ModuleFunctions* kvfoot_cuda_module(const char* version) {
  using namespace kvfoot::cuda;
  return std::string_view(version) == kModuleVersion ? &kFunctions : nullptr;
}
#endif
