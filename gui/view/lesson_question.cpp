#include "gui/view/lesson_question.hpp"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QRadioButton>
#include <QStyle>
#include <QVBoxLayout>
#include <cmath>
#include <utility>

#include "gui/view/lesson_text_label.hpp"

namespace kvfoot::gui {
namespace {

constexpr int kMarkSize = 20;
constexpr int kNumberWidth = 120;

}  // namespace

LessonQuestionBox::LessonQuestionBox(LessonRuns& runs, const LessonQuestion& question,
                                     QWidget* parent)
    : QWidget(parent), runs_(runs), question_(question) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  auto* ask = new LessonTextLabel(
      QStringLiteral("**%1** %2").arg(tr("Question."), QString::fromStdString(question_.ask)));
  layout->addWidget(ask);
  check_ = new QPushButton(tr("&Check"));
  check_->setObjectName(QStringLiteral("check"));
  check_->setToolTip(tr("Ask the simulator whether this is right"));
  check_->setAccessibleName(tr("Check the answer"));
  check_->setEnabled(false);
  connect(check_, &QPushButton::clicked, this, &LessonQuestionBox::check);
  if (question_.number) {
    add_number();
  } else {
    add_choices();
  }
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
      check_->setEnabled(true);
      show_message(tr("The scenarios of this question cannot be replayed."), message, false);
    }
  });
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
  }
  static_cast<QVBoxLayout*>(layout())->addWidget(check_, 0, Qt::AlignLeft);
}

void LessonQuestionBox::add_number() {
  auto* row = new QHBoxLayout;
  number_ = new QLineEdit;
  number_->setObjectName(QStringLiteral("number"));
  number_->setAccessibleName(tr("Your answer"));
  number_->setPlaceholderText(tr("a number"));
  number_->setMaximumWidth(kNumberWidth);
  connect(number_, &QLineEdit::textChanged, this, &LessonQuestionBox::changed);
  connect(number_, &QLineEdit::returnPressed, check_, &QPushButton::click);
  row->addWidget(number_);
  row->addWidget(new QLabel(QString::fromStdString(question_.number->unit)));
  row->addWidget(check_);
  row->addStretch(1);
  static_cast<QVBoxLayout*>(layout())->addLayout(row);
}

bool LessonQuestionBox::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::MouseButtonPress) {
    if (const QVariant choice = watched->property("choice"); choice.isValid()) {
      choices_[static_cast<std::size_t>(choice.toInt())]->setChecked(true);
      choices_[static_cast<std::size_t>(choice.toInt())]->setFocus();
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

// Written as the reader's language or a program writes it, with or without the unit.
std::optional<double> LessonQuestionBox::given() const {
  QString text = number_->text().trimmed();
  const QString unit = QString::fromStdString(question_.number->unit);
  if (!unit.isEmpty() && text.endsWith(unit, Qt::CaseInsensitive)) {
    text.chop(unit.size());
  }
  text.remove(QLatin1Char(' '));
  QLocale own;
  own.setNumberOptions(QLocale::RejectGroupSeparator);  // 1.025 might be a thousand and 25 then
  QLocale plain = QLocale::c();
  plain.setNumberOptions(QLocale::RejectGroupSeparator);
  for (const QLocale& locale : {own, plain, QLocale()}) {
    bool ok = false;
    const double value = locale.toDouble(text, &ok);
    if (ok && std::isfinite(value)) {
      return value;
    }
  }
  return std::nullopt;
}

void LessonQuestionBox::changed() {
  waiting_ = false;
  feedback_->hide();
  check_->setEnabled(number_ != nullptr ? given().has_value() : chosen() >= 0);
}

void LessonQuestionBox::check() {
  waiting_ = true;
  check_->setEnabled(false);
  runs_.want(question_.scenarios());
}

void LessonQuestionBox::judge() {
  if (!std::exchange(waiting_, false)) {
    return;
  }
  check_->setEnabled(true);
  const auto verdict =
      number_ != nullptr
          ? check_number(question_, *given(), runs_.outcomes())
          : check_choice(question_, static_cast<std::size_t>(chosen()), runs_.outcomes());
  if (!verdict) {
    show_message(tr("This cannot be checked."), QString::fromStdString(verdict.error().message()),
                 false);
    return;
  }
  show_verdict(*verdict);
  emit answered(verdict->right);
}

void LessonQuestionBox::show_verdict(const LessonVerdict& verdict) {
  QString heading = verdict.right ? tr("Right.") : tr("Not quite.");
  if (verdict.value) {
    heading = tr("Right: the simulator says %1 %2.")
                  .arg(QLocale().toString(*verdict.value, 'f', question_.number->digits),
                       QString::fromStdString(question_.number->unit));
  }
  show_message(heading, QString::fromStdString(verdict.why), verdict.right);
}

void LessonQuestionBox::show_message(const QString& heading, const QString& markdown, bool right) {
  const auto icon = right ? QStyle::SP_DialogApplyButton : QStyle::SP_MessageBoxInformation;
  mark_->setPixmap(style()->standardIcon(icon).pixmap(kMarkSize));
  said_->set_markdown(QStringLiteral("**%1** %2").arg(heading, markdown));
  feedback_->show();
}

}  // namespace kvfoot::gui
