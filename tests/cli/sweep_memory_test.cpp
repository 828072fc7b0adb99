// A sweep of 1000 runs takes less than a gigabyte. scripts/measure_memory.sh says how much less.
#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>

#include "tests/cli/shell.hpp"

namespace kvfoot::test {
namespace {

constexpr long kGigabyte = 1'000'000;  // in the kilobytes of getrusage

// 100 policies, none like another.
constexpr const char* kPolicies =
    "policy:\n"
    "  - snapkv: {sparsity: [0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9], window: [16, "
    "32]}\n"
    "  - streaming: {sinks: [4, 16], window: [64, 96, 128, 160, 192, 224, 256, 288, 320, 352]}\n"
    "  - h2o: {heavy: [32, 40, 48, 56, 64, 72, 80, 88, 96, 112], recent: [16, 32, 48, 64]}\n"
    "  - tova: {budget: [64, 72, 80, 88, 96, 104, 112, 120, 128, 136, 144, 152, 160, 168, 176, "
    "184, "
    "192, 200, 208, 216]}\n"
    "report: {jsonl: o.jsonl, hdf5: o.h5}\n";

class SweepMemory : public ShellTest {
 protected:
  // The peak of a sweep over `workload`, in KiB; 0 when it fails or is not one of 1000 runs.
  [[nodiscard]] long peak(const std::string& workload) const {
    std::ofstream(path("s.yaml")) << "kvfoot: 1\ntitle: t\n" << workload << "\n" << kPolicies;
    const pid_t child = ::fork();
    if (child == 0) {
      const int nowhere = ::open("/dev/null", O_WRONLY);
      ::dup2(nowhere, STDOUT_FILENO);
      if (::chdir(folder_.c_str()) == 0) {
        ::execl(KVFOOT_BINARY, "kvfoot", "sweep", "s.yaml", "--quiet", "--jobs", "4", nullptr);
      }
      ::_exit(127);
    }
    int status = 0;
    rusage usage{};
    if (::wait4(child, &status, 0, &usage) != child || status != 0) {
      return 0;
    }
    const std::string rows = slurp(path("o.jsonl"));
    return std::count(rows.begin(), rows.end(), '\n') == 1000 ? usage.ru_maxrss : 0;
  }
};

TEST_F(SweepMemory, AThousandRunsOnAShape) {
  const long taken = peak(
      "workload: {shape: llama-3.1-8b, prompt: [32768, 131072], output: [128, 4096, 16384, 65536, "
      "100000]}");
  EXPECT_GT(taken, 0);
  EXPECT_LT(taken, kGigabyte);
}

TEST_F(SweepMemory, AThousandRunsOnARecordedTrace) {
  const long taken = peak("workload: {trace: " KVFOOT_SOURCE_DIR
                          "/traces/needle-2k-blocks.h5, output: [4, 8, 16, 24, 32]}\n"
                          "chunk: [256, 512]");
  EXPECT_GT(taken, 0);
  EXPECT_LT(taken, kGigabyte);
}

}  // namespace
}  // namespace kvfoot::test
