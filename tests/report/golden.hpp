// Comparing text with a file beside the test. To accept a change on purpose, run the test with
// KVFOOT_UPDATE_GOLDENS=1 and say in the commit why the numbers moved.
#pragma once

#include <string>
#include <string_view>

namespace kvfoot {

// Fails the running test with the first differing line; `name` is relative to tests/report/golden.
void expect_golden(std::string_view name, const std::string& actual);

}  // namespace kvfoot
