// The CUDA backend, as the program sees it: a module that is loaded when it is asked for, so that
// the program starts, and says what is missing, on machines without a card, a driver or cuBLAS.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "executor/model/backend.hpp"
#include "executor/model/weights.hpp"
#include "sim/core/result.hpp"

namespace kvfoot {

struct CudaOptions {
  int device = 0;  // counted as the driver does, CUDA_VISIBLE_DEVICES applied
  // Bytes of weights that are on the card, of all.
  std::function<void(std::int64_t done, std::int64_t total)> on_progress{};
};

struct CudaCard {
  int index = 0;
  std::string name;
  std::int64_t memory_bytes = 0;
  std::string unusable;  // why not, empty if it can be used
};

struct CudaStatus {
  enum class State : std::uint8_t {
    kAbsent,    // no module, no driver, or the user hides the cards: nobody expects one
    kUnusable,  // something is there, but not all that is needed
    kUsable,
  };
  State state = State::kAbsent;
  std::vector<CudaCard> cards;
  bool emulated = false;  // on the CPU, slowly, for tests
  Error why{};            // unless it can be used: what is missing and what helps
};

// Looks without taking memory on a card.
[[nodiscard]] CudaStatus cuda_status();

// The same contract as make_cpu_backend (executor/cpu/cpu_backend.hpp) but for the numbers:
// products of 16-bit weights are sums in fp32 of rounded activations. Environment errors: all that
// cuda_status() says, not enough memory on the card.
[[nodiscard]] Result<std::unique_ptr<Backend>> make_cuda_backend(LlamaWeights weights,
                                                                 const std::string& name,
                                                                 const CudaOptions& options = {});

}  // namespace kvfoot
