// Large matrix products on a card.
#pragma once

#include <cublasLt.h>
#include <cuda_runtime_api.h>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>

#include "executor/cuda/module/cublas.hpp"
#include "executor/cuda/runtime/device.hpp"
#include "sim/core/result.hpp"

namespace kvfoot::cuda {

// The same product, on the same model of card and version of cuBLAS, has the same bits whenever it
// is run: cuBLAS promises that for everything but sums that blocks add up in the order in which
// they finish, so only those ways of splitting k are allowed that write partial sums down, in fp32,
// and add them in a step of their own. One stream uses the workspace, so no two products share it.
// Used by one thread at a time.
class Products {
 public:
  // For the current device. `workspace` is the device's memory and outlives it.
  [[nodiscard]] static Result<std::unique_ptr<Products>> create(void* workspace, std::size_t bytes);
  ~Products();
  Products(const Products&) = delete;
  Products& operator=(const Products&) = delete;

  // May be captured. with_workspace: `stream` is the one that the workspace belongs to.
  [[nodiscard]] Status run(const Gemm& product, cudaStream_t stream, bool with_workspace);

 private:
  // What cuBLAS chooses by.
  struct Key {
    std::int64_t m, n, k, ldx, ldy;
    DType type, y_type;
    bool accumulate, with_workspace;
    std::uint32_t x_alignment, w_alignment, y_alignment;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Plan;

  Products(const CublasLt& api, cublasLtHandle_t handle, void* workspace, std::size_t bytes);
  Result<std::unique_ptr<Plan>> make_plan(const Key& key) const;
  [[nodiscard]] Error error(cublasStatus_t status, const Key& key) const;

  const CublasLt& api_;
  cublasLtHandle_t handle_;
  void* workspace_;
  std::size_t workspace_bytes_;
  std::map<Key, std::unique_ptr<Plan>> plans_;
};

}  // namespace kvfoot::cuda
