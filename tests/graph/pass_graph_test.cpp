// The graph of a pass: order, dependencies, lifetimes.
#include "sim/graph/pass_graph.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "sim/core/hash.hpp"
#include "tests/graph/small_pass.hpp"

namespace kvfoot {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<OperatorKind> kinds(const PassGraph& graph) {
  std::vector<OperatorKind> list;
  for (const Operator& op : graph.operators) {
    list.push_back(op.kind);
  }
  return list;
}

std::vector<std::int32_t> issue_order(const PassGraph& graph) {
  std::vector<std::int32_t> order(graph.operators.size());
  std::iota(order.begin(), order.end(), 0);
  return order;
}

TEST(PassGraph, OneLayerPrefillWithEviction) {
  using enum OperatorKind;
  PassModel model = small_model();
  model.needs = {.window = 2, .in_prefill = true};
  SmallPass pass(model, 5, 3);
  pass.load.decides = true;
  const PassGraph graph = build_pass_graph(model, pass.load);
  EXPECT_THAT(kinds(graph), ElementsAre(kUpload, kEmbed, kNorm, kQkv, kRopeAppend, kAttention,
                                        kScore, kEvict, kOutput, kMlpNorm, kGateUp, kSwiGlu, kDown,
                                        kFinalNorm, kLogits, kSample, kDownload));
  EXPECT_EQ(topological_order(graph), issue_order(graph));
  EXPECT_TRUE(check_graph(graph).ok());
  // Scoring and the output projection only wait for what they read.
  const auto has = [&](int a, int b) {
    return std::ranges::find(graph.edges, std::pair(a, b)) != graph.edges.end();
  };
  EXPECT_TRUE(has(4, 6) && has(4, 5) && has(5, 8) && has(6, 7) && has(5, 7));
  EXPECT_FALSE(has(7, 8) || has(5, 6));
}

TEST(PassGraph, DecodeHasNoUploadAndChunksBeforeTheLastNoLogits) {
  using enum OperatorKind;
  const PassModel model = small_model();
  SmallPass pass(model, 5, 1);
  pass.decode();
  EXPECT_THAT(kinds(build_pass_graph(model, pass.load)),
              ElementsAre(kEmbed, kNorm, kQkv, kRopeAppend, kAttention, kOutput, kMlpNorm, kGateUp,
                          kSwiGlu, kDown, kFinalNorm, kLogits, kSample, kDownload));
  SmallPass chunk(model, 0, 4);
  chunk.load.samples = false;
  EXPECT_THAT(kinds(build_pass_graph(model, chunk.load)),
              ElementsAre(kUpload, kEmbed, kNorm, kQkv, kRopeAppend, kAttention, kOutput, kMlpNorm,
                          kGateUp, kSwiGlu, kDown));
}

TEST(PassGraph, WhatIsResidentDuringEveryOperator) {
  PassModel model = small_model();
  const SmallPass pass(model, 5, 3);
  const PassGraph graph = build_pass_graph(model, pass.load);
  const std::vector<MemoryBytes> during = residency(graph, issue_order(graph));
  ASSERT_EQ(during.size(), 15U);
  const std::int64_t workspace = 4 * (3 * 2 + 32 * 3 * 2 * (4 + 2));
  const std::vector<std::int64_t> activation{0,   48,  96,  192, 144, 144, 96, 96,
                                             288, 240, 144, 64,  16,  0,   0};
  for (std::size_t i = 0; i < during.size(); ++i) {
    const std::string where = label(graph.operators[i]);
    EXPECT_EQ(during[i][MemoryClass::kActivation], activation[i]) << where;
    EXPECT_EQ(during[i][MemoryClass::kWorkspace], i == 5 ? workspace : 0) << where;
    // Both sides of the pass need two pages of four entries of 16 bytes.
    EXPECT_EQ(during[i][MemoryClass::kKv], 2 * 4 * 16) << where;
    EXPECT_EQ(during[i][MemoryClass::kLogits], i == 12 || i == 13 ? 40 : 0) << where;
    EXPECT_EQ(during[i][MemoryClass::kWeights], 2 * all_weights(model.shape)) << where;
  }
}

TEST(PassGraph, EvictionGivesPagesBackAtItsEnd) {
  PassModel model = small_model(2);
  SmallPass pass(model, 6, 7);
  pass.load.decides = true;
  for (LayerLoad& layer : pass.layers) {
    layer.after = 3;
    layer.moved = 3;
    layer.pages_after = 1;
  }
  const PassGraph graph = build_pass_graph(model, pass.load);
  ASSERT_TRUE(check_graph(graph).ok());
  const std::vector<MemoryBytes> during = residency(graph, issue_order(graph));
  for (std::size_t i = 0; i < during.size(); ++i) {
    const Operator& op = graph.operators[i];
    std::int64_t pages = 2 + 2;
    if (op.layer == 0) {
      pages = op.kind < OperatorKind::kRopeAppend ? 2 + 2
              : op.kind <= OperatorKind::kEvict   ? 4 + 2
                                                  : 1 + 2;
    } else if (op.layer == 1) {
      pages = op.kind < OperatorKind::kRopeAppend ? 1 + 2
              : op.kind <= OperatorKind::kEvict   ? 1 + 4
                                                  : 1 + 1;
    } else if (op.kind > OperatorKind::kDown) {
      pages = 1 + 1;
    }
    EXPECT_EQ(during[i][MemoryClass::kKv], pages * model.page_bytes()) << label(op);
  }
}

// Random models and loads: lifetimes hold, edges point forward, the critical path is a path.
TEST(PassGraph, RandomPassesConserveTensors) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const auto draw = [&](std::uint64_t salt, std::uint64_t bound) {
      return static_cast<std::int64_t>(below(hash_words(seed, salt), bound));
    };
    PassModel model = small_model(static_cast<std::int32_t>(1 + draw(1, 3)));
    model.storage_heads = static_cast<std::int32_t>(1 + draw(2, 2));
    model.block = 1 + draw(3, 5);
    model.logits = draw(4, 2) == 0 ? LogitsRows::kAll : LogitsRows::kLast;
    model.needs = {.window = static_cast<std::int32_t>(draw(5, 4)),
                   .accumulated = draw(6, 2) == 0,
                   .last_row = draw(7, 2) == 0,
                   .key_norms = draw(8, 2) == 0,
                   .in_prefill = draw(9, 2) == 0,
                   .in_decode = draw(10, 2) == 0};
    SmallPass pass(model, draw(11, 20), 1 + draw(12, 6));
    pass.load.decides = draw(13, 3) != 0;
    pass.load.samples = draw(14, 2) == 0;
    pass.load.pass.patch_rows = draw(15, 3);
    if (draw(16, 2) == 0) {
      pass.decode();
    }
    for (LayerLoad& layer : pass.layers) {
      layer.pages_full += draw(17, 3);
      if (pass.load.decides) {
        layer.after = draw(18, static_cast<std::uint64_t>(layer.after) + 1);
        layer.pages_after = draw(19, static_cast<std::uint64_t>(layer.pages_full) + 1);
      }
    }
    const PassGraph graph = build_pass_graph(model, pass.load);
    const Status status = check_graph(graph);
    ASSERT_TRUE(status.ok()) << seed << ": " << status.error().message();
    ASSERT_EQ(topological_order(graph), issue_order(graph)) << seed;

