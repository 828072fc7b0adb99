// Files to sections, and what does not fit together.
#include "sim/report/report_page.hpp"

#include <algorithm>
#include <map>

#include "sim/report/sweep_export.hpp"

namespace kvfoot {
namespace {

bool is_single_run(const SweepResult& sweep) {
  return sweep.title.empty() && sweep.provenance.scenario_hash.empty() &&
         sweep.results.size() == 1 && sweep.failed.empty();
}

const Provenance& origin_of(const SweepResult& sweep) {
  return is_single_run(sweep) ? sweep.results.front().provenance : sweep.provenance;
}

std::string quoted(const std::string& text) { return "'" + text + "'"; }

// "a.json", "a.json and b.json", "a.json, b.json and c.json".
std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += i == 0 ? "" : i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

bool same_rows(const SweepResult& a, const SweepResult& b) {
  return a.results.size() == b.results.size() && a.failed == b.failed &&
         results_to_csv(a.results) == results_to_csv(b.results);
}

// Leaves out repetitions; says where one scenario has two results.
std::vector<ReportFile> without_repetitions(std::vector<ReportFile> files,
                                            std::vector<std::string>& notes) {
  std::vector<ReportFile> kept;
  for (ReportFile& file : files) {
    const bool single = is_single_run(file.sweep);
    bool repeats = false;
    for (const ReportFile& other : kept) {
      const std::string& hash = file.sweep.provenance.scenario_hash;
      if (single != is_single_run(other.sweep) || hash != other.sweep.provenance.scenario_hash ||
          file.sweep.title != other.sweep.title) {
        continue;
      }
      if (same_rows(file.sweep, other.sweep)) {
        notes.push_back(file.name + " holds the same results as " + other.name +
                        " and is not shown again.");
        repeats = true;
        break;
      }
      if (!hash.empty()) {
        notes.push_back(other.name + " and " + file.name + " are runs of the same scenario (hash " +
                        hash + ") with different results; kvfoot compare shows where.");
      }
    }
    if (!repeats) {
      kept.push_back(std::move(file));
    }
  }
  return kept;
}

// One scenario, by its title, in several versions.
void note_versions(const std::vector<ReportFile>& files, std::vector<std::string>& notes) {
  std::map<std::string, std::map<std::string, std::vector<std::string>>> hashes;  // by title
  for (const ReportFile& file : files) {
    if (!file.sweep.title.empty()) {
      hashes[file.sweep.title][file.sweep.provenance.scenario_hash].push_back(file.name);
    }
  }
  for (const auto& [title, versions] : hashes) {
    if (versions.size() < 2) {
      continue;
    }
    std::vector<std::string> parts;
    for (const auto& [hash, names] : versions) {
      parts.push_back(listed(names) + (hash.empty() ? " (no hash)" : " (hash " + hash + ")"));
    }
    notes.push_back("Scenario " + quoted(title) + " is here in different versions: " +
                    listed(parts) + ". They ran different things and are shown apart.");
  }
}

void note_programs(const std::vector<ReportFile>& files, std::vector<std::string>& notes) {
  std::map<std::string, std::vector<std::string>> programs;
  for (const ReportFile& file : files) {
    programs[origin_of(file.sweep).program].push_back(file.name);
  }
  if (programs.size() < 2) {
    return;
  }
  std::vector<std::string> parts;
  for (const auto& [program, names] : programs) {
    parts.push_back((program.empty() ? "an unnamed program" : program) + " (" + listed(names) +
                    ")");
  }
  notes.push_back("Different programs wrote these results: " + listed(parts) +
                  ". Numbers of different versions need not compare.");
}

void note_traces(const std::vector<ReportFile>& files, std::vector<std::string>& notes) {
  std::map<std::string, std::map<std::string, std::string>> traces;  // name: hash: first file
  for (const ReportFile& file : files) {
    for (const RunResult& result : file.sweep.results) {
      if (!result.inputs.trace.empty()) {
        traces[result.inputs.trace].emplace(result.provenance.trace_hash, file.name);
      }
    }
  }
  for (const auto& [trace, hashes] : traces) {
    if (hashes.size() < 2) {
      continue;
    }
    std::vector<std::string> parts;
    for (const auto& [hash, name] : hashes) {
      parts.push_back(hash + " in " + name);
    }
    notes.push_back("Trace " + quoted(trace) + " has different contents: " + listed(parts) +
                    ". Retained mass does not compare.");
  }
}

// Sections of one title carry the names of their files.
void tell_apart(std::vector<ReportSection>& sections, const std::vector<std::string>& files) {
  std::map<std::string, int> times;
  for (const ReportSection& section : sections) {
    ++times[section.title];
  }
  for (std::size_t i = 0; i < sections.size(); ++i) {
    if (times[sections[i].title] > 1) {
      sections[i].title += " (" + files[i] + ")";
    }
  }
}

std::string title_of(const ReportPage& page) {
  if (page.sections.size() == 1) {
    return page.sections.front().title;
  }
  return std::to_string(page.sections.size()) + " sets of results";
}

}  // namespace

ReportPage make_report_page(ReportInput input, std::string title) {
  ReportPage page;
  page.notes = std::move(input.notes);
  note_versions(input.files, page.notes);
  note_programs(input.files, page.notes);
  note_traces(input.files, page.notes);
  std::vector<std::string> files;  // of the sections
  ReportSection runs{"Single runs", "", {}, {}, {}};
  for (ReportFile& file : without_repetitions(std::move(input.files), page.notes)) {
    SweepResult& sweep = file.sweep;
    page.origins.push_back({file.name, sweep.results.size(), origin_of(sweep)});
    if (is_single_run(sweep)) {
      runs.results.push_back(std::move(sweep.results.front()));
      continue;
    }
    files.push_back(file.name);
    page.sections.push_back({sweep.title.empty() ? file.name : std::move(sweep.title),
                             std::move(sweep.teaches),
                             std::move(sweep.results),
                             std::move(sweep.failed),
                             {}});
  }
  tell_apart(page.sections, files);
  if (!runs.results.empty()) {
    if (runs.results.size() == 1) {
      runs.title = "one run of " + short_spec(runs.results.front().inputs);
    }
    page.sections.push_back(std::move(runs));
  }
  page.title = title.empty() ? title_of(page) : std::move(title);
  return page;
}

}  // namespace kvfoot
