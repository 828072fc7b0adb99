// A named, typed, row-major view of weights, and the interface of whatever holds them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "executor/model/weight_type.hpp"
#include "sim/core/result.hpp"

namespace kvfoot {

// Element i is offset + scale * (u0 + u1 + u2 + u3 - 131070), where the u are the four 16-bit words
// of mix64(key + i) (sim/core/hash.hpp), rounded to the type of the tensor: the same bits wherever
// it is made.
struct RandomElements {
  std::uint64_t key = 0;
  float offset = 0.0F;
  float scale = 0.0F;
};

// Writes elements [first, first + out.size() / weight_bytes(type)).
void fill_random(const RandomElements& elements, WeightType type, std::uint64_t first,
                 std::span<std::byte> out);

// Row-major, little-endian; the bytes belong to a TensorSource and live as long as it does.
// `data` may be unaligned when it comes straight from a file; LlamaWeights aligns its tensors.
struct TensorView {
  std::string name;
  WeightType type = WeightType::kF32;
  std::vector<std::int64_t> shape;
  const std::byte* data = nullptr;  // null: not made yet, `random` says what it will be
  std::optional<RandomElements> random{};

  std::size_t elements() const {
    std::size_t count = 1;
    for (const std::int64_t extent : shape) {
      count *= static_cast<std::size_t>(extent);
    }
    return count;
  }
  std::size_t bytes() const { return elements() * weight_bytes(type); }
  // For matrices: y = W x with W (rows, cols).
  std::int64_t rows() const { return shape.empty() ? 1 : shape.front(); }
  std::int64_t cols() const { return shape.size() < 2 ? 1 : shape[1]; }
  std::span<const std::byte> span() const { return {data, bytes()}; }
  float at(std::size_t index) const { return load_weight(data, type, index); }
};

// A tensor that does not exist yet.
struct TensorSpec {
  std::string name;
  WeightType type = WeightType::kF32;
  std::vector<std::int64_t> shape;
};

// Files of a checkpoint, or weights made in memory. Views stay valid while the source lives.
class TensorSource {
 public:
  virtual ~TensorSource() = default;
  // For errors: the folder or a description.
  virtual std::string where() const = 0;
  // All names, ascending.
  virtual std::vector<std::string> names() const = 0;
  // Null when there is no such tensor.
  virtual const TensorView* find(std::string_view name) const = 0;
  // The type of a tensor that exists but cannot be computed with ("I64"); empty otherwise.
  virtual std::string unusable_type(std::string_view) const { return {}; }
};

// 64-bit identity of a checkpoint for traces: names, types, shapes and evenly spaced samples of the
// bytes of every tensor (at most 16 KiB each, so that a 16 GB checkpoint does not have to be read).
std::uint64_t weights_fingerprint(const TensorSource& source);

}  // namespace kvfoot