    // Bytes at the end: what the next pass finds.
    const std::vector<MemoryBytes> during = residency(graph, issue_order(graph));
    MemoryBytes held = during.back();
    for (const std::int32_t freed : graph.operators.back().frees) {
      held[graph.tensors[static_cast<std::size_t>(freed)].memory] -=
          graph.tensors[static_cast<std::size_t>(freed)].bytes;
    }
    std::int64_t pages = 0;
    std::int64_t entries = 0;
    for (const LayerLoad& layer : pass.layers) {
      pages += layer.pages_after;
      entries += layer.after;
    }
    EXPECT_EQ(held[MemoryClass::kKv], pages * model.page_bytes()) << seed;
    EXPECT_EQ(held[MemoryClass::kWorkspace], entries * model.state_bytes()) << seed;
    EXPECT_EQ(held[MemoryClass::kActivation], 0) << seed;
    EXPECT_EQ(held[MemoryClass::kLogits], 0) << seed;

    std::vector<std::int64_t> durations;
    for (std::size_t i = 0; i < graph.operators.size(); ++i) {
      durations.push_back(draw(100 + i, 50));
    }
    const CriticalPath path = critical_path(graph, durations);
    std::int64_t length = 0;
    for (std::size_t i = 0; i < path.operators.size(); ++i) {
      length += durations[static_cast<std::size_t>(path.operators[i])];
      if (i > 0) {
        const std::pair step(path.operators[i - 1], path.operators[i]);
        EXPECT_TRUE(std::ranges::binary_search(graph.edges, step)) << seed;
      }
    }
    EXPECT_EQ(length, path.length) << seed;
    EXPECT_LE(length, std::accumulate(durations.begin(), durations.end(), std::int64_t{0}));
    EXPECT_GE(length, *std::ranges::max_element(durations));
  }
}

TEST(PassGraph, BrokenLifetimesAreFound) {
  const PassModel model = small_model();
  const SmallPass pass(model, 5, 3);
  const PassGraph sound = build_pass_graph(model, pass.load);
  PassGraph leaks = sound;
  ASSERT_FALSE(leaks.operators[3].frees.empty());
  leaks.operators[3].frees.clear();
  EXPECT_FALSE(check_graph(leaks).ok());
  PassGraph twice = sound;
  twice.operators[4].frees.push_back(twice.operators[3].frees.front());
  EXPECT_FALSE(check_graph(twice).ok());
  PassGraph early = sound;
  std::swap(early.operators[3].frees, early.operators[2].frees);
  EXPECT_FALSE(check_graph(early).ok());
}

TEST(PassGraph, TheCriticalPathLeavesOutWhatRunsBeside) {
  PassModel model = small_model();
  model.needs = {.window = 2, .in_prefill = true};
  SmallPass pass(model, 5, 3);
  pass.load.decides = true;
  const PassGraph graph = build_pass_graph(model, pass.load);
  std::vector<std::int64_t> durations(graph.operators.size(), 1);
  const CriticalPath path = critical_path(graph, durations);
  EXPECT_EQ(path.length, static_cast<std::int64_t>(graph.operators.size()) - 2)
      << "score and evict end beside the output projection";
}

TEST(PassGraph, Dot) {
  const PassModel model = small_model();
  const SmallPass pass(model, 5, 3);
  const std::string dot = to_dot(build_pass_graph(model, pass.load), "a \"title\"");
  EXPECT_THAT(dot, HasSubstr("digraph pass {"));
  EXPECT_THAT(dot, HasSubstr("label=\"a \\\"title\\\"\""));
  EXPECT_THAT(dot, HasSubstr("o5 [label=\"L0 attention\\n672 FLOP\\n224 B\""));
  EXPECT_THAT(dot, HasSubstr("o4 -> o5;"));
  EXPECT_EQ(std::ranges::count(dot, '{'), 1);
}

}  // namespace
}  // namespace kvfoot
