#include "cli/compute_device.hpp"

#include <algorithm>
#include <utility>

#include "cli/command.hpp"
#include "executor/cpu/cpu_backend.hpp"
#include "executor/cuda/cuda_backend.hpp"
#include "executor/model/make_model.hpp"

namespace kvfoot::cli {
namespace {

// On the first card that can be used; `status` says that there is one.
Result<std::unique_ptr<Backend>> start_cuda(const CudaStatus& status, LlamaWeights weights,
                                            const std::string& name) {
  const auto card =
      std::ranges::find_if(status.cards, [](const CudaCard& one) { return one.unusable.empty(); });
  ProgressLine progress("weights, MiB");
  CudaOptions options;
  options.device = card == status.cards.end() ? 0 : card->index;
  options.on_progress = [&](std::int64_t done, std::int64_t total) {
    progress.update(done >> 20, total >> 20);
  };
  return make_cuda_backend(std::move(weights), name, options);
}

}  // namespace

Result<std::unique_ptr<Backend>> start_backend(const std::string& device, int threads,
                                               LlamaWeights weights, const std::string& name) {
  const auto on_cpu = [&]() -> Result<std::unique_ptr<Backend>> {
    if (weights.embed.data == nullptr) {  // a GPU makes random weights itself
      KVFOOT_ASSIGN(weights, make_promised_llama(weights, threads));
    }
    return make_cpu_backend(std::move(weights), name, CpuOptions{.threads = threads});
  };
  if (device == "cpu") {
    return on_cpu();
  }
  const CudaStatus cuda = cuda_status();
  const bool usable = cuda.state == CudaStatus::State::kUsable;
  if (device == "cuda") {
    if (!usable) {
      return cuda.why;
    }
    if (cuda.emulated) {
      warn("emulated", "this module emulates a GPU on the CPU, slowly, for tests");
    }
    return start_cuda(cuda, std::move(weights), name);
  }
  if (usable && !cuda.emulated) {
    auto backend = start_cuda(cuda, weights, name);
    if (backend) {
      return backend;
    }
    warn("no_gpu", "computing on the CPU: " + backend.error().message());
  } else if (cuda.state == CudaStatus::State::kUnusable) {
    warn("no_gpu", "computing on the CPU: " + cuda.why.message());
  }
  return on_cpu();
}

}  // namespace kvfoot::cli
