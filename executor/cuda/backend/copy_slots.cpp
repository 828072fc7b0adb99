// Two copies under way.
#include "executor/cuda/backend/copy_slots.hpp"

#include <algorithm>

namespace kvfoot::cuda {

CopySlots::CopySlots(Device& device, HostBlocks& host, BufferPool& buffers)
    : device_(device), host_(host), buffers_(buffers) {
  for (Slot& slot : slots_) {
    slot.computed = device_.make_event();
    slot.copied = device_.make_event();
  }
}

CopySlots::~CopySlots() {
  reset();
  for (Slot& slot : slots_) {
    device_.destroy(slot.computed);
    device_.destroy(slot.copied);
  }
}

void CopySlots::begin() {
  for (Slot& slot : slots_) {
    slot.full = false;
  }
}

void CopySlots::end_pass() {
  for (Slot& slot : slots_) {
    if (slot.device.size() > 0) {
      // What was not delivered may still be copied.
      (void)device_.synchronize(device_.copy_stream());
      slot.device.release();
    }
    slot.full = false;
  }
}

void CopySlots::reset() {
  end_pass();
  for (Slot& slot : slots_) {
    slot.host.release();
  }
}

Status CopySlots::empty(std::size_t slot, const Deliver& deliver) {
  if (!slots_[slot].full) {
    return {};
  }
  KVFOOT_TRY(device_.synchronize(slots_[slot].copied));
  slots_[slot].full = false;
  return deliver(slot);
}

Result<std::size_t> CopySlots::next(std::int64_t bytes, const Deliver& deliver) {
  const std::size_t index = turn_++ % kSlots;
  KVFOOT_TRY(empty(index, deliver));
  Slot& slot = slots_[index];
  if (slot.host.size() < bytes) {  // by a quarter at least: streams that grow seldom come here
    const std::int64_t room = std::max(bytes, slot.host.size() + slot.host.size() / 4);
    slot.host.release();
    slot.host = Array<std::byte>(host_, room);
  }
  if (slot.device.size() < bytes) {
    slot.device.release();
    slot.device = Buffer<std::byte>(buffers_, MemoryClass::kWorkspace, bytes);
  }
  return index;
}

void CopySlots::send(std::size_t slot, std::int64_t bytes) {
  Slot& s = slots_[slot];
  device_.record(s.computed, device_.compute_stream());
  device_.wait(s.computed, device_.copy_stream());
  device_.copy_out(s.host.data(), s.device.data(), static_cast<std::size_t>(bytes),
                   device_.copy_stream());
  device_.record(s.copied, device_.copy_stream());
  s.full = true;
}

Status CopySlots::drain(const Deliver& deliver) {
  for (std::size_t i = 0; i < kSlots; ++i, ++turn_) {
    KVFOOT_TRY(empty(turn_ % kSlots, deliver));
  }
  return {};
}

}  // namespace kvfoot::cuda
