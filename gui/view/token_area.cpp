// Painting and picking of tokens.
#include "gui/view/token_area.hpp"

#include <QFontMetricsF>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>
#include <algorithm>
#include <cmath>
#include <utility>

#include "gui/view/looks.hpp"

namespace kvfoot::gui {
namespace {

constexpr double kMargin = 10;
constexpr double kPad = 0.5;      // beside the text of a token
constexpr double kGap = 1;        // between tokens
constexpr double kUnderline = 3;  // of a mark, below the token
constexpr double kLineGap = 4;    // below that

}  // namespace

TokenArea::TokenArea(QWidget* parent) : QAbstractScrollArea(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  viewport()->setMouseTracking(true);
  viewport()->setAttribute(Qt::WA_OpaquePaintEvent);
  cell_height_ = std::ceil(QFontMetricsF(font()).height());
}

std::function<double(const QString&)> TokenArea::measure() const {
  // For another thread: copies of a font share its engines, which are of one thread. A change and
  // back makes it a font of its own.
  QFont own = font();
  own.setKerning(!own.kerning());
  own.setKerning(!own.kerning());
  return [metrics = QFontMetricsF(own)](const QString& text) {
    return std::ceil(metrics.horizontalAdvance(text)) + 2 * kPad + kGap;
  };
}

double TokenArea::line_height() const { return cell_height_ + kUnderline + kLineGap; }

void TokenArea::show_texts(std::shared_ptr<const TraceText> texts, std::vector<TokenMark> marks) {
  texts_ = std::move(texts);
  marks_ = std::move(marks);
  // Always there: a bar that comes and goes would change the width, and with it the lines.
  setVerticalScrollBarPolicy(texts_ == nullptr ? Qt::ScrollBarAlwaysOff : Qt::ScrollBarAlwaysOn);
  pointed_ = -1;
  laid_out_for_ = -1;
  lay_out();
}

void TokenArea::show_nothing(const QString& why) {
  why_ = why;
  show_texts(nullptr, {});
}

void TokenArea::set_lives(std::unique_ptr<TokenLives> lives) {
  lives_ = std::move(lives);
  viewport()->update();
}

void TokenArea::set_row(std::int64_t row) {
  if (row_ != row) {
    row_ = row;
    viewport()->update();
  }
}

void TokenArea::set_key(std::int64_t key) {
  key_ = key;
  viewport()->update();
  if (key < 0 || key >= layout_.tokens()) {
    return;
  }
  const QRectF cell = rect_of(key);
  if (cell.top() < 0 || cell.bottom() > viewport()->height()) {  // then to the middle
    const double beside = (viewport()->height() - cell.height()) / 2;
    verticalScrollBar()->setValue(
        static_cast<int>(verticalScrollBar()->value() + cell.top() - beside));
  }
}

void TokenArea::lay_out() {
  QScrollBar& bar = *verticalScrollBar();
  const double width = viewport()->width() - 2 * kMargin;
  std::int64_t top = 0;
  if (texts_ == nullptr) {
    layout_ = {};
  } else if (width != laid_out_for_) {
    const auto line =
        static_cast<std::int64_t>(std::max(0.0, bar.value() - kMargin) / line_height());
    top = line < layout_.lines() ? layout_.begin_of(line) : 0;
    layout_ = TokenLayout(texts_->width, texts_->breaks, width, kMargin);
    laid_out_for_ = width;
  }
  set_bars();
  if (top > 0 && top < layout_.tokens()) {  // what stood at the top stays there
    bar.setValue(
        static_cast<int>(kMargin + static_cast<double>(layout_.line_of(top)) * line_height()));
  }
  viewport()->update();
}

void TokenArea::set_bars() {
  const double height = 2 * kMargin + static_cast<double>(layout_.lines()) * line_height();
  verticalScrollBar()->setRange(
      0, std::max(0, static_cast<int>(std::ceil(height)) - viewport()->height()));
  verticalScrollBar()->setPageStep(viewport()->height());
  verticalScrollBar()->setSingleStep(static_cast<int>(line_height()));
}

QRectF TokenArea::rect_of(std::int64_t token) const {
  if (token < 0 || token >= layout_.tokens()) {
    return {};
  }
  return {kMargin + layout_.x_of(token),
          kMargin + static_cast<double>(layout_.line_of(token)) * line_height() -
              verticalScrollBar()->value(),
          layout_.width_of(token) - kGap, cell_height_};
}

std::int64_t TokenArea::token_at(const QPointF& place) const {
  const double y = place.y() + verticalScrollBar()->value() - kMargin;
  return y < 0
             ? -1
             : layout_.token_at(static_cast<std::int64_t>(y / line_height()), place.x() - kMargin);
}

TokenLook TokenArea::look_of(std::int64_t token) const {
  return token_look(lives_.get(), token, row_, theme_of(*this));
}

const TokenMark* TokenArea::mark_of(std::int64_t token) const {
  const auto after = std::ranges::upper_bound(marks_, token, {}, &TokenMark::begin);
  return after != marks_.begin() && token < (after - 1)->end ? &*(after - 1) : nullptr;
}

void TokenArea::paint_token(QPainter& painter, const plots::Theme& theme, std::int64_t token) {
  const QRectF cell = rect_of(token);
  const TokenLook look = token_look(lives_.get(), token, row_, theme);
  painter.fillRect(cell, plots::to_qcolor(look.background));
  if (const TokenMark* const mark = mark_of(token)) {
    painter.fillRect(QRectF(cell.left(), cell.bottom(), cell.width() + kGap, kUnderline),
                     plots::to_qcolor(mark_colour(theme, mark->number)));
  }
  painter.setPen(plots::to_qcolor(look.ink));
  painter.drawText(QPointF(cell.left() + kPad, cell.top() + painter.fontMetrics().ascent()),
                   texts_->of(token));
  if (look.struck) {
    const double middle = std::round(cell.center().y()) + 1;
    painter.drawLine(QPointF(cell.left(), middle), QPointF(cell.right() + kGap, middle));
  }
}

void TokenArea::paintEvent(QPaintEvent* event) {
  QPainter painter(viewport());
  const plots::Theme theme = theme_of(*this);
  painter.fillRect(event->rect(), plots::to_qcolor(theme.background));
  if (texts_ == nullptr) {
    painter.setPen(plots::to_qcolor(theme.muted));
    painter.drawText(viewport()->rect().adjusted(24, 24, -24, -24),
                     Qt::AlignCenter | Qt::TextWordWrap, why_);
    return;
  }
  painter.setFont(font());
  const double above = event->rect().top() + verticalScrollBar()->value() - kMargin;
  const double below = event->rect().bottom() + verticalScrollBar()->value() - kMargin;
  const auto first = static_cast<std::int64_t>(std::max(0.0, above) / line_height());
  const auto last = std::min(layout_.lines() - 1,
                             static_cast<std::int64_t>(std::max(0.0, below) / line_height()));
  for (std::int64_t line = first; line <= last; ++line) {
    for (std::int64_t token = layout_.begin_of(line); token < layout_.begin_of(line + 1); ++token) {
      paint_token(painter, theme, token);
    }
  }
  const auto outline = [&](std::int64_t token, double width) {
    if (token < 0 || token >= layout_.tokens()) {
      return;
    }
    const QRectF cell = rect_of(token).adjusted(-1.5, -1.5, 1.5, 1.5);
    painter.setPen(QPen(plots::to_qcolor(theme.background), width + 2));
    painter.drawRect(cell);
    painter.setPen(QPen(plots::to_qcolor(theme.text), width));
    painter.drawRect(cell);
  };
  if (row_ >= 0 && row_ < layout_.tokens()) {  // between what is seen and what is to come
    const QRectF cell = rect_of(row_);
    painter.fillRect(QRectF(cell.right(), cell.top() - 2, 2, cell.height() + 4),
                     plots::to_qcolor(theme.text));
  }
  outline(pointed_, 1);
  outline(key_, 2);
}

void TokenArea::resizeEvent(QResizeEvent* event) {
  QAbstractScrollArea::resizeEvent(event);
  lay_out();
}

// What is painted already moves along; only what comes into sight is painted.
void TokenArea::scrollContentsBy(int dx, int dy) {
  if (texts_ != nullptr) {
    viewport()->scroll(dx, dy);
  }
}

void TokenArea::point(std::int64_t token) {
  if (token != pointed_) {
    const auto refresh = [this](std::int64_t at) {
      viewport()->update(rect_of(at).adjusted(-4, -4, 4, 4).toAlignedRect());
    };
    refresh(pointed_);
    pointed_ = token;
    refresh(pointed_);
    emit pointed(token);
  }
}

void TokenArea::mousePressEvent(QMouseEvent* event) {
  const std::int64_t token = token_at(event->position());
  if (event->button() == Qt::LeftButton && token >= 0) {
    emit picked(token);
  }
}

void TokenArea::mouseMoveEvent(QMouseEvent* event) { point(token_at(event->position())); }

void TokenArea::keyPressEvent(QKeyEvent* event) {
  const std::int64_t tokens = layout_.tokens();
  const auto line_step = [&](std::int64_t step) {
    const std::int64_t line =
        std::clamp<std::int64_t>(layout_.line_of(key_) + step, 0, layout_.lines() - 1);
    return layout_.nearest(line, layout_.x_of(key_) + layout_.width_of(key_) / 2);
  };
  const bool known = key_ >= 0 && key_ < tokens;
  std::int64_t next = -1;
  switch (event->key()) {
    case Qt::Key_Left:
      next = std::max<std::int64_t>(key_ - 1, 0);
      break;
    case Qt::Key_Right:
      next = std::min(key_ + 1, tokens - 1);
      break;
    case Qt::Key_Up:
      next = known ? line_step(-1) : 0;
      break;
    case Qt::Key_Down:
      next = known ? line_step(1) : 0;
      break;
    case Qt::Key_Home:
      next = 0;
      break;
    case Qt::Key_End:
      next = tokens - 1;
      break;
    case Qt::Key_Escape:
      if (known) {
        emit picked(-1);
      } else {
        event->ignore();
      }
      return;
    default:
      QAbstractScrollArea::keyPressEvent(event);  // pages
      return;
  }
  if (tokens > 0) {
    emit picked(next);
  }
}

void TokenArea::changeEvent(QEvent* event) {
  if (event->type() == QEvent::FontChange) {
    cell_height_ = std::ceil(QFontMetricsF(font()).height());
    set_bars();
  }
  viewport()->update();
  QAbstractScrollArea::changeEvent(event);
}

bool TokenArea::viewportEvent(QEvent* event) {
  if (event->type() == QEvent::Leave) {
    point(-1);
  }
  if (event->type() == QEvent::ToolTip && words_) {
    const auto* help = static_cast<QHelpEvent*>(event);
    const std::int64_t token = token_at(help->pos());
    if (token >= 0) {
      QToolTip::showText(help->globalPos(), words_(token), viewport(),
                         rect_of(token).toAlignedRect());
    } else {
      QToolTip::hideText();
    }
    return true;
  }
  return QAbstractScrollArea::viewportEvent(event);
}

}  // namespace kvfoot::gui
