// The pictures beside the comparison table: timelines on top of each other, and peaks as bars.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gui/model/compared.hpp"
#include "gui/view/plot_widget.hpp"
#include "sim/report/plot_data.hpp"

namespace kvfoot::gui {

constexpr int kExportedWidth = 960;  // pixels: names of scenarios are long

// What is resident over rows, a line per scenario; runs may have different lengths.
class OverlayTimelines final : public PlotWidget {
  Q_OBJECT
 public:
  enum class Unit : std::uint8_t { kKvBytes, kEntriesPerStream, kEntries };

  explicit OverlayTimelines(QWidget* parent = nullptr);

  void set_scenarios(const std::vector<Compared>& scenarios);
  void set_unit(Unit unit);
  [[nodiscard]] Unit unit() const { return unit_; }
  // The row whose numbers are shown, under the pointer or where keys went.
  [[nodiscard]] std::optional<std::int64_t> read_row() const { return read_row_; }
  // What scenario i holds at a row, in the unit; absent beyond its run and without a timeline.
  [[nodiscard]] std::optional<double> resident(std::size_t i, std::int64_t row) const;

 protected:
  void paint_overlay(QPainter& painter, const plots::PlotGeometry& geometry) override;
  bool move_cursor(const CursorStep& step) override;
  [[nodiscard]] int exported_width() const override { return kExportedWidth; }

 private:
  void rebuild(bool refit);

  Unit unit_ = Unit::kKvBytes;
  std::vector<Compared> scenarios_;
  std::int64_t rows_ = 0;                 // of the longest run
  std::optional<std::int64_t> read_row_;  // whose numbers stand beside it
};

// What memory is made of where it peaks, a bar per scenario: by class where every scenario has a
// device, else what KV pages hold and what of them is empty.
class PeakBars final : public PlotWidget {
  Q_OBJECT
 public:
  explicit PeakBars(QWidget* parent = nullptr);

  void set_scenarios(const std::vector<Compared>& scenarios);
  // The bar whose parts are shown in numbers, under the pointer or where keys went.
  [[nodiscard]] std::optional<std::size_t> read_bar() const { return read_bar_; }

 protected:
  void paint_overlay(QPainter& painter, const plots::PlotGeometry& geometry) override;
  bool move_cursor(const CursorStep& step) override;
  [[nodiscard]] plots::PlotSpec exported_spec() const override;  // with the whole names
  [[nodiscard]] int exported_width() const override { return kExportedWidth; }

 private:
  [[nodiscard]] const plots::BarChart* chart() const;
  void read(std::optional<std::size_t> bar);

  std::optional<std::size_t> read_bar_;
  std::vector<std::string> full_names_;  // of the bars
};

}  // namespace kvfoot::gui
