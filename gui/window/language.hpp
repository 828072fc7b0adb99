// The language of the window: English, which is in the sources, or a translation that is built in.
#pragma once

#include <QString>
#include <cstdint>

namespace kvfoot::gui {

enum class Language : std::uint8_t { kSystem, kEnglish, kChinese };

// "system", "en", "zh_CN"; anything else is system.
[[nodiscard]] Language language_from(const QString& text);
[[nodiscard]] QString to_text(Language language);
// Whether its translation is built in; English and the desktop's choice always are.
[[nodiscard]] bool is_available(Language language);

// Texts, Qt's own among them, and QLocale() from now on; kSystem: Chinese where the desktop asks
// for simplified Chinese, else English with the desktop's numbers. Windows that exist keep their
// texts.
void apply_language(Language language);

}  // namespace kvfoot::gui
