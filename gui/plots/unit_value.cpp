// The largest value of a picture, whose unit all its numbers share.
#include <algorithm>
#include <cmath>

#include "gui/plots/spec.hpp"

namespace kvfoot::plots {

double unit_value(const StackedAreas& areas) {
  double largest = areas.series == nullptr ? 0 : static_cast<double>(areas.series->highest());
  for (const ReferenceLine& line : areas.references) {
    largest = std::max(largest, line.y);
  }
  return areas.y.unit_of > 0 ? areas.y.unit_of : largest;
}

double unit_value(const LinePlot& plot) {
  double largest = 0;
  for (const LineSeries& series : plot.series) {
    for (const double value : series.y) {
      largest = std::max(largest, std::abs(value));
    }
  }
  for (const ReferenceLine& line : plot.references) {
    largest = std::max(largest, std::abs(line.y));
  }
  return plot.y.unit_of > 0 ? plot.y.unit_of : largest;
}

double unit_value(const BarChart& chart) {
  double largest = 0;
  for (const Bar& bar : chart.bars) {
    double total = 0;
    for (const double value : bar.values) {
      total += value;
    }
    largest = std::max(largest, total);
  }
  return chart.x.unit_of > 0 ? chart.x.unit_of : largest;
}

}  // namespace kvfoot::plots
