// AdamW (Loshchilov and Hutter 2019) over named weights, with its state in plain tensors.
#pragma once

#include <cstdint>

#include "trainer/llama.hpp"

namespace kvfoot::trainer {

struct AdamWOptions {
  double beta1 = 0.9;
  double beta2 = 0.95;
  double eps = 1e-8;
  double weight_decay = 0.05;  // matrices only, not norms
  double clip = 1.0;           // largest norm of the whole gradient
};

class AdamW {
 public:
  AdamW(const NamedTensors& weights, const AdamWOptions& options);

  // One update from the weights' gradients, which are then cleared. `step` counts from 1. Returns
  // the norm of the gradient before clipping.
  double update(std::uint64_t step, double learning_rate);

  // "adam.m.<weight>" and "adam.v.<weight>": the tensors themselves.
  [[nodiscard]] const NamedTensors& state() const { return state_; }

 private:
  NamedTensors weights_, state_;
  AdamWOptions options_;
};

}  // namespace kvfoot::trainer
