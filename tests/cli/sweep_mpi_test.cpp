// kvfoot sweep under mpirun: the bytes of one process, and refusals where ranks would not meet.
#include <gmock/gmock.h>

#include <utility>
#include <vector>

#include "tests/cli/mpi_shell.hpp"

namespace kvfoot::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class SweepMpi : public ShellTest {
 protected:
  void SetUp() override {
    ShellTest::SetUp();
    std::ofstream(path("s.yaml")) << "kvfoot: 1\ntitle: ranks\nworkload:\n"
                                     "  - {shape: llama-3.2-1b, prompt: [512, 768], output: 8}\n"
                                     "  - {trace: [a.h5, evicted.h5]}\n"
                                     "chunk: [64, 128, all]\npolicy:\n"
                                     "  - full\n  - duo: {sparsity: [0.25, 0.5]}\n"
                                     "  - streaming: {sinks: [1, 2], window: [16, 32]}\n"
                                     "  - snapkv: {sparsity: [0.3, 0.6], window: 8}\n"
                                     "  - h2o: {heavy: [16, 24], recent: 16}\n"
                                     "report: {csv: o.csv, json: o.json, jsonl: o.jsonl, "
                                     "markdown: o.md, hdf5: o.h5}\n";
    fs::copy_file(fs::path(KVFOOT_SOURCE_DIR) / "traces/needle-320-rows.h5", path("a.h5"));
    // Serves one policy only: the others fail.
    fs::copy_file(fs::path(KVFOOT_SOURCE_DIR) / "traces/kv-192-snapkv-rows.h5", path("evicted.h5"));
  }
  [[nodiscard]] Ran sweep(const std::string& launcher, const std::string& flags) const {
    return shell("cd " + folder_.string() + " && " + launcher + KVFOOT_BINARY " sweep s.yaml " +
                 flags);
  }
  // The files that a sweep wrote, taken away.
  [[nodiscard]] std::string take_files() const {
    std::string all;
    for (const char* name : {"o.csv", "o.json", "o.jsonl", "o.md", "o.h5"}) {
      EXPECT_TRUE(fs::exists(path(name))) << name;
      all += slurp(path(name));
      fs::remove(path(name));
    }
    return all;
  }
  [[nodiscard]] int journals() const {
    int count = 0;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      count += entry.path().extension() == ".journal" ? 1 : 0;
    }
    return count;
  }
};

TEST_F(SweepMpi, TheBytesOfOneProcess) {
  if (const std::string reason = no_mpi(); !reason.empty()) {
    GTEST_SKIP() << reason;
  }
  const Ran alone = sweep("", "--jobs 1 2>errors");
  ASSERT_EQ(alone.code, 1) << alone.out;
  EXPECT_THAT(slurp(path("errors")), HasSubstr("failed: h2o:heavy=16,recent=16 on evicted.h5"));
  const std::string expected = take_files();
  for (const auto& [ranks, jobs] : std::vector<std::pair<int, std::string>>{
           {1, ""}, {2, "--jobs 1"}, {3, "--jobs 2"}, {3, ""}, {5, "--jobs 1"}}) {
    const Ran ran = sweep(mpirun(ranks), jobs + " 2>errors");
    EXPECT_EQ(ran.code, 1) << ranks << "\n" << slurp(path("errors"));
    EXPECT_EQ(ran.out, alone.out) << "rank 0 alone prints";
    EXPECT_EQ(take_files(), expected) << ranks << " ranks " << jobs;
    EXPECT_EQ(journals(), 0);
  }
}

TEST_F(SweepMpi, RanksShareAPartAndMergePutsThePartsTogether) {
  if (const std::string reason = no_mpi(); !reason.empty()) {
    GTEST_SKIP() << reason;
  }
  ASSERT_EQ(sweep("", "--quiet").code, 1);
  const std::string expected = take_files();
  EXPECT_EQ(sweep(mpirun(3), "--quiet --shard 1/2").code, 0);
  EXPECT_EQ(sweep(mpirun(2), "--quiet --shard 2/2").code, 0);
  EXPECT_EQ(journals(), 2);
  const Ran merged = shell("cd " + folder_.string() + " && " KVFOOT_BINARY " merge s.yaml --quiet");
  EXPECT_EQ(merged.code, 1) << merged.out;
  EXPECT_EQ(take_files(), expected);
}

