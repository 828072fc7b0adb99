// Pages in shuffled order.
#include "tests/cuda/paged_streams.hpp"

#include <algorithm>
#include <numeric>

namespace kvfoot::cuda {

PagedStreams::PagedStreams(Device& device, const Geometry& geometry, Random& random)
    : geometry_(geometry) {
  const std::int32_t longest = *std::ranges::max_element(geometry.entries);
  stride_ = (longest + geometry.block - 1) / geometry.block + geometry.spare_pages;
  const auto scalars = static_cast<std::size_t>(2 * geometry.block * geometry.head_dim);
  page_bytes_ = (scalars * weight_bytes(geometry.type) + 255) / 256 * 256;
  slot_.resize(static_cast<std::size_t>(heads() * stride_));
  std::iota(slot_.begin(), slot_.end(), std::size_t{0});
  for (std::size_t i = slot_.size(); i > 1; --i) {
    std::swap(slot_[i - 1],
              slot_[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(i)))]);
  }
  image_.assign(slot_.size() * page_bytes_, std::byte{0xff});
  pool_ = std::make_unique<DeviceBytes>(device, image_);
  std::vector<std::byte*> table(slot_.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    table[i] = pool_->data() + slot_[i] * page_bytes_;
  }
  table_ = std::make_unique<DeviceArray<std::byte*>>(device, table);
  entries_ = std::make_unique<DeviceArray<std::int32_t>>(device, geometry.entries);
}

LayerPages PagedStreams::layer() const {
  return {.pages = table_->data(),
          .entries = entries_->data(),
          .stride = stride_,
          .heads = heads(),
          .block = geometry_.block,
          .head_dim = geometry_.head_dim,
          .type = geometry_.type};
}

void PagedStreams::fill(Random& random, float low, float high) {
  for (std::int32_t head = 0; head < heads(); ++head) {
    for (std::int64_t entry = 0; entry < stride_ * geometry_.block; ++entry) {
      for (std::int64_t i = 0; i < geometry_.head_dim; ++i) {
        set(head, entry, false, i, random.uniform(low, high));
        set(head, entry, true, i, random.uniform(low, high));
      }
    }
  }
  upload();
}

void PagedStreams::upload() { pool_->write(image_); }

void PagedStreams::download() { image_ = pool_->read(); }

std::size_t PagedStreams::index(std::int32_t head, std::int64_t entry, bool value,
                                std::int64_t i) const {
  const std::int64_t page = entry / geometry_.block;
  const std::int64_t slot = entry % geometry_.block + (value ? geometry_.block : 0);
  const std::size_t begin = slot_[static_cast<std::size_t>(head * stride_ + page)] *
                            (page_bytes_ / weight_bytes(geometry_.type));
  return begin + static_cast<std::size_t>(slot * geometry_.head_dim + i);
}

float PagedStreams::get(std::int32_t head, std::int64_t entry, bool value, std::int64_t i) const {
  return load_weight(image_.data(), geometry_.type, index(head, entry, value, i));
}

void PagedStreams::set(std::int32_t head, std::int64_t entry, bool value, std::int64_t i,
                       float scalar) {
  store_weight(image_.data(), geometry_.type, index(head, entry, value, i), scalar);
}

std::vector<float> PagedStreams::row(std::int32_t head, std::int64_t entry, bool value) const {
  std::vector<float> scalars;
  for (std::int64_t i = 0; i < geometry_.head_dim; ++i) {
    scalars.push_back(get(head, entry, value, i));
  }
  return scalars;
}

}  // namespace kvfoot::cuda
