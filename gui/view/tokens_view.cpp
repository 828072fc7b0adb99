// From a trace and the lives of its keys to shaded text.
#include "gui/view/tokens_view.hpp"

#include <QEvent>
#include <QKeyEvent>
#include <QPixmap>
#include <QScrollBar>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "gui/model/number_text.hpp"
#include "gui/model/plain_tip.hpp"
#include "gui/model/within_memory.hpp"
#include "gui/view/looks.hpp"
#include "sim/report/units.hpp"

namespace kvfoot::gui {
namespace {

QString number(std::int64_t value) { return count_text(value); }

}  // namespace

TokensView::TokensView(Workspace& workspace, QWidget* parent)
    : QWidget(parent),
      workspace_(workspace),
      stream_(new QLabel),
      buttons_(new QHBoxLayout),
      find_(new TokenFind),
      legend_(new TokenLegend),
      area_(new TokenArea),
      readout_(new QLabel) {
  setAccessibleName(tr("Tokens"));
  area_->setAccessibleName(tr("Text of the trace"));
  area_->setAccessibleDescription(
      tr("Each token is shaded by how long it lives. Click or arrows choose a key, Esc none. "
         "Ctrl+F finds words."));
  area_->set_words([this](std::int64_t token) { return words_of(token); });
  readout_->setAccessibleName(tr("Life of the token"));
  readout_->setWordWrap(true);
  readout_->setAlignment(Qt::AlignLeft | Qt::AlignTop);
  readout_->setMinimumHeight(2 * line_height(readout_->font()));  // no jumps under way
  readout_->setTextFormat(Qt::PlainText);
  auto* const top = new QHBoxLayout;
  stream_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);  // the buttons come first
  top->addWidget(stream_, 1);
  top->addLayout(buttons_);
  auto* const find = new QToolButton;
  find->setText(tr("Find"));
  find->setAutoRaise(true);
  find->setToolTip(tr("Find words in the text (Ctrl+F)"));
  auto* const all = new QVBoxLayout(this);
  all->setContentsMargins(6, 6, 6, 6);
  all->addLayout(top);
  all->addWidget(find_);
  auto* const below = new QHBoxLayout;
  below->addWidget(legend_, 1);
  below->addWidget(find, 0, Qt::AlignTop);
  all->addLayout(below);
  all->addWidget(area_, 1);
  all->addWidget(readout_);

  hits_ = new TokenHits(workspace_, *area_, *find_, this);
  connect(find, &QToolButton::clicked, find_, &TokenFind::open);
  connect(area_, &TokenArea::picked, this, [this](qint64 token) { workspace_.set_key(token); });
  connect(area_, &TokenArea::pointed, this, [this](qint64 token) {
    pointed_ = token;
    write_readout();
  });
  connect(&workspace_, &Workspace::outcome_changed, this, &TokensView::rebuild);
  connect(&workspace_, &Workspace::stream_changed, this, &TokensView::show_lives);
  connect(&workspace_, &Workspace::row_changed, this, [this](qint64 row) {
    area_->set_row(row);
    if (sight_.seen()) {  // it counts survivors; rebuild() makes up for it
      write_readout();
    }
  });
  connect(&workspace_, &Workspace::key_changed, this, [this](qint64 key) {
    area_->set_key(key);
    write_readout();
  });
  connect(&sight_, &Sight::appeared, this, &TokensView::rebuild);
  connect(&sight_, &Sight::vanished, this, [this] {
    if (latest_.busy()) {
      latest_.cancel();
      read_ = nullptr;
      shown_ = nullptr;  // read anew
    }
  });
  rebuild();
}

