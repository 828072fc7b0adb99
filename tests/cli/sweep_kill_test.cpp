// A sweep of 500 runs that is killed twice gives the bytes of an undisturbed one, and runs nothing
// twice that was finished.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "tests/cli/mpi_shell.hpp"

namespace kvfoot::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

constexpr int kRuns = 500;

class SweepKill : public ShellTest {
 protected:
  void SetUp() override {
    ShellTest::SetUp();
    // Milliseconds per run: long enough to be killed in the middle.
    std::ofstream yaml(path("s.yaml"));
    yaml << "kvfoot: 1\ntitle: 500 runs\nworkload: {shape: llama-3.2-1b, prompt: 16384, output: [";
    for (int output = 80000; output < 80050; ++output) {
      yaml << (output > 80000 ? ", " : "") << output;
    }
    yaml << "]}\ndevice_model: h100-sxm\nchunk: [1024, 4096]\npolicy:\n"
            "  - pyramidkv: {sparsity: [0.5, 0.6, 0.7, 0.8, 0.9]}\n"
            "report: {csv: o.csv, json: o.json, jsonl: o.jsonl, markdown: o.md, hdf5: o.h5}\n";
  }

  // A sweep with `launcher` before it, in a session of its own.
  [[nodiscard]] pid_t start(const std::string& launcher) const {
    const pid_t child = ::fork();
    if (child == 0) {
      ::setsid();
      const std::string command = "cd " + folder_.string() + "; exec >log 2>&1; " + launcher +
                                  " " KVFOOT_BINARY " sweep s.yaml --quiet --jobs 1";
      ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
      ::_exit(127);
    }
    return child;
  }
  [[nodiscard]] fs::path journal() const {
    for (const auto& entry : fs::directory_iterator(folder_)) {
      if (entry.path().extension() == ".journal") {
        return entry.path();
      }
    }
    return {};
  }
  // Whole lines of the journal: the header and one per finished run.
  [[nodiscard]] std::string lines() const {
    const fs::path file = journal();
    const std::string text = file.empty() ? "" : slurp(file);
    return text.substr(0, text.rfind('\n') + 1);
  }
  static int runs_in(const std::string& lines) {
    return static_cast<int>(std::count(lines.begin(), lines.end(), '\n')) - 1;
  }
  [[nodiscard]] std::string take_files() const {
    std::string all;
    for (const char* name : {"o.csv", "o.json", "o.jsonl", "o.md", "o.h5"}) {
      EXPECT_TRUE(fs::exists(path(name))) << name;
      all += slurp(path(name));
      fs::remove(path(name));
    }
    return all;
  }

  // Open MPI takes its time to end the other ranks, so the first session leaves some for the
  // second.
  static bool killed_in_the_middle(const std::string& now, const std::string& before) {
    const int left = before.empty() ? 50 : 0;
    return runs_in(now) > std::max(0, runs_in(before)) && runs_in(now) < kRuns - left;
  }
  // The folder as the session before left it.
  void put_back(const std::string& before) {
    if (before.empty()) {
      fs::remove(journal());
    } else {
      std::ofstream(journal_, std::ios::binary) << before;
    }
    for (const char* name : {"o.csv", "o.json", "o.jsonl", "o.md", "o.h5"}) {
      fs::remove(path(name));
    }
  }

  fs::path journal_;  // of the first session

