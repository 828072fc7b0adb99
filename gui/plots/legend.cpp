// Legend layout and drawing.
#include "gui/plots/legend.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

#include "gui/plots/words.hpp"

namespace kvfoot::plots {
namespace {

constexpr double kSwatch = 22;   // width of the sample
constexpr double kGap = 6;       // between sample and text
constexpr double kBetween = 18;  // between items of a row

double item_width(const Canvas& canvas, const QString& text) {
  return kSwatch + kGap + canvas.text_width(text, TextKind::kLegend);
}

double row_height(const Canvas& canvas) { return canvas.line_height(TextKind::kLegend) + 3; }

void draw_sample(Canvas& canvas, const LegendItem& item, const QPointF& middle_left) {
  QPainter& painter = canvas.painter();
  const QPointF right = middle_left + QPointF(kSwatch, 0);
  const QPointF centre = middle_left + QPointF(kSwatch / 2, 0);
  switch (item.kind) {
    case LegendItem::Kind::kBox:
      canvas.fill(QRectF(middle_left - QPointF(0, 5), QSizeF(kSwatch - 2, 10)),
                  to_qcolor(item.colour));
      break;
    case LegendItem::Kind::kLineMarker:
      canvas.line(middle_left, right, to_qcolor(item.colour), 1.8,
                  item.dashed ? Qt::DashLine : Qt::SolidLine);
      canvas.marker(item.marker, centre, 4, item.colour);
      break;
    case LegendItem::Kind::kDashes:
      canvas.line(middle_left, right, to_qcolor(item.colour), 1,
                  item.dashed ? Qt::DashLine : Qt::SolidLine);
      break;
    case LegendItem::Kind::kDot:
      painter.setPen(QPen(to_qcolor(canvas.theme().background), 1));
      painter.setBrush(to_qcolor(item.colour));
      painter.drawEllipse(centre, 4, 4);
      painter.setBrush(Qt::NoBrush);
      break;
  }
}

// What `fit` makes of every name. Names that are alike once they are cut lose what they have in
// common at their beginning, until they differ.
std::vector<QStringList> told_apart(const std::vector<LegendItem>& items,
                                    const std::function<QStringList(const QString&)>& fit) {
  std::vector<QString> names;
  std::vector<QStringList> shown;
  for (const LegendItem& item : items) {
    names.push_back(item.text);
    shown.push_back(fit(item.text));
  }
  constexpr int kRounds = 4;
  for (int round = 0; round < kRounds; ++round) {
    bool alike = false;
    const std::vector<QStringList> before = shown;
    const std::vector<QString> whole = names;
    for (std::size_t i = 0; i < items.size(); ++i) {
      qsizetype common = whole[i].size();
      bool clash = false;
      for (std::size_t k = 0; k < items.size(); ++k) {
        if (before[k] == before[i] && whole[k] != whole[i]) {
          clash = true;
          const auto differ = std::ranges::mismatch(whole[i], whole[k]).in1;
          common = std::min<qsizetype>(common, differ - whole[i].begin());
        }
      }
      if (clash) {
        alike = true;
        const qsizetype word = std::max(whole[i].lastIndexOf(QLatin1Char(' '), common - 1),
                                        whole[i].lastIndexOf(QLatin1Char(','), common - 1));
        names[i] =
            QChar(0x2026) +
            whole[i].mid(common > 0 ? std::max<qsizetype>(word + 1, word < 0 ? common : 0) : 0);
        shown[i] = fit(names[i]);
      }
    }
    if (!alike) {
      break;
    }
  }
  return shown;
}

}  // namespace

LegendLayout legend_in_rows(const Canvas& canvas, const std::vector<LegendItem>& items,
                            double width) {
  std::vector<QString> texts;
  double widest = 0;
  const auto fit = [&](const QString& name) {
    return QStringList{canvas.shorten(name, TextKind::kLegend, width - kSwatch - kGap)};
  };
  for (const QStringList& lines : told_apart(items, fit)) {
    texts.push_back(lines.front());
    widest = std::max(widest, item_width(canvas, texts.back()));
  }
  const auto count = static_cast<double>(items.size());
  const double columns = std::max(1.0, std::floor((width + kBetween) / (widest + kBetween)));
  const double grid_rows = std::ceil(count / columns);

  LegendLayout ragged;
  double x = 0;
  double y = 0;
  for (const QString& text : texts) {
    const double needed = item_width(canvas, text);
    if (x > 0 && x + needed > width) {
      x = 0;
      y += row_height(canvas);
    }
    ragged.cells.push_back({{x, y}, {text}});
    x += needed + kBetween;
    ragged.size.setWidth(std::max(ragged.size.width(), x - kBetween));
  }
  ragged.size.setHeight(items.empty() ? 0 : y + row_height(canvas));
  if (grid_rows <= 1 || ragged.size.height() < grid_rows * row_height(canvas) - 0.5) {
    return ragged;
  }
  LegendLayout grid;
  // Fill the rows evenly: 6 items in 4 possible columns read better as 3 + 3.
  const double used = std::ceil(count / grid_rows);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const double row = std::floor(static_cast<double>(i) / used);
    const double column = static_cast<double>(i) - row * used;
    grid.cells.push_back({{column * (widest + kBetween), row * row_height(canvas)}, {texts[i]}});
  }
  grid.size = {used * (widest + kBetween) - kBetween, grid_rows * row_height(canvas)};
  return grid;
}

