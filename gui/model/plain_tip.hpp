// Tool tips of what somebody else wrote: names of files, commands, tokens.
#pragma once

#include <QString>

namespace kvfoot::gui {

// Qt takes a tool tip that looks like HTML for HTML: "a<b>.h5" would lose its letters. What does
// not is given back as it is.
[[nodiscard]] QString plain_tip(const QString& text);

// For menus and buttons, where '&' announces a key.
[[nodiscard]] QString without_mnemonics(QString text);

}  // namespace kvfoot::gui
