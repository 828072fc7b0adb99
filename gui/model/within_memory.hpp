// Work on a worker that may ask for more memory than there is: that is an error, not the end.
#pragma once

#include <new>
#include <string>
#include <utility>

#include "sim/core/result.hpp"

namespace kvfoot::gui {

[[nodiscard]] inline Error needs_more_memory(std::string where, std::string hint = {}) {
  return {std::move(where), "needs more memory than this machine gives", std::move(hint),
          ErrorKind::kEnvironment};
}

// What `work` returns, a Result; `too_large` where memory ran out.
template <class Work>
[[nodiscard]] auto within_memory(Error too_large, const Work& work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return too_large;
  }
}

}  // namespace kvfoot::gui
