// What tables of sim/ say, in the language of the program. sim/ itself knows no Qt:
// its texts are listed for translators in gui/translations/table_texts.cpp, and tests/gui walks the
// tables to see that none is missing.
#pragma once

#include <QString>
#include <string_view>

namespace kvfoot::gui {

// Summary or paper of a policy, or the help of a parameter. Names stay as specs write them.
[[nodiscard]] QString policy_text(std::string_view english);

// "needle", "question", ...: a stretch of a trace's prompt.
[[nodiscard]] QString segment_name(std::string_view english);

}  // namespace kvfoot::gui
