// Figure 1 of arXiv 2506.17121 for the run: query x key, live, inactive and evicted, from 128K x
// 128K to a single entry, with the recorded attention above it.
#pragma once

#include <QString>
#include <QTimer>
#include <QWidget>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "gui/model/latest.hpp"
#include "gui/model/mass_raster.hpp"
#include "gui/model/workspace.hpp"
#include "gui/view/entry_text.hpp"
#include "gui/view/map_lives.hpp"
#include "gui/view/sight.hpp"

class QLabel;

namespace kvfoot::gui {

class StateMapControls;
class StateMapPlot;

class StateMapView final : public QWidget {
  Q_OBJECT
 public:
  explicit StateMapView(Workspace& workspace, QWidget* parent = nullptr);
  ~StateMapView() override;

  [[nodiscard]] StateMapPlot& plot() { return *plot_; }
  // The map or its attention is being worked out.
  [[nodiscard]] bool busy() const { return lives_.busy() || mass_job_.busy(); }
  // What is drawn; its outcome is null when nothing is.
  [[nodiscard]] const MapSubject& subject() const { return subject_; }
  [[nodiscard]] bool mass_shown() const;
  void show_mass(bool shown);
  [[nodiscard]] QString hovered_text() const { return text_; }
  // What the reader sees of one entry, as under the pointer.
  [[nodiscard]] QString words_at(std::int64_t row, std::int64_t key);
  // Of longer runs no entry's attention is read: its row would be decoded while the pointer moves.
  // Holds from the next picture on.
  void set_most_rows(std::int64_t rows) { most_rows_ = rows; }

 signals:
  void hovered_text_changed(const QString& text);

 private:
  void build();
  void connect_controls();
  void appear();
  void vanish();
  void follow_outcome();
  void follow_stream();
  void follow_cursor();
  void show_subject(const MapSubject& subject);
  void show_nothing(const QString& why);
  void request_mass();
  void point_at(std::optional<EntryPlace> place);
  void keep_up();  // what is drawn is what is asked for, or nothing is on its way

  Workspace& workspace_;
  Sight sight_{*this};
  StateMapControls* controls_ = nullptr;
  StateMapPlot* plot_ = nullptr;
  QLabel* readout_ = nullptr;

  MapSubject subject_;
  std::unique_ptr<RecordedMass> entry_mass_;  // of the subject, for the entry under the pointer
  std::optional<EntryPlace> pointer_;
  std::int64_t most_rows_ = 32768;
  QString text_;
  QTimer patience_;      // with a picture of what was shown before
  bool behind_ = false;  // it has lasted; the words say so

  MapLives lives_;
  Latest mass_job_;
};

// Milliseconds of each of so many paintings of the map, all but a few of its rows in view and the
// picture made anew each time. Something must be shown.
[[nodiscard]] std::vector<double> painting_times(StateMapView& view, int paintings);

}  // namespace kvfoot::gui
