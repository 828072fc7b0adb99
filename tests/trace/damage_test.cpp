// Traces that were cut, changed or made by a newer program: one error that names the file.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "sim/io/hdf5.hpp"
#include "sim/trace/header_io.hpp"
#include "sim/trace/reader.hpp"
#include "tests/trace/synthetic.hpp"

namespace kvfoot {
namespace {

using namespace testing_trace;
namespace fs = std::filesystem;

RecordPlan tiny_plan(const std::string& name, TraceFidelity fidelity) {
  RecordPlan plan;
  plan.path = temporary(name);
  plan.model.shape = small_shape();
  plan.run = {.prompt = 40, .output = 3, .chunk = 16};
  plan.policy = "h2o:heavy=8,recent=8";
  plan.fidelity = fidelity;
  plan.coding.vote_windows = {8};
  return plan;
}

std::string whole_file(TraceFidelity fidelity) {
  const RecordPlan plan = tiny_plan("whole.h5", fidelity);
  Listener heard;
  EXPECT_TRUE(record(plan, heard));
  std::ifstream in(plan.path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The first error of opening and reading all of it, or nothing.
std::string read_all(const std::string& path, bool verify = true) {
  const auto trace = TraceReader::open(path, {verify});
  if (!trace) {
    return trace.error().message();
  }
  const Status sound = (*trace)->verify();
  return sound ? "" : sound.error().message();
}

// Its tables are in memory; only the attention is read from the file.
TEST(TraceDamage, CutWhileItIsOpen) {
  RecordPlan plan = tiny_plan("cut_while_open.h5", TraceFidelity::kRows);
  plan.policy = "full";
  plan.run.prompt = 600;  // more attention than a chunk of the file holds
  Listener heard;
  ASSERT_TRUE(record(plan, heard));
  const std::string& path = plan.path;
  const auto trace = TraceReader::open(path);
  ASSERT_TRUE(trace) << trace.error().message();
  fs::resize_file(path, 4096);
  for (std::size_t row = 0; row < (*trace)->tokens().size(); ++row) {
    EXPECT_GE((*trace)->tokens()[row], 0);
  }
  const Status sound = (*trace)->verify();
  ASSERT_FALSE(sound);
  EXPECT_NE(sound.error().message().find("has changed while it was open"), std::string::npos)
      << sound.error().message();
}

TEST(TraceDamage, CutAtManyPlaces) {
  for (const TraceFidelity fidelity : {TraceFidelity::kRows, TraceFidelity::kBlocks}) {
    const std::string whole = whole_file(fidelity);
    const std::string path = temporary("cut.h5");
    for (std::size_t part = 0; part < 60; ++part) {
      const std::size_t keep = part == 59 ? whole.size() - 1 : part * whole.size() / 60;
      std::ofstream(path, std::ios::binary) << whole.substr(0, keep);
      const std::string message = read_all(path);
      ASSERT_EQ(message.rfind(path + ": ", 0), 0U) << keep << " " << message;
      ASSERT_NE(message.find("record it again"), std::string::npos) << message;
    }
  }
}

TEST(TraceDamage, ChangedBytesAreNoticedOrHarmlessToTheDecoders) {
  for (const TraceFidelity fidelity : {TraceFidelity::kRows, TraceFidelity::kBlocks}) {
    const std::string whole = whole_file(fidelity);
    const std::string path = temporary("changed.h5");
    for (std::uint64_t i = 0; i < 100; ++i) {
      std::ofstream(path, std::ios::binary) << damage_data(whole, i);
      ASSERT_NE(read_all(path), "") << i;
      static_cast<void>(read_all(path, false));  // must not crash
    }
  }
}

// A file with only a header, sealed and sound as HDF5.
std::string header_only(const std::string& name, std::int64_t version, const char* format) {
  const std::string path = temporary(name);
  auto file = Hdf5Writer::create(path).value();
  EXPECT_TRUE(file->set_attribute("/", "format", std::string(format)));
  EXPECT_TRUE(file->set_attribute("/", "version", version));
  EXPECT_TRUE(file->commit());
  return path;
}

TEST(TraceDamage, OtherVersionsAndOtherFiles) {
  const std::string newer = header_only("newer.h5", 2, "kvfoot trace");
  EXPECT_EQ(read_all(newer),
            newer + ": /@version: is 2, this program reads up to 1; use a newer kvfoot");
  const std::string other = header_only("other.h5", 1, "something");
  EXPECT_EQ(read_all(other),
            other + ": /@format: is 'something', not 'kvfoot trace'; give a trace");
  const std::string bare = header_only("bare.h5", 1, "kvfoot trace");
  EXPECT_EQ(read_all(bare), bare + ": /@program_version: is missing; record it again");
}

TEST(TraceDamage, MissingTablesAreNamed) {
  const std::string path = temporary("no_tables.h5");
  auto file = Hdf5Writer::create(path).value();
  StoredHeader stored;
  stored.header.shape = small_shape();
  stored.header.run = {.prompt = 8, .output = 0, .chunk = 8};
  ASSERT_TRUE(write_header(*file, stored));
  ASSERT_TRUE(file->commit());
  EXPECT_EQ(read_all(path), path + ": /passes/index: is missing; record it again");
}

TEST(TraceDamage, FullDiskWhileRecordingLeavesNothing) {
  const std::string whole = whole_file(TraceFidelity::kRows);
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  getrlimit(RLIMIT_FSIZE, &old);
  for (const std::size_t limit : {std::size_t{100}, whole.size() / 2, whole.size() - 1}) {
    const RecordPlan plan = tiny_plan("disk_full.h5", TraceFidelity::kRows);
    fs::remove(plan.path);
    rlimit now = old;
    now.rlim_cur = limit;
    setrlimit(RLIMIT_FSIZE, &now);
    Listener heard;
    const Status status = record(plan, heard);
    setrlimit(RLIMIT_FSIZE, &old);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind, ErrorKind::kEnvironment);
    EXPECT_EQ(status.error().where.rfind(plan.path, 0), 0U) << status.error().message();
    EXPECT_FALSE(fs::exists(plan.path));
    EXPECT_FALSE(fs::exists(plan.path + ".partial"));
  }
}

}  // namespace
}  // namespace kvfoot
