// Blocks of the host, and the pool that keeps them for the next layer.
#include "executor/memory/buffers.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>
#include <new>

#include "sim/core/check.hpp"

namespace kvfoot {
namespace {

constexpr std::size_t kAlign = 64;

std::size_t rounded_up(std::size_t bytes, std::size_t step) {
  return (std::max<std::size_t>(bytes, 1) + step - 1) / step * step;
}

// Steps of an eighth, so that a buffer which is a little larger in every pass fits into the block
// that it had; for large ones those in which cards hand out memory.
std::size_t room_for(std::size_t bytes) {
  constexpr std::size_t kLargestStep = std::size_t{2} << 20;
  return rounded_up(bytes, std::clamp(std::bit_floor(bytes) / 8, kAlign, kLargestStep));
}

class HostBlocks final : public BlockSource {
 public:
  void* allocate(std::size_t bytes) override {
    return ::operator new(bytes, std::align_val_t{kAlign}, std::nothrow);
  }
  void release(void* block) override { ::operator delete(block, std::align_val_t{kAlign}); }
  void fill(void* block, int byte, std::size_t bytes) override { std::memset(block, byte, bytes); }
};

}  // namespace

BlockSource& host_blocks() {
  static HostBlocks blocks;
  return blocks;
}

BufferPool::~BufferPool() { drop_waiting(); }

bool BufferPool::drop_waiting() {
  const bool some = !waiting_.empty();
  while (!waiting_.empty()) {
    release(waiting_.begin());
  }
  return some;
}

void BufferPool::release(std::multimap<std::size_t, Waiting>::iterator block) {
  source_.release(block->second.data);
  reserved_ -= static_cast<std::int64_t>(block->first);
  waiting_.erase(block);
}

void BufferPool::begin_pass() {
  ++pass_;
  for (auto block = waiting_.begin(); block != waiting_.end();) {
    const auto next = std::next(block);
    if (block->second.pass + 1 < pass_) {
      release(block);
    }
    block = next;
  }
}

BufferPool::Block BufferPool::take(MemoryClass memory, std::size_t bytes) {
  const std::size_t least = rounded_up(bytes, kAlign);
  Block block;
  // The smallest that suffices, unless most of it would lie idle.
  const auto found = waiting_.lower_bound(least);
  if (found != waiting_.end() && found->first <= least + least / 4) {
    block = {found->second.data, found->first};
    waiting_.erase(found);
  } else {
    block = {nullptr, room_for(bytes)};
    block.data = source_.allocate(block.room);
    if (block.data == nullptr && drop_waiting()) {
      block.data = source_.allocate(block.room);
    }
    if (block.data == nullptr && least < block.room) {
      block = {source_.allocate(least), least};
    }
    if (block.data == nullptr) {
      throw std::bad_alloc();
    }
    reserved_ += static_cast<std::int64_t>(block.room);
  }
#ifndef NDEBUG
  source_.fill(block.data, 0xff, block.room);  // NaN: nobody may count on zeros
#endif
  ledger_.add(memory, static_cast<std::int64_t>(bytes));
  return block;
}

void BufferPool::give_back(MemoryClass memory, Block block, std::size_t bytes) {
  ledger_.add(memory, -static_cast<std::int64_t>(bytes));
  try {
    waiting_.emplace(block.room, Waiting{block.data, pass_});
  } catch (const std::bad_alloc&) {
    source_.release(block.data);
    reserved_ -= static_cast<std::int64_t>(block.room);
  }
}

}  // namespace kvfoot
