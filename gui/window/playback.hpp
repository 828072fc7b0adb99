// Moves the row by itself: play, pause, step by a row or a pass. Everything else follows the row.
#pragma once

#include <QElapsedTimer>
#include <QTimer>
#include <QToolBar>
#include <utility>
#include <vector>

#include "gui/model/workspace.hpp"
#include "gui/window/icons.hpp"

class QAction;
class QLabel;
class QSlider;

namespace kvfoot::gui {

class Playback final : public QToolBar {
  Q_OBJECT
 public:
  explicit Playback(Workspace& workspace, QWidget* parent = nullptr);

  [[nodiscard]] bool playing() const { return timer_.isActive(); }
  void set_playing(bool playing);
  void step_row(int direction);   // +1 or -1
  void step_pass(int direction);  // to the first row of the next pass, or of this or the one before

  // A whole run takes this long, whatever its length.
  static constexpr int kMillisecondsPerRun = 12'000;

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void draw_symbols();
  void tick();
  void follow();
  [[nodiscard]] const RunLengths* run() const;
  [[nodiscard]] std::int64_t row_at(int position) const;  // of the slider

  Workspace& workspace_;
  QTimer timer_;
  QElapsedTimer since_frame_;
  double position_ = 0;
  QAction* play_ = nullptr;
  std::vector<std::pair<QAction*, Symbol>> symbols_;
  QSlider* slider_ = nullptr;
  QLabel* where_ = nullptr;
};

}  // namespace kvfoot::gui
