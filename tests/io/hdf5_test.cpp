// Columns come back as they were written, in one piece whatever their chunks.
#include "sim/io/hdf5.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>

#include "sim/core/hash.hpp"
#include "tests/io/temporary.hpp"

namespace kvfoot {
namespace {

namespace fs = std::filesystem;

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::int32_t> numbers(std::size_t count) {
  std::vector<std::int32_t> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = static_cast<std::int32_t>(mix64(i));
  }
  return values;
}

// Chunks of 4 KiB; columns below, at, above and far above one chunk, appended in uneven steps.
void write_sample(const std::string& path) {
  fs::remove(path);
  auto writer = Hdf5Writer::create(path, 4096);
  ASSERT_TRUE(writer) << writer.error().message();
  ASSERT_TRUE((*writer)->add_group("/g"));
  ASSERT_TRUE((*writer)->set_attribute("/", "number", std::int64_t{-7}));
  ASSERT_TRUE((*writer)->set_attribute("/", "text", std::string("käse")));
  ASSERT_TRUE((*writer)->set_attribute("/", "empty", std::string()));
  ASSERT_TRUE((*writer)->set_attribute("/g", "list", std::vector<std::int64_t>{3, 1, 2}));
  ASSERT_TRUE((*writer)->set_attribute("/g", "none", std::vector<std::int64_t>{}));
  std::vector<int> columns;
  for (const std::size_t size : {0U, 5U, 1023U, 1024U, 1025U, 50000U}) {
    const auto column = (*writer)->add_column("/g/c" + std::to_string(size), Hdf5Type::kI32);
    ASSERT_TRUE(column);
    const auto values = numbers(size);
    for (std::size_t at = 0, step = 1; at < size; at += step, step = step % 2777 + 613) {
      const auto part = std::span(values).subspan(at, std::min(step, size - at));
      ASSERT_TRUE((*writer)->append<std::int32_t>(*column, part));
    }
  }
  ASSERT_FALSE(fs::exists(path));
  const Status done = (*writer)->commit();
  ASSERT_TRUE(done) << done.error().message();
  ASSERT_TRUE(fs::exists(path));
  ASSERT_FALSE(fs::exists(path + ".partial"));
}

TEST(Hdf5, RoundTrip) {
  const std::string path = temporary("round.h5");
  fs::remove(path);
  write_sample(path);
  const auto reader = Hdf5Reader::open(path, "record it again");
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_EQ((*reader)->integer("/", "number").value(), -7);
  EXPECT_EQ((*reader)->text("/", "text").value(), "käse");
  EXPECT_EQ((*reader)->text("/", "empty").value(), "");
  EXPECT_EQ((*reader)->integers("/g", "list").value(), (std::vector<std::int64_t>{3, 1, 2}));
  EXPECT_TRUE((*reader)->integers("/g", "none").value().empty());
  for (const std::size_t size : {0U, 5U, 1023U, 1024U, 1025U, 50000U}) {
    const auto column = (*reader)->column("/g/c" + std::to_string(size), Hdf5Type::kI32);
    ASSERT_TRUE(column) << column.error().message();
    ASSERT_EQ(column->size(), static_cast<std::int64_t>(size));
    const auto all = column->all<std::int32_t>();
    ASSERT_TRUE(all) << all.error().message();
    EXPECT_TRUE(std::ranges::equal(*all, numbers(size)));
  }
}

TEST(Hdf5, ColumnsOutliveTheReader) {
  const std::string path = temporary("outlive.h5");
  write_sample(path);
  std::optional<Hdf5Column> column;
  {
    const auto reader = Hdf5Reader::open(path, "");
    ASSERT_TRUE(reader);
    column = (*reader)->column("/g/c50000", Hdf5Type::kI32).value();
  }
  EXPECT_EQ(column->read<std::int32_t>(49999, 1).value()[0], numbers(50000).back());
}

// Writing into a file that is open (cp over it, a shell's >) must not end whoever reads it.
TEST(Hdf5, AFileThatIsCutWhileItIsOpenIsAnError) {
  const std::string path = temporary("cut_while_open.h5");
  write_sample(path);
  const auto reader = Hdf5Reader::open(path, "");
  ASSERT_TRUE(reader) << reader.error().message();
  const auto mapped = (*reader)->column("/g/c50000", Hdf5Type::kI32);
  const auto copied = (*reader)->column("/g/c50000", Hdf5Type::kI32, Hdf5Access::kCopied);
  ASSERT_TRUE(mapped && copied);
  ASSERT_TRUE(mapped->read<std::int32_t>(0, 10));
  fs::resize_file(path, 8192);
  const auto lost = mapped->read<std::int32_t>(40000, 10);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().message(),
            path + ": has changed while it was open; open it again once it is complete");
  const auto kept = copied->all<std::int32_t>();
  ASSERT_TRUE(kept) << kept.error().message();
  EXPECT_TRUE(std::ranges::equal(*kept, numbers(50000)));
  EXPECT_FALSE((*reader)->column("/g/c50000", Hdf5Type::kI32, Hdf5Access::kCopied));
}

