// Every single change of an attribute or a column of small recordings, sealed again: whatever the
// program does with such a trace, it does not abort.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <set>

#include "tests/fuzz/use_trace.hpp"
#include "tests/trace/forge.hpp"
#include "tests/trace/synthetic.hpp"

namespace kvfoot {
namespace {

using testing_trace::Forgery;

std::string last_change;  // that an abort says

void on_abort(int /*signal*/) {
  static_cast<void>(!::write(STDERR_FILENO, last_change.data(), last_change.size()));
}

// Every file is synced to its disk, thousands of them: in memory where there is such a folder.
std::filesystem::path quick_folder() {
  const std::filesystem::path memory = "/dev/shm";
  const bool there = ::access(memory.c_str(), W_OK) == 0;
  return (there ? memory : std::filesystem::path(testing::TempDir())) /
         ("kvfoot_forged_" + std::to_string(::getpid()));
}

class ForgedChanges : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    std::signal(SIGABRT, on_abort);
  }
  void TearDown() override {
    std::signal(SIGABRT, SIG_DFL);
    std::filesystem::remove_all(folder_);
  }

  void use(const Forgery& forged, const std::string& change) {
    last_change = "after a change of " + change + "\n";
    ASSERT_TRUE(forged.write(path_));
    opened_ += fuzz::use_trace(path_) ? 1 : 0;
    ++changes_;
  }

  void change_attributes(const Forgery& sound) {
    for (const auto& [name, value] : sound.attributes) {
      const auto with = [&](const Hdf5Value& other) {
        Forgery forged = sound;
        forged.attributes.at(name) = other;
        use(forged, name);
      };
      if (const auto* number = std::get_if<std::int64_t>(&value)) {
        for (const std::int64_t other :
             {*number - 1, *number + 1, std::int64_t{1} << 31, std::int64_t{1} << 40}) {
          with(other);
        }
      } else if (std::holds_alternative<std::string>(value)) {
        for (const char* other : fuzz::kPolicies) {
          with(std::string(other));
        }
        for (const char* other : fuzz::kWords) {
          with(std::string(other));
        }
      } else {
        with(std::vector<std::int64_t>{1, 2, 3});
        with(std::vector<std::int64_t>{});
      }
    }
  }

  void change_columns(const Forgery& sound) {
    for (const auto& [name, column] : sound.columns) {
      const auto unit = static_cast<std::size_t>(element_bytes(column.type));
      const std::size_t count = column.bytes.size() / unit;
      const auto with = [&](const auto& change) {
        Forgery forged = sound;
        change(forged.columns.at(name).bytes);
        use(forged, name);
      };
      using Bytes = std::vector<std::byte>;
      with([&](Bytes& bytes) { bytes.resize(bytes.size() + unit); });
      if (count == 0) {
        continue;
      }
      with([&](Bytes& bytes) { bytes.resize(bytes.size() - unit); });
      for (const std::size_t element : std::set<std::size_t>{0, count - 1}) {
        std::int64_t old = 0;
        std::memcpy(&old, column.bytes.data() + element * unit, unit);
        for (const std::int64_t value :
             {old - 1, old + 1, std::int64_t{-1}, std::int64_t{0x7f7fffff}}) {
          with([&](Bytes& bytes) { std::memcpy(bytes.data() + element * unit, &value, unit); });
        }
      }
    }
  }

  std::filesystem::path folder_ = quick_folder();
  std::string path_ = folder_ / "forged.h5";
  int changes_ = 0;
  int opened_ = 0;
};

TEST_F(ForgedChanges, NoneAborts) {
  for (const testing_trace::RecordPlan& plan : testing_trace::sample_plans(folder_)) {
    testing_trace::Listener heard;
    ASSERT_TRUE(testing_trace::record(plan, heard));
    const Forgery sound(plan.path);
    change_attributes(sound);
    change_columns(sound);
  }
  // Many changes only change numbers that nothing else depends on.
  EXPECT_GT(opened_, changes_ / 10);
  EXPECT_LT(opened_, changes_);
}

}  // namespace
}  // namespace kvfoot
