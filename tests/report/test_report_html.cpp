// The page: golden bytes, markup that is XML, text that cannot break out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/report/html_text.hpp"
#include "sim/report/report_page.hpp"
#include "tests/report/golden.hpp"
#include "tests/report/sample_results.hpp"
#include "tests/report/well_formed.hpp"

namespace kvfoot {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ReportPage sample_page() {
  ReportInput input;
  input.files.push_back({"two.json", sample_sweep()});
  SweepResult single;
  single.results = {sample_snapkv()};
  single.results.front().provenance.scenario_hash.clear();
  input.files.push_back({"one.json", single});
  input.notes = {"other.json is left out: it is no result of kvfoot."};
  ReportPage page = make_report_page(std::move(input), "");
  page.program = "kvfoot 0.0.0";
  page.sections.front().figures.push_back(
      {"Here chunk 16; the table has the other values.",
       inline_svg("<?xml version=\"1.0\"?>\n<svg width=\"2mm\" height=\"1mm\" viewBox=\"0 0 2 "
                  "1\">\n<title>a<b</title><desc>c</desc><g/></svg>",
                  "a<b"),
       inline_svg("<svg viewBox=\"0 0 2 1\"><g/></svg>", "dark")});
  return page;
}

TEST(ReportHtml, GoldenPage) {
  const std::string html = report_to_html(sample_page());
  expect_golden("report.html", html);
  EXPECT_EQ(markup_fault(html), "");
  EXPECT_EQ(html, report_to_html(sample_page()));
}

TEST(ReportHtml, NothingComesFromElsewhereAndNothingRuns) {
  const std::string html = report_to_html(sample_page());
  for (const char* word :
       {"<script", " src=", "<link", "@import", "url(", "javascript:", "onload"}) {
    EXPECT_THAT(html, Not(HasSubstr(word)));
  }
  for (std::size_t at = html.find("href="); at != std::string::npos;
       at = html.find("href=", at + 1)) {
    EXPECT_EQ(html.substr(at, 7), "href=\"#") << "links stay on the page";
  }
}

// Every text that a file can bring, with markup in it.
TEST(ReportHtml, NoTextBreaksOut) {
  const std::string evil = "<script>alert('1')</script>&\"]]>\x01\x7f\xE2\x80\xAE\xC2\x85\xFF";
  SweepResult sweep = sample_sweep();
  sweep.title = "title" + evil;
  sweep.teaches = "teaches" + evil;
  sweep.provenance = {"program" + evil, "hash" + evil, "", "machine" + evil};
  for (RunResult& result : sweep.results) {
    result.inputs.policy = "policy" + evil;
    result.inputs.spec = "spec" + evil;
    result.inputs.params = {{"key" + evil, "value" + evil}};
    result.inputs.trace = "trace" + evil;
    result.inputs.shape.name = "shape" + evil;
    result.inputs.device_model = "device" + evil;
    result.provenance = sweep.provenance;
    result.provenance.trace_hash = "trace hash" + evil;
    result.warnings = {{"code" + evil, "text" + evil}};
  }
  sweep.results.back().inputs.trace = "other" + evil;
  sweep.failed = {{"run" + evil, "error" + evil}};
  ReportInput input{{{"file" + evil, sweep}}, {"note" + evil}};
  ReportPage page = make_report_page(input, "");
  page.program = "me" + evil;
  page.sections.front().figures.push_back({"caption" + evil, inline_svg("<svg></svg>", evil), ""});
  page.sections.push_back(page.sections.front());
  const std::string html = report_to_html(page);
  EXPECT_EQ(markup_fault(html), "");
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  for (const char* source :
       {"title", "teaches", "program", "hash",  "machine", "policy",     "spec",
        "key",   "value",   "trace",   "shape", "device",  "trace hash", "code",
        "text",  "run",     "error",   "file",  "note",    "me",         "caption"}) {
    EXPECT_THAT(html, HasSubstr(std::string(source) + "&lt;script&gt;alert(&#39;1&#39;)"))
        << source;
  }
}

TEST(ReportHtml, EscapesWhatXmlForbids) {
  EXPECT_EQ(html_escape("a<b>&\"c\"'"), "a&lt;b&gt;&amp;&quot;c&quot;&#39;");
  EXPECT_EQ(html_escape(std::string_view("\0\x1b\n\t\x7f", 5)), "\\x00\\x1b\n\t\\x7f");
  EXPECT_EQ(html_escape("\xC3\xA4\xE6\x97\xA5\xF0\x9F\x99\x82"),
            "\xC3\xA4\xE6\x97\xA5\xF0\x9F\x99\x82");
  EXPECT_EQ(html_escape("\xFF\xC3"), "\\xff\\xc3");
  EXPECT_EQ(html_escape("\xED\xA0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
  EXPECT_EQ(html_escape("\xEF\xBF\xBF"), "\\xef\\xbf\\xbf") << "U+FFFF";
  EXPECT_EQ(html_escape("a\xE2\x80\xAE"
                        "b"),
            "a\\xe2\\x80\\xaeb")
      << "right to left";
}

TEST(ReportHtml, WhatAllRowsShareIsSaidOnce) {
  SweepResult sweep = sample_sweep();
  sweep.results = {sample_full(), sample_full()};
  sweep.results[1].inputs.run.output = 9;
  const std::string html = report_to_html(make_report_page({{{"a.json", sweep}}, {}}, ""));
  EXPECT_THAT(html, HasSubstr("<b>All runs:</b> tiny, prompt 64, chunk all"));
  EXPECT_THAT(html,
              HasSubstr("; KV footprint 100.00 %, Peak residency 100.00 %, Peak KV 40.00 KiB"));
  EXPECT_THAT(html, HasSubstr("class=\"n\">output</th></tr>"));
}

TEST(ReportHtml, LongTablesSayThatTheyEnd) {
  SweepResult sweep = sample_sweep();
  sweep.results.assign(1200, sample_full());
  const std::string html = report_to_html(make_report_page({{{"a.json", sweep}}, {}}, ""));
  EXPECT_THAT(html, HasSubstr("The first 1 000 rows of 1 200"));
}

TEST(ReportHtml, ASweepOfFailuresIsAPage) {
  SweepResult sweep = sample_sweep();
  sweep.results.clear();
  const std::string html = report_to_html(make_report_page({{{"a.json", sweep}}, {}}, ""));
  EXPECT_EQ(markup_fault(html), "");
  EXPECT_THAT(html, HasSubstr("0 runs, 1 failed"));
  EXPECT_THAT(html, HasSubstr("budget 100 is larger than the prompt"));
}

TEST(MarkupFault, SeesWhatItShouldSee) {
  EXPECT_EQ(markup_fault("<a b=\"c\">d &amp; e<br/></a>"), "");
  for (const char* bad : {"<a>", "</a>", "<a><b></a></b>", "a & b", "a < b", "<a b=c'>", "\x01",
                          "<a b=\"<\"></a>", "a > b", "&nbsp;"}) {
    EXPECT_NE(markup_fault(bad), "") << bad;
  }
}

}  // namespace
}  // namespace kvfoot
