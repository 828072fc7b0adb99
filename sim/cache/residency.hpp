// Which token positions each stream holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/schedule.hpp"

namespace kvfoot {

// Streams are (layer, storage head), layer-major. Positions are ascending within a stream.
class Residency {
 public:
  Residency(std::int32_t layers, std::int32_t heads);

  [[nodiscard]] std::span<const TokenPos> resident(std::int32_t layer, std::int32_t head) const;
  [[nodiscard]] std::int64_t size(std::int32_t layer, std::int32_t head) const;
  [[nodiscard]] std::int64_t total() const { return total_; }

  // Adds [begin, end), which lies after everything that is resident.
  void append(std::int32_t layer, std::int32_t head, TokenPos begin, TokenPos end);
  // Keeps the entries with these indices, ascending and unique (the driver has checked them).
  void retain(std::int32_t layer, std::int32_t head, std::span<const std::int32_t> kept);

  [[nodiscard]] std::int32_t layers() const { return layers_; }
  [[nodiscard]] std::int32_t heads() const { return heads_; }

 private:
  [[nodiscard]] std::size_t stream(std::int32_t layer, std::int32_t head) const;

  std::int32_t layers_;
  std::int32_t heads_;
  std::int64_t total_ = 0;
  std::vector<std::vector<TokenPos>> streams_;
};

}  // namespace kvfoot
