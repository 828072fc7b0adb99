#include "gui/view/value_line.hpp"

#include <QAction>
#include <QEvent>
#include <QKeyEvent>
#include <QLineEdit>
#include <QStyle>
#include <utility>

#include "gui/view/field.hpp"

namespace kvfoot::gui {
namespace {

class LineKeys final : public QObject {
 public:
  LineKeys(QLineEdit* line, std::function<void()> restore)
      : QObject(line), line_(line), restore_(std::move(restore)) {}

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override {
    if (event->type() == QEvent::KeyPress || event->type() == QEvent::ShortcutOverride) {
      const auto* key = static_cast<QKeyEvent*>(event);
      if (event->type() == QEvent::KeyPress && key->key() == Qt::Key_Escape) {
        restore_();
        return true;
      }
      // A line keeps undo for its own typing; where there is none, the scenario's is meant.
      if (event->type() == QEvent::ShortcutOverride && !line_->isModified() &&
          (key->matches(QKeySequence::Undo) || key->matches(QKeySequence::Redo))) {
        event->ignore();
        return true;
      }
    }
    return QObject::eventFilter(watched, event);
  }

 private:
  QLineEdit* line_;
  std::function<void()> restore_;
};

}  // namespace

void commit_line(QLineEdit* edit, std::function<void(const QString&)> done,
                 std::function<void()> restore) {
  QObject::connect(edit, &QLineEdit::editingFinished, edit, [edit, done = std::move(done)] {
    edit->setModified(false);
    done(edit->text().trimmed());
  });
  edit->installEventFilter(new LineKeys(edit, std::move(restore)));
}

QAction* Field::enter_from(QLineEdit* edit) {
  const auto take = [this](const QString& text) {
    enter(text);
    emit released();
  };
  commit_line(edit, take, [this] {
    show_error({});
    show_text();
  });
  QAction* cross = edit->addAction(edit->style()->standardIcon(QStyle::SP_LineEditClearButton),
                                   QLineEdit::TrailingPosition);
  cross->setVisible(false);
  cross->setText(tr("Not given: the default"));
  connect(cross, &QAction::triggered, edit, [take] { take({}); });
  return cross;
}

}  // namespace kvfoot::gui
