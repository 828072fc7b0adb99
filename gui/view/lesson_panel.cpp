#include "gui/view/lesson_panel.hpp"

#include <QAbstractButton>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "gui/model/data_folder.hpp"
#include "gui/view/lesson_entry.hpp"
#include "gui/view/lesson_page.hpp"
#include "gui/view/lesson_words.hpp"

namespace kvfoot::gui {

LessonPanel::LessonPanel(Workspace& workspace, bool kept, Read read)
    : read_(std::move(read)), progress_(kept) {
  if (!read_) {
    read_ = [] { return builtin_lessons(QLocale().name().toStdString(), find_data_folder()); };
  }
  setAccessibleName(tr("Lessons"));
  stack_ = new QStackedWidget;
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(stack_);

  scroll_ = new QScrollArea;
  scroll_->setWidgetResizable(true);
  scroll_->setFrameShape(QFrame::NoFrame);
  scroll_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  list_ = new QWidget;
  entries_ = new QVBoxLayout(list_);
  scroll_->setWidget(list_);
  stack_->addWidget(scroll_);

  page_ = new LessonPage(workspace, progress_);
  stack_->addWidget(page_);
  connect(page_, &LessonPage::look_at, this, &LessonPanel::look_at);
  connect(page_, &LessonPage::began, this, &LessonPanel::began);
  connect(page_, &LessonPage::ended, this, &LessonPanel::ended);
  connect(page_, &LessonPage::closed, this, &LessonPanel::show_list);
  connect(page_, &LessonPage::next_wanted, this, &LessonPanel::open);
  connect(page_, &LessonPage::progress_changed, this, &LessonPanel::show_marks);
}

void LessonPanel::load() {
  loaded_ = true;
  auto lessons = read_();
  lessons_.clear();
  qDeleteAll(list_->findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly));
  while (QLayoutItem* item = entries_->takeAt(0)) {
    delete item;
  }
  buttons_.clear();
  over_ = nullptr;
  if (!lessons) {
    auto* message = new QLabel(tr("The lessons cannot be read: %1")
                                   .arg(QString::fromStdString(lessons.error().message())));
    message->setTextFormat(Qt::PlainText);
    message->setWordWrap(true);
    entries_->addWidget(message);
    return;
  }
  lessons_ = *std::move(lessons);
  make_list();
}

void LessonPanel::make_list() {
  auto* about = new QLabel(
      tr("Each lesson takes a few minutes. It replays scenarios in this window, asks, and lets the "
         "simulator answer."));
  about->setWordWrap(true);
  entries_->addWidget(about);
  for (const Lesson& lesson : lessons_) {
    auto* button = new LessonEntry(QString::fromStdString(lesson.title),
                                   QString::fromStdString(lesson.summary));
    button->setObjectName(QString::fromStdString(lesson.name));
    connect(button, &LessonEntry::clicked, this,
            [this, name = QString::fromStdString(lesson.name)] { open(name); });
    entries_->addWidget(button);
    buttons_.push_back(button);
  }
  over_ = new QPushButton(tr("Start all over"));
  over_->setObjectName(QStringLiteral("over"));
  over_->setToolTip(tr("Forget which questions have been answered, and where you were"));
  connect(over_, &QPushButton::clicked, this, [this] {
    progress_.forget_all();
    show_marks();
  });
  entries_->addWidget(over_, 0, Qt::AlignLeft);
  entries_->addStretch(1);
  show_marks();
}

void LessonPanel::show_marks() {
  bool begun = false;
  for (std::size_t i = 0; i < lessons_.size(); ++i) {
    const Lesson& lesson = lessons_[i];
    begun = begun || progress_.answered(lesson) > 0 || progress_.left_at(lesson) > 0;
    buttons_[i]->set_mark(progress_text(progress_, lesson), progress_.done(lesson));
  }
  if (over_ != nullptr) {
    over_->setEnabled(begun);
  }
}

const std::vector<Lesson>& LessonPanel::lessons() {
  if (!loaded_) {
    load();
  }
  return lessons_;
}

void LessonPanel::showEvent(QShowEvent* event) {
  static_cast<void>(lessons());
  QWidget::showEvent(event);
}

