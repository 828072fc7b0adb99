// The dialog, names and their endings.
#include "gui/window/export_file.hpp"

#include <QCoreApplication>
#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>
#include <QStringList>
#include <algorithm>

namespace kvfoot::gui {
namespace {

bool may_overwrite(QWidget* parent, const QString& path) {
  return QMessageBox::question(
             parent, QCoreApplication::translate("ExportFile", "Export"),
             QCoreApplication::translate("ExportFile", "%1 exists. Replace it?").arg(path)) ==
         QMessageBox::Yes;
}

}  // namespace

QString export_name(const QString& path, const QString& chosen) {
  const QString ending = QFileInfo(path).suffix();
  const bool format =
      !ending.isEmpty() && std::ranges::all_of(ending, [](QChar sign) { return sign.isLetter(); });
  if (format) {
    return path;
  }
  return path.endsWith(QLatin1Char('.')) ? path + chosen : path + QLatin1Char('.') + chosen;
}

QString ask_export_file(QWidget* parent, const QString& title) {
  QFileDialog dialog(parent, title);
  dialog.setAcceptMode(QFileDialog::AcceptSave);
  // The dialog would ask about the name as it was typed.
  dialog.setOption(QFileDialog::DontConfirmOverwrite);
  const QStringList endings{QStringLiteral("png"), QStringLiteral("svg"), QStringLiteral("pdf"),
                            QStringLiteral("csv")};
  const QStringList filters{QCoreApplication::translate("ExportFile", "PNG picture (*.png)"),
                            QCoreApplication::translate("ExportFile", "SVG picture (*.svg)"),
                            QCoreApplication::translate("ExportFile", "PDF picture (*.pdf)"),
                            QCoreApplication::translate("ExportFile", "Numbers as CSV (*.csv)")};
  dialog.setNameFilters(filters);
  // Without an ending: not every desktop's dialog changes it along with the format.
  dialog.selectFile(QStringLiteral("kvfoot"));
  while (dialog.exec() == QDialog::Accepted && !dialog.selectedFiles().isEmpty()) {
    const qsizetype at = std::max<qsizetype>(filters.indexOf(dialog.selectedNameFilter()), 0);
    const QString path = export_name(dialog.selectedFiles().constFirst(), endings[at]);
    if (!QFileInfo::exists(path) || may_overwrite(parent, path)) {
      return path;
    }
  }
  return {};
}

}  // namespace kvfoot::gui
