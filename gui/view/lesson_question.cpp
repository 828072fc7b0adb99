#include "gui/view/lesson_question.hpp"

#include <QAccessible>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QStyle>
#include <QTextDocumentFragment>
#include <QVBoxLayout>
#include <cmath>
#include <utility>

#include "gui/model/number_text.hpp"
#include "gui/view/error_label.hpp"
#include "gui/view/lesson_text_label.hpp"

namespace kvfoot::gui {
namespace {

constexpr int kMarkSize = 20;
constexpr int kNumberWidth = 120;

}  // namespace

LessonQuestionBox::LessonQuestionBox(LessonRuns& runs, const LessonQuestion& question,
                                     LessonAnswer before, QWidget* parent)
    : QWidget(parent), runs_(runs), question_(question), before_(before) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  auto* ask = new LessonTextLabel(
      QStringLiteral("**%1** %2").arg(tr("Question."), QString::fromStdString(question_.ask)));
  layout->addWidget(ask);
  if (question_.number) {
    add_number();
  } else {
    add_choices();
  }
  auto* buttons = new QHBoxLayout;
  add_buttons(*buttons);
  buttons->addStretch(1);
  layout->addLayout(buttons);
  feedback_ = new QWidget;
  auto* said = new QHBoxLayout(feedback_);
  said->setContentsMargins(0, 0, 0, 0);
  mark_ = new QLabel;
  said_ = new LessonTextLabel(QString());
  said_->setObjectName(QStringLiteral("feedback"));
  said_->setAccessibleName(tr("What the simulator says"));
  said->addWidget(mark_, 0, Qt::AlignTop);
  said->addWidget(said_, 1);
  feedback_->hide();
  layout->addWidget(feedback_);
  connect(&runs_, &LessonRuns::finished, this, &LessonQuestionBox::judge);
  connect(&runs_, &LessonRuns::failed, this, [this](const QString& message) {
    if (std::exchange(waiting_, false)) {
      check_->setEnabled(is_answered());
      give_up_->setEnabled(true);
      show_message(tr("The scenarios of this question cannot be replayed."), message);
    }
  });
  if (before_ != LessonAnswer::kNone) {
    ask_runs(true);
  }
}

void LessonQuestionBox::add_buttons(QLayout& row) {
  const auto add = [&](const QString& text, const char* name, const QString& hint) {
    auto* button = new QPushButton(text);
    button->setObjectName(QLatin1String(name));
    button->setAccessibleName(QString(text).remove(QLatin1Char('&')));
    button->setToolTip(hint);
    row.addWidget(button);
    return button;
  };
  check_ = add(tr("&Check"), "check", tr("Ask the simulator whether this is right"));
  check_->setEnabled(false);
  connect(check_, &QPushButton::clicked, this, [this] { ask_runs(false); });
  give_up_ = add(tr("Show the &answer"), "give_up", tr("Give up and see the answer"));
  connect(give_up_, &QPushButton::clicked, this, [this] { ask_runs(true); });
  again_ = add(tr("Answer a&gain"), "again", tr("Hide the answer and try once more"));
  again_->hide();
  connect(again_, &QPushButton::clicked, this, &LessonQuestionBox::again);
}

void LessonQuestionBox::add_choices() {
  for (const LessonChoice& choice : question_.choices) {
    const QString text = QString::fromStdString(choice.text);
    auto* row = new QHBoxLayout;
    auto* button = new QRadioButton;  // its own text would not wrap
    button->setAccessibleName(text);
    auto* label = new LessonTextLabel(text);
    label->setTextInteractionFlags(Qt::NoTextInteraction);
    label->installEventFilter(this);
    label->setProperty("choice", static_cast<int>(choices_.size()));
    connect(button, &QRadioButton::toggled, this, &LessonQuestionBox::changed);
    row->addWidget(button, 0, Qt::AlignTop);
    row->addWidget(label, 1);
    static_cast<QVBoxLayout*>(layout())->addLayout(row);
    choices_.push_back(button);
    texts_.push_back(label);
  }
}

void LessonQuestionBox::add_number() {
  auto* row = new QHBoxLayout;
  number_ = new QLineEdit;
  number_->setObjectName(QStringLiteral("number"));
  number_->setAccessibleName(tr("Your answer"));
  number_->setPlaceholderText(tr("a number"));
  number_->setMaximumWidth(kNumberWidth);
  connect(number_, &QLineEdit::textChanged, this, &LessonQuestionBox::changed);
  connect(number_, &QLineEdit::editingFinished, this, &LessonQuestionBox::accept_number);
  connect(number_, &QLineEdit::returnPressed, this, [this] { check_->click(); });
  row->addWidget(number_);
  row->addWidget(new QLabel(QString::fromStdString(question_.number->unit)));
  row->addStretch(1);
  static_cast<QVBoxLayout*>(layout())->addLayout(row);
  problem_ = new ErrorLabel;
  problem_->setObjectName(QStringLiteral("problem"));
  layout()->addWidget(problem_);
}

