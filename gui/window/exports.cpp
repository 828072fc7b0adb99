// What the window writes besides scenarios: pictures and numbers.
#include <QAction>
#include <QDesktopServices>
#include <QDir>
#include <QFileInfo>
#include <QUrl>
#include <algorithm>
#include <utility>

#include "gui/view/panel_numbers.hpp"
#include "gui/view/timeline_panel.hpp"
#include "gui/window/documents.hpp"
#include "gui/window/main_window.hpp"
#include "gui/window/save_dialog.hpp"
#include "gui/window/settings.hpp"
#include "sim/io/file.hpp"

namespace kvfoot::gui {
namespace {

plots::Look export_look() {
  return settings::dark_exports() ? plots::Look::kDark : plots::Look::kLight;
}

// The one that is read first; null: there is none.
PlotWidget* first_plot(const QWidget& panel) {
  const auto plots = panel.findChildren<PlotWidget*>();
  const auto place = [&](const PlotWidget* plot) {
    const QPoint at = plot->mapTo(&panel, QPoint());
    return std::pair(at.y(), at.x());
  };
  const auto first = std::ranges::min_element(plots, {}, place);
  return first == plots.end() ? nullptr : *first;
}

}  // namespace

// Apart from the look of the window: what is worked in at night is printed on white paper.
QAction* MainWindow::make_look_of_exports() {
  auto* dark = new QAction(tr("Exported pictures are &dark"), this);
  dark->setObjectName(QStringLiteral("action.dark_exports"));
  dark->setCheckable(true);
  dark->setChecked(export_look() == plots::Look::kDark);
  dark->setStatusTip(tr("Otherwise they are light, for paper, whatever the window looks like"));
  connect(dark, &QAction::toggled, this, &settings::set_dark_exports);
  return dark;
}

void MainWindow::ask_export() {
  // The name has no ending: not every desktop's dialog changes it along with the format.
  const QString path =
      ask_save_file(this, tr("Export: %1").arg(numbers_of(focused_panel(), workspace_).name),
                    QStringLiteral("kvfoot"),
                    {{QStringLiteral("png"), tr("PNG picture (*.png)")},
                     {QStringLiteral("svg"), tr("SVG picture (*.svg)")},
                     {QStringLiteral("pdf"), tr("PDF picture (*.pdf)")},
                     {QStringLiteral("csv"), tr("Numbers as CSV (*.csv)")}});
  if (!path.isEmpty()) {
    export_to(path);
  }
}

bool MainWindow::export_to(const QString& file) {
  Status status;
  const QString ending = QFileInfo(file).suffix().toLower();
  const bool picture =
      QStringList{QStringLiteral("png"), QStringLiteral("svg"), QStringLiteral("pdf")}.contains(
          ending);
  if (!picture && ending != QLatin1String("csv")) {
    status = Error{file.toStdString(),
                   ending.isEmpty() ? "has no ending that says the format"
                                    : "." + ending.toStdString() + " is no format of exports",
                   "use .png, .svg or .pdf for the picture, .csv for its numbers"};
  } else if (Status writable = check_target(file.toStdString()); !writable) {
    status = std::move(writable);
  } else if (!picture) {
    const auto csv = numbers_of(focused_panel(), workspace_).csv();
    status = csv ? write_file(file.toStdString(), *csv) : Status(csv.error());
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

// Numbers and picture are of one panel: beside a table stands the picture of its panel.
void MainWindow::follow_focus(QWidget* now) {
  if (now == nullptr || now->window() != this) {
    return;
  }
  QWidget* panel = panel_with_numbers(now);
  auto* plot = qobject_cast<PlotWidget*>(now);
  if (panel != nullptr) {
    last_panel_ = panel;
    if (plot == nullptr && (last_plot_ == nullptr || !panel->isAncestorOf(last_plot_))) {
      plot = first_plot(*panel);
    }
  }
  if (plot != nullptr) {
    last_plot_ = plot;
  }
}

// What nobody sees, behind another tab too, is not kept up with the scenario.
QWidget* MainWindow::focused_panel() const {
  const bool seen = last_panel_ != nullptr && !last_panel_->visibleRegion().isEmpty();
  return seen ? last_panel_.data() : nullptr;
}

PlotWidget* MainWindow::focused_plot() const {
  const bool seen = last_plot_ != nullptr && !last_plot_->visibleRegion().isEmpty();
  return seen ? last_plot_.data() : &timeline_->view();
}

}  // namespace kvfoot::gui
