// A line of text whose value counts once it is finished.
#pragma once

#include <functional>

class QLineEdit;
class QString;

namespace kvfoot::gui {

// The text of `edit` counts once Enter is pressed or the focus leaves: `done` gets it. Escape takes
// it back: `restore` shows what holds. Undo and redo are the line's only while something is typed.
void commit_line(QLineEdit* edit, std::function<void(const QString&)> done,
                 std::function<void()> restore);

}  // namespace kvfoot::gui
