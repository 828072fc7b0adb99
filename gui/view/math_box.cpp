// Sizes and strokes of each kind of box.
#include "gui/view/math_box.hpp"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>
#include <QRegularExpression>
#include <algorithm>
#include <utility>

namespace kvfoot::gui {
namespace {

// Words as \text, numbers without what stands between their thousands but a thin space.
QString latex_of(const QString& text) {
  static const QRegularExpression kThousands(QStringLiteral("(?<=\\d)[ \u00a0\u202f](?=\\d{3})"));
  static const QRegularExpression kWords(QStringLiteral("\\p{L}(?:[\\p{L}\\d, ]*[\\p{L}\\d])?"));
  QString latex;
  qsizetype from = 0;
  const auto signs = [&](qsizetype end) {
    QString piece = text.mid(from, end - from);
    piece.replace(kThousands, QStringLiteral("\\,"));
    piece.replace(QChar(0x2212), QLatin1Char('-'));
    piece.replace(QChar(0x00B7), QStringLiteral("\\cdot"));
    piece.replace(QLatin1Char('%'), QStringLiteral("\\%"));
    latex += piece;
  };
  for (auto words = kWords.globalMatch(text); words.hasNext();) {
    const QRegularExpressionMatch word = words.next();
    signs(word.capturedStart());
    latex += QStringLiteral("\\text{%1}").arg(word.captured());
    from = word.capturedEnd();
  }
  signs(text.size());
  return latex;
}

class Text final : public MathBox {
 public:
  Text(QString text, bool italic) : text_(std::move(text)), italic_(italic) {}
  void measure(const QFont& font) override {
    font_ = font;
    font_.setItalic(italic_);
    const QFontMetricsF metrics(font_);
    width = metrics.horizontalAdvance(text_);
    ascent = metrics.ascent();
    descent = metrics.descent();
  }
  void paint(QPainter& painter, QPointF at) const override {
    painter.setFont(font_);
    painter.drawText(at, text_);
  }
  [[nodiscard]] QString plain() const override { return text_; }
  [[nodiscard]] QString latex() const override { return italic_ ? text_ : latex_of(text_); }

 private:
  QString text_;
  bool italic_;
  QFont font_;
};

class Fraction final : public MathBox {
 public:
  Fraction(MathBoxPtr above, MathBoxPtr below)
      : above_(std::move(above)), below_(std::move(below)) {}
  void measure(const QFont& font) override {
    above_->measure(font);
    below_->measure(font);
    const QFontMetricsF metrics(font);
    pad_ = metrics.height() * 0.15;
    axis_ = metrics.xHeight() * 0.55;  // the bar lies where a minus sign does
    width = std::max(above_->width, below_->width) + 4 * pad_;
    ascent = axis_ + pad_ + above_->ascent + above_->descent;
    descent = -axis_ + pad_ + below_->ascent + below_->descent;
  }
  void paint(QPainter& painter, QPointF at) const override {
    const double middle = at.x() + width / 2;
    const double bar = at.y() - axis_;
    above_->paint(painter, {middle - above_->width / 2, bar - pad_ - above_->descent});
    below_->paint(painter, {middle - below_->width / 2, bar + pad_ + below_->ascent});
    painter.drawLine(QPointF(at.x() + pad_, bar), QPointF(at.x() + width - pad_, bar));
  }
  [[nodiscard]] QString plain() const override {
    return QStringLiteral("(%1) / (%2)").arg(above_->plain(), below_->plain());
  }
  [[nodiscard]] QString latex() const override {
    return QStringLiteral("\\frac{%1}{%2}").arg(above_->latex(), below_->latex());
  }

 private:
  MathBoxPtr above_;
  MathBoxPtr below_;
  double pad_ = 0;
  double axis_ = 0;
};

class Sum final : public MathBox {
 public:
  explicit Sum(QString over) : over_(std::move(over)) {}
  void measure(const QFont& font) override {
    sigma_ = font;
    sigma_.setPointSizeF(font.pointSizeF() * 1.6);
    words_ = font;
    words_.setPointSizeF(font.pointSizeF() * 0.68);
    const QFontMetricsF sigma(sigma_);
    const QFontMetricsF words(words_);
    const QRectF ink = sigma.tightBoundingRect(QStringLiteral("Σ"));
    drop_ = ink.height() * 0.18;  // centred about the letters beside it
    sigma_width_ = sigma.horizontalAdvance(QStringLiteral("Σ"));
    words_width_ = words.horizontalAdvance(over_);
    words_at_ = drop_ + words.ascent() + 1;
    width = std::max(sigma_width_, words_width_) + 10;
    ascent = ink.height() - drop_;
    descent = words_at_ + words.descent();
  }
  void paint(QPainter& painter, QPointF at) const override {
    const double middle = at.x() + width / 2;
    painter.setFont(sigma_);
    painter.drawText(QPointF(middle - sigma_width_ / 2, at.y() + drop_), QStringLiteral("Σ"));
    painter.setFont(words_);
    painter.drawText(QPointF(middle - words_width_ / 2, at.y() + words_at_), over_);
  }
  [[nodiscard]] QString plain() const override {
    return QCoreApplication::translate("Equation", "sum over %1 of ").arg(over_);
  }
  [[nodiscard]] QString latex() const override {
    return QStringLiteral("\\sum_{%1}").arg(latex_of(over_));
  }

 private:
  QString over_;
  QFont sigma_;
  QFont words_;
  double drop_ = 0;
  double sigma_width_ = 0;
  double words_width_ = 0;
  double words_at_ = 0;
};

class Row final : public MathBox {
 public:
  explicit Row(std::vector<MathBoxPtr> boxes) : boxes_(std::move(boxes)) {}
  void measure(const QFont& font) override {
    width = ascent = descent = 0;
    for (const MathBoxPtr& box : boxes_) {
      box->measure(font);
      width += box->width;
      ascent = std::max(ascent, box->ascent);
      descent = std::max(descent, box->descent);
    }
  }
  void paint(QPainter& painter, QPointF at) const override {
    for (const MathBoxPtr& box : boxes_) {
      box->paint(painter, at);
      at.rx() += box->width;
    }
  }
  [[nodiscard]] QString plain() const override {
    QString text;
    for (const MathBoxPtr& box : boxes_) {
      text += box->plain();
    }
    return text;
  }
  [[nodiscard]] QString latex() const override {
    QString text;
    for (const MathBoxPtr& box : boxes_) {
      text += box->latex();
    }
    return text;
  }

 private:
  std::vector<MathBoxPtr> boxes_;
};

}  // namespace

MathBoxPtr math_text(const QString& text) { return std::make_unique<Text>(text, false); }
MathBoxPtr math_variable(const QString& text) { return std::make_unique<Text>(text, true); }
MathBoxPtr math_fraction(MathBoxPtr above, MathBoxPtr below) {
  return std::make_unique<Fraction>(std::move(above), std::move(below));
}
MathBoxPtr math_sum(const QString& over) { return std::make_unique<Sum>(over); }
MathBoxPtr math_row(std::vector<MathBoxPtr> boxes) {
  return std::make_unique<Row>(std::move(boxes));
}

}  // namespace kvfoot::gui
