// The forward pass of Hugging Face's Llama with caches that shrink, written to be read.
#include "tests/cpu/naive_cache.hpp"

#include <cmath>

namespace kvfoot::cpu_test {

NaiveCache::NaiveCache(const LlamaWeights& weights, bool copies, bool reindex)
    : weights_(weights),
      reindex_(reindex),
      heads_(copies ? weights.config.heads : weights.config.kv_heads),
      frequency_(rope_inverse_frequencies(weights.config)),
      streams_(static_cast<std::size_t>(weights.config.layers * heads_)) {}

std::size_t NaiveCache::size(std::int64_t layer, std::int64_t head) const {
  return streams_[static_cast<std::size_t>(layer * heads_ + head)].size();
}

const std::vector<double>& NaiveCache::probability(std::int64_t q_head, std::int64_t row) const {
  return probability_[static_cast<std::size_t>(q_head)][static_cast<std::size_t>(row)];
}

NaiveCache::Vector NaiveCache::apply(const TensorView& w, const Vector& x) const {
  Vector y(static_cast<std::size_t>(w.rows()), 0.0);
  for (std::size_t i = 0; i < y.size(); ++i) {
    for (std::size_t k = 0; k < x.size(); ++k) {
      y[i] += static_cast<double>(w.at(i * x.size() + k)) * x[k];
    }
  }
  return y;
}

NaiveCache::Vector NaiveCache::norm(const TensorView& w, const Vector& x) const {
  double squares = 0;
  for (const double v : x) {
    squares += v * v;
  }
  const double root =
      std::sqrt(squares / static_cast<double>(x.size()) + weights_.config.rms_norm_eps);
  Vector y(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    y[i] = x[i] / root * static_cast<double>(w.at(i));
  }
  return y;
}

void NaiveCache::turn(Vector& x, std::int64_t heads, double position) const {
  const std::size_t half = frequency_.size();
  for (std::size_t head = 0; head < static_cast<std::size_t>(heads); ++head) {
    for (std::size_t k = 0; k < half; ++k) {
      double& a = x[head * 2 * half + k];
      double& b = x[head * 2 * half + half + k];
      const double angle = position * frequency_[k];
      const double turned = a * std::cos(angle) - b * std::sin(angle);
      b = b * std::cos(angle) + a * std::sin(angle);
      a = turned;
    }
  }
}

void NaiveCache::begin_pass(std::span<const std::int32_t> tokens,
                            std::span<const TokenPos> positions) {
  positions_.assign(positions.begin(), positions.end());
  x_.clear();
  const auto h = static_cast<std::size_t>(weights_.config.hidden_size);
  for (const std::int32_t token : tokens) {
    Vector row(h);
    for (std::size_t i = 0; i < h; ++i) {
      row[i] = static_cast<double>(weights_.embed.at(static_cast<std::size_t>(token) * h + i));
    }
    x_.push_back(row);
  }
}

void NaiveCache::attend(std::int64_t layer) {
  const LlamaConfig& config = weights_.config;
  const LayerWeights& w = weights_.layers[static_cast<std::size_t>(layer)];
  const auto d = static_cast<std::size_t>(config.head_dim);
  const auto at = [&](const Vector& x, std::int64_t head) {
    const auto first = x.begin() + head * config.head_dim;
    return Vector(first, first + config.head_dim);
  };
  probability_.assign(static_cast<std::size_t>(config.heads), {});
  for (std::size_t r = 0; r < x_.size(); ++r) {
    const Vector in = norm(w.input_norm, x_[r]);
    Vector q = apply(w.q, in);
    Vector k = apply(w.k, in);
    const Vector v = apply(w.v, in);
    if (!reindex_) {
      turn(q, config.heads, positions_[r]);
      turn(k, config.kv_heads, positions_[r]);
    }
    for (std::int64_t head = 0; head < heads_; ++head) {
      const std::int64_t kv = head * config.kv_heads / heads_;
      streams_[static_cast<std::size_t>(layer * heads_ + head)].push_back({at(k, kv), at(v, kv)});
    }
    Vector mixed;
    for (std::int64_t h = 0; h < config.heads; ++h) {
      const auto& stream =
          streams_[static_cast<std::size_t>(layer * heads_ + h * heads_ / config.heads)];
      Vector query = at(q, h);
      if (reindex_) {
        turn(query, 1, static_cast<double>(stream.size() - 1));
      }
      Vector p;
      double sum = 0;
      for (std::size_t j = 0; j < stream.size(); ++j) {
        Vector key = stream[j].key;
        if (reindex_) {
          turn(key, 1, static_cast<double>(j));
        }
        double dot = 0;
        for (std::size_t i = 0; i < d; ++i) {
          dot += query[i] * key[i];
        }
        p.push_back(std::exp(dot / std::sqrt(static_cast<double>(d))));
        sum += p.back();
      }
      Vector out(d, 0.0);
      for (std::size_t j = 0; j < stream.size(); ++j) {
        p[j] /= sum;
        for (std::size_t i = 0; i < d; ++i) {
          out[i] += p[j] * stream[j].value[i];
        }
      }
      probability_[static_cast<std::size_t>(h)].push_back(p);
      mixed.insert(mixed.end(), out.begin(), out.end());
    }
    const Vector added = apply(w.o, mixed);
    for (std::size_t i = 0; i < added.size(); ++i) {
      x_[r][i] += added[i];
    }
  }
}

void NaiveCache::retain(std::int64_t layer, std::int64_t head, std::span<const std::int32_t> kept) {
  auto& stream = streams_[static_cast<std::size_t>(layer * heads_ + head)];
  std::vector<Entry> left;
  for (const std::int32_t i : kept) {
    left.push_back(stream[static_cast<std::size_t>(i)]);
  }
  stream = left;
}

void NaiveCache::feed_forward(std::int64_t layer) {
  const LayerWeights& w = weights_.layers[static_cast<std::size_t>(layer)];
  for (Vector& row : x_) {
    const Vector in = norm(w.post_norm, row);
    Vector gate = apply(w.gate, in);
    const Vector up = apply(w.up, in);
    for (std::size_t i = 0; i < gate.size(); ++i) {
      gate[i] = gate[i] / (1.0 + std::exp(-gate[i])) * up[i];
    }
    const Vector added = apply(w.down, gate);
    for (std::size_t i = 0; i < added.size(); ++i) {
      row[i] += added[i];
    }
  }
}

std::vector<double> NaiveCache::logits(std::int64_t row) const {
  return apply(weights_.lm_head, norm(weights_.final_norm, x_[static_cast<std::size_t>(row)]));
}

}  // namespace kvfoot::cpu_test
