#include "gui/view/lesson_page.hpp"

#include <QApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/view/lesson_entry.hpp"
#include "gui/view/lesson_question.hpp"
#include "gui/view/lesson_text_label.hpp"
#include "gui/view/lesson_words.hpp"

namespace kvfoot::gui {
namespace {

constexpr int kBarHeight = 6;

}  // namespace

LessonPage::LessonPage(Workspace& workspace, LessonProgress& progress, QWidget* parent)
    : QWidget(parent), progress_(progress), show_(workspace) {
  auto* layout = new QVBoxLayout(this);
  make_header();
  scroll_ = new QScrollArea;
  scroll_->setWidgetResizable(true);
  scroll_->setFrameShape(QFrame::NoFrame);
  scroll_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll_->setAccessibleName(tr("Text of the step"));
  layout->addWidget(scroll_, 1);
  make_footer();
  connect(&show_, &LessonShow::shown, this, &LessonPage::on_shown);
  connect(&show_, &LessonShow::began, this, &LessonPage::began);
  connect(&show_, &LessonShow::ended, this, &LessonPage::ended);
}

void LessonPage::make_header() {
  list_ = new QToolButton;
  list_->setObjectName(QStringLiteral("list"));
  list_->setArrowType(Qt::LeftArrow);
  list_->setAutoRaise(true);
  list_->setFocusPolicy(Qt::StrongFocus);
  list_->setToolTip(tr("All lessons; your own scenario comes back"));
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
  static_cast<QVBoxLayout*>(layout())->addLayout(header);
  layout()->addWidget(bar_);
  connect(list_, &QToolButton::clicked, this, &LessonPage::closed);
}

void LessonPage::make_footer() {
  back_ = new QPushButton(tr("&Back"));
  back_->setObjectName(QStringLiteral("back"));
  back_->setToolTip(tr("The step before"));
  show_me_ = new QPushButton(tr("&Show again"));
  show_me_->setObjectName(QStringLiteral("show"));
  show_me_->setToolTip(tr("Bring back what this step shows, after looking at something else"));
  next_ = new QPushButton;
  next_->setObjectName(QStringLiteral("next"));
  for (QPushButton* button : {back_, show_me_}) {
    button->setAccessibleName(button->text().remove(QLatin1Char('&')));
  }
  auto* footer = new QHBoxLayout;
  footer->addWidget(back_);
  footer->addStretch(1);
  footer->addWidget(show_me_);
  footer->addStretch(1);
  footer->addWidget(next_);
  static_cast<QVBoxLayout*>(layout())->addLayout(footer);
  connect(back_, &QPushButton::clicked, this, [this] { go_to(step_ - 1); });
  connect(next_, &QPushButton::clicked, this, &LessonPage::forward);
  connect(show_me_, &QPushButton::clicked, this, [this] { show_picture(answered_); });
}

void LessonPage::open(const Lesson& lesson, const Lesson* next, std::size_t step) {
  reopen(lesson, next);
  go_to(step);
}

void LessonPage::reopen(const Lesson& lesson, const Lesson* next) {
  const bool same = lesson.name == lesson_.name && !lesson_.steps.empty();
  lesson_ = lesson;
  following_ = next == nullptr ? std::nullopt : std::optional(*next);
  runs_.open(lesson_);
  title_->setText(QString::fromStdString(lesson_.title));
  bar_->setRange(0, static_cast<int>(lesson_.steps.size()));
  if (same && on_last_page()) {
    fill_last_page(false);
  } else if (same) {
    fill(progress_.answer(lesson_, step_));
  }
}

void LessonPage::go_to(std::size_t step) {
  step_ = step;
  const auto count = static_cast<int>(lesson_.steps.size());
  const int number = std::min(static_cast<int>(step_) + 1, count);
  bar_->setValue(number);
  count_->setText(tr("step %1 of %2").arg(number).arg(count));
  back_->setEnabled(step_ > 0);
  if (on_last_page()) {
    progress_.leave_at(lesson_, 0);
    fill_last_page(show_.leave());
  } else {
    progress_.leave_at(lesson_, step_);
    fill(progress_.answer(lesson_, step_));
    show_picture(answered_);
  }
  emit progress_changed();
}

void LessonPage::fill(LessonAnswer answer) {
  const LessonStep& step = lesson_.steps[step_];
  answered_ = answer != LessonAnswer::kNone;
  QVBoxLayout& body = clear();
  body.addWidget(new LessonTextLabel(
      QStringLiteral("### %1\n\n%2")
          .arg(QString::fromStdString(step.title), QString::fromStdString(step.text))));
  place_ = new LessonTextLabel(QString());
  place_->setObjectName(QStringLiteral("place"));
  body.addWidget(place_);
  if (step.question) {
    auto* question = new LessonQuestionBox(runs_, *step.question, answer);
    connect(question, &LessonQuestionBox::answered, this, &LessonPage::on_answered);
    // Not at once: the box that says so goes.
    connect(
        question, &LessonQuestionBox::again, this,
        [this] {
          fill(LessonAnswer::kNone);
          show_picture(false);
        },
        Qt::QueuedConnection);
    body.addWidget(question);
  }
  body.addStretch(1);
  show_place(answered_);
  const bool last = step_ + 1 == lesson_.steps.size();
  next_->setText(last ? tr("F&inish") : tr("&Next"));
  next_->setToolTip(last ? tr("To the end of this lesson") : tr("The next step"));
  next_->setAccessibleName(last ? tr("Finish") : tr("Next"));
}

void LessonPage::fill_last_page(bool restored) {
  place_ = nullptr;
  QVBoxLayout& body = clear();
  QString text = QStringLiteral("### %1\n\n").arg(tr("The end of this lesson"));
  if (progress_.done(lesson_)) {
    text += tr("All questions are answered, %1 of %2 right.")
                .arg(progress_.right(lesson_))
                .arg(lesson_.questions());
  } else {
    text += tr("Still open:");
    for (std::size_t i = 0; i < lesson_.steps.size(); ++i) {
      if (lesson_.steps[i].question && progress_.answer(lesson_, i) == LessonAnswer::kNone) {
        text += QStringLiteral("\n- ") +
                tr("step %1, %2").arg(i + 1).arg(QString::fromStdString(lesson_.steps[i].title));
      }
    }
  }
  if (restored) {
    text += QStringLiteral("\n\n") +
            tr("The window shows your own scenario again, the one from before the lesson.");
  }
  body.addWidget(new LessonTextLabel(text));
  if (following_) {
    body.addWidget(new LessonTextLabel(QStringLiteral("**%1**").arg(tr("Next lesson:"))));
    auto* entry = new LessonEntry(QString::fromStdString(following_->title),
                                  QString::fromStdString(following_->summary));
    entry->setObjectName(QStringLiteral("following"));
    entry->set_mark(progress_text(progress_, *following_), progress_.done(*following_));
    connect(entry, &LessonEntry::clicked, this, &LessonPage::forward);
    body.addWidget(entry);
  }
  body.addStretch(1);
  show_me_->setEnabled(false);
  next_->setText(following_ ? tr("&Next lesson") : tr("All &lessons"));
  next_->setToolTip(following_ ? QString::fromStdString(following_->title)
                               : tr("Back to all lessons"));
  next_->setAccessibleName(following_ ? tr("Next lesson: %1").arg(next_->toolTip())
                                      : tr("All lessons"));
}

QVBoxLayout& LessonPage::clear() {
  auto* body = new QWidget;
  auto* layout = new QVBoxLayout(body);
  scroll_->setWidget(body);
  scroll_->verticalScrollBar()->setValue(0);
  return *layout;
}

void LessonPage::show_picture(bool answered) {
  show_place(answered);
  if (const LessonPicture* picture = lesson_.picture(step_, answered)) {
    show_.show(lesson_, *picture);
  }
}

void LessonPage::show_place(bool answered) {
  const LessonPicture* picture = lesson_.picture(step_, answered);
  place_->setVisible(picture != nullptr);
  show_me_->setEnabled(picture != nullptr);
  if (picture != nullptr) {
    place_->set_markdown(place_text(*picture));
  }
}

// The panel comes to the front; the reader, who may be at the keyboard, stays here.
void LessonPage::on_shown() {
  if (const LessonPicture* picture = on_last_page() ? nullptr : lesson_.picture(step_, answered_)) {
    QWidget* focus = QApplication::focusWidget();
    emit look_at(QString::fromStdString(picture->look));
    if (focus != nullptr && isAncestorOf(focus)) {
      focus->setFocus();
    }
  }
}

void LessonPage::on_answered(LessonAnswer answer) {
  answered_ = true;
  progress_.mark(lesson_, step_, answer);
  emit progress_changed();
  next_->setFocus();
  show_picture(true);
}

void LessonPage::forward() {
  if (!on_last_page()) {
    go_to(step_ + 1);
  } else if (following_) {
    emit next_wanted(QString::fromStdString(following_->name));
  } else {
    emit closed();
  }
}

}  // namespace kvfoot::gui
