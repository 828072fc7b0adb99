// Finding results in a folder.
#include <algorithm>
#include <map>

#include "sim/io/file.hpp"
#include "sim/io/json.hpp"
#include "sim/report/report_page.hpp"

namespace kvfoot {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMaxResultBytes = std::int64_t{1} << 32;

// Whether the JSON is a result of some version of kvfoot. The error of JSON that cannot be read.
Result<bool> is_result(const fs::path& path) {
  KVFOOT_ASSIGN(const std::string text, read_file(path, kMaxResultBytes));
  KVFOOT_ASSIGN(const JsonValue value, parse_json(text, path.string()));
  const JsonValue* schema = value.find("schema");
  const auto* name = schema == nullptr ? nullptr : schema->get_if<std::string>();
  return name != nullptr &&
         (name->starts_with("kvfoot.result/") || name->starts_with("kvfoot.sweep/"));
}

Status read_folder(const fs::path& folder, ReportInput& input) {
  std::vector<fs::path> entries;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder, code)) {
    entries.push_back(entry.path());
  }
  if (code) {
    return Error{folder.string(), "cannot be read: " + code.message()};
  }
  std::ranges::sort(entries);
  const std::size_t before = input.files.size();
  for (const fs::path& path : entries) {
    const std::string name = path.filename().string();
    if (path.extension() == ".journal") {
      input.notes.push_back("An unfinished sweep lies beside the results (" + name +
                            "): its runs are not here.");
    }
    if (path.extension() != ".json" || !fs::is_regular_file(path, code)) {
      continue;
    }
    const Result<bool> known = is_result(path);
    if (!known && known.error().kind != ErrorKind::kBadInput) {
      return known.error();
    }
    if (!known || !*known) {
      input.notes.push_back(name + " is left out: it is " +
                            (known ? "no result of kvfoot." : "not readable as JSON."));
      continue;
    }
    KVFOOT_ASSIGN(SweepResult sweep, load_results(path));
    input.files.push_back({path.string(), std::move(sweep)});
  }
  if (input.files.size() == before) {
    return Error{folder.string(), "holds no results",
                 "kvfoot reads the JSON of 'report: {json: FILE}' in a scenario, or of kvfoot "
                 "replay --json FILE"};
  }
  return {};
}

// File names alone where they tell the files apart: a page should not depend on where it was made.
void shorten_names(std::vector<ReportFile>& files) {
  std::map<std::string, int> times;
  for (const ReportFile& file : files) {
    ++times[fs::path(file.name).filename().string()];
  }
  for (ReportFile& file : files) {
    const std::string name = fs::path(file.name).filename().string();
    file.name = times[name] == 1 ? name : file.name;
  }
}

}  // namespace

Result<ReportInput> read_report_input(std::span<const fs::path> paths) {
  ReportInput input;
  for (const fs::path& path : paths) {
    std::error_code code;
    if (fs::is_directory(path, code)) {
      KVFOOT_TRY(read_folder(path, input));
    } else {
      KVFOOT_ASSIGN(SweepResult sweep, load_results(path));
      input.files.push_back({path.string(), std::move(sweep)});
    }
  }
  shorten_names(input.files);
  return input;
}

}  // namespace kvfoot
