// The loader: what it says of modules that are missing, broken or of another version.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "executor/cuda/cuda_backend.hpp"

namespace kvfoot {
namespace {

using ::testing::HasSubstr;
using State = CudaStatus::State;

class CudaLoad : public ::testing::Test {
 protected:
  void SetUp() override { unsetenv("KVFOOT_CUDA_MODULE"); }
  void TearDown() override { unsetenv("KVFOOT_CUDA_MODULE"); }

  static void name_module(const std::string& file) {
    setenv("KVFOOT_CUDA_MODULE", file.c_str(), 1);
  }
  static Error refusal() {
    auto backend = make_cuda_backend({}, "model");
    EXPECT_FALSE(backend.ok());
    return backend.ok() ? Error{} : backend.error();
  }
};

// No module lies beside a test program.
TEST_F(CudaLoad, WithoutAModuleNobodyExpectsACard) {
  const CudaStatus status = cuda_status();
  EXPECT_EQ(status.state, State::kAbsent);
  EXPECT_TRUE(status.cards.empty());
  const Error error = refusal();
  EXPECT_EQ(error.message(), status.why.message());
  EXPECT_EQ(error.kind, ErrorKind::kEnvironment);
  EXPECT_EQ(error.message(),
            "CUDA: this kvfoot was built without it; install the CUDA toolkit, 12 or newer, and "
            "build again, or use --device cpu");
}

TEST_F(CudaLoad, TheVariableNamesAFileThatIsNotThere) {
  name_module("/nowhere/kvfoot-cuda.so");
  EXPECT_EQ(cuda_status().state, State::kUnusable);
  const Error error = refusal();
  EXPECT_EQ(error.kind, ErrorKind::kEnvironment);
  EXPECT_EQ(error.message(),
            "KVFOOT_CUDA_MODULE: there is no file '/nowhere/kvfoot-cuda.so'; unset it to use the "
            "module of this kvfoot");
}

TEST_F(CudaLoad, AFileThatIsNoLibrary) {
  const std::string file =
      ::testing::TempDir() + "kvfoot-no-library-" + std::to_string(::getpid()) + ".so";
  std::ofstream(file) << "not a library";
  name_module(file);
  EXPECT_EQ(cuda_status().state, State::kUnusable);
  const Error error = refusal();
  EXPECT_EQ(error.kind, ErrorKind::kEnvironment);
  EXPECT_THAT(error.message(), HasSubstr(file));
  EXPECT_THAT(error.message(), HasSubstr("--device cpu"));
}

TEST_F(CudaLoad, ALibraryThatIsNoModule) {
  name_module(STAND_INS "/stand_in_no_module.so");
  EXPECT_EQ(cuda_status().state, State::kUnusable);
  EXPECT_EQ(refusal().message(), STAND_INS "/stand_in_no_module.so: is not a module of kvfoot");
}

TEST_F(CudaLoad, AModuleOfAnotherVersion) {
  name_module(STAND_INS "/stand_in_other_version.so");
  EXPECT_EQ(cuda_status().state, State::kUnusable);
  EXPECT_EQ(refusal().message(), STAND_INS
            "/stand_in_other_version.so: belongs to another version of kvfoot; build or install "
            "both together");
}

TEST_F(CudaLoad, AModuleIsAskedWithWhatItNeeds) {
  name_module(STAND_INS "/stand_in_module.so");
  const CudaStatus status = cuda_status();
  EXPECT_EQ(status.state, State::kUsable);
  EXPECT_TRUE(status.emulated);
  ASSERT_EQ(status.cards.size(), 1U);
  EXPECT_EQ(status.cards[0].name, "stand-in");
  const auto backend = make_cuda_backend({}, "llama", {.device = 3});
  ASSERT_FALSE(backend.ok());
  EXPECT_EQ(backend.error().message(), "stand-in: llama on card 3");
}

}  // namespace
}  // namespace kvfoot
