// The AdamW update (adamw.hpp).
#include "trainer/adamw.hpp"

#include <cmath>

namespace kvfoot::trainer {

AdamW::AdamW(const NamedTensors& weights, const AdamWOptions& options)
    : weights_(weights), options_(options) {
  for (const auto& [name, weight] : weights_) {
    state_.emplace_back("adam.m." + name, torch::zeros_like(weight.detach()));
    state_.emplace_back("adam.v." + name, torch::zeros_like(weight.detach()));
  }
}

double AdamW::update(std::uint64_t step, double learning_rate) {
  torch::NoGradGuard no_grad;
  torch::Tensor square = torch::zeros({}, weights_.front().second.device());
  for (const auto& [name, weight] : weights_) {
    square = square + weight.grad().square().sum();
  }
  const double norm = std::sqrt(square.item<double>());
  const double shrink = norm > options_.clip ? options_.clip / norm : 1.0;
  const auto t = static_cast<double>(step);
  const double correct1 = 1 - std::pow(options_.beta1, t),
               correct2 = 1 - std::pow(options_.beta2, t);
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    torch::Tensor weight = weights_[i].second.detach();
    torch::Tensor m = state_[2 * i].second, v = state_[2 * i + 1].second;
    const torch::Tensor g = weights_[i].second.grad() * shrink;
    m.mul_(options_.beta1).add_(g, 1 - options_.beta1);
    v.mul_(options_.beta2).addcmul_(g, g, 1 - options_.beta2);
    if (weight.dim() > 1) {
      weight.mul_(1 - learning_rate * options_.weight_decay);
    }
    weight.addcdiv_(m, (v / correct2).sqrt_().add_(options_.eps), -learning_rate / correct1);
    weights_[i].second.mutable_grad().zero_();
  }
  return norm;
}

}  // namespace kvfoot::trainer
