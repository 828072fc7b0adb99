// The dialog, names and their endings.
#include "gui/window/save_dialog.hpp"

#include <QCoreApplication>
#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>
#include <QStringList>
#include <algorithm>

#include "gui/model/plain_tip.hpp"

namespace kvfoot::gui {
namespace {

bool may_overwrite(QWidget* parent, const QString& title, const QString& path) {
  return QMessageBox::question(parent, title,
                               QCoreApplication::translate("SaveDialog", "%1 exists. Replace it?")
                                   .arg(plain_tip(path))) == QMessageBox::Yes;
}

}  // namespace

QString complete_name(const QString& path, const QString& ending) {
  const QString given = QFileInfo(path).suffix();
  if (!given.isEmpty() && std::ranges::all_of(given, [](QChar sign) { return sign.isLetter(); })) {
    return path;
  }
  return path.endsWith(QLatin1Char('.')) ? path + ending : path + QLatin1Char('.') + ending;
}

QString ask_save_file(QWidget* parent, const QString& title, const QString& first,
                      const std::vector<FileKind>& kinds) {
  QFileDialog dialog(parent, title);
  dialog.setAcceptMode(QFileDialog::AcceptSave);
  // The dialog would ask about the name as it was typed.
  dialog.setOption(QFileDialog::DontConfirmOverwrite);
  QStringList filters;
  for (const FileKind& kind : kinds) {
    filters << kind.filter;
  }
  dialog.setNameFilters(filters);
  dialog.selectFile(first);
  while (dialog.exec() == QDialog::Accepted && !dialog.selectedFiles().isEmpty()) {
    const qsizetype at = std::max<qsizetype>(filters.indexOf(dialog.selectedNameFilter()), 0);
    const QString path = complete_name(dialog.selectedFiles().constFirst(),
                                       kinds[static_cast<std::size_t>(at)].ending);
    if (!QFileInfo::exists(path) || may_overwrite(parent, title, path)) {
      return path;
    }
  }
  return {};
}

}  // namespace kvfoot::gui
