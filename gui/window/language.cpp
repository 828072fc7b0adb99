// Translators belong to the application and are known by their object name.
#include "gui/window/language.hpp"

#include <QCoreApplication>
#include <QLibraryInfo>
#include <QLocale>
#include <QTranslator>

#ifdef KVFOOT_HAVE_TRANSLATIONS
// A resource of a static library has to be asked for, and from outside any namespace.
static void init_translations() { Q_INIT_RESOURCE(translations); }
#else
static void init_translations() {}
#endif

namespace kvfoot::gui {
namespace {

constexpr auto kTranslator = "language";

bool asks_for_chinese(const QLocale& desktop) {
  // First of the languages that the user reads; LANGUAGE may name several.
  const QLocale first(desktop.uiLanguages().value(0));
  return first.language() == QLocale::Chinese && first.script() == QLocale::SimplifiedHanScript;
}

void add_translator(const QString& file, const QString& folder) {
  auto* translator = new QTranslator(qApp);
  translator->setObjectName(QLatin1String(kTranslator));
  if (translator->load(file, folder)) {
    QCoreApplication::installTranslator(translator);
  } else {
    delete translator;
  }
}

}  // namespace

Language language_from(const QString& text) {
  return text == QLatin1String("en")      ? Language::kEnglish
         : text == QLatin1String("zh_CN") ? Language::kChinese
                                          : Language::kSystem;
}

QString to_text(Language language) {
  switch (language) {
    case Language::kEnglish:
      return QStringLiteral("en");
    case Language::kChinese:
      return QStringLiteral("zh_CN");
    case Language::kSystem:
      break;
  }
  return QStringLiteral("system");
}

bool is_available(Language language) {
#ifdef KVFOOT_HAVE_TRANSLATIONS
  static_cast<void>(language);
  return true;
#else
  return language != Language::kChinese;
#endif
}

void apply_language(Language language) {
  const QLocale desktop = QLocale::system();
  const bool chinese = is_available(Language::kChinese) &&
                       (language == Language::kChinese ||
                        (language == Language::kSystem && asks_for_chinese(desktop)));
  qDeleteAll(qApp->findChildren<QTranslator*>(QLatin1String(kTranslator)));
  if (chinese) {
    QLocale::setDefault(QLocale(QLocale::Chinese, QLocale::China));
    init_translations();
    add_translator(QStringLiteral("qtbase_zh_CN"),
                   QLibraryInfo::path(QLibraryInfo::TranslationsPath));
    add_translator(QStringLiteral("kvfoot_zh_CN"), QStringLiteral(":/kvfoot/translations"));
  } else if (language == Language::kSystem || desktop.language() == QLocale::English) {
    QLocale::setDefault(desktop);
  } else {
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
  }
}

}  // namespace kvfoot::gui
