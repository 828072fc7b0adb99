// The identity of a set of weights.
#include "executor/model/tensor.hpp"

#include <algorithm>
#include <cstring>

#include "sim/core/hash.hpp"

namespace kvfoot {

void fill_random(const RandomElements& elements, WeightType type, std::uint64_t first,
                 std::span<std::byte> out) {
  const std::size_t count = out.size() / weight_bytes(type);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t h = mix64(elements.key + first + i);
    const auto sum = static_cast<std::int32_t>((h & 0xffffU) + ((h >> 16) & 0xffffU) +
                                               ((h >> 32) & 0xffffU) + (h >> 48));
    const float centred = static_cast<float>(sum - 2 * 65535);
    store_weight(out.data(), type, i, elements.offset + elements.scale * centred);
  }
}

namespace {

constexpr std::size_t kSampleBytes = 256;
constexpr std::size_t kSamples = 64;

std::uint64_t hash_bytes(std::uint64_t h, const std::byte* data, std::size_t size) {
  for (std::size_t i = 0; i < size; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, data + i, std::min<std::size_t>(8, size - i));
    h = mix64(h ^ word);
  }
  return h;
}

// The same of bytes that need not exist yet.
std::uint64_t hash_part(std::uint64_t h, const TensorView& tensor, std::size_t at,
                        std::size_t size) {
  if (tensor.data != nullptr) {
    return hash_bytes(h, tensor.data + at, size);
  }
  const std::size_t width = weight_bytes(tensor.type);
  std::vector<std::byte> made((size / width + 2) * width);  // samples may begin within an element
  fill_random(tensor.random.value(), tensor.type, at / width, made);
  return hash_bytes(h, made.data() + at % width, size);
}

}  // namespace

std::uint64_t weights_fingerprint(const TensorSource& source) {
  std::uint64_t h = 0;
  for (const std::string& name : source.names()) {
    const TensorView& tensor = *source.find(name);
    h = hash_words(h, hash_text(name), hash_text(safetensors_name(tensor.type)),
                   tensor.shape.size());
    for (const std::int64_t extent : tensor.shape) {
      h = hash_words(h, extent);
    }
    const std::size_t size = tensor.bytes();
    if (size <= kSampleBytes * kSamples) {
      h = hash_part(h, tensor, 0, size);
      continue;
    }
    for (std::size_t i = 0; i < kSamples; ++i) {  // the first and the last bytes are among them
      const std::size_t offset = (size - kSampleBytes) / (kSamples - 1) * i;
      const std::size_t at = i + 1 == kSamples ? size - kSampleBytes : offset;
      h = hash_part(h, tensor, at, kSampleBytes);
    }
  }
  return h;
}

}  // namespace kvfoot
