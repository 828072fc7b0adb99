#include "tests/gui/window_fixture.hpp"

#include <QFileDialog>
#include <QLineEdit>
#include <QTimer>

namespace kvfoot::gui {

bool answer_dialog(const QString& file, const std::function<void()>& ask) {
  bool answered = false;
  QTimer look;
  look.setInterval(20);
  QObject::connect(&look, &QTimer::timeout, [&] {
    auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
    if (dialog == nullptr || answered) {
      return;
    }
    answered = true;
    dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"))->setText(file);
    static_cast<QDialog*>(dialog)->accept();
  });
  look.start();
  ask();
  return answered;
}

void WindowTest::TearDown() {
  if (window_ != nullptr) {
    window_->workspace().undo_stack().setClean();
    window_->close();
  }
  end_without_closing();
  Workspace workspace;
  Recovery rest(workspace);
  while (rest.left_behind() != nullptr || rest.unreadable() != nullptr) {
    rest.discard();
  }
}

}  // namespace kvfoot::gui
