// Finds, opens and asks the module.
#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

#include "executor/cuda/cuda_backend.hpp"
#include "executor/cuda/module/interface.hpp"
#include "executor/cuda/module/version.hpp"
#include "sim/core/module_file.hpp"

namespace kvfoot {
namespace {

using cuda::ModuleFunctions;

Error environment(const std::string& where, const std::string& what, const std::string& hint) {
  return Error{where, what, hint, ErrorKind::kEnvironment};
}

// Empty: there is none.
Result<std::filesystem::path> module_file() {
  const char* named = std::getenv(cuda::kModuleVariable);
  if (named == nullptr || *named == '\0') {
    return find_module_file(cuda::kModuleName);
  }
  std::error_code code;
  if (!std::filesystem::is_regular_file(named, code)) {
    return environment(cuda::kModuleVariable, "there is no file '" + std::string(named) + "'",
                       "unset it to use the module of this kvfoot");
  }
  return std::filesystem::absolute(named, code);
}

// Null: there is none.
Result<const ModuleFunctions*> open_module() {
  KVFOOT_ASSIGN(const std::filesystem::path file, module_file());
  if (file.empty()) {
    return nullptr;
  }
  // Its objects live as long as they are held, so it stays. Local: nobody else needs its symbols.
  void* module = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (module == nullptr) {
    const char* reason = ::dlerror();  // begins with the file's name
    return environment("CUDA", reason == nullptr ? file.string() + ": cannot be loaded" : reason,
                       "build kvfoot again on this machine, or use --device cpu");
  }
  const auto open = reinterpret_cast<cuda::OpenModule>(::dlsym(module, cuda::kOpenModule));
  if (open == nullptr) {
    return environment(file.string(), "is not a module of kvfoot", "");
  }
  const ModuleFunctions* functions = open(cuda::kModuleVersion);
  if (functions == nullptr) {
    return environment(file.string(), "belongs to another version of kvfoot",
                       "build or install both together");
  }
  return functions;
}

Error built_without() {
  return environment("CUDA", "this kvfoot was built without it",
                     "install the CUDA toolkit, 12 or newer, and build again, or use --device cpu");
}

}  // namespace

CudaStatus cuda_status() {
  const auto module = open_module();
  if (!module) {
    return {.state = CudaStatus::State::kUnusable, .cards = {}, .why = module.error()};
  }
  if (*module == nullptr) {
    return {.state = CudaStatus::State::kAbsent, .cards = {}, .why = built_without()};
  }
  return (*module)->status();
}

Result<std::unique_ptr<Backend>> make_cuda_backend(LlamaWeights weights, const std::string& name,
                                                   const CudaOptions& options) {
  KVFOOT_ASSIGN(const ModuleFunctions* module, open_module());
  if (module == nullptr) {
    return built_without();
  }
  return module->make_backend(std::move(weights), name, options);
}

}  // namespace kvfoot
