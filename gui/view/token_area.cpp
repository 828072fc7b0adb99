// Where tokens stand, and picking them. token_paint.cpp paints.
#include "gui/view/token_area.hpp"

#include <QFontMetricsF>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QScrollBar>
#include <QToolTip>
#include <algorithm>
#include <cmath>
#include <utility>

#include "gui/model/plain_tip.hpp"
#include "gui/view/looks.hpp"

namespace kvfoot::gui {
namespace {

constexpr double kLineGap = 4;  // below the underline of a token

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
    return std::ceil(metrics.horizontalAdvance(text)) + 2 * kTokenPad + kTokenGap;
  };
}

double TokenArea::line_height() const { return cell_height_ + kTokenUnderline + kLineGap; }

void TokenArea::show_texts(std::shared_ptr<const TraceText> texts, std::vector<TokenMark> marks) {
  texts_ = std::move(texts);
  marks_ = std::move(marks);
  // Always there: a bar that comes and goes would change the width, and with it the lines.
  setVerticalScrollBarPolicy(texts_ == nullptr ? Qt::ScrollBarAlwaysOff : Qt::ScrollBarAlwaysOn);
  hits_.clear();
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

void TokenArea::set_hits(std::vector<TokenSpan> hits) {
  hits_ = std::move(hits);
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
  const double width = viewport()->width() - 2 * kTextMargin;
  std::int64_t top = 0;
  if (texts_ == nullptr) {
    layout_ = {};
  } else if (width != laid_out_for_) {
    const auto line =
        static_cast<std::int64_t>(std::max(0.0, bar.value() - kTextMargin) / line_height());
    top = line < layout_.lines() ? layout_.begin_of(line) : 0;
    layout_ = TokenLayout(texts_->width, texts_->breaks, width, kTextMargin);
    laid_out_for_ = width;
  }
  set_bars();
  if (top > 0 && top < layout_.tokens()) {  // what stood at the top stays there
    bar.setValue(
        static_cast<int>(kTextMargin + static_cast<double>(layout_.line_of(top)) * line_height()));
  }
  viewport()->update();
}

void TokenArea::set_bars() {
  const double height = 2 * kTextMargin + static_cast<double>(layout_.lines()) * line_height();
  verticalScrollBar()->setRange(
      0, std::max(0, static_cast<int>(std::ceil(height)) - viewport()->height()));
  verticalScrollBar()->setPageStep(viewport()->height());
  verticalScrollBar()->setSingleStep(static_cast<int>(line_height()));
}

QRectF TokenArea::rect_of(std::int64_t token) const {
  if (token < 0 || token >= layout_.tokens()) {
    return {};
  }
  return {kTextMargin + layout_.x_of(token),
          kTextMargin + static_cast<double>(layout_.line_of(token)) * line_height() -
              verticalScrollBar()->value(),
          layout_.width_of(token) - kTokenGap, cell_height_};
}

std::int64_t TokenArea::token_at(const QPointF& place) const {
  const double y = place.y() + verticalScrollBar()->value() - kTextMargin;
  return y < 0 ? -1
               : layout_.token_at(static_cast<std::int64_t>(y / line_height()),
                                  place.x() - kTextMargin);
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
      QToolTip::showText(help->globalPos(), plain_tip(words_(token)), viewport(),
                         rect_of(token).toAlignedRect());
    } else {
      QToolTip::hideText();
    }
    return true;
  }
  return QAbstractScrollArea::viewportEvent(event);
}

}  // namespace kvfoot::gui
