// Escaping only where Qt would take text for HTML.
#include "gui/model/plain_tip.hpp"

#include <QTextDocument>

namespace kvfoot::gui {

QString plain_tip(const QString& text) {
  return Qt::mightBeRichText(text)
             ? QStringLiteral("<qt>") + Qt::convertFromPlainText(text) + QStringLiteral("</qt>")
             : text;
}

QString without_mnemonics(QString text) {
  return text.replace(QLatin1Char('&'), QLatin1String("&&"));
}

}  // namespace kvfoot::gui
