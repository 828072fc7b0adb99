// A heat map with a choice.
#include "gui/view/heads_plot.hpp"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <utility>

#include "gui/view/looks.hpp"

namespace kvfoot::gui {
namespace {

plots::Axis colour_axis(const HeadGrid& grid, const QString& label) {
  plots::Axis axis{label.toStdString()};
  switch (grid.measure) {
    case HeadMeasure::kKeptShare:
    case HeadMeasure::kFootprint:
    case HeadMeasure::kRetainedMass:
      axis.quantity = plots::Quantity::kPercent;
      break;
    case HeadMeasure::kPeakEntries:
      axis.quantity = plots::Quantity::kTokens;
      break;
    case HeadMeasure::kEntropy:
      axis.quantity = plots::Quantity::kPlain;
      break;
  }
  axis.range = plots::Range{grid.low, grid.high};
  return axis;
}

}  // namespace

HeadsPlot::HeadsPlot(QWidget* parent) : PlotWidget(parent) {
  set_zoomable(false, false);
  connect(this, &PlotWidget::hovered, this,
          [this](double x, double y) { point(stream_at(x, y).value_or(StreamChoice{})); });
  connect(this, &PlotWidget::left, this, [this] { point({}); });
  connect(this, &PlotWidget::clicked, this, [this](double x, double y) {
    if (const auto stream = stream_at(x, y)) {
      choose(*stream == chosen_ ? StreamChoice{} : *stream);
    }
  });
}

void HeadsPlot::show_grid(HeadGrid grid, const HeadsCaption& caption) {
  grid_ = std::move(grid);
  caption_ = caption;
  rebuild();
}

void HeadsPlot::show_nothing(const QString& why) {
  grid_.reset();
  set_empty_text(why);
  show_spec(std::nullopt, true);
}

void HeadsPlot::rebuild() {
  across_ = width() >= height();
  plots::HeatMap map;
  map.rows = grid_->layers;
  map.columns = grid_->heads;
  map.values.reserve(grid_->value.size());
  for (const double value : grid_->value) {
    map.values.push_back(static_cast<float>(value));
  }
  map.row_label = tr("Layer").toStdString();
  map.column_label = caption_.head.toStdString();
  map.colour = colour_axis(*grid_, caption_.colour);
  map.longer_side_across = across_;
  show_spec(plots::PlotSpec{caption_.title.toStdString(), "", std::move(map)});
}

bool HeadsPlot::turned() const {
  return spec() != nullptr && grid_ && std::get<plots::HeatMap>(spec()->content).turned();
}

std::optional<StreamChoice> HeadsPlot::stream_at(double x, double y) const {
  if (!grid_) {
    return std::nullopt;
  }
  auto layer = static_cast<std::int32_t>(std::lround(y));
  auto head = static_cast<std::int32_t>(std::lround(x));
  if (turned()) {
    std::swap(layer, head);
  }
  if (layer < 0 || layer >= grid_->layers || head < 0 || head >= grid_->heads) {
    return std::nullopt;
  }
  return StreamChoice{layer, head};
}

QRectF HeadsPlot::cell_of(StreamChoice stream) const {
  if (!geometry() || stream.all()) {
    return {};
  }
  const double x = turned() ? stream.layer : stream.head;
  const double y = turned() ? stream.head : stream.layer;
  return {geometry()->to_pixel(x - 0.5, y - 0.5), geometry()->to_pixel(x + 0.5, y + 0.5)};
}

void HeadsPlot::set_chosen(StreamChoice stream) {
  if (stream != chosen_) {
    chosen_ = stream;
    update();
  }
}

void HeadsPlot::choose(StreamChoice stream) {
  set_chosen(stream);
  emit chosen(stream);
}

void HeadsPlot::point(StreamChoice stream) {
  if (stream != pointed_) {
    pointed_ = stream;
    update();
    emit pointed(stream);
  }
}

void HeadsPlot::paint_overlay(QPainter& painter, const plots::PlotGeometry& /*geometry*/) {
  const plots::Theme theme = theme_of(*this);
  const auto outline = [&](StreamChoice stream, double width) {
    if (!stream.all()) {
      const double inset = width / 2 + 1;
      paint_outline(painter, theme, cell_of(stream).adjusted(inset, inset, -inset, -inset),
                    plots::to_qcolor(theme.text), width);
    }
  };
  outline(pointed_, 1);
  outline(chosen_, 2);
}

void HeadsPlot::keyPressEvent(QKeyEvent* event) {
  if (!grid_) {
    PlotWidget::keyPressEvent(event);
    return;
  }
  int across = 0;
  int down = 0;
  switch (event->key()) {
    case Qt::Key_Left:
      across = -1;
      break;
    case Qt::Key_Right:
      across = 1;
      break;
    case Qt::Key_Up:
      down = -1;
      break;
    case Qt::Key_Down:
      down = 1;
      break;
    case Qt::Key_Home:
      choose({0, 0});
      return;
    case Qt::Key_End:
      choose({grid_->layers - 1, grid_->heads - 1});
      return;
    case Qt::Key_Escape:
      if (chosen_.all()) {
        event->ignore();  // somebody else may have a use for it
      } else {
        choose({});
      }
      return;
    default:
      event->ignore();  // there is nothing to zoom
      return;
  }
  if (chosen_.all()) {
    choose({0, 0});
    return;
  }
  const StreamChoice next{
      std::clamp(chosen_.layer + (turned() ? across : down), 0, grid_->layers - 1),
      std::clamp(chosen_.head + (turned() ? down : across), 0, grid_->heads - 1)};
  if (next != chosen_) {
    choose(next);
  }
}

// Two quick clicks are two clicks: there is no zoom to undo.
void HeadsPlot::mouseDoubleClickEvent(QMouseEvent* event) { mousePressEvent(event); }

void HeadsPlot::resizeEvent(QResizeEvent* event) {
  PlotWidget::resizeEvent(event);
  if (grid_ && across_ != (width() >= height())) {
    rebuild();
  }
}

}  // namespace kvfoot::gui
