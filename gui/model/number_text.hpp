// Numbers as every panel writes them: one way to group digits, one way to name passes.
#pragma once

#include <QString>
#include <cstdint>

#include "sim/core/schedule.hpp"

namespace kvfoot::gui {

// "13 246 720", the spaces narrow and unbreakable. Rows, keys, layers and heads count from 0.
[[nodiscard]] QString count_text(std::int64_t count);

// "12.30 µs", as axes write it; text for terminals (format_seconds) keeps to "us".
[[nodiscard]] QString seconds_text(double seconds);

// "prefill pass 3", "decode pass 0": each phase counts its own passes.
[[nodiscard]] QString pass_name(const Pass& pass, const RunLengths& run);

}  // namespace kvfoot::gui
