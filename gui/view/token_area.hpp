// Wrapped text, token by token, each on the colour of its life; only what is visible is painted.
#pragma once

#include <QAbstractScrollArea>
#include <QColor>
#include <QString>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "gui/model/token_layout.hpp"
#include "gui/model/token_lives.hpp"
#include "gui/model/token_marks.hpp"
#include "gui/model/token_search.hpp"
#include "gui/model/trace_text.hpp"
#include "gui/plots/theme.hpp"
#include "gui/view/token_look.hpp"

namespace kvfoot::gui {

// Click picks a token; arrows, Home and End move the pick, Esc drops it, page keys scroll.
class TokenArea final : public QAbstractScrollArea {
  Q_OBJECT
 public:
  explicit TokenArea(QWidget* parent = nullptr);

  // Width that a text takes, on any thread.
  [[nodiscard]] std::function<double(const QString&)> measure() const;
  // Null texts: `why` stands in the middle.
  void show_texts(std::shared_ptr<const TraceText> texts, std::vector<TokenMark> marks);
  void show_nothing(const QString& why);
  void set_lives(std::unique_ptr<TokenLives> lives);  // null: nothing is known, nothing is shaded
  void set_hits(std::vector<TokenSpan> hits);         // framed; none after another text came
  void set_row(std::int64_t row);
  void set_key(std::int64_t key);  // -1: none; scrolls to it
  // What the tip of a token says.
  void set_words(std::function<QString(std::int64_t)> words) { words_ = std::move(words); }

  [[nodiscard]] const TraceText* texts() const { return texts_.get(); }
  [[nodiscard]] const TokenLayout& text_layout() const { return layout_; }
  [[nodiscard]] const std::vector<TokenMark>& marks() const { return marks_; }
  [[nodiscard]] TokenLives* lives() const { return lives_.get(); }
  // In pixels of the viewport, wherever it is scrolled to.
  [[nodiscard]] QRectF rect_of(std::int64_t token) const;
  [[nodiscard]] std::int64_t token_at(const QPointF& place) const;  // -1: none
  // The colour of a mark with this number.
  [[nodiscard]] static plots::Rgb mark_colour(const plots::Theme& theme, std::size_t number) {
    return theme.series(number + 1);  // the first is that of the shades
  }
  // The frame of a hit: on no shade and beside no mark mistaken for it.
  [[nodiscard]] static plots::Rgb hit_colour(const plots::Theme& theme) {
    return theme.dark() ? plots::Rgb{255, 205, 60} : plots::Rgb{190, 0, 100};
  }
  [[nodiscard]] TokenLook look_of(std::int64_t token) const;

 signals:
  void pointed(qint64 token);  // -1: none
  void picked(qint64 token);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void scrollContentsBy(int dx, int dy) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;
  bool viewportEvent(QEvent* event) override;

 private:
  void lay_out();
  void set_bars();
  void point(std::int64_t token);
  void paint_text(QPainter& painter, const plots::Theme& theme, std::int64_t token);
  void paint_hits(QPainter& painter, const plots::Theme& theme, std::int64_t begin,
                  std::int64_t end);
  [[nodiscard]] const TokenMark* mark_of(std::int64_t token) const;
  [[nodiscard]] double line_height() const;

  std::shared_ptr<const TraceText> texts_;
  std::vector<TokenMark> marks_;  // ascending, disjoint
  std::vector<TokenSpan> hits_;   // ascending, disjoint but for tokens that two share
  std::unique_ptr<TokenLives> lives_;
  TokenLayout layout_;
  double laid_out_for_ = -1;  // width
  double cell_height_ = 0;    // of the font
  std::int64_t row_ = 0;
  std::int64_t key_ = -1;
  std::int64_t pointed_ = -1;
  QString why_;
  std::function<QString(std::int64_t)> words_;
};

}  // namespace kvfoot::gui
