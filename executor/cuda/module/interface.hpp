// What a module of the CUDA backend gives to the program: kvfoot-cuda.so for a card, or its twin
// that emulates one. Built together with the program, of the same types. Errors are values here
// too; of exceptions only std::bad_alloc may leave it, which belongs to a library that both share.
#pragma once

#include <memory>
#include <string>

#include "executor/cuda/cuda_backend.hpp"

namespace kvfoot::cuda {

struct ModuleFunctions {
  CudaStatus (*status)() = nullptr;
  Result<std::unique_ptr<Backend>> (*make_backend)(LlamaWeights weights, const std::string& name,
                                                   const CudaOptions& options) = nullptr;
};

// Null: the module was built with another version of the program (kModuleVersion).
using OpenModule = const ModuleFunctions* (*)(const char* version);
inline constexpr const char* kOpenModule = "kvfoot_cuda_module";  // the name in the module
inline constexpr const char* kModuleName = "kvfoot-cuda.so";
inline constexpr const char* kModuleVariable = "KVFOOT_CUDA_MODULE";  // names another file

}  // namespace kvfoot::cuda
