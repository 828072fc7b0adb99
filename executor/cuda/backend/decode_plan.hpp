// What changes from one decode pass to the next for some layers, in one block: copied to the device
// in one go, at the same addresses every time, so that the work can be captured once.
#pragma once

#include <cstdint>
#include <span>

#include "executor/cuda/backend/device_memory.hpp"
#include "executor/cuda/backend/streams.hpp"
#include "executor/cuda/kernels/pages.hpp"

namespace kvfoot::cuda {

class DecodePlan {
 public:
  // Room for `streams` streams, each of which takes one page at most per pass. Throws
  // std::bad_alloc.
  DecodePlan(Device& device, DeviceBlocks& blocks, HostBlocks& host, std::int64_t streams);

  // To be filled on the host when the pass before is done.
  void set_token(std::int32_t token, std::int32_t position);
  // Layers are counted from the first of the plan. Of (heads) streams, after this pass has grown
  // them.
  void set_entries(std::int32_t layer, std::span<const std::int32_t> entries);
  // What moves when the layer is attended: one entry of a stream at most.
  void set_moves(std::int32_t layer, std::int32_t heads, std::span<const EntryRun> runs);
  void set_changes(const TableChanges& changes);

  void enqueue_copy(Stream stream) const;

  // On the device.
  [[nodiscard]] const std::int32_t* token() const { return at<std::int32_t>(kToken); }
  [[nodiscard]] const std::int32_t* position() const { return at<std::int32_t>(kPosition); }
  [[nodiscard]] const std::int32_t* entries(std::int32_t layer, std::int32_t heads) const {
    return at<std::int32_t>(entries_) + static_cast<std::int64_t>(layer) * heads;
  }
  [[nodiscard]] const EntryMove* moves(std::int32_t layer, std::int32_t heads) const {
    return at<EntryMove>(moves_) + static_cast<std::int64_t>(layer) * heads;
  }
  [[nodiscard]] TableUpdate table_update(std::byte** table) const;

 private:
  static constexpr std::int64_t kToken = 0;
  static constexpr std::int64_t kPosition = 4;
  static constexpr std::int64_t kCount = 8;
  static constexpr std::int64_t kArrays = 16;

  template <class T>
  [[nodiscard]] const T* at(std::int64_t offset) const {
    return reinterpret_cast<const T*>(device_.data() + offset);
  }
  template <class T>
  [[nodiscard]] T* host_at(std::int64_t offset) const {
    return reinterpret_cast<T*>(host_.data() + offset);
  }

  Device& card_;
  std::int64_t streams_;
  std::int64_t where_;  // offsets of arrays (streams)
  std::int64_t what_;
  std::int64_t entries_;
  std::int64_t moves_;
  Array<std::byte> host_;
  Array<std::byte> device_;
};

}  // namespace kvfoot::cuda