bool LessonQuestionBox::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::MouseButtonPress) {
    if (const QVariant choice = watched->property("choice"); choice.isValid()) {
      QRadioButton* button = choices_[static_cast<std::size_t>(choice.toInt())];
      if (button->isEnabled()) {
        button->setChecked(true);
        button->setFocus();
      }
      return true;
    }
  }
  return QWidget::eventFilter(watched, event);
}

int LessonQuestionBox::chosen() const {
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    if (choices_[i]->isChecked()) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

ReadNumber LessonQuestionBox::given() const {
  return read_number(number_->text(), QString::fromStdString(question_.number->unit));
}

bool LessonQuestionBox::accept_number() {
  const bool wrong = !number_->text().trimmed().isEmpty() && !given().value;
  problem_->set_message(wrong ? given().problem : QString());
  return !wrong;
}

void LessonQuestionBox::changed() {
  waiting_ = false;
  feedback_->hide();
  if (problem_ != nullptr) {
    problem_->set_message({});
  }
  give_up_->setEnabled(true);
  check_->setEnabled(is_answered());
}

bool LessonQuestionBox::is_answered() const {
  return number_ != nullptr ? !number_->text().trimmed().isEmpty() : chosen() >= 0;
}

void LessonQuestionBox::ask_runs(bool solve) {
  if (number_ != nullptr && !solve && !accept_number()) {
    number_->setFocus();
    return;
  }
  waiting_ = true;
  solving_ = solve;
  check_->setEnabled(false);
  give_up_->setEnabled(false);
  runs_.want(question_.scenarios());
}

void LessonQuestionBox::judge() {
  if (!std::exchange(waiting_, false)) {
    return;
  }
  check_->setEnabled(is_answered());
  give_up_->setEnabled(true);
  const auto solution = solve(question_, runs_.outcomes());
  if (!solution) {
    show_message(tr("This cannot be checked."), QString::fromStdString(solution.error().message()));
  } else if (!solving_) {
    check(*solution);
  } else {
    show_solution(*solution, QString());
    if (before_ == LessonAnswer::kNone) {
      emit answered(LessonAnswer::kShown);
    }
  }
}

void LessonQuestionBox::check(const LessonSolution& solution) {
  if (!is_answered()) {
    return;
  }
  const auto verdict =
      number_ != nullptr
          ? check_number(question_, *given().value, runs_.outcomes())
          : check_choice(question_, static_cast<std::size_t>(chosen()), runs_.outcomes());
  if (!verdict) {
    show_message(tr("This cannot be checked."), QString::fromStdString(verdict.error().message()));
    return;
  }
  const QString why = QString::fromStdString(verdict->why);
  if (verdict->right) {
    before_ = LessonAnswer::kRight;
    show_solution(solution, QString());
    emit answered(LessonAnswer::kRight);
  } else if (number_ != nullptr) {
    show_message(tr("Not quite."), why);
  } else {
    show_solution(solution, QStringLiteral("**%1** %2\n\n").arg(tr("Not quite."), why));
    emit answered(LessonAnswer::kShown);
  }
}

// The answer, with what is to be said before it; nothing can be changed any more.
void LessonQuestionBox::show_solution(const LessonSolution& solution, const QString& before) {
  const bool right = before_ == LessonAnswer::kRight;
  QString heading = tr("Right.");
  if (number_ != nullptr) {
    const int digits = question_.number->digits;  // written as everywhere else in the window
    const QString value = digits == 0 ? count_text(std::llround(*solution.value))
                                      : QString::number(*solution.value, 'f', digits);
    const QString unit = QString::fromStdString(question_.number->unit);
    heading = (right ? tr("Right: the simulator says %1 %2.") : tr("The simulator says %1 %2."))
                  .arg(value, unit);
    if (!given().value) {
      number_->setText(value);
    }
    number_->setReadOnly(true);
    problem_->set_message({});
  } else {
    texts_[solution.choice]->set_markdown(
        QStringLiteral("**%1** \u2713")
            .arg(QString::fromStdString(question_.choices[solution.choice].text)));
    if (chosen() < 0) {
      choices_[solution.choice]->setChecked(true);
    }
    for (QRadioButton* button : choices_) {
      button->setEnabled(false);
    }
    if (!right) {
      heading = tr("The answer: %1.")
                    .arg(QString::fromStdString(question_.choices[solution.choice].text));
    }
  }
  check_->hide();
  give_up_->hide();
  again_->show();
  const QString why = QString::fromStdString(solution.why);
  say(before + QStringLiteral("**%1** %2").arg(heading, why), right);
}

void LessonQuestionBox::say(const QString& markdown, bool right) {
  const auto icon = right ? QStyle::SP_DialogApplyButton : QStyle::SP_MessageBoxInformation;
  mark_->setPixmap(style()->standardIcon(icon).pixmap(kMarkSize));
  said_->set_markdown(markdown);
  feedback_->show();
  said_->setAccessibleDescription(QTextDocumentFragment::fromMarkdown(markdown).toPlainText());
  QAccessibleEvent alert(said_, QAccessible::Alert);
  QAccessible::updateAccessibility(&alert);
}

void LessonQuestionBox::show_message(const QString& heading, const QString& markdown) {
  say(QStringLiteral("**%1** %2").arg(heading, markdown), false);
}

}  // namespace kvfoot::gui
