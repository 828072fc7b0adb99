#include "gui/window/settings.hpp"

#include <QLatin1String>
#include <QSettings>

namespace kvfoot::gui::settings {
namespace {

constexpr QLatin1String kAppearance("appearance");
constexpr QLatin1String kLanguage("language");
constexpr QLatin1String kDarkExports("dark_exports");
constexpr QLatin1String kRecentFiles("recent_files");
constexpr QLatin1String kOpenFolder("open_folder");
constexpr QLatin1String kGeometry("geometry");
constexpr QLatin1String kLayout("layout");

QVariant value(QLatin1String key) { return QSettings().value(key); }
void set_value(QLatin1String key, const QVariant& value) { QSettings().setValue(key, value); }

}  // namespace

Appearance appearance() { return appearance_from(value(kAppearance).toString()); }
void set_appearance(Appearance appearance) { set_value(kAppearance, to_text(appearance)); }

Language language() { return language_from(value(kLanguage).toString()); }
void set_language(Language language) { set_value(kLanguage, to_text(language)); }

bool dark_exports() { return value(kDarkExports).toBool(); }
void set_dark_exports(bool dark) { set_value(kDarkExports, dark); }

QStringList recent_files() { return value(kRecentFiles).toStringList(); }
void set_recent_files(const QStringList& files) { set_value(kRecentFiles, files); }

QString open_folder() { return value(kOpenFolder).toString(); }
void set_open_folder(const QString& folder) { set_value(kOpenFolder, folder); }

Layout layout() { return {value(kGeometry).toByteArray(), value(kLayout).toByteArray()}; }
void set_layout(const Layout& layout) {
  set_value(kGeometry, layout.geometry);
  set_value(kLayout, layout.panels);
}

}  // namespace kvfoot::gui::settings
