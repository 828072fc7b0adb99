// What the window does with files: opening, saving, what was left unsaved.
#include <QComboBox>
#include <QDir>
#include <QFileInfo>
#include <QProgressBar>
#include <QSignalBlocker>
#include <QStatusBar>
#include <QTimer>
#include <QToolBar>
#include <QToolButton>
#include <algorithm>
#include <utility>

#include "gui/model/within_memory.hpp"
#include "gui/view/lesson_panel.hpp"
#include "gui/window/main_window.hpp"
#include "sim/core/text.hpp"

namespace kvfoot::gui {
namespace {

constexpr int kSlowOpening = 300;  // milliseconds before the reader is told

}  // namespace

// Of windows that are gone, and of this one before it opened a file. One after the other; what is
// neither restored nor discarded is offered again at the next start.
void MainWindow::offer_left_behind() {
  if (recovery_ == nullptr) {
    return;
  }
  const MessageBar::Choice discard{tr("Discard"), tr("Delete it"), [this] {
                                     recovery_->discard();
                                     offer_left_behind();
                                   }};
  const MessageBar::Choice not_now{tr("Not now"), tr("Keep it, and ask again at the next start"),
                                   [this] { recovery_->postpone(); }};
  if (const Error* error = recovery_->unreadable()) {
    messages_->show_offer(tr("A scenario that was not saved cannot be read: %1")
                              .arg(QString::fromStdString(error->message())),
                          {{tr("Try again"), tr("Once what is missing is back"),
                            [this] {
                              recovery_->try_again();
                              offer_left_behind();
                            }},
                           discard,
                           not_now});
    return;
  }
  const WhatIf* left = recovery_->left_behind();
  if (left == nullptr) {
    return;
  }
  messages_->show_offer(
      tr("This scenario was not saved: %1").arg(QString::fromStdString(short_name(*left))),
      {{tr("Restore"), tr("Make it the scenario of this window; undo takes it back"),
        [this] {
          lessons_->leave();
          workspace_.end_edit();
          workspace_.edit(WhatIf(*recovery_->left_behind()), tr("Restore"));
          workspace_.end_edit();
          detach_document();
          recovery_->restored();
          offer_left_behind();
        }},
       discard,
       not_now});
}

void MainWindow::open_file(const QString& file) {
  opening_ = file;
  opener_.request(
      [this, file, name = file.toStdString()](const std::atomic<bool>&) -> Latest::Delivery {
        // A delivery can be copied, a document of many runs should not be.
        auto read = std::make_shared<Result<Document>>(
            within_memory(needs_more_memory(name), [&] { return open_document(name); }));
        return [this, file, read] {
          end_opening();
          const bool readable = read->ok();
          if (readable) {
            add_recent_file(file);
            fill_recent();
            show_document(std::move(**read));
            report({});
          } else {
            report(read->error());
          }
          emit opened(readable);
        };
      });
  // A folder of the network may take its time; where it does not, nothing flickers.
  QTimer::singleShot(kSlowOpening, this, [this] {
    if (opening()) {
      statusBar()->showMessage(tr("Opening %1 …").arg(QFileInfo(opening_).fileName()));
      cancel_->show();
    }
  });
}

void MainWindow::end_opening() {
  statusBar()->clearMessage();
  cancel_->setVisible(!progress_->isHidden());
}

void MainWindow::stop_work() {
  workspace_.cancel();
  opener_.cancel();
  end_opening();
}

void MainWindow::fill_runs() {
  const QSignalBlocker blocker(runs_);
  runs_->clear();
  runs_->addItems(document_.names);
  runs_->setCurrentIndex(run_shown());
  runs_bar_->setVisible(document_.runs.size() > 1);
}

int MainWindow::run_shown() const {
  const auto at = std::ranges::find(document_.runs, workspace_.what_if());
  return at == document_.runs.end() ? -1 : static_cast<int>(at - document_.runs.begin());
}

void MainWindow::suggest(const WhatIf& first) {
  document_.suggested = first.policy;
  workspace_.open(first);
}

void MainWindow::show_document(Document document) {
  lessons_->leave();  // what is there then is the reader's
  const WhatIf before = workspace_.what_if();
  if (recovery_ != nullptr && !workspace_.undo_stack().isClean()) {
    recovery_->set_aside();
  }
  const bool suggested = document_.suggested == before.policy;
  document_ = std::move(document);
  if (document_.recorded) {
    WhatIf run = on_trace(before, document_.file, *document_.recorded);
    if (suggested) {
      run.policy = first_policy(document_.recorded->prompt);
      document_.suggested = run.policy;
    }
    if (document_.evicting) {
      run = as_recorded(run, *document_.evicting, *document_.recorded);
    }
    document_.runs = {std::move(run)};
  }
  fill_runs();
  workspace_.open(document_.runs.front());
  workspace_.undo_stack().setClean();
  show_title();
  offer_left_behind();
}

// A lesson borrows the window: its scenario is not that of the file that is open. One that the
// reader goes on to change is nobody's file, also when the lesson is left.
void MainWindow::follow_lesson() {
  if (const WhatIf* before = lessons_->before_lesson()) {
    under_lesson_ = *before;
  } else if (under_lesson_) {
    const bool back = workspace_.what_if() == *under_lesson_ || run_shown() >= 0;
    under_lesson_.reset();
    if (!back) {
      detach_document();
    }
  }
}

void MainWindow::detach_document() {
  document_ = {};
  fill_runs();
  workspace_.undo_stack().resetClean();
  show_title();
}

void MainWindow::save() {
  // A file of several runs is not overwritten with one of them, nor one's own with a lesson's.
  if (!document_.scenario || document_.runs.size() != 1 || lessons_->before_lesson() != nullptr) {
    save_as();
    return;
  }
  const QString file = QString::fromStdString(document_.file);
  const QString name = QFileInfo(file).fileName();
  if (changed_on_disk(document_)) {
    ask_to_overwrite(
        tr("Not saved yet: %1 has changed on disk since it was opened or saved.").arg(name),
        tr("Save, and lose what was changed there"));
  } else if (const int line = document_.notes.comment_line; line != 0) {
    ask_to_overwrite(
        tr("Not saved yet: %1 has comments (line %2), which the window does not write again.")
            .arg(name, QString::number(line)),
        tr("Save without the comments"));
  } else {
    save_to(file);
  }
}

void MainWindow::ask_to_overwrite(const QString& why, const QString& loses) {
  const QString file = QString::fromStdString(document_.file);
  messages_->show_message(MessageBar::Kind::kNote, why,
                          {{tr("Save as..."), tr("To another file"), [this] { save_as(); }},
                           {tr("Overwrite"), loses, [this, file] { save_to(file); }}});
}

bool MainWindow::save_to(const QString& file) {
  // What its file says besides belongs to the reader's one run, also under another name.
  const bool own = lessons_->before_lesson() == nullptr && document_.runs.size() == 1;
  ScenarioNotes notes = own ? document_.notes : ScenarioNotes{};
  notes.comment_line = 0;
  auto text = std::make_shared<const std::string>(scenario_text(workspace_.what_if(), notes));
  const Status status = save_scenario(workspace_.what_if(), file.toStdString(), *text);
  report(status);
  if (!status) {
    return false;
  }
  add_recent_file(file);
  fill_recent();
  const QString whole = QFileInfo(file).absoluteFilePath();
  if (lessons_->before_lesson() != nullptr) {
    if (whole.toStdString() == document_.file) {
      workspace_.undo_stack().resetClean();  // the reader's own is in no file now
    }
    messages_->show_message(
        MessageBar::Kind::kNote,
        tr("Saved the lesson's scenario: %1").arg(QDir::toNativeSeparators(whole)));
    return true;
  }
  document_ = Document{.file = whole.toStdString(),
                       .scenario = true,
                       .runs = {workspace_.what_if()},
                       .names = {},
                       .recorded = std::nullopt,
                       .evicting = std::nullopt,
                       .notes = std::move(notes),
                       .suggested = std::nullopt,
                       .text = std::move(text)};
  runs_->clear();  // the file has this run alone
  runs_bar_->hide();
  workspace_.undo_stack().setClean();
  if (recovery_ != nullptr) {
    recovery_->forget();
  }
  show_title();
  return true;
}

}  // namespace kvfoot::gui
