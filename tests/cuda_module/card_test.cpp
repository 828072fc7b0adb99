// What is said of cards, drivers and cuBLAS. Runs with and without a card.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "executor/cuda/module/cards.hpp"
#include "executor/cuda/module/cublas.hpp"
#include "executor/cuda/module/cuda_device.hpp"
#include "executor/cuda/module/errors.hpp"

namespace kvfoot::cuda {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using State = CudaStatus::State;

bool has_driver() {
  int driver = 0;
  cudaDriverGetVersion(&driver);
  return driver != 0;
}

TEST(CudaErrors, SayWhatHappenedAndWhatHelps) {
  const Error memory = cuda_error(cudaErrorMemoryAllocation, "weights");
  EXPECT_EQ(memory.kind, ErrorKind::kEnvironment);
  EXPECT_EQ(memory.message(),
            "CUDA: weights: the card has not enough memory (cudaErrorMemoryAllocation); nvidia-smi "
            "shows who uses it; kvfoot fit says what fits into a memory");
  EXPECT_THAT(cuda_error(cudaErrorDevicesUnavailable, "").message(),
              HasSubstr("another process has it for itself (cudaErrorDevicesUnavailable)"));
  // A code without a text of its own still has its name and CUDA's text.
  EXPECT_EQ(cuda_error(cudaErrorNotReady, "waiting").message(),
            "CUDA: waiting: device not ready (cudaErrorNotReady)");
}

TEST(CudaErrors, TheFirstLaunchThatFailedIsNamedOnce) {
  (void)take_launch_error();
  EXPECT_FALSE(take_launch_error().has_value());
  note_launch_error(cudaErrorInvalidConfiguration, "embed<float>");
  note_launch_error(cudaErrorLaunchFailure, "rms_norm<float>");
  const auto first = take_launch_error();
  ASSERT_TRUE(first.has_value());
  EXPECT_THAT(first->message(), HasSubstr("kernel embed<float>: the card refuses"));
  EXPECT_FALSE(take_launch_error().has_value());
}

// A launch is refused with the error of a kernel that ran before it.
TEST(CudaErrors, AFaultMayBeOfAnEarlierKernel) {
  note_launch_error(cudaErrorIllegalAddress, "swiglu<float>");
  EXPECT_THAT(take_launch_error()->message(),
              HasSubstr("kernel swiglu<float>, or one before it: a kernel failed while it ran"));
}

TEST(CudaCards, WithoutADriverNobodyExpectsACard) {
  if (has_driver()) {
    GTEST_SKIP() << "this machine has a driver";
  }
  const CudaStatus status = cards_status();
  EXPECT_EQ(status.state, State::kAbsent);
  EXPECT_TRUE(status.cards.empty());
  EXPECT_EQ(status.why.kind, ErrorKind::kEnvironment);
  EXPECT_THAT(status.why.message(), HasSubstr("there is no NVIDIA driver on this machine"));
  const auto device = make_cuda_device(0);
  ASSERT_FALSE(device.ok());
  EXPECT_EQ(device.error().message(), status.why.message());
}

class CudaCublas : public ::testing::Test {
 protected:
  // A folder of a name of its own, empty at first.
  static std::filesystem::path empty_folder(const std::string& name) {
    const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / name;
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    return folder;
  }
};

TEST_F(CudaCublas, TheVariableNamesTheOnlyFolder) {
  const std::string folder = empty_folder("kvfoot-no-cublas").string();
  setenv("KVFOOT_CUBLAS", folder.c_str(), 1);
  const auto found = load_cublas();
  unsetenv("KVFOOT_CUBLAS");
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().kind, ErrorKind::kEnvironment);
  const std::string library = "libcublasLt.so." + std::to_string(CUBLAS_VER_MAJOR);
  EXPECT_THAT(found.error().message(),
              HasSubstr(library + " was not found in " + folder + ", which KVFOOT_CUBLAS names"));
}

TEST_F(CudaCublas, PackagesOfPythonAndToolkitsAreSearched) {
  const std::filesystem::path prefix = empty_folder("kvfoot-prefix");
  const std::string major = std::to_string(CUBLAS_VER_MAJOR);
  const std::string package =
      (prefix / "lib/python3.11/site-packages/nvidia" / ("cu" + major) / "lib").string();
  const std::string older = (prefix / "lib/python3.11/site-packages/nvidia/cublas/lib").string();
  for (const std::string& folder : {package, older, (prefix / "lib64").string()}) {
    std::filesystem::create_directories(folder);
  }
  EXPECT_THAT(cublas_folders(), Not(Contains(package)));
  setenv("VIRTUAL_ENV", prefix.c_str(), 1);
  const auto folders = cublas_folders();
  unsetenv("VIRTUAL_ENV");
  EXPECT_THAT(folders, Contains(package));
  EXPECT_THAT(folders, Contains(older));
  EXPECT_THAT(folders, Contains((prefix / "lib64").string()));
}

// On machines that have it: every function that is called is there.
TEST_F(CudaCublas, IsLoadedOnceAndComplete) {
  const auto found = load_cublas();
  if (!found) {
    GTEST_SKIP() << found.error().message();
  }
  EXPECT_NE((*found)->matmul, nullptr);
  EXPECT_EQ(*load_cublas(), *found);
  EXPECT_THAT((*found)->status_text(CUBLAS_STATUS_NOT_SUPPORTED), HasSubstr("not supported"));
}

}  // namespace
}  // namespace kvfoot::cuda
