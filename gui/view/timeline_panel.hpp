// The timeline with its choices above and the numbers at the cursor below.
#pragma once

#include <QWidget>
#include <optional>

#include "gui/model/workspace.hpp"
#include "gui/view/timeline_view.hpp"

class QComboBox;
class QLabel;
class QToolButton;

namespace kvfoot::gui {

class TimelinePanel final : public QWidget {
  Q_OBJECT
 public:
  explicit TimelinePanel(Workspace& workspace, QWidget* parent = nullptr);

  [[nodiscard]] TimelineView& view() const { return *view_; }
  // Weights and everything else beside the cache; nothing without a device.
  void show_whole_memory();
  void show_cache();  // alone
  // Remembers what is chosen above the picture, and chooses it again.
  void keep_choices() { kept_ = wanted_; }
  void restore_choices();
  // Live, inactive, evicted and bytes at the row, as text.
  [[nodiscard]] QString readout() const;

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  // What the reader wants to see: shown as long as the scenario has it (a device).
  struct Choices {
    bool whole_memory = false;
    bool seconds = false;
    int unit = 0;
  };
  void choose();
  void apply();
  void show_choices();
  void follow();
  [[nodiscard]] QString bytes_text(std::int64_t bytes) const;
  [[nodiscard]] QString words_at(std::int64_t row) const;
  // Lines below the picture, as many as the longest numbers of the run take: none jump on the way.
  void make_room();

  Workspace& workspace_;
  TimelineView* view_ = nullptr;
  QComboBox* what_ = nullptr;
  QComboBox* unit_ = nullptr;
  QComboBox* axis_ = nullptr;
  QToolButton* decode_ = nullptr;
  QLabel* readout_ = nullptr;
  OutcomePtr measured_;
  Choices wanted_;
  std::optional<Choices> kept_;
  bool showing_ = false;  // the boxes are set, nobody chooses
};

}  // namespace kvfoot::gui
