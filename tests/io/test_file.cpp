// Whole-file writing: nothing half-written, a full disk is the environment's fault.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "sim/io/file.hpp"

namespace kvfoot {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class FileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) /
              ("kvfoot_file_" + std::to_string(::getpid()) + "_" +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
  fs::path folder_;
};

// Lowers the limit on file sizes in this process for a moment.
class SizeLimit {
 public:
  explicit SizeLimit(rlim_t bytes) {
    old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit low{bytes, old_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &low);
  }
  ~SizeLimit() {
    setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }
  SizeLimit(const SizeLimit&) = delete;
  SizeLimit& operator=(const SizeLimit&) = delete;

 private:
  rlimit old_{};
  void (*old_handler_)(int) = nullptr;
};

TEST_F(FileTest, TheStartOfAFileIsThatOfAFile) {
  const fs::path path = folder_ / "a";
  ASSERT_TRUE(write_file(path, "0123456789"));
  EXPECT_EQ(*read_start(path, 8), "01234567");
  EXPECT_EQ(*read_start(path, 20), "0123456789");
  EXPECT_THAT(read_start(folder_ / "b", 8).error().message(),
              HasSubstr("b: cannot open: No such file or directory"));
  EXPECT_THAT(read_start(folder_, 8).error().message(), HasSubstr("is a folder"));
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(read_start(pipe, 8).error().message(), HasSubstr("is a pipe or a device"));
  EXPECT_EQ(*read_regular_file(path, 10), "0123456789");
  EXPECT_FALSE(read_regular_file(path, 9));
  EXPECT_THAT(read_regular_file(folder_, 8).error().message(), HasSubstr("is a folder"));
  EXPECT_THAT(read_regular_file(pipe, 8).error().message(), HasSubstr("is a pipe or a device"));
}

TEST_F(FileTest, APipeIsReadToItsEnd) {
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] { EXPECT_TRUE(write_file(pipe, "through a pipe")); });
  EXPECT_EQ(*read_file(pipe, 100), "through a pipe");
  writer.join();
}

TEST_F(FileTest, WritesReplacesAndReads) {
  const fs::path path = folder_ / "a.json";
  ASSERT_TRUE(write_file(path, "one"));
  ASSERT_TRUE(write_file(path, std::string(200000, 'x')));
  EXPECT_EQ(*read_file(path, 1 << 20), std::string(200000, 'x'));
  EXPECT_EQ(count(), 1u);
  EXPECT_FALSE(read_file(path, 1000));
}

TEST_F(FileTest, AFailedWriteLeavesTheOldFileAlone) {
  const fs::path path = folder_ / "a.json";
  ASSERT_TRUE(write_file(path, "old"));
  Status status;
  {
    const SizeLimit limit(1000);
    status = write_file(path, std::string(5000, 'x'));
  }
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kEnvironment);
  EXPECT_EQ(*read_file(path, 100), "old");
  EXPECT_EQ(count(), 1u) << "a temporary file was left behind";
}

TEST_F(FileTest, AFullDeviceIsTheEnvironmentsFault) {
  if (!fs::exists("/dev/full")) {
    GTEST_SKIP() << "no /dev/full here";
  }
  const Status status = write_file("/dev/full", "x");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kEnvironment);
  EXPECT_THAT(status.error().what, HasSubstr("No space left"));
  EXPECT_TRUE(fs::is_character_file("/dev/full")) << "the device was replaced";
}

TEST_F(FileTest, WrongNamesAreBadInput) {
  EXPECT_EQ(write_file(folder_ / "none" / "a", "x").error().kind, ErrorKind::kBadInput);
  EXPECT_THAT(write_file(folder_, "x").error().what, HasSubstr("folder"));
  EXPECT_THAT(read_file(folder_ / "none", 10).error().what, HasSubstr("No such file"));
  EXPECT_FALSE(read_file(folder_, 10));
}

TEST_F(FileTest, LinksStayLinks) {
  ASSERT_TRUE(write_file(folder_ / "real", "old"));
  fs::create_symlink(folder_ / "real", folder_ / "link");
  ASSERT_TRUE(write_file(folder_ / "link", "new"));
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
  EXPECT_EQ(*read_file(folder_ / "real", 10), "new");
}

TEST_F(FileTest, AppendCutsTheTornTailAndLocks) {
  const fs::path path = folder_ / "journal";
  ASSERT_TRUE(write_file(path, "one\ntw"));
  {
    auto file = AppendFile::open(path, 4);
    ASSERT_TRUE(file) << file.error().message();
    ASSERT_TRUE(file->append("two\n"));
    EXPECT_THAT(AppendFile::open(path, 0).error().what, HasSubstr("in use"));
  }
  EXPECT_EQ(*read_file(path, 100), "one\ntwo\n");
  EXPECT_TRUE(AppendFile::open(path, 0));
  EXPECT_EQ(*read_file(path, 100), "");
}

TEST_F(FileTest, AppendReportsAFullDisk) {
  auto file = AppendFile::open(folder_ / "journal", 0);
  ASSERT_TRUE(file);
  const SizeLimit limit(10);
  ASSERT_TRUE(file->append("12345\n"));
  const Status status = file->append("12345\n");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kEnvironment);
}

}  // namespace
}  // namespace kvfoot
