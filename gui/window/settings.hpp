// What is remembered between starts, in the user's settings: the only place that knows the names.
// Progress in lessons keeps its own (LessonProgress).
#pragma once

#include <QByteArray>
#include <QStringList>

#include "gui/window/appearance.hpp"
#include "gui/window/language.hpp"

namespace kvfoot::gui::settings {

// As the desktop, unless something else was chosen.
[[nodiscard]] Appearance appearance();
void set_appearance(Appearance appearance);
[[nodiscard]] Language language();
void set_language(Language language);

// Whether exported pictures are dark; by default they are light.
[[nodiscard]] bool dark_exports();
void set_dark_exports(bool dark);

// Absolute paths, newest first.
[[nodiscard]] QStringList recent_files();
void set_recent_files(const QStringList& files);

// Where a file was chosen last; empty: nowhere yet.
[[nodiscard]] QString open_folder();
void set_open_folder(const QString& folder);

// Place of the window and of its panels, as QMainWindow saves them; empty at the first start.
struct Layout {
  QByteArray geometry;
  QByteArray panels;
};
[[nodiscard]] Layout layout();
void set_layout(const Layout& layout);

}  // namespace kvfoot::gui::settings
