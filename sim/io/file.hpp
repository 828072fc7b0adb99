// Reading whole files, replacing them in one step, and appending records that survive a kill.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "sim/core/result.hpp"

namespace kvfoot {

// The whole file, at most `max_bytes` long. Errors name the file and the reason. A pipe is read to
// its end: for what the user gives on the command line ("/dev/stdin").
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path,
                                            std::int64_t max_bytes);

// The same, but a pipe or a device is an error, since reading it may wait for ever: for files that
// another file names, and for programs that must not stand still.
[[nodiscard]] Result<std::string> read_regular_file(const std::filesystem::path& path,
                                                    std::int64_t max_bytes);

// The first bytes of a regular file, at most `count`.
[[nodiscard]] Result<std::string> read_start(const std::filesystem::path& path, std::size_t count);

// Readers see the old file or all of the new one: bytes go to a temporary name beside it, reach the
// disk, and are renamed. On error nothing is left behind; a full disk is kEnvironment. Pipes and
// devices ("/dev/stdout") are written directly.
[[nodiscard]] Status write_file(const std::filesystem::path& path, std::string_view bytes);

// A file that grows record by record. Records survive the end of the process as soon as append()
// returns, and that of the machine after sync().
class AppendFile {
 public:
  // Creates the file if needed and cuts it to `keep_bytes`, so that a half-written last record
  // can be dropped. The file is locked against a second writer until it is closed.
  [[nodiscard]] static Result<AppendFile> open(const std::filesystem::path& path,
                                               std::int64_t keep_bytes);
  AppendFile(AppendFile&& other) noexcept;
  AppendFile& operator=(AppendFile&& other) noexcept;
  ~AppendFile();

  // One write call per record: after a kill the file ends with whole records and at most one part.
  [[nodiscard]] Status append(std::string_view record);
  [[nodiscard]] Status sync();

 private:
  AppendFile(int descriptor, std::filesystem::path path);
  int descriptor_ = -1;
  std::filesystem::path path_;
};

}  // namespace kvfoot
