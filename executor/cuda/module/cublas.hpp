// cuBLASLt, found while the program runs. It is half a gigabyte that many machines have somewhere
// (the toolkit, a Python package), seldom where the loader looks; and a module that is linked to it
// cannot even be opened, to say so, where it is missing.
#pragma once

#include <cublasLt.h>

#include <string>
#include <vector>

#include "sim/core/result.hpp"

namespace kvfoot::cuda {

// What is called of it.
struct CublasLt {
  decltype(&::cublasLtCreate) create = nullptr;
  decltype(&::cublasLtDestroy) destroy = nullptr;
  decltype(&::cublasLtGetStatusString) status_text = nullptr;
  decltype(&::cublasLtMatmulDescCreate) desc_create = nullptr;
  decltype(&::cublasLtMatmulDescDestroy) desc_destroy = nullptr;
  decltype(&::cublasLtMatmulDescSetAttribute) desc_set = nullptr;
  decltype(&::cublasLtMatrixLayoutCreate) layout_create = nullptr;
  decltype(&::cublasLtMatrixLayoutDestroy) layout_destroy = nullptr;
  decltype(&::cublasLtMatmulPreferenceCreate) preference_create = nullptr;
  decltype(&::cublasLtMatmulPreferenceDestroy) preference_destroy = nullptr;
  decltype(&::cublasLtMatmulPreferenceSetAttribute) preference_set = nullptr;
  decltype(&::cublasLtMatmulAlgoGetHeuristic) heuristic = nullptr;
  decltype(&::cublasLtMatmul) matmul = nullptr;
};

inline constexpr const char* kCublasVariable = "KVFOOT_CUBLAS";  // names the folder that has it

// Loaded once and kept. Only the major version that the module was built with; where KVFOOT_CUBLAS
// is set, only from there. The error names the places that were searched.
[[nodiscard]] Result<const CublasLt*> load_cublas();

// Folders that may have it, in the order of the search, where the loader does not find it itself.
[[nodiscard]] std::vector<std::string> cublas_folders();

}  // namespace kvfoot::cuda
