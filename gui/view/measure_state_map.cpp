// How long the map takes to paint.
#include <QElapsedTimer>
#include <QImage>
#include <algorithm>
#include <vector>

#include "gui/view/state_map_plot.hpp"
#include "gui/view/state_map_view.hpp"
#include "sim/core/check.hpp"

namespace kvfoot::gui {

std::vector<double> painting_times(StateMapView& view, int paintings) {
  KVFOOT_CHECK(view.subject().outcome != nullptr, "a map to paint");
  StateMapPlot& plot = view.plot();
  const auto rows = static_cast<double>(view.subject().outcome->result.inputs.run.rows());
  QImage image((QSizeF(plot.size()) * plot.devicePixelRatioF()).toSize(), QImage::Format_RGB32);
  image.setDevicePixelRatio(plot.devicePixelRatioF());
  std::vector<double> times;
  for (int i = 0; i < paintings; ++i) {
    // The whole map but for a few rows, which differ: the dearest view, made anew each time.
    const plots::Range range{-0.5, rows - 0.5 - std::min(rows / 2, static_cast<double>(i))};
    plot.set_view({range, range});
    QElapsedTimer timer;
    timer.start();
    plot.render(&image);
    times.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
  }
  plot.fit();
  return times;
}

}  // namespace kvfoot::gui
