// Traces whose seal is sound and whose contents are not: an error that names file, object and
// remedy, never an abort.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "sim/trace/mass_statistics.hpp"
#include "sim/trace/reader.hpp"
#include "sim/trace/source.hpp"
#include "tests/trace/forge.hpp"
#include "tests/trace/synthetic.hpp"

namespace kvfoot {
namespace {

using namespace testing_trace;

RecordPlan plan_for(const std::string& policy, TraceFidelity fidelity = TraceFidelity::kRows) {
  RecordPlan plan;
  plan.path = temporary("sound.h5");
  plan.model.shape = small_shape();
  plan.run = {.prompt = 60, .output = 4, .chunk = 20};
  plan.policy = policy;
  plan.fidelity = fidelity;
  plan.coding.vote_windows = {8};
  return plan;
}

Forgery recorded(const RecordPlan& plan) {
  Listener heard;
  EXPECT_TRUE(record(plan, heard));
  return Forgery(plan.path);
}

// The error of opening and reading all of the forged trace, after its path; or nothing.
std::string refusal(const Forgery& forged) {
  const std::string path = temporary("forged.h5");
  EXPECT_TRUE(forged.write(path));
  const auto trace = TraceReader::open(path);
  const Status read = trace ? (*trace)->verify() : Status(trace.error());
  if (read) {
    return {};
  }
  const std::string message = read.error().message();
  EXPECT_EQ(message.rfind(path + ": ", 0), 0U) << message;
  EXPECT_EQ(message.substr(message.rfind("; ")), "; record it again") << message;
  return message.substr(path.size() + 2, message.rfind("; ") - path.size() - 2);
}

TEST(ForgedTrace, AnUnchangedOneIsSound) {
  EXPECT_EQ(refusal(recorded(plan_for("h2o:heavy=8,recent=8"))), "");
  EXPECT_EQ(refusal(recorded(plan_for("full", TraceFidelity::kBlocks))), "");
}

TEST(ForgedTrace, AnswersOfAnotherLengthAreRefused) {
  for (const char* policy :
       {"h2o:heavy=8,recent=8", "tova:budget=16", "snapkv:sparsity=0.5,window=8",
        "snapkv:sparsity=0.5,window=8,evict=end", "snapkv:sparsity=0.5,window=8,patch=true"}) {
    const RecordPlan plan = plan_for(policy);
    Forgery forged = recorded(plan);
    auto values = forged.get<float>("/log/answers/values");
    auto end = forged.get<std::int64_t>("/log/answers/end");
    ASSERT_GT(values.size(), 1U);
    values.erase(values.begin());  // the first answer loses a value
    for (std::int64_t& e : end) {
      --e;
    }
    forged.set("/log/answers/values", values);
    forged.set("/log/answers/end", end);
    const std::string path = temporary("forged.h5");
    ASSERT_TRUE(forged.write(path));
    const auto trace = TraceReader::open(path);
    ASSERT_TRUE(trace) << trace.error().message();
    RecordedAnswers answers(*trace);
    const auto made = make_policy_from(policy, plan.model.shape, plan.run);
    Listener replayed;
    const Status status = run_through(
        plan.model.shape, plan.run, *made, answers,
        [&](const Pass& pass, std::int32_t layer,
            std::span<const std::span<const TokenPos>> resident) {
          answers.begin_layer(pass, layer, resident);
          return Status{};
        },
        &replayed);
    ASSERT_FALSE(status) << policy;
    const Error& error = status.error();
    EXPECT_EQ(error.where, path + ": /log/answers");
    EXPECT_EQ(error.what, "an answer has " + std::to_string(end.front()) + " values, not " +
                              std::to_string(end.front() + 1) + ", after pass " +
                              std::to_string(forged.get<std::int32_t>("/log/answers/pass")[0]) +
                              ", layer 0, head 0");
    EXPECT_EQ(error.hint, "replay the policy '" + plan.policy + "' that was recorded");
  }
}

TEST(ForgedTrace, AnswersToImpossibleQuestionsAreRefused) {
  const Forgery sound = recorded(plan_for("snapkv:sparsity=0.5,window=8"));
  for (const char* column : {"window", "kernel"}) {
    for (const std::int32_t value : {0, -1}) {
      Forgery forged = sound;
      const std::string name = std::string("/log/answers/") + column;
      auto values = forged.get<std::int32_t>(name);
      values[1] = value;
      forged.set(name, values);
      EXPECT_EQ(refusal(forged), "/log/answers: entry 1 asks an unknown question");
    }
  }
  Forgery even = sound;
  auto kernel = even.get<std::int32_t>("/log/answers/kernel");
  kernel[0] = 4;
  even.set("/log/answers/kernel", kernel);
  EXPECT_EQ(refusal(even), "/log/answers: entry 0 asks an unknown question");
}

// h2o with 16 entries evicts [first, last) ranges of 20 after its first pass: 4 entries per stream.
TEST(ForgedTrace, DecisionsThatCannotBeAreRefused) {
  const Forgery sound = recorded(plan_for("h2o:heavy=8,recent=8"));
  const auto with = [&](const auto& change) {
    Forgery forged = sound;
    auto evicted = forged.get<std::int32_t>("/log/decisions/evicted");
    auto end = forged.get<std::int64_t>("/log/decisions/end");
    auto kept = forged.get<std::int64_t>("/log/decisions/kept");
    change(evicted, end, kept);
    forged.set("/log/decisions/evicted", evicted);
    forged.set("/log/decisions/end", end);
    forged.set("/log/decisions/kept", kept);
    return refusal(forged);
  };
  using Ranges = std::vector<std::int32_t>;
  using Counts = std::vector<std::int64_t>;
  EXPECT_EQ(with([](Ranges&, Counts&, Counts& kept) { ++kept[0]; }),
            "/log/decisions: entry 0 keeps 17 entries, not 16");
  const auto far = with([](Ranges& evicted, Counts&, Counts&) {
    evicted[0] = 1000;
    evicted[1] = 1001;
  });
  EXPECT_EQ(far, "/log/decisions: entry 0 evicts [1000, 1001), which was not there");
  const auto negative = with([](Ranges& evicted, Counts&, Counts&) { evicted[0] = -1; });
  EXPECT_EQ(negative.rfind("/log/decisions: entry 0 evicts [-1, ", 0), 0U) << negative;
  const auto nothing = with([](Ranges& evicted, Counts& end, Counts& kept) {
    end.insert(end.begin(), 0);
    end.pop_back();
    evicted.resize(static_cast<std::size_t>(2 * end.back()));
    kept[0] = 20;
  });
  EXPECT_EQ(nothing, "/log/decisions: entry 0 evicts nothing");
}

TEST(ForgedTrace, PositionsEvictedTwiceAreRefused) {
  Forgery forged = recorded(plan_for("streaming:sinks=2,window=6"));
  // Every stream evicts the same stretch after every pass: the second of a stream repeats the first
  // one, moved so that its length stays.
  auto evicted = forged.get<std::int32_t>("/log/decisions/evicted");
  const auto layer = forged.get<std::int32_t>("/log/decisions/layer");
  const auto head = forged.get<std::int32_t>("/log/decisions/head");
  const auto end = forged.get<std::int64_t>("/log/decisions/end");
  ASSERT_EQ(end[0], 1) << "one range per decision";
  std::size_t second = 1;
  while (layer[second] != layer[0] || head[second] != head[0]) {
    ++second;
  }
  const std::int32_t length = evicted[2 * second + 1] - evicted[2 * second];
  evicted[2 * second] = evicted[1] - 1;
  evicted[2 * second + 1] = evicted[1] - 1 + length;
  forged.set("/log/decisions/evicted", evicted);
  EXPECT_EQ(refusal(forged), "/log/decisions: entry " + std::to_string(second) + " evicts [" +
                                 std::to_string(evicted[2 * second]) + ", " +
                                 std::to_string(evicted[2 * second + 1]) + ") again");
}

TEST(ForgedTrace, TwoDecisionsOfOneHeadAreRefused) {
  Forgery forged = recorded(plan_for("h2o:heavy=8,recent=8"));
  auto head = forged.get<std::int32_t>("/log/decisions/head");
  head[1] = head[0];
  forged.set("/log/decisions/head", head);
  EXPECT_EQ(refusal(forged), "/log/decisions: entry 1 is out of order");
}

TEST(ForgedTrace, WhetherAnythingWasEvictedMustAgreeWithTheLog) {
  for (const char* policy : {"full", "h2o:heavy=8,recent=8"}) {
    Forgery forged = recorded(plan_for(policy));
    auto& full = std::get<std::int64_t>(forged.attributes.at("full_cache"));
    full = 1 - full;
    EXPECT_EQ(refusal(forged), "/@full_cache: does not agree with /log/decisions");
  }
}

// Rows of a side pass see everything, those of an evicting run do not: they cannot lie together.
TEST(ForgedTrace, SidePassesNeedARunThatKeptEverything) {
  RecordPlan plan = plan_for("full");
  plan.coding.side_votes = {20};
  plan.coding.side_window = 8;
  Forgery forged = recorded(plan);
  forged.attributes.at("full_cache") = std::int64_t{0};
  EXPECT_EQ(refusal(forged), "/passes: entry 1 does not fit the run");
}

TEST(ForgedTrace, MassAndNormsThatAreNoNumbersAreRefused) {
  for (const float scale : {1e30F, -1.0F, std::numeric_limits<float>::quiet_NaN()}) {
    Forgery forged = recorded(plan_for("full", TraceFidelity::kBlocks));
    auto data = forged.get<std::uint8_t>("/attention/blocks/data");
    std::memcpy(data.data(), &scale, sizeof scale);
    forged.set("/attention/blocks/data", data);
    const std::string message = refusal(forged);
    EXPECT_EQ(message.rfind("/attention/blocks/data: entry 0 has the scale ", 0), 0U) << message;
  }
  Forgery forged = recorded(plan_for("full"));
  auto norms = forged.get<float>("/key_norms");
  norms[0] = std::numeric_limits<float>::infinity();
  forged.set("/key_norms", norms);
  EXPECT_EQ(refusal(forged), "/key_norms: of pass 0 are not finite");
}

TEST(MassStatistics, WhatIsNoNumberCountsAsNoMass) {
  MassStatistics statistics;
  statistics.add(std::nan(""), 1, false);
  statistics.add(2.0, 1, false);
  EXPECT_EQ(statistics.result()->mean, 0.5);
  EXPECT_EQ(statistics.result()->p5, 0.0);
}

}  // namespace
}  // namespace kvfoot
