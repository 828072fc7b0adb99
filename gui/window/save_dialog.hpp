// Asks for the file that something is written to.
#pragma once

#include <QString>
#include <vector>

class QWidget;

namespace kvfoot::gui {

struct FileKind {
  QString ending;  // "png"
  QString filter;  // "PNG picture (*.png)"
};

// `path` with the ending of its kind. Endings of letters stay, whatever they say; to a name without
// one ("run", "sparsity=0.5") `ending` is added.
[[nodiscard]] QString complete_name(const QString& path, const QString& ending);

// A dialog that proposes the name `first`; a name without an ending gets that of the chosen kind.
// Empty when it was cancelled. Whether a file is to be overwritten is asked about the name that is
// written.
[[nodiscard]] QString ask_save_file(QWidget* parent, const QString& title, const QString& first,
                                    const std::vector<FileKind>& kinds);

}  // namespace kvfoot::gui