void TokensView::rebuild() {
  const OutcomePtr& outcome = workspace_.outcome();
  if (!sight_.seen()) {
    if (outcome != shown_) {  // not kept for nobody
      shown_ = nullptr;
      area_->set_lives(nullptr);
    }
    return;  // once it appears, this comes again
  }
  if (outcome != shown_) {
    shown_ = outcome;
    area_->set_row(workspace_.row());
    read_texts();
  }
  if (shown_ == nullptr) {
    area_->show_nothing(tr("Open a trace to read its text and how long each token stays."));
  }
  show_lives();
}

void TokensView::read_texts() {
  if (shown_ == nullptr || shown_->trace == nullptr) {
    latest_.cancel();
    read_.reset();
    area_->show_nothing(
        tr("A shape alone has no text. Open a trace to read it, each token shaded by how long it "
           "stays."));
    hits_->follow_text();
    show_marks();
    return;
  }
  const std::int64_t rows = shown_->result.inputs.run.rows();
  if (shown_->trace == read_ && rows == read_rows_) {
    return;
  }
  const bool other = shown_->trace != read_;
  read_ = shown_->trace;
  read_rows_ = rows;
  latest_.request([this, other, trace = read_, rows, measure = area_->measure()](
                      const std::atomic<bool>& cancel) -> Latest::Delivery {
    using Texts = std::shared_ptr<const TraceText>;
    const Result<Texts> read = within_memory(
        Error{"tokens", "the text needs more memory than this machine gives", "",
              ErrorKind::kEnvironment},
        [&]() -> Result<Texts> {
          return std::make_shared<const TraceText>(read_trace_text(*trace, rows, measure, &cancel));
        });
    return [this, other, read] {
      if (!read) {
        area_->show_nothing(QString::fromStdString(read.error().message()));
        hits_->follow_text();
        show_marks();
        return;
      }
      const Texts& texts = *read;
      if (other) {
        area_->verticalScrollBar()->setValue(0);
      }
      area_->set_lives(nullptr);  // of the text before
      area_->show_texts(texts, marks_of(read_->header(), texts->tokens(), tr("output")));
      area_->set_key(workspace_.key());
      hits_->follow_text();
      show_marks();
      show_lives();
    };
  });
  if (area_->texts() == nullptr) {
    area_->show_nothing(tr("Reading the text…"));
  }
}

void TokensView::show_marks() {
  while (QLayoutItem* const item = buttons_->takeAt(0)) {
    item->widget()->deleteLater();
    delete item;
  }
  std::vector<QString> names;
  for (const TokenMark& mark : area_->marks()) {
    if (std::ranges::find(names, mark.name) != names.end()) {
      continue;
    }
    names.push_back(mark.name);
    auto* const button = new QToolButton;
    QPixmap swatch(12, 12);
    swatch.fill(plots::to_qcolor(TokenArea::mark_colour(theme_of(*this), mark.number)));
    button->setIcon(QIcon(swatch));
    button->setText(without_mnemonics(mark.name));
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setAutoRaise(true);
    button->setToolTip(tr("Go to the next stretch of this kind"));
    connect(button, &QToolButton::clicked, this, [this, name = mark.name] { go_to(name); });
    buttons_->addWidget(button);
  }
}

void TokensView::go_to(const QString& name) {
  const TokenMark* next = nullptr;
  for (const TokenMark& mark : area_->marks()) {
    if (mark.name != name) {
      continue;
    }
    next = next == nullptr ? &mark : next;
    if (mark.begin > workspace_.key()) {
      next = &mark;
      break;
    }
  }
  if (next != nullptr) {
    workspace_.set_key(next->begin);
  }
}

void TokensView::keyPressEvent(QKeyEvent* event) {
  if (event->matches(QKeySequence::Find)) {
    find_->open();
  } else if (event->key() == Qt::Key_F3) {
    hits_->step(event->modifiers().testFlag(Qt::ShiftModifier) ? -1 : 1);
  } else {
    QWidget::keyPressEvent(event);
  }
}

