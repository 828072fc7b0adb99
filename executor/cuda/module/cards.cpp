#include "executor/cuda/module/cards.hpp"

#include <cuda_runtime_api.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include "executor/cuda/module/cublas.hpp"
#include "executor/cuda/module/errors.hpp"

namespace kvfoot::cuda {
namespace {

constexpr int kOldest = 8;  // compute capability: asynchronous copies, bf16 on tensor cores

CudaCard card(int index) {
  CudaCard out{.index = index, .name = {}, .memory_bytes = 0, .unusable = {}};
  cudaDeviceProp properties{};
  if (const cudaError_t code = cudaGetDeviceProperties(&properties, index); code != cudaSuccess) {
    out.unusable = cuda_error(code, "").what;
    return out;
  }
  out.name = properties.name;
  out.memory_bytes = static_cast<std::int64_t>(properties.totalGlobalMem);
  int mode = cudaComputeModeDefault;
  cudaDeviceGetAttribute(&mode, cudaDevAttrComputeMode, index);
  if (properties.major < kOldest) {
    out.unusable = "it has compute capability " + std::to_string(properties.major) + "." +
                   std::to_string(properties.minor) + ", kvfoot needs " + std::to_string(kOldest) +
                   ".0 (Ampere) or newer";
  } else if (mode == cudaComputeModeProhibited) {
    out.unusable = "its compute mode is 'prohibited'";
  }
  return out;
}

// No driver at all is no error, and neither is a card that the user hides.
bool nobody_expects_one(cudaError_t code) {
  int driver = 0;
  cudaDriverGetVersion(&driver);
  return (code == cudaErrorInsufficientDriver && driver == 0) ||
         (code == cudaErrorNoDevice && std::getenv("CUDA_VISIBLE_DEVICES") != nullptr);
}

}  // namespace

CudaStatus cards_status() {
  CudaStatus status{.state = CudaStatus::State::kUnusable, .cards = {}, .why = {}};
  int count = 0;  // left as it is where there is no driver
  cudaError_t code = cudaGetDeviceCount(&count);
  if (code == cudaSuccess && count == 0) {
    code = cudaErrorNoDevice;
  }
  if (code != cudaSuccess) {
    status.why = cuda_error(code, "");
    if (nobody_expects_one(code)) {
      status.state = CudaStatus::State::kAbsent;
    }
    return status;
  }
  for (int i = 0; i < count; ++i) {
    status.cards.push_back(card(i));
  }
  if (const auto usable = std::ranges::find_if(
          status.cards, [](const CudaCard& one) { return one.unusable.empty(); });
      usable == status.cards.end()) {
    const CudaCard& first = status.cards.front();
    status.why = Error{"CUDA", "card " + first.name + " cannot be used: " + first.unusable,
                       "use --device cpu", ErrorKind::kEnvironment};
    return status;
  }
  if (auto cublas = load_cublas(); !cublas) {
    status.why = std::move(cublas).error();
    return status;
  }
  status.state = CudaStatus::State::kUsable;
  return status;
}

}  // namespace kvfoot::cuda
