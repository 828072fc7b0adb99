// Messages of the simulator, which have no Qt, in the language of the program.
#pragma once

#include <QString>
#include <string>

#include "sim/core/result.hpp"

namespace kvfoot::gui {

// A warning of a replay or a caution of a comparison, with the numbers that it has. What is not
// known here stays English.
[[nodiscard]] QString message_text(const std::string& english);

// What is wrong with a value that was typed, for a place where the field is known: no "policy
// 'x':". English altogether unless both halves are known here.
[[nodiscard]] QString complaint_text(const Error& error);

}  // namespace kvfoot::gui
