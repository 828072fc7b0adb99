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

class EscapeRestores final : public QObject {
 public:
  EscapeRestores(QObject* parent, std::function<void()> restore)
      : QObject(parent), restore_(std::move(restore)) {}

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override {
    if (event->type() == QEvent::KeyPress &&
        static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape) {
      restore_();
      return true;
    }
    return QObject::eventFilter(watched, event);
  }

 private:
  std::function<void()> restore_;
};

}  // namespace

void commit_line(QLineEdit* edit, std::function<void(const QString&)> done,
                 std::function<void()> restore) {
  QObject::connect(edit, &QLineEdit::editingFinished, edit,
                   [edit, done = std::move(done)] { done(edit->text().trimmed()); });
  edit->installEventFilter(new EscapeRestores(edit, std::move(restore)));
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
