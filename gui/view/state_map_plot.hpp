// The picture of the state map: states below, attention above them. Keys move the cursor over
// entries as a click does: clicked() says where to.
#pragma once

#include <QImage>
#include <QSizeF>
#include <optional>

#include "gui/model/mass_raster.hpp"
#include "gui/view/plot_widget.hpp"

namespace kvfoot::gui {

// Masses are shown on a logarithmic scale between these.
constexpr float kLeastShownMass = 1e-4F;
constexpr float kMostShownMass = 1;

// 0 at kLeastShownMass and below, 1 at kMostShownMass; what the ink's strength follows.
[[nodiscard]] double mass_strength(float mass);
// The colour in which attention is drawn, at full strength.
[[nodiscard]] plots::Rgb mass_ink(bool dark);

class StateMapPlot final : public PlotWidget {
  Q_OBJECT
 public:
  explicit StateMapPlot(QWidget* parent = nullptr);

  // Null: the empty text. Another number of rows fits the view anew.
  void show_map(std::optional<plots::PlotSpec> spec);
  // Attention of a part of the map; stays where its entries are when the view moves. None: states
  // have their full colours.
  void set_mass(std::optional<MassRaster> mass);
  [[nodiscard]] const std::optional<MassRaster>& mass() const { return mass_; }
  // What the view shows, in whole entries; nothing before the first paint and without a map.
  [[nodiscard]] std::optional<MassView> visible() const;

 signals:
  void resized();  // while painting: connect queued
  void dropped();  // Esc: no key is chosen any more

 protected:
  bool move_cursor(const CursorStep& step) override;
  void keyPressEvent(QKeyEvent* event) override;
  void paint_overlay(QPainter& painter, const plots::PlotGeometry& geometry) override;
  void paint_exported(QPainter& painter, const plots::PlotGeometry& geometry,
                      const plots::Theme& theme) const override;
  [[nodiscard]] std::string exported_subtitle() const override;
  void changeEvent(QEvent* event) override;

 private:
  [[nodiscard]] QImage ink_of_mass(bool dark) const;
  void paint_mass(QPainter& painter, const plots::PlotGeometry& geometry, const plots::Theme& theme,
                  const QImage& ink) const;

  std::int64_t rows_ = 0;
  std::optional<MassRaster> mass_;
  QImage image_;    // of mass_, in the look of the window
  QSizeF painted_;  // the plot's, when it was painted last
};

}  // namespace kvfoot::gui
