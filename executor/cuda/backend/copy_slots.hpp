// What is on its way to the host, in two slots that take turns: while one is copied out and read,
// the other is computed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "executor/cuda/backend/device_memory.hpp"
#include "executor/memory/buffers.hpp"
#include "sim/core/result.hpp"

namespace kvfoot::cuda {

class CopySlots {
 public:
  static constexpr std::size_t kSlots = 2;
  // Called when the copy of a slot is there; on_host(slot) holds what was sent.
  using Deliver = std::function<Status(std::size_t slot)>;

  CopySlots(Device& device, HostBlocks& host, BufferPool& buffers);
  ~CopySlots();
  CopySlots(const CopySlots&) = delete;
  CopySlots& operator=(const CopySlots&) = delete;

  // All slots are empty: what a call that failed left in them is nobody's.
  void begin();
  // The next slot, empty, with room for so many bytes; its old contents are delivered first. Throws
  // std::bad_alloc.
  [[nodiscard]] Result<std::size_t> next(std::int64_t bytes, const Deliver& deliver);
  // Enqueues the copy of what the compute stream was given for the slot.
  void send(std::size_t slot, std::int64_t bytes);
  // Delivers the rest, the older one first.
  [[nodiscard]] Status drain(const Deliver& deliver);

  [[nodiscard]] std::byte* on_device(std::size_t slot) { return slots_[slot].device.data(); }
  [[nodiscard]] std::byte* on_host(std::size_t slot) const { return slots_[slot].host.data(); }

  void end_pass();  // gives back the device's memory
  void reset();     // and the host's, which is dear to take

 private:
  struct Slot {
    Buffer<std::byte> device;
    Array<std::byte> host;
    Event computed = nullptr;
    Event copied = nullptr;
    bool full = false;
  };
  [[nodiscard]] Status empty(std::size_t slot, const Deliver& deliver);

  Device& device_;
  HostBlocks& host_;
  BufferPool& buffers_;
  std::array<Slot, kSlots> slots_;
  std::size_t turn_ = 0;
};

}  // namespace kvfoot::cuda
