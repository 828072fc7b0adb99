// Seeded random tensors. The distribution is a sum of four uniform numbers: near enough to normal
// for weights, bounded, and made of integers until the last multiplication, so that every platform
// gets the same bits (the library's log and cos would not promise that).
#include "executor/model/random_tensor.hpp"

#include <algorithm>
#include <cmath>

#include "sim/core/hash.hpp"
#include "sim/core/threads.hpp"

namespace kvfoot::model {

namespace {

constexpr double kNormSpread = 0.1;
constexpr std::uint64_t kTile = std::uint64_t{1} << 16;  // elements per unit of parallel work

// Four 16-bit uniforms: mean 4 * 32767.5, variance 4 * (65536^2 - 1) / 12.
const double kSumDeviation = std::sqrt((65536.0 * 65536.0 - 1.0) / 3.0);

}  // namespace

RandomElements random_elements(const TensorSpec& tensor, const RandomModelOptions& options) {
  const std::uint64_t key = hash_words(options.seed, hash_text(tensor.name));
  if (tensor.shape.size() < 2) {  // norms: near one, never degenerate
    return {key, 1.0F, static_cast<float>(kNormSpread / kSumDeviation)};
  }
  double deviation = options.weight_scale / std::sqrt(static_cast<double>(tensor.shape[1]));
  if (tensor.name.ends_with("q_proj.weight") || tensor.name.ends_with("k_proj.weight")) {
    deviation *= options.attention_scale;
  }
  return {key, 0.0F, static_cast<float>(deviation / kSumDeviation)};
}

void fill_random_parallel(const RandomElements& elements, WeightType type, int threads,
                          std::uint64_t first, std::span<std::byte> out) {
  const std::size_t width = weight_bytes(type);
  const std::uint64_t count = out.size() / width;
  const std::uint64_t tiles = (count + kTile - 1) / kTile;
  for_tasks(static_cast<std::int64_t>(tiles), std::max(1, threads), [&](std::int64_t tile) {
    const std::uint64_t begin = static_cast<std::uint64_t>(tile) * kTile;
    const std::uint64_t length = std::min(kTile, count - begin);
    fill_random(elements, type, first + begin, out.subspan(begin * width, length * width));
  });
}

}  // namespace kvfoot::model
