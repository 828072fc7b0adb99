// Any bytes as a scenario: an error with a place, or points that parse the same again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sim/core/check.hpp"
#include "tests/scenario/parse.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  kvfoot::ScenarioContext context = kvfoot::memory_context();
  context.limit.runs = 2000;
  const auto scenario = kvfoot::parse_scenario(text, "fuzz.yaml", context);
  if (!scenario) {
    KVFOOT_CHECK(scenario.error().where.starts_with("fuzz.yaml"), scenario.error().message());
    KVFOOT_CHECK(!scenario.error().what.empty());
    return 0;
  }
  KVFOOT_CHECK(!scenario->points.empty());
  const auto again = kvfoot::parse_scenario(text, "fuzz.yaml", context);
  KVFOOT_CHECK(again.ok() && again->hash == scenario->hash);
  for (const kvfoot::ScenarioPoint& point : scenario->points) {
    const auto policy = kvfoot::parse_policy(kvfoot::to_string(point.policy));
    KVFOOT_CHECK(policy.ok() && *policy == point.policy, kvfoot::to_string(point.policy));
  }
  return 0;
}
