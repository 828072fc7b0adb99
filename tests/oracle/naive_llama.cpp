// A slow Llama forward pass in double precision.
#include "tests/oracle/naive_llama.hpp"

#include <algorithm>
#include <cmath>

namespace kvfoot::oracle {

namespace {

using Vector = std::vector<double>;
using Rows = std::vector<Vector>;  // [tokens][width]

// y = W x
Vector linear(const TensorView& w, const Vector& x) {
  const auto rows = static_cast<std::size_t>(w.rows());
  const auto cols = static_cast<std::size_t>(w.cols());
  Vector y(rows, 0.0);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < cols; ++c) {
      y[r] += static_cast<double>(w.at(r * cols + c)) * x[c];
    }
  }
  return y;
}

Vector rms_norm(const TensorView& weight, const Vector& x, double eps) {
  double squares = 0.0;
  for (const double value : x) {
    squares += value * value;
  }
  const double scale = 1.0 / std::sqrt(squares / static_cast<double>(x.size()) + eps);
  Vector y(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    y[i] = x[i] * scale * static_cast<double>(weight.at(i));
  }
  return y;
}

void add(Vector& x, const Vector& y) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] += y[i];
  }
}

// Rotates every head of x at `position`; pairs are (k, k + d / 2).
void rotate(Vector& x, const Vector& inverse_frequencies, std::size_t position) {
  const std::size_t half = inverse_frequencies.size();
  for (std::size_t head = 0; head < x.size(); head += 2 * half) {
    for (std::size_t k = 0; k < half; ++k) {
      const double angle = static_cast<double>(position) * inverse_frequencies[k];
      const double a = x[head + k];
      const double b = x[head + k + half];
      x[head + k] = a * std::cos(angle) - b * std::sin(angle);
      x[head + k + half] = b * std::cos(angle) + a * std::sin(angle);
    }
  }
}

// One query head against the keys and values of its KV head, positions 0..row.
void attend(const Rows& keys, const Rows& values, std::size_t kv_offset, std::size_t row,
            std::span<const double> query, std::span<double> out) {
  const std::size_t dim = query.size();
  Vector scores(row + 1, 0.0);
  double largest = -INFINITY;
  for (std::size_t j = 0; j <= row; ++j) {
    for (std::size_t i = 0; i < dim; ++i) {
      scores[j] += query[i] * keys[j][kv_offset + i];
    }
    scores[j] /= std::sqrt(static_cast<double>(dim));
    largest = std::max(largest, scores[j]);
  }
  double total = 0.0;
  for (double& score : scores) {
    score = std::exp(score - largest);
    total += score;
  }
  for (std::size_t j = 0; j <= row; ++j) {
    for (std::size_t i = 0; i < dim; ++i) {
      out[i] += scores[j] / total * values[j][kv_offset + i];
    }
  }
}

}  // namespace

std::vector<std::vector<double>> naive_llama_logits(const LlamaWeights& weights,
                                                    std::span<const std::int32_t> tokens) {
  const LlamaConfig& config = weights.config;
  const auto dim = static_cast<std::size_t>(config.head_dim);
  const auto heads = static_cast<std::size_t>(config.heads);
  const auto group = static_cast<std::size_t>(config.group());
  const auto hidden = static_cast<std::size_t>(config.hidden_size);
  const Vector frequencies = rope_inverse_frequencies(config);

  Rows x(tokens.size(), Vector(hidden));
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    for (std::size_t i = 0; i < hidden; ++i) {
      x[t][i] = weights.embed.at(static_cast<std::size_t>(tokens[t]) * hidden + i);
    }
  }
  for (const LayerWeights& layer : weights.layers) {
    Rows q, k, v;
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      const Vector normed = rms_norm(layer.input_norm, x[t], config.rms_norm_eps);
      q.push_back(linear(layer.q, normed));
      k.push_back(linear(layer.k, normed));
      v.push_back(linear(layer.v, normed));
      rotate(q[t], frequencies, t);
      rotate(k[t], frequencies, t);
    }
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      Vector mixed(heads * dim, 0.0);
      for (std::size_t head = 0; head < heads; ++head) {
        attend(k, v, head / group * dim, t, std::span(q[t]).subspan(head * dim, dim),
               std::span(mixed).subspan(head * dim, dim));
      }
      add(x[t], linear(layer.o, mixed));
      const Vector normed = rms_norm(layer.post_norm, x[t], config.rms_norm_eps);
      Vector gate = linear(layer.gate, normed);
      const Vector up = linear(layer.up, normed);
      for (std::size_t i = 0; i < gate.size(); ++i) {
        gate[i] = gate[i] / (1.0 + std::exp(-gate[i])) * up[i];
      }
      add(x[t], linear(layer.down, gate));
    }
  }
  Rows logits;
  for (const Vector& row : x) {
    logits.push_back(
        linear(weights.lm_head, rms_norm(weights.final_norm, row, config.rms_norm_eps)));
  }
  return logits;
}

}  // namespace kvfoot::oracle
