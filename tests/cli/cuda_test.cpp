// --device: what the program does where a GPU is missing, and with modules that stand in for one.
#include <gmock/gmock.h>

#include <string>

#include "tests/cli/shell.hpp"

namespace kvfoot::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class CliDevice : public ShellTest {
 protected:
  // Runs the shipped model with the named module, cards hidden.
  static Ran generate(const std::string& module, const std::string& flags) {
    return shell("CUDA_VISIBLE_DEVICES= KVFOOT_CUDA_MODULE=" + module +
                 " " KVFOOT_BINARY " generate --model " KVFOOT_SOURCE_DIR
                 "/models/kvfoot-3m --prompt-text 'the cat' --output 8 " +
                 flags);
  }
};

TEST_F(CliDevice, CudaWithoutACardIsAnErrorOfTheEnvironment) {
  const Ran ran = generate("", "--device cuda");
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.out, HasSubstr("error: CUDA: "));
  EXPECT_THAT(ran.out, HasSubstr("use --device cpu"));
}

TEST_F(CliDevice, AutoTakesTheCpuInSilenceWhereNobodyExpectsACard) {
  const Ran automatic = generate("", "--quiet");
  EXPECT_EQ(automatic.code, 0);
  EXPECT_EQ(automatic.out, generate("", "--quiet --device cpu").out);
  EXPECT_THAT(generate("", "").out, HasSubstr(", on cpu\n"));
}

TEST_F(CliDevice, AutoSaysWhyItTakesTheCpuWhereAModuleIsBroken) {
  const Ran ran = generate("/nowhere.so", "--quiet");
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, HasSubstr("warning: no_gpu: computing on the CPU: KVFOOT_CUDA_MODULE: there "
                                 "is no file '/nowhere.so'"));
  EXPECT_THAT(ran.out, HasSubstr(generate("", "--quiet").out));
}

TEST_F(CliDevice, TheErrorOfTheModuleIsTheErrorOfTheProgram) {
  const Ran ran = generate("/nowhere.so", "--device cuda");
  EXPECT_EQ(ran.code, 3);
  EXPECT_EQ(ran.out,
            "error: KVFOOT_CUDA_MODULE: there is no file '/nowhere.so'; unset it to use the module "
            "of this kvfoot\n");
}

TEST_F(CliDevice, AnEmulatedCardIsTakenOnlyWhenAskedForAndSaysSo) {
  const Ran automatic = generate(STAND_IN, "--quiet");
  EXPECT_EQ(automatic.code, 0);
  EXPECT_EQ(automatic.out, generate("", "--quiet").out);
  const Ran asked = generate(STAND_IN, "--device cuda");
  EXPECT_EQ(asked.code, 3);  // the stand-in has no backend
  EXPECT_EQ(asked.out,
            "warning: emulated: this module emulates a GPU on the CPU, slowly, for tests\n"
            "error: stand-in: kvfoot-3m on card 0\n");
}

TEST_F(CliDevice, WhatIsHereIsListed) {
  const Ran ran = shell("KVFOOT_CUDA_MODULE=" STAND_IN " " KVFOOT_BINARY " devices --here");
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, HasSubstr("cuda      1.00 MiB  yes     stand-in"));
  const Ran none = shell("KVFOOT_CUDA_MODULE=/nowhere.so " KVFOOT_BINARY " devices --here");
  EXPECT_EQ(none.code, 0);
  EXPECT_THAT(none.out, HasSubstr("there is no file '/nowhere.so'"));
}

TEST_F(CliDevice, CalibrateMeasuresTheCpu) {
  const Ran ran = shell(KVFOOT_BINARY " calibrate --device cuda --model " KVFOOT_SOURCE_DIR
                                      "/models/kvfoot-3m");
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.out, HasSubstr("it measures the CPU backend"));
}

TEST_F(CliDevice, KeysAndValuesAreF32OnTheCpuUnlessNamed) {
  for (const auto& [flags, dtype] :
       {std::pair{"", "f32"}, {"--kv-dtype bf16", "bf16"}, {"--kv-dtype auto", "f32"}}) {
    const std::string trace = path("t.h5");
    const Ran recorded =
        shell(KVFOOT_BINARY " record --device cpu --model " KVFOOT_SOURCE_DIR
                            "/models/kvfoot-3m --prompt-text 'the cat' --output 2 --out " +
              trace + " " + flags);
    ASSERT_EQ(recorded.code, 0) << recorded.out;
    EXPECT_THAT(shell(KVFOOT_BINARY " inspect " + trace).out, HasSubstr(std::string(dtype)));
  }
}

}  // namespace
}  // namespace kvfoot::test
