// A slow Llama forward pass in double precision, written to be read: the twin of the real backends.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "executor/model/weights.hpp"

namespace kvfoot::oracle {

// Logits of every position, [tokens][vocab]. Whole sequence at once, full causal attention.
std::vector<std::vector<double>> naive_llama_logits(const LlamaWeights& weights,
                                                    std::span<const std::int32_t> tokens);

}  // namespace kvfoot::oracle
