// Streams of one layer in pages on the device, with their image on the host.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "executor/cuda/kernels/pages.hpp"
#include "tests/cuda/support.hpp"

namespace kvfoot::cuda {

// Page p of storage head h lies somewhere in a pool, in shuffled order. The pool begins as poison
// (NaN); the image is what was last filled, uploaded or downloaded.
class PagedStreams {
 public:
  struct Geometry {
    DType type = DType::kF32;
    std::int32_t block = 16;
    std::int32_t head_dim = 0;
    std::vector<std::int32_t> entries;  // one per storage head
    std::int32_t spare_pages = 1;       // in the table, behind the last page of the longest stream
  };
  PagedStreams(Device& device, const Geometry& geometry, Random& random);

  [[nodiscard]] LayerPages layer() const;
  [[nodiscard]] std::int32_t heads() const {
    return static_cast<std::int32_t>(geometry_.entries.size());
  }
  [[nodiscard]] const Geometry& geometry() const { return geometry_; }

  // Whole pages of random scalars, the unused entries too; uploads.
  void fill(Random& random, float low = -1, float high = 1);
  void upload();
  void download();

  // Scalar i of the key or the value of an entry of the image; `entry` may be beyond the resident.
  [[nodiscard]] float get(std::int32_t head, std::int64_t entry, bool value, std::int64_t i) const;
  void set(std::int32_t head, std::int64_t entry, bool value, std::int64_t i, float scalar);
  // head_dim scalars.
  [[nodiscard]] std::vector<float> row(std::int32_t head, std::int64_t entry, bool value) const;
  // The bytes of the image; equal images are equal caches.
  [[nodiscard]] const std::vector<std::byte>& image() const { return image_; }

 private:
  [[nodiscard]] std::size_t index(std::int32_t head, std::int64_t entry, bool value,
                                  std::int64_t i) const;

  Geometry geometry_;
  std::int64_t stride_ = 0;        // pages per head
  std::size_t page_bytes_ = 0;     // rounded up to 256
  std::vector<std::size_t> slot_;  // (heads, stride): place in the pool
  std::vector<std::byte> image_;   // of the pool
  std::unique_ptr<DeviceBytes> pool_;
  std::unique_ptr<DeviceArray<std::byte*>> table_;
  std::unique_ptr<DeviceArray<std::int32_t>> entries_;
};

}  // namespace kvfoot::cuda
