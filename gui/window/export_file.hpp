// Asks for the file of an export.
#pragma once

#include <QString>

class QWidget;

namespace kvfoot::gui {

// `path` with the ending of its format. png, svg, pdf and csv stay, and so do words that may be
// meant as a format; to a name without one ("run", "sparsity=0.5") `chosen` is added.
[[nodiscard]] QString export_name(const QString& path, const QString& chosen);

// A dialog for pictures and numbers; empty when it was cancelled. Whether a file is to be
// overwritten is asked about the name that is written.
[[nodiscard]] QString ask_export_file(QWidget* parent, const QString& title);

}  // namespace kvfoot::gui
