// The rule of streaming heads: the first entries and the last ones stay.
#pragma once

#include <cstdint>

#include "sim/policy/policy.hpp"
#include "sim/policy/select.hpp"

namespace kvfoot {

struct SinksWindow {
  std::int64_t sinks = 0;
  std::int64_t window = 0;

  [[nodiscard]] std::int64_t capacity() const { return sinks + window; }

  // Of a head that holds `own` entries (StreamingLLM, arXiv 2309.17453; DuoAttention,
  // arXiv 2410.10819 section 2.3: trimmed after the pass, whose rows saw everything).
  [[nodiscard]] HeadKeep keep(std::int64_t own) const {
    HeadKeep keep;
    if (own > capacity()) {
      keep.all = false;
      keep.index.reserve(static_cast<std::size_t>(capacity()));
      append_range(0, sinks, keep.index);
      append_range(own - window, own, keep.index);
    }
    return keep;
  }
};

}  // namespace kvfoot
