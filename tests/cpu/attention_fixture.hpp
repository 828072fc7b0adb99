// One layer's attention over entries that the test chooses, without a model around it.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "executor/cpu/attention.hpp"
#include "tests/cpu/support.hpp"

namespace kvfoot::cpu_test {

struct LayerFixture {
  // Every storage head gets `resident` entries (the last `rows` are the pass's) of noise.
  LayerFixture(std::int32_t q_heads, std::int32_t heads, std::int64_t d, std::int64_t resident,
               std::int64_t rows, cpu::Scalar type = cpu::Scalar::kF32, std::int64_t block = 16)
      : dim(d) {
    store.reset(1, heads, d, block, type);
    for (std::int32_t head = 0; head < heads; ++head) {
      store.grow(0, head, resident);
      keys.push_back(noise(resident * d, 100 + static_cast<std::uint64_t>(head), 2.0F));
      values.push_back(noise(resident * d, 200 + static_cast<std::uint64_t>(head)));
      fill(head);
    }
    q = noise(rows * q_heads * d, 300, 2.0F);
    attention.kernels = &cpu::best_kernels();
    attention.store = &store;
    attention.q_heads = q_heads;
    attention.group = q_heads / heads;
    attention.rows = rows;
    attention.q = q.data();
    attention.scale = 1.0F / std::sqrt(static_cast<float>(d));
  }

  // Writes keys and values of one head to its pages.
  void fill(std::int32_t head) {
    for (std::int64_t i = 0; i < store.size(0, head); ++i) {
      store.put(0, head, i, keys[static_cast<std::size_t>(head)].data() + i * dim,
                values[static_cast<std::size_t>(head)].data() + i * dim);
    }
  }

  [[nodiscard]] std::int64_t past(std::int32_t head) const { return attention.past(head); }

  // Softmax, in double, of row `row` of query head `q_head` over entries [from, past + row].
  [[nodiscard]] std::vector<double> row(std::int32_t q_head, std::int64_t row,
                                        std::int64_t from = 0) const {
    const std::int32_t head = q_head / attention.group;
    const auto& k = keys[static_cast<std::size_t>(head)];
    std::vector<double> p;
    double sum = 0;
    for (std::int64_t j = from; j <= past(head) + row; ++j) {
      double dot = 0;
      for (std::int64_t i = 0; i < dim; ++i) {
        dot += static_cast<double>(
                   q[static_cast<std::size_t>((row * attention.q_heads + q_head) * dim + i)]) *
               k[static_cast<std::size_t>(j * dim + i)];
      }
      p.push_back(std::exp(dot / std::sqrt(static_cast<double>(dim))));
      sum += p.back();
    }
    for (double& v : p) {
      v /= sum;
    }
    return p;
  }

  std::int64_t dim;
  cpu::KvStore store;
  std::vector<std::vector<float>> keys, values;  // per head, (resident, dim)
  std::vector<float> q;                          // (rows, q_heads, dim)
  cpu::LayerAttention attention;
};

}  // namespace kvfoot::cpu_test
