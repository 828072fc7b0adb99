// Autograd around the CPU kernels (fused.hpp).
#include "trainer/fused.hpp"

#include <ATen/Parallel.h>

#include "trainer/kernels.hpp"

namespace kvfoot::trainer {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

Tensor plain_float(const Tensor& x) { return x.to(torch::kFloat).contiguous(); }

std::uint16_t* bits(const Tensor& x) { return static_cast<std::uint16_t*>(x.data_ptr()); }

AttentionShape attention_shape(const Tensor& q, const Tensor& k) {
  return {q.size(1), q.size(2), k.size(2)};
}

template <class Body>
void for_each_unit(const Tensor& k, const Body& body) {
  const std::int64_t heads = k.size(2);
  at::parallel_for(0, k.size(0) * heads, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t unit = begin; unit < end; ++unit) {
      body(unit / heads, unit % heads);
    }
  });
}

struct AttentionFunction : torch::autograd::Function<AttentionFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& q_in, const Tensor& k_in,
                        const Tensor& v_in, const Tensor& cos, const Tensor& sin) {
    const Tensor q = plain_float(q_in), k = plain_float(k_in), v = plain_float(v_in);
    const AttentionShape shape = attention_shape(q, k);
    Tensor out = torch::empty_like(q);
    Tensor lse = torch::empty({q.size(0), q.size(2), q.size(1)});
    const AttentionInput input{q.data_ptr<float>(), k.data_ptr<float>(), v.data_ptr<float>(),
                               cos.data_ptr<float>(), sin.data_ptr<float>()};
    for_each_unit(k, [&](std::int64_t row, std::int64_t head) {
      kernels().attention_forward(shape, input, out.data_ptr<float>(), lse.data_ptr<float>(), row,
                                  head);
    });
    context->save_for_backward({q, k, v, cos, sin, out, lse});
    context->saved_data["type"] = static_cast<std::int64_t>(q_in.scalar_type());
    return out.to(q_in.scalar_type());
  }

  static tensor_list backward(AutogradContext* context, tensor_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &q = saved[0], &k = saved[1], &v = saved[2], &cos = saved[3], &sin = saved[4];
    const Tensor grad_out = plain_float(gradients[0]);
    Tensor grad_q = torch::empty_like(q), grad_k = torch::empty_like(k),
           grad_v = torch::empty_like(v);
    const AttentionInput input{q.data_ptr<float>(), k.data_ptr<float>(), v.data_ptr<float>(),
                               cos.data_ptr<float>(), sin.data_ptr<float>()};
    const AttentionGradient gradient{saved[5].data_ptr<float>(), saved[6].data_ptr<float>(),
                                     grad_out.data_ptr<float>(), grad_q.data_ptr<float>(),
                                     grad_k.data_ptr<float>(),   grad_v.data_ptr<float>()};
    for_each_unit(k, [&](std::int64_t row, std::int64_t head) {
      kernels().attention_backward(attention_shape(q, k), input, gradient, row, head);
    });
    const auto type = static_cast<torch::ScalarType>(context->saved_data["type"].toInt());
    return {grad_q.to(type), grad_k.to(type), grad_v.to(type), Tensor(), Tensor()};
  }
};

struct NormFunction : torch::autograd::Function<NormFunction> {
  // Pieces of fixed size: the sum of the weight's gradient does not depend on the threads.
  static constexpr std::int64_t kPiece = 256;

  static Tensor forward(AutogradContext* context, const Tensor& x_in, const Tensor& weight,
                        double eps) {
    const Tensor x = x_in.contiguous();
    const std::int64_t width = x.size(-1), rows = x.numel() / width;
    Tensor y = torch::empty(x.sizes(), torch::kBFloat16);
    const auto *from = x.data_ptr<float>(), *w = weight.data_ptr<float>();
    at::parallel_for(0, rows, kPiece, [&](std::int64_t begin, std::int64_t end) {
      kernels().norm_forward({end - begin, width, static_cast<float>(eps)}, from + begin * width, w,
                             bits(y) + begin * width);
    });
    context->save_for_backward({x, weight});
    context->saved_data["eps"] = eps;
    return y;
  }

  static tensor_list backward(AutogradContext* context, tensor_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1];
    const Tensor grad_y = gradients[0].contiguous();
    const std::int64_t width = x.size(-1), rows = x.numel() / width;
    const std::int64_t pieces = (rows + kPiece - 1) / kPiece;
    Tensor grad_x = torch::empty_like(x), grad_w = torch::zeros({pieces, width});
    const auto eps = static_cast<float>(context->saved_data["eps"].toDouble());
    const auto *from = x.data_ptr<float>(), *w = weight.data_ptr<float>();
    auto *to = grad_x.data_ptr<float>(), *sums = grad_w.data_ptr<float>();
    at::parallel_for(0, pieces, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t piece = begin; piece < end; ++piece) {
        const std::int64_t first = piece * kPiece, count = std::min(kPiece, rows - first);
        kernels().norm_backward({count, width, eps}, from + first * width, w,
                                bits(grad_y) + first * width, to + first * width,
                                sums + piece * width);
      }
    });
    return {grad_x, grad_w.sum(0), Tensor()};
  }
};

struct SwigluFunction : torch::autograd::Function<SwigluFunction> {
  static constexpr std::int64_t kGrain = 1 << 16;

  static Tensor forward(AutogradContext* context, const Tensor& gate, const Tensor& up) {
    Tensor out = torch::empty_like(gate);
    at::parallel_for(0, gate.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      kernels().swiglu_forward(end - begin, bits(gate) + begin, bits(up) + begin,
                               bits(out) + begin);
    });
    context->save_for_backward({gate, up});
    return out;
  }

  static tensor_list backward(AutogradContext* context, tensor_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor grad_out = gradients[0].contiguous();
    Tensor grad_gate = torch::empty_like(saved[0]), grad_up = torch::empty_like(saved[1]);
    at::parallel_for(0, grad_out.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      kernels().swiglu_backward(end - begin, bits(saved[0]) + begin, bits(saved[1]) + begin,
                                bits(grad_out) + begin, bits(grad_gate) + begin,
                                bits(grad_up) + begin);
    });
    return {grad_gate, grad_up};
  }
};

bool is_cpu_bf16(const Tensor& x) {
  return x.device().is_cpu() && x.scalar_type() == torch::kBFloat16;
}

}  // namespace

Tensor rotary_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& cos,
                        const Tensor& sin) {
  if (!q.device().is_cpu() || q.size(3) != kKernelHeadDim) {
    return plain::rotary_attention(q, k, v, cos, sin);
  }
  return AttentionFunction::apply(q, k, v, cos, sin);
}

Tensor rms_norm(const Tensor& x, const Tensor& weight, double eps, torch::ScalarType to) {
  if (!x.device().is_cpu() || to != torch::kBFloat16 || x.size(-1) % 16 != 0) {
    return plain::rms_norm(x, weight, eps, to);
  }
  return NormFunction::apply(x, weight, eps);
}

Tensor swiglu(const Tensor& gate, const Tensor& up) {
  if (!is_cpu_bf16(gate)) {
    return plain::swiglu(gate, up);
  }
  return SwigluFunction::apply(gate.contiguous(), up.contiguous());
}

}  // namespace kvfoot::trainer
