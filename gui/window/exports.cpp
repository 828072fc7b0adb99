// What the window writes besides scenarios: pictures and numbers.
#include <QAction>
#include <QDesktopServices>
#include <QDir>
#include <QFileInfo>
#include <QSettings>
#include <QUrl>
#include <vector>

#include "gui/view/timeline_panel.hpp"
#include "gui/window/export_file.hpp"
#include "gui/window/main_window.hpp"
#include "sim/io/file.hpp"
#include "sim/report/timeline_csv.hpp"

namespace kvfoot::gui {
namespace {

constexpr QLatin1String kDarkExports("dark_exports");

plots::Look export_look() {
  return QSettings().value(kDarkExports).toBool() ? plots::Look::kDark : plots::Look::kLight;
}

}  // namespace

// Apart from the look of the window: what is worked in at night is printed on white paper.
QAction* MainWindow::make_look_of_exports() {
  auto* dark = new QAction(tr("Exported pictures are &dark"), this);
  dark->setObjectName(QStringLiteral("action.dark_exports"));
  dark->setCheckable(true);
  dark->setChecked(export_look() == plots::Look::kDark);
  dark->setStatusTip(tr("Otherwise they are light, for paper, whatever the window looks like"));
  connect(dark, &QAction::toggled, this,
          [](bool checked) { QSettings().setValue(kDarkExports, checked); });
  return dark;
}

void MainWindow::ask_export() {
  const QString path = ask_export_file(this, tr("Export the picture, or the timeline's numbers"));
  if (!path.isEmpty()) {
    export_to(path);
  }
}

bool MainWindow::export_to(const QString& file) {
  Status status;
  if (QFileInfo(file).suffix().compare(QLatin1String("csv"), Qt::CaseInsensitive) == 0) {
    const OutcomePtr& outcome = workspace_.outcome();
    if (outcome == nullptr || outcome->timeline.empty()) {
      status = Error{file.toStdString(), "there is no timeline to export"};
    } else {
      std::vector<double> seconds;
      for (const TimelinePoint& point : outcome->timeline) {
        if (outcome->replay.clock) {
          seconds.push_back(time_of_row(*outcome, point.row));
        }
      }
      status = write_file(file.toStdString(), timeline_to_csv(outcome->timeline, seconds));
    }
  } else {
    status = focused_plot()->export_picture(file, export_look());
  }
  report(status);
  if (status) {
    const QString folder = QFileInfo(file).absolutePath();
    messages_->show_message(
        MessageBar::Kind::kNote,
        tr("Exported: %1").arg(QDir::toNativeSeparators(QFileInfo(file).absoluteFilePath())),
        {{tr("Open folder"), tr("Show the file in the desktop's file manager"),
          [folder] { QDesktopServices::openUrl(QUrl::fromLocalFile(folder)); }}});
  }
  return status.ok();
}

PlotWidget* MainWindow::focused_plot() const {
  return last_plot_ != nullptr ? last_plot_ : &timeline_->view();
}

}  // namespace kvfoot::gui
