// Pairs of specs that must decide alike.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/drive.hpp"

namespace kvfoot::test {
namespace {

const ModelShape kShape = small_shape(3, 2, 2);

// Same residency after every pass, on runs of several chunk sizes.
void expect_same(const std::string& a, const std::string& b, const ModelShape& shape = kShape,
                 const std::vector<std::int64_t>& chunks = {kWholePrompt, 13, 8}) {
  for (const std::int64_t chunk : chunks) {
    const RunLengths run = lengths(40, 4, chunk);
    EXPECT_TRUE(residency_by_pass(*make(a, shape, run), shape, run, hashed_logits(21, 50)) ==
                residency_by_pass(*make(b, shape, run), shape, run, hashed_logits(21, 50)))
        << a << " and " << b << " at chunk " << chunk;
  }
}

TEST(Equivalence, NothingToEvictIsFullAttention) {
  for (const char* spec :
       {"snapkv:sparsity=0", "snapkv:sparsity=0,patch=true,window=4", "pyramidkv:sparsity=0",
        "snapkv:sparsity=0,evict=end", "streaming:sinks=10,window=34", "duo:sparsity=0",
        "duo:sparsity=1,sinks=10,window=34", "h2o:heavy=40,recent=4", "tova:budget=44",
        "snapkv:budget=40", "pyramidkv:bytes=1GiB"}) {
    expect_same(spec, "full");
  }
}

TEST(Equivalence, DuoAtItsEnds) {
  expect_same("duo:sparsity=1,sinks=3,window=5", "streaming:sinks=3,window=5");
  expect_same("duo:sparsity=0,rest=snapkv:sparsity=0.5,window=4", "snapkv:sparsity=0.5,window=4");
  expect_same("duo:sparsity=0,rest=h2o:heavy=4,recent=4", "h2o:heavy=4,recent=4");
  expect_same("duo:sparsity=0.4,sinks=3,window=5,rest=streaming:sinks=3,window=5",
              "streaming:sinks=3,window=5");
}

TEST(Equivalence, MildPyramidIsSnapKv) {
  expect_same("pyramidkv:sparsity=0.2,window=1", "snapkv:sparsity=0.2,window=1");
  expect_same("pyramidkv:sparsity=0.8,window=2", "snapkv:sparsity=0.8,window=2",
              small_shape(1, 2, 2));
  expect_same("pyramidkv:sparsity=0.8,window=2,beta=1", "snapkv:sparsity=0.8,window=2");
}

TEST(Equivalence, OnePassIsItsOwnEnd) {
  for (const std::string spec :
       {"snapkv:sparsity=0.6,window=5", "pyramidkv:sparsity=0.6,window=5", "h2o:heavy=6,recent=6",
        "tova:budget=9", "streaming:sinks=2,window=7"}) {
    expect_same(spec + ",evict=end", spec, kShape, {kWholePrompt});
  }
  expect_same("snapkv:sparsity=0.6,window=5,patch=true", "snapkv:sparsity=0.6,window=5", kShape,
              {kWholePrompt});
}

TEST(Equivalence, GroupsOfOneHaveNothingToAverage) {
  const ModelShape mha = small_shape(3, 4, 1);
  expect_same("snapkv:sparsity=0.6,window=5,group=none", "snapkv:sparsity=0.6,window=5", mha);
  expect_same("h2o:heavy=5,recent=5,group=none", "h2o:heavy=5,recent=5", mha);
}

TEST(Equivalence, PoolingOfWidthOneDoesNothing) {
  expect_same("snapkv:sparsity=0.6,window=5,kernel=1",
              "snapkv:sparsity=0.6,window=5,kernel=1,pool=max");
}

TEST(Equivalence, BudgetsInTokensAndBytes) {
  // 6 streams of 16 bytes.
  expect_same("snapkv:budget=12,window=3", "snapkv:bytes=1152,window=3");
  expect_same("tova:budget=12", "tova:bytes=1152");
  expect_same("h2o:heavy=6,recent=6", "h2o:bytes=1152");
  expect_same("h2o:budget=12", "h2o:sparsity=0.7");
  expect_same("snapkv:budget=20,window=3", "snapkv:sparsity=0.5,window=3", kShape,
              {kWholePrompt, 8});
}

TEST(Equivalence, ChunksOfOneRowAreTheSlidingWindow) {
  const RunLengths run = lengths(20, 0, 1);
  const auto held = residency_by_pass(*make("streaming:sinks=0,window=4", kShape, run), kShape, run,
                                      hashed_logits(1));
  for (std::size_t i = 0; i < 20; ++i) {
    Positions expected;
    for (auto p = static_cast<TokenPos>(i < 3 ? 0 : i - 3); p <= static_cast<TokenPos>(i); ++p) {
      expected.push_back(p);
    }
    EXPECT_EQ(held[i][0], expected);
  }
}

}  // namespace
}  // namespace kvfoot::test
