// The CPU kernels against the same operators written with plain tensors: values and gradients.
#include "trainer/fused.hpp"

#include <gtest/gtest.h>

#include "trainer/kernels.hpp"

namespace kvfoot::trainer {
namespace {

using torch::Tensor;

struct Angles {
  Tensor cos, sin;
};

Angles angles(std::int64_t length, std::int64_t dim) {
  const Tensor frequency = torch::pow(10000.0, -torch::arange(0, dim, 2, torch::kFloat) / dim);
  const Tensor half = torch::arange(length, torch::kFloat).unsqueeze(1) * frequency;
  const Tensor both = torch::cat({half, half}, 1);
  return {both.cos(), both.sin()};
}

// Largest difference relative to the size of the reference.
double relative(const Tensor& a, const Tensor& b) {
  return (a.to(torch::kFloat) - b.to(torch::kFloat)).abs().max().item<double>() /
         (b.to(torch::kFloat).abs().max().item<double>() + 1e-30);
}

TEST(FusedAttention, AgreesWithPlainTensors) {
  // Lengths around the tile sizes of 8 rows and 32 keys.
  for (const std::int64_t length : {1, 7, 8, 9, 31, 32, 33, 65, 200}) {
    torch::manual_seed(static_cast<std::uint64_t>(length));
    const Angles a = angles(length, 32);
    const auto make = [&](std::int64_t heads) {
      return (torch::randn({2, length, heads, 32}) * 2).requires_grad_();
    };
    const Tensor q = make(6), k = make(3), v = make(3), g = torch::randn({2, length, 6, 32});
    const Tensor fused = rotary_attention(q, k, v, a.cos, a.sin);
    const Tensor plain = plain::rotary_attention(q, k, v, a.cos, a.sin);
    EXPECT_LT(relative(fused, plain), 1e-5) << length;
    const auto fused_grads = torch::autograd::grad({fused}, {q, k, v}, {g});
    const auto plain_grads = torch::autograd::grad({plain}, {q, k, v}, {g});
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_LT(relative(fused_grads[i], plain_grads[i]), 3e-5) << length << " input " << i;
    }
  }
}

TEST(FusedNorm, AgreesWithPlainTensors) {
  torch::manual_seed(1);
  const Tensor x = (torch::randn({3, 301, 64}) * 3).requires_grad_();
  const Tensor w = torch::randn({64}).requires_grad_();
  const Tensor g = torch::randn({3, 301, 64}).to(torch::kBFloat16);
  const Tensor fused = rms_norm(x, w, 1e-5, torch::kBFloat16);
  const Tensor plain = plain::rms_norm(x, w, 1e-5, torch::kBFloat16);
  EXPECT_LT(relative(fused, plain), 4e-3);
  const auto fused_grads = torch::autograd::grad({fused}, {x, w}, {g});
  const auto plain_grads = torch::autograd::grad({plain}, {x, w}, {g});
  EXPECT_LT(relative(fused_grads[0], plain_grads[0]), 1e-5);
  EXPECT_LT(relative(fused_grads[1], plain_grads[1]), 1e-5);
}

TEST(FusedSwiglu, AgreesWithPlainTensors) {
  torch::manual_seed(2);
  const auto make = [] {
    return (torch::randn({5, 101}) * 8).to(torch::kBFloat16).requires_grad_();
  };
  const Tensor gate = make(), up = make(), g = torch::randn({5, 101}).to(torch::kBFloat16);
  const Tensor wide_gate = gate.detach().to(torch::kFloat).requires_grad_();
  const Tensor wide_up = up.detach().to(torch::kFloat).requires_grad_();
  const Tensor fused = swiglu(gate, up), plain = plain::swiglu(wide_gate, wide_up);
  EXPECT_LT(relative(fused, plain), 4e-3);
  const auto fused_grads = torch::autograd::grad({fused}, {gate, up}, {g});
  const auto plain_grads =
      torch::autograd::grad({plain}, {wide_gate, wide_up}, {g.to(torch::kFloat)});
  EXPECT_LT(relative(fused_grads[0], plain_grads[0]), 4e-3);
  EXPECT_LT(relative(fused_grads[1], plain_grads[1]), 4e-3);
}

#ifdef KVFOOT_WIDE_KERNELS
TEST(Kernels, BothInstructionSetsComputeTheSame) {
  if (&kernels() == &kKernelsBaseline) {
    GTEST_SKIP() << "this processor has no AVX-512";
  }
  torch::manual_seed(3);
  const std::int64_t length = 77;
  const Angles a = angles(length, 32);
  const Tensor q = torch::randn({1, length, 2, 32}), k = torch::randn({1, length, 1, 32});
  const Tensor v = torch::randn({1, length, 1, 32});
  const AttentionInput in{q.data_ptr<float>(), k.data_ptr<float>(), v.data_ptr<float>(),
                          a.cos.data_ptr<float>(), a.sin.data_ptr<float>()};
  Tensor out[2], lse[2];
  const Kernels* sets[] = {&kKernelsBaseline, &kKernelsWide};
  for (int i = 0; i < 2; ++i) {
    out[i] = torch::empty_like(q);
    lse[i] = torch::empty({1, 2, length});
    sets[i]->attention_forward({length, 2, 1}, in, out[i].data_ptr<float>(),
                               lse[i].data_ptr<float>(), 0, 0);
  }
  EXPECT_LT(relative(out[0], out[1]), 1e-6);
  EXPECT_LT(relative(lse[0], lse[1]), 1e-6);
}
#endif

}  // namespace
}  // namespace kvfoot::trainer