std::optional<LessonPanel::Place> LessonPanel::find(const QString& place) {
  static_cast<void>(lessons());
  const QString name = place.section(QLatin1Char(':'), 0, 0);
  const auto at = std::ranges::find(lessons_, name.toStdString(), &Lesson::name);
  if (at == lessons_.end()) {
    return std::nullopt;
  }
  std::size_t step = progress_.left_at(*at);
  if (name != place) {
    bool number = false;
    const qulonglong wanted = place.section(QLatin1Char(':'), 1).toULongLong(&number);
    if (!number || wanted < 1 || wanted > at->steps.size()) {
      return std::nullopt;
    }
    step = wanted - 1;
  }
  return Place{static_cast<std::size_t>(at - lessons_.begin()), step};
}

bool LessonPanel::has(const QString& place) { return find(place).has_value(); }

bool LessonPanel::open(const QString& place) {
  const std::optional<Place> found = find(place);
  if (found) {
    open_at(found->lesson, found->step);
  }
  return found.has_value();
}

QString LessonPanel::reading() const {
  return stack_->currentWidget() == page_ ? QString::fromStdString(page_->lesson().name)
                                          : QString();
}

void LessonPanel::take_over(LessonPanel& other) {
  page_->take_over(*other.page_);
  if (other.reading().isEmpty()) {
    return;  // nothing is read that nobody has asked for
  }
  const auto at = std::ranges::find(lessons(), other.reading().toStdString(), &Lesson::name);
  if (at != lessons_.end()) {
    open_at(static_cast<std::size_t>(at - lessons_.begin()), other.page_->step());
  }
}

const Lesson* LessonPanel::after(std::size_t lesson) const {
  return lesson + 1 < lessons_.size() ? &lessons_[lesson + 1] : nullptr;
}

void LessonPanel::open_at(std::size_t lesson, std::size_t step) {
  page_->open(lessons_[lesson], after(lesson), step);
  stack_->setCurrentWidget(page_);
}

void LessonPanel::leave() { page_->leave(); }

bool LessonPanel::busy() const { return page_->busy(); }

const WhatIf* LessonPanel::before_lesson() const { return page_->before_lesson(); }

const WhatIf* LessonPanel::unsaved() const { return page_->unsaved(); }

void LessonPanel::show_list() {
  leave();
  stack_->setCurrentIndex(0);
  focus_next_lesson();
}

void LessonPanel::focus_next_lesson() {
  const auto next = std::ranges::find_if(
      lessons_, [this](const Lesson& lesson) { return !progress_.done(lesson); });
  if (!buttons_.empty()) {
    LessonEntry* entry = next == lessons_.end()
                             ? buttons_.front()
                             : buttons_[static_cast<std::size_t>(next - lessons_.begin())];
    entry->setFocus();
    scroll_->ensureWidgetVisible(entry);
  }
}

void LessonPanel::focusInEvent(QFocusEvent* event) {
  QWidget::focusInEvent(event);
  if (stack_->currentWidget() != page_) {
    focus_next_lesson();
    return;
  }
  for (QWidget* widget : page_->findChildren<QWidget*>()) {
    if (widget->isVisible() && widget->isEnabled() &&
        (widget->focusPolicy() & Qt::TabFocus) == Qt::TabFocus &&
        qobject_cast<QAbstractButton*>(widget) != nullptr) {
      widget->setFocus();
      return;
    }
  }
}

void LessonPanel::changeEvent(QEvent* event) {
  const bool other_language =
      event->type() == QEvent::LanguageChange || event->type() == QEvent::LocaleChange;
  if (loaded_ && other_language) {
    const bool reading = stack_->currentWidget() == page_;
    load();
    const auto open = std::ranges::find(lessons_, page_->lesson().name, &Lesson::name);
    if (reading && open != lessons_.end()) {
      const auto lesson = static_cast<std::size_t>(open - lessons_.begin());
      page_->reopen(lessons_[lesson], after(lesson));
    } else {
      show_list();
    }
  }
  QWidget::changeEvent(event);
}

}  // namespace kvfoot::gui
