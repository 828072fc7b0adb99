// The page as HTML that is XML as well.
#include <algorithm>
#include <map>
#include <set>

#include "sim/core/text.hpp"
#include "sim/report/html_text.hpp"
#include "sim/report/metric_table.hpp"
#include "sim/report/report_page.hpp"
#include "sim/report/report_style.hpp"
#include "sim/report/sweep_export.hpp"
#include "sim/report/units.hpp"

namespace kvfoot {
namespace {

constexpr std::size_t kMostRows = 1000;  // of a table; what no one reads makes a page slow
constexpr std::size_t kMostSpecs = 200;  // of the list of policies

std::string element(std::string_view tag, std::string_view attributes, std::string_view text) {
  std::string out = "<" + std::string(tag);
  out += attributes.empty() ? "" : " " + std::string(attributes);
  out += ">" + html_escape(text) + "</" + std::string(tag) + ">";
  return out;
}

std::string plural(std::size_t count, std::string_view noun) {
  return format_count(static_cast<std::int64_t>(count)) + " " + std::string(noun) +
         (count == 1 ? "" : "s");
}

// "snapkv:sparsity=0.7,window=64" with the name in front.
std::string policy_cell(const std::string& spec) {
  const std::size_t colon = spec.find(':');
  std::string cell = "<th scope=\"row\">" + html_escape(spec.substr(0, colon));
  if (colon != std::string::npos) {
    std::string params = spec.substr(colon + 1);
    for (std::size_t at = params.find(','); at != std::string::npos;
         at = params.find(',', at + 2)) {
      params.insert(at + 1, " ");
    }
    cell += " <span>" + html_escape(params) + "</span>";
  }
  return cell + "</th>";
}

// A share gets a bar behind its number.
std::string number_cell(const std::string& text) {
  if (text.empty()) {
    return "<td class=\"n\">\xE2\x80\x93</td>";
  }
  if (text.ends_with(" %")) {
    const auto share = parse_double(std::string_view(text).substr(0, text.size() - 2));
    if (share && *share >= 0 && *share <= 100) {
      return "<td class=\"n share\" style=\"--share:" + text.substr(0, text.size() - 2) + "%\">" +
             html_escape(text) + "</td>";
    }
  }
  return element("td", "class=\"n\"", text);
}

// Columns that say the same in every row, out of the table and into words: "Peak memory 16.2 GiB".
std::string take_constants(Table& table) {
  std::string words;
  if (table.rows.size() < 2) {
    return words;
  }
  for (std::size_t column = table.columns.size() - 1; column > 0; --column) {
    const std::string& first = table.rows.front()[column];
    if (!std::ranges::all_of(table.rows, [&](const auto& row) { return row[column] == first; })) {
      continue;
    }
    words = table.columns[column].header + " " + first + (words.empty() ? "" : ", ") + words;
    const auto at = static_cast<std::ptrdiff_t>(column);
    table.columns.erase(table.columns.begin() + at);
    for (auto& row : table.rows) {
      row.erase(row.begin() + at);
    }
  }
  return words;
}

std::string table_html(const Table& table) {
  std::string out = "<div class=\"wide\"><table>\n<thead><tr>";
  for (const Table::Column& column : table.columns) {
    out +=
        element("th", column.right ? "scope=\"col\" class=\"n\"" : "scope=\"col\"", column.header);
  }
  out += "</tr></thead>\n<tbody>\n";
  for (std::size_t i = 0; i < std::min(table.rows.size(), kMostRows); ++i) {
    out += "<tr>" + policy_cell(table.rows[i].front());
    for (std::size_t k = 1; k < table.columns.size(); ++k) {
      out += table.columns[k].right ? number_cell(table.rows[i][k])
                                    : element("td", "", table.rows[i][k]);
    }
    out += "</tr>\n";
  }
  out += "</tbody>\n</table></div>\n";
  if (table.rows.size() > kMostRows) {
    out += element("p", "class=\"small\"",
                   "The first " + plural(kMostRows, "row") + " of " +
                       format_count(static_cast<std::int64_t>(table.rows.size())) +
                       "; the files have all of them.") +
           "\n";
  }
  return out;
}

// One run has no rows to compare: its metrics stand below each other.
std::string metrics_html(const RunResult& result) {
  std::string out = "<div class=\"wide\"><table class=\"one\">\n<tbody>\n";
  for (const MetricInfo& metric : metric_table()) {
    if (const auto value = metric.get(result.metrics)) {
      out += "<tr>" + element("th", "scope=\"row\"", metric.label) +
             number_cell(format_metric(metric, *value)) + "</tr>\n";
    }
  }
  return out + "</tbody>\n</table></div>\n";
}

std::string figures_html(const std::vector<ReportFigure>& figures) {
  std::string out = figures.empty() ? "" : "<div class=\"figures\">\n";
  for (const ReportFigure& figure : figures) {
    out += "<figure>\n<div class=\"light\">" + figure.light + "</div>\n<div class=\"dark\">" +
           figure.dark + "</div>\n";
    out += figure.caption.empty() ? "" : element("figcaption", "", figure.caption) + "\n";
    out += "</figure>\n";
  }
  return out + (figures.empty() ? "" : "</div>\n");
}

std::string problems_html(const ReportSection& section) {
  std::string out;
  const auto warnings = distinct_warnings(section.results);
  if (!warnings.empty()) {
    out += "<h3>Warnings</h3>\n<ul class=\"warnings\">\n";
    for (const auto& [warning, rows] : warnings) {
      out += "<li>" + element("code", "", warning.code) + " ";
      if (section.results.size() > 1) {
        out += element("span", "class=\"small\"",
                       std::to_string(rows) + " of " + plural(section.results.size(), "row")) +
               " ";
      }
      out += html_escape(warning.text) + "</li>\n";
    }
    out += "</ul>\n";
  }
  if (!section.failed.empty()) {
    out += "<h3>Runs that failed</h3>\n<ul class=\"failed\">\n";
    for (const FailedPoint& failed : section.failed) {
      out += "<li>" + element("code", "", failed.run) + " " + html_escape(failed.error) + "</li>\n";
    }
    out += "</ul>\n";
  }
  return out;
}

std::string section_html(const ReportSection& section, std::size_t number, bool only) {
  std::string out = "<section id=\"s" + std::to_string(number) + "\">\n";
  if (!only) {
    out += element("h2", "", section.title) + "\n";
  }
  if (!section.teaches.empty()) {
    out += element("p", "class=\"teaches\"", section.teaches) + "\n";
  }
  Table table = results_table(section.results);
  const std::string constants = take_constants(table);
  const std::string shared = shared_inputs(section.results);
  if (!shared.empty()) {
    out += "<p class=\"shared\">" +
           element("b", "", section.results.size() == 1 ? "The run:" : "All runs:") + " " +
           html_escape(shared) + (constants.empty() ? "" : "; " + html_escape(constants)) +
           ".</p>\n";
  }
  out += figures_html(section.figures);
  if (section.results.size() == 1) {
    out += metrics_html(section.results.front());
  } else if (!section.results.empty()) {
    out += table_html(table);
  }
  return out + problems_html(section) + "</section>\n";
}

// "32 layers, 32 query heads, 8 KV heads of 128".
std::string geometry(const ModelShape& shape) {
  return plural(static_cast<std::size_t>(shape.layers), "layer") + ", " +
         plural(static_cast<std::size_t>(shape.q_heads), "query head") + ", " +
         plural(static_cast<std::size_t>(shape.kv_heads), "KV head") + " of " +
         std::to_string(shape.head_dim);
}

std::string list_html(std::string_view heading, const std::set<std::string>& items) {
  if (items.empty()) {
    return {};
  }
  std::string out = element("h3", "", heading) + "\n<ul>\n";
  std::size_t count = 0;
  for (const std::string& item : items) {
    if (++count > kMostSpecs) {
      out += element("li", "", "and " + std::to_string(items.size() - kMostSpecs) + " more") + "\n";
      break;
    }
    out += "<li>" + element("code", "", item) + "</li>\n";
  }
  return out + "</ul>\n";
}

std::string inputs_html(const ReportPage& page) {
  std::set<std::string> shapes;
  std::set<std::string> traces;
  std::set<std::string> specs;
  for (const ReportSection& section : page.sections) {
    for (const RunResult& result : section.results) {
      const RunInputs& in = result.inputs;
      shapes.insert(in.shape.name + ": " + geometry(in.shape));
      if (!in.trace.empty()) {
        traces.insert(in.trace + ": content hash " + result.provenance.trace_hash);
      }
      specs.insert(in.spec);
    }
  }
  return list_html("Models", shapes) + list_html("Traces", traces) +
         list_html("Policies, with every default", specs);
}

std::string origins_html(const ReportPage& page) {
  std::string out =
      "<section id=\"origin\">\n<h2>Where the numbers come from</h2>\n<div class=\"wide\"><table>\n"
      "<thead><tr><th scope=\"col\">file</th><th scope=\"col\" class=\"n\">runs</th>"
      "<th scope=\"col\">program</th><th scope=\"col\">scenario hash</th>"
      "<th scope=\"col\">machine</th></tr></thead>\n<tbody>\n";
  for (const ReportOrigin& origin : page.origins) {
    out += "<tr>" + element("th", "scope=\"row\"", origin.file) +
           element("td", "class=\"n\"", format_count(static_cast<std::int64_t>(origin.runs))) +
           element("td", "", origin.provenance.program) + "<td>" +
           element("code", "", origin.provenance.scenario_hash) + "</td>" +
           element("td", "class=\"text\"", origin.provenance.machine) + "</tr>\n";
  }
  return out + "</tbody>\n</table></div>\n" + inputs_html(page) + "</section>\n";
}

std::string head_html(const ReportPage& page) {
  std::size_t runs = 0;
  std::size_t failed = 0;
  for (const ReportSection& section : page.sections) {
    runs += section.results.size();
    failed += section.failed.size();
  }
  std::string out =
      "<header>\n" + element("h1", "", page.title) + "\n<p class=\"small\">" + plural(runs, "run");
  out += failed == 0 ? "" : ", " + std::to_string(failed) + " failed";
  out += " \xC2\xB7 " + html_escape(page.program) + "</p>\n</header>\n";
  if (!page.notes.empty()) {
    out += "<aside>\n<h2>Before you read on</h2>\n<ul>\n";
    for (const std::string& note : page.notes) {
      out += element("li", "", note) + "\n";
    }
    out += "</ul>\n</aside>\n";
  }
  if (page.sections.size() > 1) {
    out += "<nav>\n<ol>\n";
    for (std::size_t i = 0; i < page.sections.size(); ++i) {
      out += "<li>" +
             element("a", "href=\"#s" + std::to_string(i + 1) + "\"", page.sections[i].title) +
             "</li>\n";
    }
    out += "</ol>\n</nav>\n";
  }
  return out;
}

// What the words of the tables mean, for readers who come without the manual.
constexpr std::string_view kWords =
    "<p class=\"small\">KV footprint: entries resident, summed over rows, as a share of what full "
    "attention holds. Peak residency: the largest share of all entries that is resident at once. "
    "Peak KV and peak memory: bytes at the worst moment, of the cache and of everything. Retained "
    "mass: attention of the dense model that lies on entries still there; it is not accuracy."
    "</p>\n";

}  // namespace

std::string report_to_html(const ReportPage& page) {
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n"
      "<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<meta name=\"color-scheme\" content=\"light dark\"/>\n" +
      element("title", "", page.title) + "\n<style>\n" + std::string(kReportStyle) +
      "</style>\n</head>\n<body>\n" + head_html(page) + "<main>\n";
  for (std::size_t i = 0; i < page.sections.size(); ++i) {
    out += section_html(page.sections[i], i + 1, page.sections.size() == 1);
  }
  return out + origins_html(page) + std::string(kWords) + "</main>\n</body>\n</html>\n";
}

std::string inline_svg(std::string_view svg, std::string_view label) {
  const auto without = [&svg](std::string_view open, std::string_view close) {
    std::string out(svg);
    const std::size_t begin = out.find(open);
    const std::size_t end = out.find(close, begin == std::string::npos ? 0 : begin);
    if (begin != std::string::npos && end != std::string::npos) {
      out.erase(begin, end + close.size() - begin);
    }
    return out;
  };
  const std::string untitled = without("<title>", "</title>");
  svg = untitled;
  const std::string bare = without("<desc>", "</desc>");
  const std::size_t tag = bare.find("<svg");
  const std::size_t end = tag == std::string::npos ? tag : bare.find('>', tag);
  if (end == std::string::npos || bare[end - 1] == '/') {
    return {};  // nothing, or nothing in it
  }
  const std::string_view head = std::string_view(bare).substr(tag, end - tag);
  std::string box;
  if (const std::size_t at = head.find("viewBox=\""); at != std::string_view::npos) {
    box = " " + std::string(head.substr(at, head.find('"', at + 9) + 1 - at));
  }
  // The box alone: the page decides how large the picture is.
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"" +
         html_escape(label) + "\"" + box + ">" + bare.substr(end + 1);
}

}  // namespace kvfoot
