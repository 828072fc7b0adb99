// How a report page looks. Internal to sim/report.
#pragma once

#include <string_view>

namespace kvfoot {

// Colours follow the plots' two themes. No character here needs escaping in XML.
inline constexpr std::string_view kReportStyle = R"css(:root {
  --back: #ffffff; --text: #1c1e21; --muted: #60646a; --line: #e0e2e6; --stripe: #f6f7f9;
  --bar: #d3e5f3; --accent: #14609e; --note: #fff4e0; --note-line: #f0a63c; --bad: #a3261f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #1b1e23; --text: #e4e7eb; --muted: #a0a6ae; --line: #343940; --stripe: #22262c;
    --bar: #23455f; --accent: #6eb9f0; --note: #33291a; --note-line: #c4741e; --bad: #f08a80;
  }
  .light { display: none; }
}
@media not all and (prefers-color-scheme: dark) { .dark { display: none; } }
@media print { .wide { overflow: visible; } section { break-inside: auto; } figure { break-inside: avoid; } }
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 84rem; background: var(--back); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", Verdana, Arial, sans-serif;
}
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0; }
h2 { font-size: 1.35rem; line-height: 1.25; margin: 0 0 0.4rem; }
h3 { font-size: 1rem; margin: 1.6rem 0 0.3rem; }
h1::first-letter, h2::first-letter { text-transform: uppercase; }
header { border-bottom: 2px solid var(--accent); padding-bottom: 0.8rem; margin-bottom: 1.5rem; }
header p { margin: 0.4rem 0 0; }
section { margin: 0 0 3rem; }
section + section { border-top: 1px solid var(--line); padding-top: 1.8rem; }
a { color: var(--accent); }
nav a { display: inline-block; }
nav a::first-letter { text-transform: uppercase; }
nav ol { margin: 0 0 2.2rem; padding-left: 1.4rem; }
code { font: 0.9em/1.4 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.small { color: var(--muted); font-size: 0.875rem; }
.teaches { font-size: 1.1rem; max-width: 48rem; margin: 0 0 0.8rem; }
.shared { color: var(--muted); max-width: 60rem; margin: 0 0 1.2rem; }
.shared b { color: var(--text); font-weight: 600; }
aside { background: var(--note); border-left: 4px solid var(--note-line); padding: 0.8rem 1.2rem; margin: 0 0 2rem; }
aside h2 { font-size: 1rem; }
aside ul { margin: 0; padding-left: 1.1rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: 1.2rem; margin: 0 0 1.6rem; align-items: start; }
figure { margin: 0; border: 1px solid var(--line); border-radius: 6px; padding: 0.6rem; max-width: 44rem; }
figure svg { display: block; width: 100%; height: auto; }
figcaption { color: var(--muted); font-size: 0.875rem; padding: 0.2rem 0.4rem 0.1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.9rem; line-height: 1.35; }
th, td { padding: 0.32rem 0.7rem; text-align: left; vertical-align: middle; white-space: nowrap; }
th:first-child { padding-left: 0.4rem; }
thead th { border-bottom: 2px solid var(--line); font-weight: 600; color: var(--muted); vertical-align: bottom; white-space: normal; max-width: 7.5rem; }
tbody tr { border-bottom: 1px solid var(--line); }
tbody tr:nth-child(even) { background: var(--stripe); }
tbody th { font-weight: 600; white-space: normal; min-width: 12rem; }
tbody th span { font-weight: 400; color: var(--muted); }
.n { text-align: right; font-variant-numeric: tabular-nums; }
.share { background: linear-gradient(to right, var(--bar) var(--share), transparent 0) no-repeat 0.3rem 50% / calc(100% - 0.6rem) 72%; }
.text { white-space: normal; }
.one th { font-weight: 400; }
.warnings li, .failed li { margin-bottom: 0.3rem; }
.failed code { color: var(--bad); }
ul { padding-left: 1.3rem; margin: 0.2rem 0 0; }
)css";

}  // namespace kvfoot