TEST(Hdf5, AFileThatIsOverwrittenAtTheSameLengthIsAnError) {
  const std::string path = temporary("overwritten.h5");
  write_sample(path);
  const auto reader = Hdf5Reader::open(path, "");
  ASSERT_TRUE(reader) << reader.error().message();
  const auto column = (*reader)->column("/g/c50000", Hdf5Type::kI32);
  ASSERT_TRUE(column);
  fs::last_write_time(path, fs::last_write_time(path) + std::chrono::seconds(2));
  EXPECT_FALSE(column->read<std::int32_t>(0, 10));
}

TEST(Hdf5, AFileThatIsReplacedOrRemovedStaysReadable) {
  const std::string path = temporary("replaced.h5");
  write_sample(path);
  const auto reader = Hdf5Reader::open(path, "");
  ASSERT_TRUE(reader) << reader.error().message();
  const auto column = (*reader)->column("/g/c50000", Hdf5Type::kI32);
  ASSERT_TRUE(column);
  write_sample(path);  // removes it, and renames a new one to its name
  const auto all = column->all<std::int32_t>();
  ASSERT_TRUE(all) << all.error().message();
  EXPECT_TRUE(std::ranges::equal(*all, numbers(50000)));
}

// Opening a pipe waits for somebody who writes.
TEST(Hdf5, APipeIsRefused) {
  const std::string path = temporary("pipe.h5");
  fs::remove(path);
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const auto reader = Hdf5Reader::open(path, "");
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().message(), path + ": is a pipe or a device, not a file");
  fs::remove(path);
}

// Mapped pages of this process, of files and of memory that poses as files.
std::int64_t mapped_kib() {
  std::ifstream status("/proc/self/status");
  std::int64_t sum = 0;
  for (std::string word; status >> word;) {
    if (std::int64_t kib = 0; (word == "RssFile:" || word == "RssShmem:") && status >> kib) {
      sum += kib;
    }
  }
  return sum;
}

// Reading a long column from end to end holds a part of it at a time.
TEST(Hdf5, ALongColumnDoesNotFillMemory) {
  const std::string path = temporary("long.h5");
  constexpr std::int64_t kPiece = std::int64_t{1} << 20;
  constexpr std::int64_t kPieces = 200;
  const auto piece_of = [](std::int64_t i) {
    return std::vector<std::uint8_t>(static_cast<std::size_t>(kPiece),
                                     static_cast<std::uint8_t>(i));
  };
  {
    auto writer = Hdf5Writer::create(path, kPiece);
    ASSERT_TRUE(writer) << writer.error().message();
    const auto column = (*writer)->add_column("/c", Hdf5Type::kU8);
    ASSERT_TRUE(column);
    for (std::int64_t i = 0; i < kPieces; ++i) {
      const auto piece = piece_of(i);
      ASSERT_TRUE((*writer)->append(*column, std::span<const std::uint8_t>(piece)));
    }
    ASSERT_TRUE((*writer)->commit());
  }
  const auto reader = Hdf5Reader::open(path, "");
  ASSERT_TRUE(reader) << reader.error().message();
  const auto column = (*reader)->column("/c", Hdf5Type::kU8);
  ASSERT_TRUE(column) << column.error().message();
  const std::int64_t before = mapped_kib();
  std::int64_t most = 0;
  const auto first = column->read<std::uint8_t>(0, kPiece);
  ASSERT_TRUE(first);
  for (std::int64_t i = 0; i < kPieces; ++i) {
    const auto read = column->read<std::uint8_t>(i * kPiece, kPiece);
    ASSERT_TRUE(read) << read.error().message();
    ASSERT_TRUE(std::equal(read->begin(), read->end(), piece_of(i).begin()));
    most = std::max(most, mapped_kib() - before);
  }
  EXPECT_LT(most, 100 * 1024) << "of 200 MiB";
  EXPECT_GT(most, 10 * 1024) << "or this does not measure what it means to";
  const auto zeros = piece_of(0);
  EXPECT_TRUE(std::equal(first->begin(), first->end(), zeros.begin())) << "old spans stay valid";
  fs::remove(path);
}

