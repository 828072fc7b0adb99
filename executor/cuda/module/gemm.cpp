#include "executor/cuda/module/gemm.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace kvfoot::cuda {
namespace {

constexpr std::size_t kMostPlans = 4096;  // prompts of every length, and then some

cudaDataType_t data_type(DType type) {
  switch (type) {
    case DType::kF16:
      return CUDA_R_16F;
    case DType::kBF16:
      return CUDA_R_16BF;
    case DType::kF32:
      break;
  }
  return CUDA_R_32F;
}

// The largest power of two, up to 256, that divides the address.
std::uint32_t alignment(const void* address) {
  const auto bits = reinterpret_cast<std::uintptr_t>(address) | 256U;
  return static_cast<std::uint32_t>(bits & (~bits + 1));
}

}  // namespace

struct Products::Plan {
  const CublasLt& api;
  cublasLtMatmulDesc_t desc = nullptr;
  cublasLtMatrixLayout_t w = nullptr, x = nullptr, y = nullptr;
  cublasLtMatmulPreference_t preference = nullptr;
  cublasLtMatmulHeuristicResult_t chosen{};

  explicit Plan(const CublasLt& functions) : api(functions) {}
  ~Plan() {
    const auto end = [](auto destroy, auto made) {
      if (made != nullptr) {
        destroy(made);
      }
    };
    end(api.preference_destroy, preference);
    for (const cublasLtMatrixLayout_t layout : {w, x, y}) {
      end(api.layout_destroy, layout);
    }
    end(api.desc_destroy, desc);
  }
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;
};

Result<std::unique_ptr<Products>> Products::create(void* workspace, std::size_t bytes) {
  KVFOOT_ASSIGN(const CublasLt* api, load_cublas());
  cublasLtHandle_t handle = nullptr;
  if (const cublasStatus_t status = api->create(&handle); status != CUBLAS_STATUS_SUCCESS) {
    return Error{"CUDA", "cuBLAS does not start (" + std::string(api->status_text(status)) + ")",
                 "nvidia-smi shows whether the card has memory left", ErrorKind::kEnvironment};
  }
  return std::unique_ptr<Products>(new Products(*api, handle, workspace, bytes));
}

Products::Products(const CublasLt& api, cublasLtHandle_t handle, void* workspace, std::size_t bytes)
    : api_(api), handle_(handle), workspace_(workspace), workspace_bytes_(bytes) {}

Products::~Products() {
  plans_.clear();
  api_.destroy(handle_);
}

Error Products::error(cublasStatus_t status, const Key& key) const {
  return Error{"CUDA",
               "product of (" + std::to_string(key.m) + ", " + std::to_string(key.k) + ") and (" +
                   std::to_string(key.n) + ", " + std::to_string(key.k) + ") in " +
                   std::string(to_string(key.type)) + ": cuBLAS says " + api_.status_text(status),
               "", ErrorKind::kEnvironment};
}

// cuBLAS counts by columns: a row-major matrix (rows, columns) is to it the transposed one. So y^T
// (n, m) = W x^T is what it is asked for, with W^T (k, n) and x^T (k, m) as they lie in memory.
Result<std::unique_ptr<Products::Plan>> Products::make_plan(const Key& key) const {
  auto plan = std::make_unique<Plan>(api_);
  cublasStatus_t status = CUBLAS_STATUS_SUCCESS;
  const auto step = [&](auto&& call) {
    if (status == CUBLAS_STATUS_SUCCESS) {
      status = call();
    }
  };
  const auto prefer = [&](cublasLtMatmulPreferenceAttributes_t attribute, auto value) {
    step([&] { return api_.preference_set(plan->preference, attribute, &value, sizeof value); });
  };
  const auto size = [](std::int64_t count) { return static_cast<std::uint64_t>(count); };
  // Not CUBLAS_COMPUTE_32F_FAST_TF32, which drops 13 bits of every fp32 factor.
  step([&] { return api_.desc_create(&plan->desc, CUBLAS_COMPUTE_32F, CUDA_R_32F); });
  const cublasOperation_t transposed = CUBLAS_OP_T;
  step([&] {
    return api_.desc_set(plan->desc, CUBLASLT_MATMUL_DESC_TRANSA, &transposed, sizeof transposed);
  });
  const cudaDataType_t type = data_type(key.type);
  step([&] { return api_.layout_create(&plan->w, type, size(key.k), size(key.n), key.k); });
  step([&] { return api_.layout_create(&plan->x, type, size(key.k), size(key.m), key.ldx); });
  step([&] {
    return api_.layout_create(&plan->y, data_type(key.y_type), size(key.n), size(key.m), key.ldy);
  });
  step([&] { return api_.preference_create(&plan->preference); });
  prefer(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
         key.with_workspace ? std::uint64_t{workspace_bytes_} : std::uint64_t{0});
  prefer(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
         static_cast<std::uint32_t>(CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE));
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, key.w_alignment);
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, key.x_alignment);
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, key.y_alignment);
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, key.y_alignment);
  int found = 0;
  step([&] {
    return api_.heuristic(handle_, plan->desc, plan->w, plan->x, plan->y, plan->y, plan->preference,
                          1, &plan->chosen, &found);
  });
  step([&] { return found == 0 ? CUBLAS_STATUS_NOT_SUPPORTED : plan->chosen.state; });
  if (status != CUBLAS_STATUS_SUCCESS) {
    return error(status, key);
  }
  return plan;
}

Status Products::run(const Gemm& product, cudaStream_t stream, bool with_workspace) {
  KVFOOT_CHECK(product.k > 0 && product.m >= 0 && product.n >= 0, "an empty sum");
  KVFOOT_CHECK(!product.accumulate || product.y_type == DType::kF32, "y is fp32");
  KVFOOT_CHECK(product.y_type == product.type || product.y_type == DType::kF32, "type of y");
  if (product.m == 0 || product.n == 0) {
    return {};
  }
  const Key key{.m = product.m,
                .n = product.n,
                .k = product.k,
                .ldx = product.ldx == 0 ? product.k : product.ldx,
                .ldy = product.ldy == 0 ? product.n : product.ldy,
                .type = product.type,
                .y_type = product.y_type,
                .accumulate = product.accumulate,
                .with_workspace = with_workspace,
                .x_alignment = alignment(product.x),
                .w_alignment = alignment(product.w),
                .y_alignment = alignment(product.y)};
  auto found = plans_.find(key);
  if (found == plans_.end()) {
    if (plans_.size() >= kMostPlans) {
      plans_.clear();
    }
    KVFOOT_ASSIGN(std::unique_ptr<Plan> plan, make_plan(key));
    found = plans_.emplace(key, std::move(plan)).first;
  }
  const Plan& plan = *found->second;
  const float one = 1;
  const float beta = product.accumulate ? 1 : 0;
  const cublasStatus_t status = api_.matmul(
      handle_, plan.desc, &one, product.w, plan.w, product.x, plan.x, &beta, product.y, plan.y,
      product.y, plan.y, &plan.chosen.algo, with_workspace ? workspace_ : nullptr,
      with_workspace ? workspace_bytes_ : 0, stream);
  if (status != CUBLAS_STATUS_SUCCESS) {
    return error(status, key);
  }
  return {};
}

}  // namespace kvfoot::cuda
