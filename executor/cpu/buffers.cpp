// The pool of buffers and floats that grow.
#include "executor/cpu/buffers.hpp"

#include <cstdlib>
#include <cstring>
#include <iterator>
#include <new>

#include "sim/core/check.hpp"

namespace kvfoot::cpu {
namespace {

constexpr std::size_t kAlign = 64;

std::size_t room_for(std::size_t bytes) {
  return (std::max<std::size_t>(bytes, 1) + kAlign - 1) / kAlign * kAlign;
}

}  // namespace

BufferPool::~BufferPool() {
  while (!waiting_.empty()) {
    release(waiting_.begin());
  }
}

void BufferPool::release(std::multimap<std::size_t, Waiting>::iterator block) {
  ::operator delete(block->second.data, std::align_val_t{kAlign});
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
  const std::size_t room = room_for(bytes);
  Block block;
  // The smallest that suffices, unless most of it would lie idle.
  const auto found = waiting_.lower_bound(room);
  if (found != waiting_.end() && found->first <= room + room / 4) {
    block = {found->second.data, found->first};
    waiting_.erase(found);
  } else {
    block = {::operator new(room, std::align_val_t{kAlign}), room};
    reserved_ += static_cast<std::int64_t>(room);
  }
#ifndef NDEBUG
  std::memset(block.data, 0xff, block.room);  // NaN: nobody may count on zeros
#endif
  ledger_.add(memory, static_cast<std::int64_t>(bytes));
  return block;
}

void BufferPool::give_back(MemoryClass memory, Block block, std::size_t bytes) {
  ledger_.add(memory, -static_cast<std::int64_t>(bytes));
  try {
    waiting_.emplace(block.room, Waiting{block.data, pass_});
  } catch (const std::bad_alloc&) {
    ::operator delete(block.data, std::align_val_t{kAlign});
    reserved_ -= static_cast<std::int64_t>(block.room);
  }
}

Floats::~Floats() {
  if (ledger_ != nullptr) {
    ledger_->add(memory_, -count_ * static_cast<std::int64_t>(sizeof(float)));
    std::free(data_);
  }
}

void Floats::swap(Floats& other) noexcept {
  std::swap(ledger_, other.ledger_);
  std::swap(memory_, other.memory_);
  std::swap(data_, other.data_);
  std::swap(count_, other.count_);
}

void Floats::resize(std::int64_t count) {
  KVFOOT_CHECK(ledger_ != nullptr && count >= 0, "floats without a ledger");
  if (count == count_) {
    return;
  }
  if (count == 0) {
    std::free(data_);
    data_ = nullptr;
  } else {
    void* const moved = std::realloc(data_, static_cast<std::size_t>(count) * sizeof(float));
    if (moved == nullptr) {
      throw std::bad_alloc();
    }
    data_ = static_cast<float*>(moved);
  }
  ledger_->add(memory_, (count - count_) * static_cast<std::int64_t>(sizeof(float)));
  count_ = count;
}

}  // namespace kvfoot::cpu
