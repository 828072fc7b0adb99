// Any bytes as a result, a sweep or a timeline: an error with a place, or the same bytes again; a
// page about them that is markup whatever their texts are.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sim/core/check.hpp"
#include "sim/report/report_charts.hpp"
#include "sim/report/report_page.hpp"
#include "sim/report/result_json.hpp"
#include "sim/report/sweep_export.hpp"
#include "sim/report/timeline_csv.hpp"
#include "tests/report/well_formed.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kvfoot;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto result = result_from_json(text, "fuzz")) {
    const std::string written = result_to_json(*result);
    const auto again = result_from_json(written, "fuzz");
    KVFOOT_CHECK(again.ok() && result_to_json(*again) == written);
    KVFOOT_CHECK(!result_to_text(*result).empty());
  } else {
    KVFOOT_CHECK(result.error().where.starts_with("fuzz"), result.error().message());
  }
  if (const auto sweep = sweep_from_json(text, "fuzz")) {
    const std::string written = sweep_to_json(*sweep);
    const auto again = sweep_from_json(written, "fuzz");
    KVFOOT_CHECK(again.ok() && sweep_to_json(*again) == written);
    KVFOOT_CHECK(!results_to_csv(sweep->results).empty());
    (void)sweep_to_text(*sweep);
    (void)sweep_to_hdf5(*sweep);
    for (const LineFigure& figure : report_charts(sweep->results).lines) {
      KVFOOT_CHECK(!figure.rows.empty(), figure.name.axis);
    }
    const std::string page = report_to_html(make_report_page({{{"fuzz", *sweep}}, {}}, ""));
    KVFOOT_CHECK(markup_fault(page).empty(), markup_fault(page));
  }
  if (const auto timeline = timeline_from_csv(text, "fuzz")) {
    const std::string written = timeline_to_csv(timeline->points, timeline->time_s);
    const auto again = timeline_from_csv(written, "fuzz");
    KVFOOT_CHECK(again.ok() && timeline_to_csv(again->points, again->time_s) == written);
  }
  return 0;
}
