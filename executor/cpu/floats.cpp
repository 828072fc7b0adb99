// Floats that grow and shrink.
#include "executor/cpu/floats.hpp"

#include <cstdlib>
#include <new>

#include "sim/core/check.hpp"

namespace kvfoot::cpu {

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
