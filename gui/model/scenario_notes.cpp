// Finding comments, and writing the keys that the panels do not edit.
#include "gui/model/scenario_notes.hpp"

#include <algorithm>
#include <utility>

#include "sim/io/yaml.hpp"

namespace kvfoot::gui {
namespace {

// Signs that might begin a comment; in a file with more of them that do not, one is assumed.
constexpr int kMostSigns = 200;

}  // namespace

std::string yaml_quoted(std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += std::string("\\") + c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += std::string("\\x") + kDigits[byte / 16] + kDigits[byte % 16];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

// A comment is what can be taken away, up to the end of its line, without a change. That holds in
// quoted and in block text too, where a number sign begins none.
int first_comment(std::string_view yaml) {
  if (yaml.find('#') == std::string_view::npos) {
    return 0;  // as in most files
  }
  const auto whole = parse_yaml(yaml, "");
  if (!whole) {
    return 0;
  }
  int line = 1;
  int signs = 0;
  for (std::size_t at = 0; at < yaml.size(); ++at) {
    if (yaml[at] == '\n') {
      ++line;
    }
    const bool apart = at == 0 || yaml[at - 1] == '\n' || yaml[at - 1] == ' ' ||
                       yaml[at - 1] == '\t' || yaml[at - 1] == '\r';
    if (yaml[at] != '#' || !apart) {
      continue;
    }
    std::string without(yaml.substr(0, at));
    without += yaml.substr(std::min(yaml.find('\n', at), yaml.size()));
    const auto rest = parse_yaml(without, "");
    if ((rest && *rest == *whole) || ++signs > kMostSigns) {
      return line;
    }
  }
  return 0;
}

ScenarioNotes notes_of(const Scenario& scenario, std::string_view text, const WhatIf& run) {
  ScenarioNotes notes;
  notes.title = scenario.title == short_name(run) ? std::string() : scenario.title;
  notes.teaches = scenario.teaches;
  notes.report = scenario.report;
  notes.retained_mass = scenario.retained_mass;
  notes.comment_line = first_comment(text);
  return notes;
}

std::string notes_yaml(const ScenarioNotes& notes) {
  static const ReportOptions kNone;
  std::string text;
  if (!notes.teaches.empty()) {
    text += "teaches: " + yaml_quoted(notes.teaches) + "\n";
  }
  if (!notes.retained_mass) {
    text += "retained_mass: false\n";
  }
  std::string report;
  const auto line = [&](const char* key, const std::string& value, const std::string& otherwise) {
    if (value != otherwise) {
      report += std::string("  ") + key + ": " + yaml_quoted(value) + "\n";
    }
  };
  const ReportOptions& asked = notes.report;
  line("csv", asked.csv, kNone.csv);
  line("jsonl", asked.jsonl, kNone.jsonl);
  line("hdf5", asked.hdf5, kNone.hdf5);
  line("json", asked.json, kNone.json);
  line("markdown", asked.markdown, kNone.markdown);
  std::string plots;
  for (const std::string& plot : asked.plots) {
    plots += (plots.empty() ? "" : ", ") + yaml_quoted(plot);
  }
  if (!plots.empty()) {
    report += "  plots: [" + plots + "]\n";
  }
  line("plot_folder", asked.plot_folder, kNone.plot_folder);
  line("plot_format", asked.plot_format, kNone.plot_format);
  return report.empty() ? text : text + "report:\n" + report;
}

}  // namespace kvfoot::gui