  // `launcher` of a session, and who of it is killed at once.
  void kill_twice(const std::string& launcher, const std::function<pid_t(int, pid_t)>& victim) {
    const Ran undisturbed =
        shell("cd " + folder_.string() + " && " KVFOOT_BINARY " sweep s.yaml --quiet");
    ASSERT_EQ(undisturbed.code, 0) << undisturbed.out;
    const std::string expected = take_files();

    std::string before;
    std::mt19937 random(std::random_device{}());
    for (int session = 0; session < 2; ++session) {
      // On a busy machine the sweep may end before this process looks: then once more.
      std::string now = before;
      for (int tries = 0; tries < 10 && !killed_in_the_middle(now, before); ++tries) {
        put_back(before);
        const int had = std::max(0, runs_in(before));
        const int at =
            had + 1 + static_cast<int>(random() % (static_cast<unsigned>(kRuns - had) / 3));
        const pid_t child = start(launcher);
        siginfo_t ended{};
        while (runs_in(lines()) < at &&
               ::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOHANG | WNOWAIT) ==
                   0 &&
               ended.si_pid == 0) {
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        if (ended.si_pid == 0) {
          (void)::kill(victim(session, child), SIGKILL);
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        // The kill may come when everything is written and only the launcher is still busy, so the
        // status does not tell. But the journal goes last, and results are of all runs or of none.
        const bool all_written = journal().empty();
        const bool written = fs::exists(path("o.csv"));
        EXPECT_EQ(written, all_written || (written && runs_in(lines()) == kRuns))
            << slurp(path("log"));
        now = all_written ? before : lines();
      }
      ASSERT_TRUE(killed_in_the_middle(now, before)) << slurp(path("log"));
      EXPECT_THAT(now, StartsWith(before)) << "a finished run was lost";
      before = now;
      journal_ = journal();
    }
    // A second name keeps the journal, which the end of the sweep removes.
    fs::create_hard_link(journal(), path("kept"));
    int status = 0;
    ASSERT_GT(::waitpid(start(launcher), &status, 0), 0);
    const std::string log = slurp(path("log"));
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << log;
    EXPECT_THAT(log, HasSubstr(std::to_string(runs_in(before)) + " runs were done before"));
    const std::string all = slurp(path("kept"));
    EXPECT_THAT(all, StartsWith(before));
    std::istringstream stream(all);
    std::string line;
    std::getline(stream, line);
    std::set<std::string> points;
    while (std::getline(stream, line)) {
      EXPECT_TRUE(points.insert(line.substr(0, line.find(','))).second) << "ran twice: " << line;
    }
    EXPECT_EQ(points.size(), static_cast<std::size_t>(kRuns));
    EXPECT_TRUE(journal().empty());
    EXPECT_EQ(take_files(), expected);
  }
};

TEST_F(SweepKill, FiveHundredRunsKilledTwice) {
  kill_twice("exec", [](int, pid_t child) { return child; });
}

// First a rank that only computes, then the one that keeps the journal. Open MPI ends the others.
TEST_F(SweepKill, FiveHundredRunsOnThreeRanksKilledTwice) {
  if (const std::string reason = no_mpi(); !reason.empty()) {
    GTEST_SKIP() << reason;
  }
  const std::string noted =
      "sh -c 'echo $$ > " + path("rank") + "${OMPI_COMM_WORLD_RANK:-$PMI_RANK}; exec \"$@\"' rank";
  kill_twice(mpirun(3) + noted, [this](int session, pid_t) {
    return static_cast<pid_t>(std::stol(slurp(path(session == 0 ? "rank2" : "rank0"))));
  });
}

// Ctrl-C and kill(1) reach the launcher, which ends the ranks and no longer shows what they say.
TEST_F(SweepKill, AnInterruptedLauncherLeavesAWholeJournal) {
  if (const std::string reason = no_mpi(); !reason.empty()) {
    GTEST_SKIP() << reason;
  }
  for (const int signal : {SIGINT, SIGTERM}) {
    bool interrupted = false;
    for (int tries = 0; tries < 10 && !interrupted; ++tries) {
      put_back("");
      const pid_t child = start(mpirun(3));
      siginfo_t ended{};
      while (runs_in(lines()) < 40 && ended.si_pid == 0) {
        ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOHANG | WNOWAIT),
                  0);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      ASSERT_EQ(::kill(child, signal), 0);
      int status = 0;
      ASSERT_EQ(::waitpid(child, &status, 0), child);
      interrupted = !journal().empty();
      EXPECT_FALSE(interrupted && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    ASSERT_TRUE(interrupted) << slurp(path("log"));
    EXPECT_EQ(lines(), slurp(journal())) << "a record is cut";
  }
  EXPECT_EQ(shell("cd " + folder_.string() + " && " KVFOOT_BINARY " sweep s.yaml --quiet").code, 0);
}

}  // namespace
}  // namespace kvfoot::test
