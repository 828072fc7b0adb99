// Golden files.
#include "tests/report/golden.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "sim/io/file.hpp"

namespace kvfoot {

void expect_golden(std::string_view name, const std::string& actual) {
  const std::filesystem::path path =
      std::filesystem::path(KVFOOT_SOURCE_DIR) / "tests/report/golden" / name;
  if (std::getenv("KVFOOT_UPDATE_GOLDENS") != nullptr) {
    ASSERT_TRUE(write_file(path, actual));
    return;
  }
  const auto expected = read_file(path, 1 << 24);
  ASSERT_TRUE(expected) << expected.error().message();
  if (*expected == actual) {
    return;
  }
  std::istringstream want(*expected);
  std::istringstream got(actual);
  std::string want_line;
  std::string got_line;
  for (int line = 1;; ++line) {
    const bool more_want = static_cast<bool>(std::getline(want, want_line));
    const bool more_got = static_cast<bool>(std::getline(got, got_line));
    if (!more_want || !more_got || want_line != got_line) {
      ADD_FAILURE() << name << ":" << line << "\n  expected: " << (more_want ? want_line : "<end>")
                    << "\n  actual:   " << (more_got ? got_line : "<end>");
      return;
    }
  }
}

}  // namespace kvfoot
