// Painting what is visible of the text.
#include <QPaintEvent>
#include <QPainter>
#include <QScrollBar>
#include <algorithm>

#include "gui/view/looks.hpp"
#include "gui/view/token_area.hpp"

namespace kvfoot::gui {

TokenLook TokenArea::look_of(std::int64_t token) const {
  return token_look(lives_.get(), token, row_, theme_of(*this));
}

const TokenMark* TokenArea::mark_of(std::int64_t token) const {
  const auto after = std::ranges::upper_bound(marks_, token, {}, &TokenMark::begin);
  return after != marks_.begin() && token < (after - 1)->end ? &*(after - 1) : nullptr;
}

void TokenArea::paint_text(QPainter& painter, const plots::Theme& theme, std::int64_t token) {
  const TokenMark* const mark = mark_of(token);
  const plots::Rgb colour = mark == nullptr ? plots::Rgb{} : mark_colour(theme, mark->number);
  paint_token(painter, {rect_of(token), texts_->of(token), mark == nullptr ? nullptr : &colour},
              token_look(lives_.get(), token, row_, theme));
}

void TokenArea::paint_hits(QPainter& painter, const plots::Theme& theme, std::int64_t begin,
                           std::int64_t end) {
  const auto ends_before = [](const TokenSpan& hit, std::int64_t at) { return hit.end <= at; };
  for (auto hit = std::lower_bound(hits_.begin(), hits_.end(), begin, ends_before);
       hit != hits_.end() && hit->begin < end; ++hit) {
    // A frame around what stands in one line.
    for (std::int64_t token = hit->begin; token < std::min(hit->end, layout_.tokens());) {
      const std::int64_t stop = std::min(hit->end, layout_.begin_of(layout_.line_of(token) + 1));
      paint_outline(painter, theme, rect_of(token).united(rect_of(stop - 1)),
                    plots::to_qcolor(hit_colour(theme)), 2);
      token = stop;
    }
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
  const double above = event->rect().top() + verticalScrollBar()->value() - kTextMargin;
  const double below = event->rect().bottom() + verticalScrollBar()->value() - kTextMargin;
  const auto first = static_cast<std::int64_t>(std::max(0.0, above) / line_height());
  const auto last = std::min(layout_.lines() - 1,
                             static_cast<std::int64_t>(std::max(0.0, below) / line_height()));
  for (std::int64_t line = first; line <= last; ++line) {
    for (std::int64_t token = layout_.begin_of(line); token < layout_.begin_of(line + 1); ++token) {
      paint_text(painter, theme, token);
    }
  }
  if (first <= last) {
    paint_hits(painter, theme, layout_.begin_of(first), layout_.begin_of(last + 1));
  }
  const auto outline = [&](std::int64_t token, double width) {
    if (token >= 0 && token < layout_.tokens()) {
      paint_outline(painter, theme, rect_of(token).adjusted(-1.5, -1.5, 1.5, 1.5),
                    plots::to_qcolor(theme.text), width);
    }
  };
  if (row_ >= 0 && row_ < layout_.tokens()) {  // between what is seen and what is to come
    const QRectF cell = rect_of(row_);
    painter.fillRect(QRectF(cell.right(), cell.top() - 2, 2, cell.height() + 4),
                     plots::to_qcolor(theme.text));
  }
  outline(pointed_, 1);
  outline(key_, 2);
}

}  // namespace kvfoot::gui
