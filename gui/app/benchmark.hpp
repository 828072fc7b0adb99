// How long the window takes, measured on the machine that asks (docs/benchmarks.md).
#pragma once

#include <QString>

namespace kvfoot::gui {

class MainWindow;

// Prints one line per promise: median and 95th percentile in milliseconds. `file`: a trace whose
// opening is measured too, or empty. `traces`: the folder of the bundled ones; without it the lines
// that need them say so. Gives the exit code.
[[nodiscard]] int run_benchmark(MainWindow& window, const QString& file, const QString& traces);

}  // namespace kvfoot::gui
