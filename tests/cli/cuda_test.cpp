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
  // Runs the shipped model with the named module.
  static Ran generate(const std::string& module, const std::string& flags) {
    return shell("KVFOOT_CUDA_MODULE=" + module +
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
    EXPECT_THAT(shell(KVFOOT_BINARY " inspect " + trace).out,
                testing::ContainsRegex("KV +" + std::string(dtype) + ", "));
  }
}

// The whole program on the emulated card.
class CliEmulatedCard : public ShellTest {
 protected:
  static Ran run(const std::string& command, const std::string& flags) {
    return shell("KVFOOT_CUDA_MODULE=" EMULATED_CARD " " KVFOOT_BINARY " " + command +
                 " --model " KVFOOT_SOURCE_DIR "/models/kvfoot-3m " + flags);
  }
};

TEST_F(CliEmulatedCard, GeneratesTheTextOfTheCpu) {
  const std::string flags = "--prompt-text 'the cat sat' --output 6 --kv-dtype f32 ";
  const Ran card = run("generate", flags + "--device cuda");
  EXPECT_EQ(card.code, 0);
  EXPECT_THAT(card.out, HasSubstr("warning: emulated: "));
  EXPECT_THAT(card.out, HasSubstr(", on cuda\n"));
  EXPECT_THAT(card.out, HasSubstr(run("generate", flags + "--device cpu --quiet").out));
}

TEST_F(CliEmulatedCard, TracesSayWhereTheyWereMadeAndKeepTheTypeOfTheWeights) {
  const Ran recorded =
      run("record", "--prompt-text 'the cat' --output 2 --device cuda --out " + path("t.h5"));
  ASSERT_EQ(recorded.code, 0) << recorded.out;
  EXPECT_THAT(recorded.out, HasSubstr(" s) on cuda, KV"));
  const Ran inspected = shell(KVFOOT_BINARY " inspect " + path("t.h5"));
  EXPECT_THAT(inspected.out, testing::ContainsRegex("recorded by .* on cuda\n"));
  EXPECT_THAT(inspected.out, testing::ContainsRegex("KV +bf16, "));
}

// Decisions, memory and answers of the simulator against the backend of a card.
TEST_F(CliEmulatedCard, Validates) {
  const Ran ran = run("validate",
                      "--device cuda --task niah:length=140,depth=40 --output 2 --chunk 72 "
                      "--policy snapkv:sparsity=0.5,window=16");
  EXPECT_EQ(ran.code, 0) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("1 of 1 runs agree"));
  EXPECT_THAT(ran.out, HasSubstr("for weights and KV, the others are not predicted"));
  EXPECT_THAT(ran.out, HasSubstr(", on cuda\n"));
}

}  // namespace
}  // namespace kvfoot::test
