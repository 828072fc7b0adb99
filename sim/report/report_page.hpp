// One page about a folder of results: what it says, before it becomes HTML.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/result.hpp"
#include "sim/report/result_json.hpp"

namespace kvfoot {

// Results as they lie on disk; `name` is what the page calls the file.
struct ReportFile {
  std::string name;
  SweepResult sweep;
};

struct ReportInput {
  std::vector<ReportFile> files;
  std::vector<std::string> notes;  // what was left out, and why
};

// Reads result and sweep files; of a folder every *.json with a schema of kvfoot, in the order of
// names, not of its subfolders. Other JSON there, broken JSON and journals of unfinished sweeps are
// named in the notes. Errors: a file that is no result, a newer schema, a damaged result, a folder
// without results.
[[nodiscard]] Result<ReportInput> read_report_input(std::span<const std::filesystem::path> paths);

// A picture as SVG text, as a reader of light and of dark pages sees it.
struct ReportFigure {
  std::string caption;
  std::string light;
  std::string dark;
};

struct ReportSection {
  std::string title;
  std::string teaches;
  std::vector<RunResult> results;
  std::vector<FailedPoint> failed;
  std::vector<ReportFigure> figures;
};

// Where the numbers of one file come from.
struct ReportOrigin {
  std::string file;
  std::size_t runs = 0;
  Provenance provenance;
};

struct ReportPage {
  std::string title;
  std::string program;             // that writes the page
  std::vector<std::string> notes;  // what a reader must know before the numbers
  std::vector<ReportSection> sections;
  std::vector<ReportOrigin> origins;
};

// A section per sweep, and one for all single runs together. A file that repeats another is left
// out with a note; notes also say when one scenario comes in several versions, when programs
// differ, and when one name of a trace stands for different contents. No figures yet. An empty
// `title` takes that of the only sweep, or says how many there are.
[[nodiscard]] ReportPage make_report_page(ReportInput input, std::string title);

// The page in one file: no scripts, nothing from elsewhere, light and dark as the reader's system
// says, and well-formed as XML too. The same bytes for the same page.
[[nodiscard]] std::string report_to_html(const ReportPage& page);

// An SVG document as an element of a page: without its prolog, its own title and its size.
[[nodiscard]] std::string inline_svg(std::string_view svg, std::string_view label);

}  // namespace kvfoot
