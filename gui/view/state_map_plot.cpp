// Attention is ink of a strength over paled states.
#include "gui/view/state_map_plot.hpp"

#include <QKeyEvent>
#include <QPaintEngine>
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <utility>

#include "gui/view/looks.hpp"

namespace kvfoot::gui {
namespace {

constexpr int kPaleStates = 150;   // of 255, over the states
constexpr double kFilePixels = 2;  // of an image in SVG and PDF, per logical pixel

}  // namespace

double mass_strength(float mass) {
  if (!(mass > kLeastShownMass)) {
    return 0;
  }
  const double whole = std::log(static_cast<double>(kMostShownMass / kLeastShownMass));
  return std::min(1.0, std::log(static_cast<double>(mass / kLeastShownMass)) / whole);
}

plots::Rgb mass_ink(bool dark) { return dark ? plots::Rgb{255, 226, 140} : plots::Rgb{96, 0, 56}; }

StateMapPlot::StateMapPlot(QWidget* parent) : PlotWidget(parent) {
  set_zoomable(true, true);
  set_smallest(4, 4);
}

void StateMapPlot::show_map(std::optional<plots::PlotSpec> spec) {
  painted_ = {};
  if (!spec) {
    rows_ = 0;
    set_mass(std::nullopt);
    show_spec(std::nullopt, true);
    return;
  }
  const std::int64_t rows = std::get<plots::StateMap>(spec->content).rows;
  const bool other_length = std::exchange(rows_, rows) != rows;  // visible() is asked meanwhile
  show_spec(std::move(spec), other_length);
  const plots::Range whole{-0.5, static_cast<double>(rows) - 0.5};
  set_limits(whole, whole);
}

std::optional<MassView> StateMapPlot::visible() const {
  if (rows_ == 0 || !geometry()) {
    return std::nullopt;
  }
  const auto whole = [&](const plots::Range& range) {
    const auto begin = static_cast<std::int64_t>(std::floor(range.low + 0.5));
    const auto end = static_cast<std::int64_t>(std::ceil(range.high + 0.5));
    return std::pair{std::clamp<std::int64_t>(begin, 0, rows_ - 1),
                     std::clamp<std::int64_t>(end, 1, rows_)};
  };
  const double ratio = devicePixelRatioF();
  const auto pixels = [&](double length) {
    return std::max(1, static_cast<std::int32_t>(std::lround(length * ratio)));
  };
  // The view as it is asked for: the last painting may be of the one before.
  const plots::Range all{-0.5, static_cast<double>(rows_) - 0.5};
  const auto [row_begin, row_end] = whole(view().y.value_or(all));
  const auto [key_begin, key_end] = whole(view().x.value_or(all));
  return MassView{row_begin,
                  row_end,
                  key_begin,
                  key_end,
                  pixels(geometry()->plot.width()),
                  pixels(geometry()->plot.height()),
                  false};
}

void StateMapPlot::set_mass(std::optional<MassRaster> mass) {
  mass_ = std::move(mass);
  image_ = ink_of_mass(theme_of(*this).dark());
  update();
}

QImage StateMapPlot::ink_of_mass(bool dark) const {
  if (!mass_) {
    return {};
  }
  const auto [r, g, b] = mass_ink(dark);
  QImage ink(mass_->view.width, mass_->view.height, QImage::Format_ARGB32);
  std::size_t i = 0;
  for (int y = 0; y < ink.height(); ++y) {
    auto* line = reinterpret_cast<QRgb*>(ink.scanLine(y));
    for (int x = 0; x < ink.width(); ++x, ++i) {
      line[x] = qRgba(r, g, b, static_cast<int>(std::lround(255 * mass_strength(mass_->mass[i]))));
    }
  }
  return ink;
}

void StateMapPlot::paint_overlay(QPainter& painter, const plots::PlotGeometry& geometry) {
  // Only from here visible() knows how large the picture is, the first time and after a resize.
  if (std::exchange(painted_, geometry.plot.size()) != geometry.plot.size()) {
    emit resized();
  }
  paint_mass(painter, geometry, theme_of(*this), image_);
}

void StateMapPlot::paint_exported(QPainter& painter, const plots::PlotGeometry& geometry,
                                  const plots::Theme& theme) const {
  paint_mass(painter, geometry, theme, ink_of_mass(theme.dark()));
}

void StateMapPlot::paint_mass(QPainter& painter, const plots::PlotGeometry& geometry,
                              const plots::Theme& theme, const QImage& ink) const {
  if (!mass_) {
    return;
  }
  painter.fillRect(geometry.plot, plots::with_alpha(theme.background, kPaleStates));
  const MassView& view = mass_->view;
  const auto edge = [](std::int64_t entry) { return static_cast<double>(entry) - 0.5; };
  const QRectF whole(geometry.to_pixel(edge(view.key_begin), edge(view.row_begin)),
                     geometry.to_pixel(edge(view.key_end), edge(view.row_end)));
  // What is seen of it: SVG does not clip, nor does it know parts of images.
  const QRectF seen = whole & geometry.plot;
  if (seen.isEmpty()) {
    return;
  }
  const double across = ink.width() / whole.width();
  const double down = ink.height() / whole.height();
  const QRectF source((seen.left() - whole.left()) * across, (seen.top() - whole.top()) * down,
                      seen.width() * across, seen.height() * down);
  painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
  if (painter.paintEngine()->type() == QPaintEngine::Raster) {
    painter.drawImage(seen, ink, source);
    return;
  }
  QImage part((seen.size() * kFilePixels).toSize().expandedTo({1, 1}), QImage::Format_ARGB32);
  part.fill(Qt::transparent);
  QPainter(&part).drawImage(QRectF(part.rect()), ink, source);
  painter.drawImage(seen, part);
}

std::string StateMapPlot::exported_subtitle() const {
  if (!mass_) {
    return PlotWidget::exported_subtitle();
  }
  const auto percent = [](float share) { return tr("%1 %").arg(static_cast<double>(100 * share)); };
  const QString scale = tr("from %1 (faint) to %2 (full), logarithmic")
                            .arg(percent(kLeastShownMass), percent(kMostShownMass));
  return (mass_->view.largest
              ? tr("Ink: attention, the largest of a pixel's entries, %1").arg(scale)
              : tr("Ink: attention, the mean of a pixel's entries, %1").arg(scale))
      .toStdString();
}

bool StateMapPlot::move_cursor(const CursorStep& step) {
  if (rows_ == 0 || !cursor_y()) {
    return false;
  }
  using Reach = CursorStep::Reach;
  const auto last = static_cast<double>(rows_ - 1);
  // From where it is seen: at the edge of the picture if it stands beside it. Without a key, on
  // the diagonal.
  const auto seen = [&](double entry, const plots::Range& shown) {
    return std::clamp(std::round(std::clamp(entry, shown.low + 0.5, shown.high - 0.5)), 0.0, last);
  };
  double row = seen(*cursor_y(), shown_y());
  double key = seen(cursor_x().value_or(*cursor_y()), shown_x());
  if (step.reach == Reach::kEnd) {
    key = step.across < 0 ? 0 : row;  // the last key that the row sees is its own
  } else {
    const auto entries = [](double length) { return std::max(1.0, std::round(length)); };
    key = std::clamp(key + step.across * entries(step_across(step.reach)), 0.0, last);
    row = std::clamp(row + step.down * entries(step_down(step.reach)), 0.0, last);
  }
  reveal(key, row);
  emit clicked(key, row);
  return true;
}

void StateMapPlot::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Escape && cursor_x()) {
    emit dropped();
    return;
  }
  PlotWidget::keyPressEvent(event);  // without a key Esc may be of use to somebody else
}

void StateMapPlot::changeEvent(QEvent* event) {
  PlotWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) {
    image_ = ink_of_mass(theme_of(*this).dark());
  }
}

}  // namespace kvfoot::gui
