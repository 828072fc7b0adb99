// How much shared memory kernels may ask for.
#include <cuda_runtime_api.h>

#include <mutex>
#include <set>
#include <utility>

#include "executor/cuda/module/errors.hpp"

namespace kvfoot::cuda {

void allow_shared_memory(const void* kernel) {
  static std::mutex mutex;
  static std::set<std::pair<int, const void*>> allowed;
  int device = 0;
  cudaGetDevice(&device);
  const std::lock_guard lock(mutex);
  if (!allowed.emplace(device, kernel).second) {
    return;
  }
  // What fails here makes the launch fail, which says so.
  int most = 0;
  cudaDeviceGetAttribute(&most, cudaDevAttrMaxSharedMemoryPerBlockOptin, device);
  cudaFuncAttributes attributes{};
  cudaFuncGetAttributes(&attributes, kernel);
  cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                       most - static_cast<int>(attributes.sharedSizeBytes));
  (void)cudaGetLastError();
}

}  // namespace kvfoot::cuda
