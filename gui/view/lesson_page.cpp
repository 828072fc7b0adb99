#include "gui/view/lesson_page.hpp"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QToolButton>
#include <QVBoxLayout>

#include "gui/view/lesson_question.hpp"
#include "gui/view/lesson_text_label.hpp"

namespace kvfoot::gui {
namespace {

constexpr int kBarHeight = 6;

}  // namespace

LessonPage::LessonPage(Workspace& workspace, LessonProgress& progress, QWidget* parent)
    : QWidget(parent), progress_(progress), show_(workspace) {
  list_ = new QToolButton;
  list_->setObjectName(QStringLiteral("list"));
  list_->setArrowType(Qt::LeftArrow);
  list_->setAutoRaise(true);
  list_->setFocusPolicy(Qt::StrongFocus);
  list_->setToolTip(tr("All lessons"));
  list_->setAccessibleName(tr("All lessons"));
  title_ = new QLabel;
  title_->setWordWrap(true);
  QFont font = title_->font();
  font.setBold(true);
  title_->setFont(font);
  count_ = new QLabel;
  auto* header = new QHBoxLayout;
  header->addWidget(list_);
  header->addWidget(title_, 1);
  header->addWidget(count_);

  bar_ = new QProgressBar;
  bar_->setAccessibleName(tr("Step of the lesson"));
  bar_->setTextVisible(false);
  bar_->setMaximumHeight(kBarHeight);
  scroll_ = new QScrollArea;
  scroll_->setWidgetResizable(true);
  scroll_->setFrameShape(QFrame::NoFrame);
  scroll_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll_->setAccessibleName(tr("Text of the step"));

  back_ = new QPushButton(tr("&Back"));
  back_->setObjectName(QStringLiteral("back"));
  back_->setToolTip(tr("The step before"));
  show_me_ = new QPushButton(tr("&Show me"));
  show_me_->setObjectName(QStringLiteral("show"));
  show_me_->setToolTip(tr("Replay the scenario of this step and go to what it is about"));
  next_ = new QPushButton;
  next_->setObjectName(QStringLiteral("next"));
  for (QPushButton* button : {back_, show_me_, next_}) {
    button->setAccessibleName(button->text().remove(QLatin1Char('&')));
  }
  auto* footer = new QHBoxLayout;
  footer->addWidget(back_);
  footer->addStretch(1);
  footer->addWidget(show_me_);
  footer->addStretch(1);
  footer->addWidget(next_);

  auto* layout = new QVBoxLayout(this);
  layout->addLayout(header);
  layout->addWidget(bar_);
  layout->addWidget(scroll_, 1);
  layout->addLayout(footer);

  connect(list_, &QToolButton::clicked, this, &LessonPage::closed);
  connect(back_, &QPushButton::clicked, this, [this] { go_to(step_ - 1); });
  connect(next_, &QPushButton::clicked, this, &LessonPage::forward);
  connect(show_me_, &QPushButton::clicked, this, [this] {
    const LessonStep& step = lesson_.steps[step_];
    show_.show(lesson_, step);
    emit look_at(QString::fromStdString(step.look));
  });
}

void LessonPage::open(const Lesson& lesson, std::size_t step) {
  lesson_ = lesson;
  runs_.open(lesson_);
  title_->setText(QString::fromStdString(lesson_.title));
  bar_->setRange(0, static_cast<int>(lesson_.steps.size()));
  go_to(step);
}

void LessonPage::go_to(std::size_t step) {
  step_ = step;
  const LessonStep& shown = lesson_.steps[step_];
  scroll_->setWidget(make_body(shown));
  scroll_->verticalScrollBar()->setValue(0);
  const auto count = static_cast<int>(lesson_.steps.size());
  const int number = static_cast<int>(step_) + 1;
  bar_->setValue(number);
  count_->setText(tr("step %1 of %2").arg(number).arg(count));
  back_->setEnabled(step_ > 0);
  show_me_->setEnabled(!shown.show.empty());
  const bool last = number == count;
  next_->setText(last ? tr("F&inish") : tr("&Next"));
  next_->setToolTip(last ? tr("Back to all lessons") : tr("The next step"));
  next_->setAccessibleName(last ? tr("Finish") : tr("Next"));
}

QWidget* LessonPage::make_body(const LessonStep& step) {
  auto* body = new QWidget;
  auto* layout = new QVBoxLayout(body);
  layout->addWidget(new LessonTextLabel(
      QStringLiteral("### %1\n\n%2")
          .arg(QString::fromStdString(step.title), QString::fromStdString(step.text))));
  if (step.question) {
    auto* question = new LessonQuestionBox(runs_, *step.question);
    connect(question, &LessonQuestionBox::answered, this, [this](bool right) {
      if (right) {
        progress_.mark(lesson_, step_);
        emit progress_changed();
      }
    });
    layout->addWidget(question);
  }
  layout->addStretch(1);
  return body;
}

void LessonPage::forward() {
  if (step_ + 1 < lesson_.steps.size()) {
    go_to(step_ + 1);
  } else {
    emit closed();
  }
}

}  // namespace kvfoot::gui
