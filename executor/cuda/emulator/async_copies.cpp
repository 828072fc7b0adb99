// Copies under way, and what came by them.
#include "executor/cuda/emulator/async_copies.hpp"

#include <algorithm>
#include <cstring>

namespace kvfoot::cuda::emulator {
namespace {

bool poisoned(const std::byte* at, std::size_t bytes) {
  return std::all_of(at, at + bytes, [](std::byte b) { return b == std::byte{0xff}; });
}

}  // namespace

void AsyncCopies::begin(std::byte* shared, std::size_t shared_bytes, std::uint32_t threads) {
  shared_ = shared;
  if (queues_.size() < threads) {
    queues_.resize(threads);
  }
  if (used_ || pieces_.size() != shared_bytes / kBytes) {
    pieces_.assign(shared_bytes / kBytes, Piece{0, 0});
    for (Queue& queue : queues_) {
      queue.copies.clear();
      queue.next = 0;
      queue.landed = 0;
      queue.fenced = 0;
    }
  }
  used_ = false;
  for (std::uint32_t t = 0; t < threads; ++t) {
    queues_[t].committed = 0;
  }
}

std::size_t AsyncCopies::piece_of(const std::byte* at) const {
  return static_cast<std::size_t>(at - shared_) / kBytes;
}

void AsyncCopies::issue(std::uint32_t thread, std::byte* to, const std::byte* from) {
  used_ = true;
  Copy copy{to, queues_[thread].committed, {}};
  if (from != nullptr) {
    std::memcpy(copy.bytes.data(), from, kBytes);
  }
  std::memset(to, 0xff, kBytes);
  queues_[thread].copies.push_back(copy);
}

bool AsyncCopies::wait(std::uint32_t thread, std::uint32_t pending) {
  Queue& queue = queues_[thread];
  if (queue.committed < pending) {
    return true;
  }
  const std::uint32_t first_pending = queue.committed - pending;
  while (queue.next < queue.copies.size() && queue.copies[queue.next].group < first_pending) {
    const Copy& copy = queue.copies[queue.next];
    if (!poisoned(copy.to, kBytes)) {
      return false;
    }
    std::memcpy(copy.to, copy.bytes.data(), kBytes);
    pieces_[piece_of(copy.to)] = {thread, ++queue.landed};
    ++queue.next;
  }
  if (queue.next == queue.copies.size()) {
    queue.copies.clear();
    queue.next = 0;
  }
  return true;
}

bool AsyncCopies::untouched(std::uint32_t thread) const {
  const Queue& queue = queues_[thread];
  for (std::size_t i = queue.next; i < queue.copies.size(); ++i) {
    if (!poisoned(queue.copies[i].to, kBytes)) {
      return false;
    }
  }
  return true;
}

bool AsyncCopies::fenced(const std::byte* at) const {
  const Piece& piece = pieces_[piece_of(at)];
  return piece.landed <= queues_[piece.thread].fenced;
}

}  // namespace kvfoot::cuda::emulator
