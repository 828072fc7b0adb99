// Writes a plot to PNG, SVG or PDF without a display.
#pragma once

#include <functional>
#include <string>

#include "gui/plots/spec.hpp"
#include "sim/core/result.hpp"

class QPainter;

namespace kvfoot::plots {

struct PlotGeometry;
struct Theme;

enum class Look : std::uint8_t { kLight, kDark };

struct PlotOptions {
  int width = 0;  // logical pixels (1/96 inch); 0: what suits the kind of plot
  int height = 0;
  double scale = 2;  // image pixels per logical pixel, PNG only
  double font_scale = 1;
  Look look = Look::kLight;
};

// Painted above the picture, clipped to the plot area; in SVG nothing is clipped, so that what it
// paints has to end there by itself.
using Layer = std::function<void(QPainter&, const PlotGeometry&, const Theme&)>;

// The extension of `path` (png, svg or pdf, any case) chooses the format. The file appears complete
// or not at all, and the same spec gives the same bytes on one installation (fonts and Qt version
// matter); it carries no dates. Makes an offscreen QGuiApplication when the process has none, so
// the first call belongs on the main thread.
// Errors: unknown extension, empty or contradictory data, no font, a path that cannot be written.
[[nodiscard]] Status save_plot(const PlotSpec& spec, const std::string& path,
                               const PlotOptions& options = {}, const Layer& layer = {});

// The bytes that save_plot would write; `extension` is "png", "svg" or "pdf".
[[nodiscard]] Result<std::string> render_plot(const PlotSpec& spec, const std::string& extension,
                                              const PlotOptions& options = {},
                                              const Layer& layer = {});

}  // namespace kvfoot::plots