TEST_F(SweepMpi, AnErrorIsSaidOnce) {
  if (const std::string reason = no_mpi(); !reason.empty()) {
    GTEST_SKIP() << reason;
  }
  fs::remove(path("a.h5"));
  const Ran ran = sweep(mpirun(3), "");
  EXPECT_EQ(ran.code, 2) << ran.out;
  const std::size_t first = ran.out.find("error: ");
  ASSERT_NE(first, std::string::npos) << ran.out;
  EXPECT_THAT(ran.out.substr(first), HasSubstr("a.h5"));
  EXPECT_EQ(ran.out.find("error: ", first + 1), std::string::npos) << ran.out;
}

TEST_F(SweepMpi, RanksWithDifferentArgumentsAreRefused) {
  if (const std::string reason = no_mpi(); !reason.empty()) {
    GTEST_SKIP() << reason;
  }
  const Ran ran =
      shell("cd " + folder_.string() + " && " + mpirun(2) +
            "sh -c '" KVFOOT_BINARY " sweep s.yaml --shard $((OMPI_COMM_WORLD_RANK + 1))/2'");
  EXPECT_EQ(ran.code, 2) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("it has 'shard 2/2', rank 0 has 'shard 1/2'"));
}

// Ranks that would not find each other would all do the same work and fight for the journal.
TEST_F(SweepMpi, ProcessesThatWouldNotMeetAreRefused) {
  fs::create_directory(path("bin"));
  fs::copy_file(KVFOOT_BINARY, path("bin/kvfoot"));
  const auto start = [&](const std::string& environment) {
    return shell("cd " + folder_.string() + " && " + environment +
                 " bin/kvfoot sweep s.yaml --quiet");
  };
  for (const char* environment :
       {"OMPI_COMM_WORLD_SIZE=4", "PMI_SIZE=4", "PMIX_RANK=0 SLURM_STEP_NUM_TASKS=4"}) {
    const Ran ran = start(environment);
    EXPECT_EQ(ran.code, 3) << environment << "\n" << ran.out;
    EXPECT_THAT(ran.out, HasSubstr("4 processes were started together, but this kvfoot was built "
                                   "without MPI: each would do all of the work"));
    EXPECT_EQ(journals(), 0);
  }
  EXPECT_EQ(start("PMIX_RANK=1").code, 3);
  std::ofstream(path("bin/kvfoot-mpi.so")) << "no library";
  const Ran broken = start("OMPI_COMM_WORLD_SIZE=2");
  EXPECT_EQ(broken.code, 3);
  EXPECT_THAT(broken.out, HasSubstr("2 processes were started together, but MPI cannot be loaded"));
  // Alone it works all the same, and looks for no module.
  EXPECT_EQ(start("").code, 1);
  EXPECT_EQ(start("OMPI_COMM_WORLD_SIZE=1").code, 1);
  EXPECT_EQ(start("PMIX_RANK=0 SLURM_STEP_NUM_TASKS=1").code, 1);
}

TEST_F(SweepMpi, AnotherLaunchersProcessesAreRefused) {
  if (const std::string reason = no_mpi(); !reason.empty()) {
    GTEST_SKIP() << reason;
  }
  const Ran ran = sweep(std::string(kMpiEnvironment) + "PMI_SIZE=4 ", "--quiet");
  EXPECT_EQ(ran.code, 3) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("do not find each other"));
}

TEST_F(SweepMpi, TheProgramItselfIsNotLinkedWithMpi) {
  EXPECT_THAT(shell("ldd " KVFOOT_BINARY).out, Not(HasSubstr("mpi")));
}

}  // namespace
}  // namespace kvfoot::test
