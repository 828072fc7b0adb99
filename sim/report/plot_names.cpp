// The names by which scenarios and the command line ask for plots.
#include <vector>

#include "sim/core/text.hpp"
#include "sim/report/metric_table.hpp"
#include "sim/report/plot_data.hpp"

namespace kvfoot {

Result<PlotName> parse_plot_name(std::string_view text) {
  using Kind = PlotName::Kind;
  if (text == "timeline") {
    return PlotName{Kind::kTimeline, "", ""};
  }
  if (text == "heads") {
    return PlotName{Kind::kHeads, "", ""};
  }
  if (text == "states") {
    return PlotName{Kind::kStates, "", ""};
  }
  constexpr std::string_view kInfix = "_vs_";
  if (const auto at = text.find(kInfix); at != std::string_view::npos) {
    PlotName name{Kind::kLines, std::string(text.substr(0, at)),
                  std::string(text.substr(at + kInfix.size()))};
    if (find_metric(name.metric) == nullptr) {
      return Error{"", "no metric '" + name.metric + "' to plot",
                   suggestion(name.metric, metric_names())};
    }
    if (name.axis.empty()) {
      return Error{"", "plot '" + std::string(text) + "' names no axis",
                   "for example footprint_vs_budget"};
    }
    return name;
  }
  const std::vector<std::string> known = {
      "timeline",           "heads", "states", "footprint_vs_budget", "footprint_vs_chunk",
      "footprint_vs_output"};
  return Error{"", "no plot '" + std::string(text) + "'", suggestion(text, known)};
}

}  // namespace kvfoot
