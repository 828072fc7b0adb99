// The words that plots bring along: English, or what a translator of the program makes of them.
#pragma once

#include <QtGlobal>  // QT_TRANSLATE_NOOP
#include <initializer_list>
#include <string>

namespace kvfoot::plots {

// `english` stands in QT_TRANSLATE_NOOP("Plot", ...) here or in gui/translations/table_texts.cpp;
// `places` take the place of %1, %2, ...
[[nodiscard]] std::string words(const char* english,
                                std::initializer_list<std::string> places = {});

}  // namespace kvfoot::plots
