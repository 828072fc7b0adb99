// The CPU backend: fp32 arithmetic over weights as they are stored.
#pragma once

#include <memory>
#include <string>

#include "executor/model/backend.hpp"
#include "executor/model/weights.hpp"
#include "sim/core/cpu_execution.hpp"
#include "sim/core/result.hpp"

namespace kvfoot {

struct CpuOptions {
  int threads = 0;  // below 1: one per hardware thread
};

// What memory peaks of a backend with so many threads depend on.
[[nodiscard]] CpuExecution cpu_execution(int threads);

// Results do not depend on the number of threads, on the instruction set, on which rows share a
// pass (so full attention is invariant to the chunk size), or on whether anyone observes: the same
// bits. Numbers are those of the Hugging Face Llama model in fp32.
//
// `name` goes into shape().name. One backend serves one caller at a time; the weights are shared,
// not copied. Errors: not enough memory, threads that cannot be started.
[[nodiscard]] Result<std::unique_ptr<Backend>> make_cpu_backend(LlamaWeights weights,
                                                                const std::string& name,
                                                                const CpuOptions& options = {});

}  // namespace kvfoot
