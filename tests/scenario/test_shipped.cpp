// The scenarios that we ship parse, say what they teach, and ask for plots that exist.
#include <gtest/gtest.h>

#include <filesystem>

#include "sim/io/file.hpp"
#include "sim/report/plot_data.hpp"
#include "sim/scenario/scenario.hpp"

namespace kvfoot {
namespace {

TEST(Shipped, EveryScenarioParsesAndTeaches) {
  const std::filesystem::path folder = std::filesystem::path(KVFOOT_SOURCE_DIR) / "scenarios";
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml") {
      continue;
    }
    ++count;
    const auto scenario = load_scenario(entry.path(), [](std::string_view name) -> Status {
      const auto plot = parse_plot_name(name);
      return plot ? Status() : Status(plot.error());
    });
    ASSERT_TRUE(scenario) << scenario.error().message();
    EXPECT_FALSE(scenario->title.empty()) << entry.path();
    EXPECT_FALSE(scenario->teaches.empty()) << entry.path();
    EXPECT_GE(scenario->points.size(), 6u) << entry.path();
    EXPECT_FALSE(scenario->report.csv.empty()) << entry.path();
    const auto text = read_file(entry.path(), 1 << 20);
    ASSERT_TRUE(text);
    EXPECT_EQ(text->front(), '#') << entry.path() << " does not begin with what it teaches";
    for (const ScenarioPoint& point : scenario->points) {
      if (!point.trace.empty()) {
        EXPECT_TRUE(std::filesystem::exists(folder / point.trace)) << point.trace;
      }
    }
  }
  EXPECT_GE(count, 5);
}

}  // namespace
}  // namespace kvfoot
