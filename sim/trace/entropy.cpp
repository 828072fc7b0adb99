// Entropy of decoded rows.
#include "sim/trace/entropy.hpp"

#include <cmath>
#include <limits>
#include <span>

#include "sim/trace/row_access.hpp"

namespace kvfoot {
namespace {

std::vector<std::int64_t> single_rows(const RowAccess& access, TraceFidelity fidelity) {
  std::vector<std::int64_t> rows;
  if (fidelity == TraceFidelity::kRows) {
    for (std::int64_t row = 0; row < access.recorded_rows(); ++row) {
      rows.push_back(row);
    }
  }
  for (const BlockPlace& block : access.blocks()) {
    if (block.end - block.begin == 1) {
      rows.push_back(block.begin);
    }
  }
  return rows;
}

// `most` of them, evenly spread, the last one among them.
std::vector<std::int64_t> spread(const std::vector<std::int64_t>& rows, std::int64_t most) {
  const auto all = static_cast<std::int64_t>(rows.size());
  if (all <= most) {
    return rows;
  }
  std::vector<std::int64_t> some;
  for (std::int64_t i = 1; i <= most; ++i) {
    some.push_back(rows[static_cast<std::size_t>(i * all / most - 1)]);
  }
  return some;
}

double entropy_bits(std::span<const float> mass) {
  double bits = 0;
  for (const float p : mass) {
    if (p > 0) {
      bits -= static_cast<double>(p) * std::log2(static_cast<double>(p));
    }
  }
  return bits;
}

}  // namespace

Result<AttentionEntropy> attention_entropy(const TraceReader& trace, std::int64_t most_rows,
                                           const std::atomic<bool>* cancel) {
  const ModelShape& shape = trace.header().shape;
  RowAccess access(trace);
  const std::vector<std::int64_t> rows =
      spread(single_rows(access, trace.header().fidelity), most_rows);
  AttentionEntropy entropy;
  entropy.rows = static_cast<std::int64_t>(rows.size());
  for (std::int32_t layer = 0; layer < shape.layers; ++layer) {
    for (std::int32_t q = 0; q < shape.q_heads; ++q) {
      if (cancel != nullptr && cancel->load(std::memory_order_relaxed)) {
        return Error{"attention entropy", "interrupted", "", ErrorKind::kInterrupted};
      }
      double sum = 0;
      for (const std::int64_t row : rows) {
        KVFOOT_ASSIGN(const std::span<const float> mass, access.row(row, layer, q));
        sum += entropy_bits(mass);
      }
      entropy.bits.push_back(rows.empty() ? std::numeric_limits<double>::quiet_NaN()
                                          : sum / static_cast<double>(rows.size()));
    }
  }
  return entropy;
}

}  // namespace kvfoot