LegendLayout legend_in_column(const Canvas& canvas, const std::vector<LegendItem>& items,
                              double width, double height) {
  LegendLayout layout;
  const double line = canvas.line_height(TextKind::kLegend);
  const double text_width = width - kSwatch - kGap;
  for (int max_lines = 3; max_lines >= 1; --max_lines) {
    layout = {};
    double y = 0;
    const auto fit = [&](const QString& name) {
      return canvas.wrap(name, TextKind::kLegend, text_width, max_lines);
    };
    for (const QStringList& lines : told_apart(items, fit)) {
      for (const QString& part : lines) {
        layout.size.setWidth(std::max(layout.size.width(), item_width(canvas, part)));
      }
      layout.cells.push_back({{0, y}, lines});
      y += line * static_cast<double>(std::max<qsizetype>(1, lines.size())) + 4;
    }
    layout.size.setHeight(y);
    if (y <= height) {
      return layout;
    }
  }
  // Even one line each is too much: the rest is counted instead of shown.
  while (!layout.cells.empty() && layout.size.height() > height - line) {
    layout.cells.pop_back();
    layout.size.rheight() -= line + 4;
    ++layout.hidden;
  }
  layout.size.rheight() += line;
  return layout;
}

void draw_legend(Canvas& canvas, const std::vector<LegendItem>& items, const LegendLayout& layout,
                 const QPointF& top_left) {
  const double ascent = canvas.ascent(TextKind::kLegend);
  const double line = canvas.line_height(TextKind::kLegend);
  const double middle = ascent - canvas.cap_height(TextKind::kLegend) / 2;
  for (std::size_t i = 0; i < layout.cells.size(); ++i) {
    const LegendLayout::Cell& cell = layout.cells[i];
    const QPointF corner = top_left + cell.at;
    draw_sample(canvas, items[i], corner + QPointF(0, middle));
    double baseline = corner.y() + ascent;
    for (const QString& text : cell.lines) {
      canvas.text({corner.x() + kSwatch + kGap, baseline}, Align::kLeft, text, TextKind::kLegend,
                  canvas.theme().text);
      baseline += line;
    }
  }
  if (layout.hidden > 0) {
    canvas.text(top_left + QPointF(kSwatch + kGap, layout.size.height() - line + ascent),
                Align::kLeft,
                to_qstring(words(QT_TRANSLATE_NOOP("Plot", "and %1 more"),
                                 {std::to_string(layout.hidden)})),
                TextKind::kLegend, canvas.theme().muted);
  }
}

}  // namespace kvfoot::plots
