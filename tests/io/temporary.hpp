// Names for files of tests: in a folder of this process, removed when it ends.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace kvfoot {

// Tests of one program may run side by side, each in a process of its own, and so may those of
// several checkouts.
inline std::string temporary(const std::string& name) {
  struct Folder {
    std::filesystem::path path =
        std::filesystem::path(testing::TempDir()) / ("kvfoot_io_" + std::to_string(::getpid()));
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
  };
  static const Folder folder;
  const auto* info = testing::UnitTest::GetInstance()->current_test_info();
  const std::string test = info == nullptr ? "none" : info->name();
  return (folder.path / (test + "_" + name)).string();
}

}  // namespace kvfoot
