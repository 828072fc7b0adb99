// kvfoot report: one page about a folder of results.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/command_line.hpp"
#include "cli/draw.hpp"
#include "cli/version.hpp"
#include "sim/io/file.hpp"
#include "sim/report/report_page.hpp"

namespace kvfoot::cli {
namespace {

struct Options {
  std::vector<std::string> paths;
  std::string out = "report.html";
  std::string title;
  bool no_plots = false;
};

void add_figure(ReportSection& section, const DrawnSvg& drawn, const std::string& label,
                const std::string& caption) {
  section.figures.push_back(
      {caption, inline_svg(drawn.light, label), inline_svg(drawn.dark, label)});
}

Status draw(ReportSection& section) {
  const ReportCharts charts = report_charts(section.results);
  for (const LineFigure& figure : charts.lines) {
    KVFOOT_ASSIGN(const DrawnSvg drawn, lines_svg(figure));
    add_figure(section, drawn, figure.name.metric + " against " + figure.name.axis, figure.caption);
  }
  for (const BarFigure& figure : charts.bars) {
    KVFOOT_ASSIGN(const DrawnSvg drawn, bars_svg(figure));
    add_figure(section, drawn, figure.title, figure.caption);
  }
  return {};
}

// A page without pictures is still a page; it says why.
void draw_all(ReportPage& page) {
  Status drawing = can_draw();
  for (ReportSection& section : page.sections) {
    if (drawing) {
      drawing = draw(section);
    }
  }
  if (!drawing) {
    for (ReportSection& section : page.sections) {
      section.figures.clear();
    }
    page.notes.push_back("There are no pictures: " + drawing.error().what + ".");
    warn("no_plots", drawing.error().message());
  }
}

Status write_report(const Options& options) {
  const std::vector<std::filesystem::path> paths(options.paths.begin(), options.paths.end());
  KVFOOT_ASSIGN(ReportInput input, read_report_input(paths));
  ReportPage page = make_report_page(std::move(input), options.title);
  page.program = kVersionText;
  for (const std::string& note : page.notes) {
    warn("report", note);
  }
  if (!options.no_plots) {
    draw_all(page);
  }
  const std::string html = report_to_html(page);
  if (options.out == "-") {
    std::fwrite(html.data(), 1, html.size(), stdout);
    return {};
  }
  KVFOOT_TRY(write_file(options.out, html));
  std::printf("wrote %s\n", options.out.c_str());
  return {};
}

}  // namespace

void add_report(Command& root, int& exit_code) {
  auto options = std::make_shared<Options>();
  Command* command = root.add_subcommand(
      "report", "Write one HTML page about results: tables, pictures, warnings, provenance");
  command->add_option("PATH", options->paths, "Folders of results, result.json or sweep.json")
      ->required();
  command->add_option("--out", options->out, "Page to write, or -")->capture_default_str();
  command->add_option("--title", options->title, "Title of the page; default: that of the sweep");
  command->add_flag("--no-plots", options->no_plots, "Tables only");
  command->callback([=, &exit_code] {
    const Status status = write_report(*options);
    exit_code = status ? kDone : fail(status.error());
  });
}

}  // namespace kvfoot::cli