void TokensView::show_lives() {
  if (latest_.busy()) {
    return;  // the text that they belong to is on its way
  }
  if (shown_ == nullptr || shown_->lives == nullptr) {
    area_->set_lives(nullptr);
  } else {
    area_->set_lives(std::make_unique<TokenLives>(shown_->lives, workspace_.stream()));
  }
  write_readout();
}

QString TokensView::stream_words() const {
  const StreamChoice stream = workspace_.stream();
  if (area_->lives() == nullptr) {
    return {};
  }
  return stream.all() ? tr("Mean of %1 streams").arg(number(area_->lives()->streams()))
                      : tr("Layer %1, head %2").arg(number(stream.layer), number(stream.head));
}

QString TokensView::words_of(std::int64_t token) const {
  const TraceText* const texts = area_->texts();
  if (texts == nullptr || token < 0 || token >= texts->tokens()) {
    return {};
  }
  QString words = tr("Position %1, “%2”").arg(number(token), texts->of(token).trimmed());
  for (const TokenMark& mark : area_->marks()) {
    if (mark.begin <= token && token < mark.end) {
      words += tr(" (%1)").arg(mark.name);
    }
  }
  TokenLives* const lives = area_->lives();
  if (lives == nullptr) {
    return words;
  }
  const bool one = lives->streams() == 1;
  words += (one ? tr(": lives %1 of %2 rows (%3)") : tr(": lives %1 of %2 rows on average (%3)"))
               .arg(QString::number(lives->lived_rows(token), 'f', one ? 0 : 1),
                    number(lives->rows() - token),
                    QString::fromStdString(format_percent(lives->lived_share(token))));
  const std::int64_t row = workspace_.row();
  if (token > row) {
    return words + tr("; row %1 comes before it").arg(number(row));
  }
  const std::int32_t resident = lives->resident(token, row);
  if (one) {
    return words +
           (resident > 0 ? tr("; resident at row %1") : tr("; evicted by row %1")).arg(number(row));
  }
  return words + tr("; at row %1 resident in %2 of %3 streams")
                     .arg(number(row), number(resident), number(lives->streams()));
}

QString TokensView::survival_words() const {
  QString words = tr("%1 tokens").arg(number(area_->texts()->tokens()));
  const auto names = survival_of(area_->marks(), *area_->lives(), workspace_.row());
  for (std::size_t i = 0; i < names.size(); ++i) {
    words += i == 0 ? tr("; resident at row %1: ").arg(number(workspace_.row())) : tr(", ");
    words += tr("%1 of the %2")
                 .arg(QString::fromStdString(format_percent(names[i].share)), names[i].name);
  }
  return words;
}

void TokensView::write_readout() {
  stream_->setText(stream_words());
  stream_->setToolTip(stream_words());
  legend_->setVisible(area_->texts() != nullptr && area_->lives() != nullptr);
  const QString words = words_of(pointed_ >= 0 ? pointed_ : workspace_.key());
  if (!words.isEmpty()) {
    readout_->setText(words);
  } else if (latest_.busy()) {
    readout_->setText(tr("Reading the text…"));
  } else if (area_->texts() == nullptr || shown_ == nullptr) {
    readout_->clear();
  } else if (shown_->lives == nullptr) {
    readout_->setText(shown_->asked.accounting == Accounting::kPaper
                          ? tr("The published closed forms know no single keys. Choose exact "
                               "accounting to see lives.")
                          : tr("The run is too long to remember when each key goes."));
  } else if (area_->texts()->ids) {
    readout_->setText(tr("The trace keeps no text: the numbers are those of the vocabulary."));
  } else {
    readout_->setText(survival_words());
  }
}

void TokensView::changeEvent(QEvent* event) {
  if (event->type() == QEvent::FontChange) {
    read_.reset();  // every width is another
    if (shown_ != nullptr) {
      read_texts();
    }
  } else if (event->type() == QEvent::PaletteChange) {
    show_marks();
  }
  QWidget::changeEvent(event);
}

}  // namespace kvfoot::gui
