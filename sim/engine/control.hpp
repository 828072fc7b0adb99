// How work over many passes is stopped, and how it tells how far it is.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "sim/core/result.hpp"

namespace kvfoot {

struct ReplayControl {
  const std::atomic<bool>* cancel = nullptr;  // checked before every pass
  std::function<void(std::int64_t rows_done, std::int64_t rows_total)> on_progress;

  // kInterrupted once `cancel` is set.
  [[nodiscard]] Status check() const {
    if (cancel != nullptr && cancel->load(std::memory_order_relaxed)) {
      return Error{"replay", "interrupted", "", ErrorKind::kInterrupted};
    }
    return {};
  }
  void tell(std::int64_t rows_done, std::int64_t rows_total) const {
    if (on_progress) {
      on_progress(rows_done, rows_total);
    }
  }
};

}  // namespace kvfoot