TEST(Hdf5, SameInputSameBytes) {
  const std::string a = temporary("same_a.h5");
  const std::string b = temporary("same_b.h5");
  write_sample(a);
  write_sample(b);
  EXPECT_EQ(bytes_of(a), bytes_of(b));
}

TEST(Hdf5, ErrorsNameFileAndObject) {
  const std::string path = temporary("errors.h5");
  write_sample(path);
  const auto reader = Hdf5Reader::open(path, "record it again");
  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader)->column("/g/absent", Hdf5Type::kI32).error().message(),
            path + ": /g/absent: is missing; record it again");
  EXPECT_EQ((*reader)->column("/g/c5", Hdf5Type::kF32).error().message(),
            path + ": /g/c5: does not hold float32 values; record it again");
  EXPECT_EQ((*reader)->column("/g", Hdf5Type::kF32).error().what, "is not a dataset");
  EXPECT_EQ((*reader)->integer("/", "text").error().what, "is not an integer");
  EXPECT_EQ((*reader)->text("/", "number").error().what, "is not text");
  EXPECT_EQ((*reader)->integer("/", "absent").error().where, path + ": /@absent");
  EXPECT_EQ((*reader)->integer("/g", "list").error().what, "is not one number");
  const auto column = (*reader)->column("/g/c5", Hdf5Type::kI32);
  EXPECT_EQ(column->read<std::int32_t>(3, 3).error().what,
            "has 5 values, but 3 are needed from number 3");
  EXPECT_FALSE(column->read<std::int32_t>(-1, 1));
  EXPECT_FALSE(column->read<std::int32_t>(6, 0));
}

TEST(Hdf5, UnfinishedFileLeavesNothing) {
  const std::string path = temporary("unfinished.h5");
  fs::remove(path);
  {
    auto writer = Hdf5Writer::create(path, 4096);
    ASSERT_TRUE(writer);
    const int column = (*writer)->add_column("/c", Hdf5Type::kU8).value();
    const std::vector<std::uint8_t> data(100000, 1);
    ASSERT_TRUE((*writer)->append<std::uint8_t>(column, data));
    EXPECT_TRUE(fs::exists(path + ".partial"));
  }
  EXPECT_FALSE(fs::exists(path));
  EXPECT_FALSE(fs::exists(path + ".partial"));
}

TEST(Hdf5, FolderThatIsNotThere) {
  const auto writer = Hdf5Writer::create(temporary("no_such_folder/x.h5"));
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().kind, ErrorKind::kEnvironment);
  EXPECT_EQ(writer.error().what, "cannot be created: No such file or directory");
}

// The limit on the size of files stands in for a full disk: writes fail half way in both cases.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old_);
    rlimit now = old_;
    now.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &old_); }

 private:
  rlimit old_{};
};

// Writes a large and a small column; the first error.
Status write_two(const std::string& path) {
  const std::vector<std::uint8_t> data(200000, 1);
  auto writer = Hdf5Writer::create(path, 4096);
  if (!writer) {
    return writer.error();
  }
  const int column = (*writer)->add_column("/c", Hdf5Type::kU8).value();
  const int small = (*writer)->add_column("/small", Hdf5Type::kU8).value();
  const Status large = (*writer)->append<std::uint8_t>(column, data);
  if (!large) {
    EXPECT_EQ((*writer)->commit().error().message(), large.error().message());
    return large;
  }
  KVFOOT_TRY((*writer)->append<std::uint8_t>(small, std::span(data).first(3000)));
  return (*writer)->commit();
}

TEST(Hdf5, FullDiskIsAnErrorThatCleansUp) {
  const std::string path = temporary("full.h5");
  ASSERT_TRUE(write_two(path));
  const auto whole = static_cast<rlim_t>(fs::file_size(path));
  fs::remove(path);
  for (const rlim_t limit : {rlim_t{0}, rlim_t{1000}, rlim_t{5000}, rlim_t{30000}, whole / 2,
                             whole - 5000, whole - 1500, whole - 100, whole - 1}) {
    {
      const FileSizeLimit full(limit);
      const Status status = write_two(path);
      ASSERT_FALSE(status) << limit;
      EXPECT_EQ(status.error().kind, ErrorKind::kEnvironment);
      EXPECT_NE(status.error().message().find("File too large"), std::string::npos)
          << status.error().message();
    }
    EXPECT_FALSE(fs::exists(path)) << limit;
    EXPECT_FALSE(fs::exists(path + ".partial")) << limit;
  }
  // The library still works afterwards.
  EXPECT_TRUE(write_two(path));
}

}  // namespace
}  // namespace kvfoot
