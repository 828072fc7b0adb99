// Answers from a trace against the answers of the run that it was recorded from.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <map>
#include <numeric>
#include <set>
#include <sstream>

#include "sim/trace/code.hpp"
#include "sim/trace/reader.hpp"
#include "sim/trace/source.hpp"
#include "tests/trace/synthetic.hpp"

namespace kvfoot {
namespace {

using namespace testing_trace;

const std::vector<std::string>& policies() {
  static const std::vector<std::string> all = {
      "streaming:sinks=4,window=20",
      "snapkv:sparsity=0.5,window=16",
      "snapkv:sparsity=0.5,window=16,group=none",
      "snapkv:sparsity=0.6,window=16,pool=max,kernel=3,evict=end",
      "snapkv:sparsity=0.5,window=16,patch=true",
      "pyramidkv:sparsity=0.6,window=16",
      "h2o:heavy=24,recent=16",
      "tova:budget=40",
  };
  return all;
}

RecordPlan plan_for(const std::string& name, const std::string& policy) {
  RecordPlan plan;
  plan.path = temporary(name);
  plan.model.shape = small_shape();
  plan.run = {.prompt = 200, .output = 8, .chunk = 64};
  plan.policy = policy;
  return plan;
}

std::shared_ptr<const TraceReader> open(const std::string& path) {
  auto trace = TraceReader::open(path);
  EXPECT_TRUE(trace) << trace.error().message();
  return trace.value();
}

TraceRequest request_for(const Policy& policy, const std::string& spec, const RunLengths& run) {
  TraceRequest request;
  request.policy = spec;
  request.run = run;
  request.storage = policy.storage();
  request.needs = policy.needs();
  request.patch_window = policy.patch_window();
  return request;
}

struct Replayed {
  Listener heard;
  std::optional<RetainedMass> mass;
  std::vector<Warning> warnings;
  Status status;
};

Replayed replay(const std::shared_ptr<TraceScores>& scores, const std::string& spec,
                const RunLengths& run, bool retained = false) {
  Replayed result;
  const ModelShape& shape = scores->trace().header().shape;
  const auto policy = make_policy_from(spec, shape, run);
  TraceRequest request = request_for(*policy, spec, run);
  request.retained_mass = retained;
  auto source = TraceAttention::create(scores, request);
  if (!source) {
    result.status = source.error();
    return result;
  }
  result.status = run_through(
      shape, run, *policy, **source,
      [&](const Pass& pass, std::int32_t layer, std::span<const std::span<const TokenPos>> lists) {
        return (*source)->begin_layer(pass, layer, lists);
      },
      &result.heard);
  result.mass = (*source)->retained_mass();
  result.warnings = (*source)->warnings();
  return result;
}

// Share of evicted positions that two logs have in common.
double overlap(const std::vector<DecisionRecord>& a, const std::vector<DecisionRecord>& b) {
  const auto positions = [](const std::vector<DecisionRecord>& log) {
    std::set<std::tuple<int, int, int, int>> all;
    for (const DecisionRecord& record : log) {
      for (const PosRange& range : record.evicted) {
        for (TokenPos p = range.begin; p < range.end; ++p) {
          all.emplace(record.pass, record.layer, record.head, p);
        }
      }
    }
    return all;
  };
  const auto left = positions(a);
  const auto right = positions(b);
  std::size_t both = 0;
  for (const auto& entry : left) {
    both += right.count(entry);
  }
  return left.empty() && right.empty()
             ? 1.0
             : static_cast<double>(both) / static_cast<double>(std::max(left.size(), right.size()));
}

void expect_close(const std::vector<HeardAnswer>& a, const std::vector<HeardAnswer>& b,
                  float relative) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].query, b[i].query);
    ASSERT_EQ(a[i].values.size(), b[i].values.size()) << i;
    for (std::size_t j = 0; j < a[i].values.size(); ++j) {
      ASSERT_NEAR(a[i].values[j], b[i].values[j], relative * a[i].values[j] + 1e-8F)
          << "pass " << a[i].pass << " layer " << a[i].layer << " head " << a[i].head << " entry "
          << j;
    }
  }
}

TEST(RecordedAnswersTest, EveryPolicyDecidesTheSameAgain) {
  for (const TraceFidelity fidelity : {TraceFidelity::kRows, TraceFidelity::kBlocks}) {
    for (const std::string& spec : policies()) {
      RecordPlan plan = plan_for("level0a.h5", spec);
      plan.fidelity = fidelity;
      Listener live;
      ASSERT_TRUE(record(plan, live));
      ASSERT_FALSE(live.decisions.empty()) << spec << " evicted nothing";
      const auto trace = open(plan.path);
      RecordedAnswers answers(trace);
      const auto policy = make_policy_from(spec, plan.model.shape, plan.run);
      Listener replayed;
      ASSERT_TRUE(run_through(
          plan.model.shape, plan.run, *policy, answers,
          [&](const Pass& pass, std::int32_t layer,
              std::span<const std::span<const TokenPos>> resident) {
            answers.begin_layer(pass, layer, resident);
            return Status{};
          },
          &replayed));
      EXPECT_EQ(replayed.decisions, live.decisions) << spec;
    }
  }
}

TEST(RecordedAnswersTest, AnotherQuestionIsAnError) {
  RecordPlan plan = plan_for("other_question.h5", "snapkv:sparsity=0.5,window=16");
  Listener live;
  ASSERT_TRUE(record(plan, live));
  RecordedAnswers answers(open(plan.path));
  const Pass pass = pass_at(plan.run, 0, 0);
  std::vector<TokenPos> list(static_cast<std::size_t>(pass.end));
  std::iota(list.begin(), list.end(), 0);
  const std::vector<std::span<const TokenPos>> resident(2, list);
  answers.begin_layer(pass, 0, resident);
  AttentionQuery query = live.answers.front().query;
  EXPECT_TRUE(answers.answer(query, 0));
  query.window = 17;
  const auto unknown = answers.answer(query, 0);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().where, plan.path + ": /log/answers");
  EXPECT_NE(unknown.error().hint.find("snapkv"), std::string::npos);
}

TEST(TraceAttentionTest, RecomputesTheRecordedPolicy) {
  for (const std::string& spec : policies()) {
    const RecordPlan plan = plan_for("level0b.h5", spec);
    Listener live;
    ASSERT_TRUE(record(plan, live));
    const auto scores = std::make_shared<TraceScores>(open(plan.path));
    const Replayed again = replay(scores, spec, plan.run);
    ASSERT_TRUE(again.status) << spec << ": " << again.status.error().message();
    expect_close(live.answers, again.heard.answers, 4 * kCode16Error);
    EXPECT_GE(overlap(live.decisions, again.heard.decisions), 0.999) << spec;
    EXPECT_FALSE(again.mass.has_value());
  }
}

TEST(TraceAttentionTest, OpenLoopEqualsTheLiveRunWhereLogitsDoNotReact) {
  // The synthetic logits do not depend on what is resident, so a full trace must give any policy
  // at any chunk size what a live run gives it.
  RecordPlan plan = plan_for("open_loop.h5", "full");
  plan.coding.side_votes = {64};
  plan.coding.side_window = 16;
  Listener ignored;
  ASSERT_TRUE(record(plan, ignored));
  const auto scores = std::make_shared<TraceScores>(open(plan.path));
  for (const std::string& spec : policies()) {
    for (const std::int64_t chunk : {std::int64_t{64}, std::int64_t{50}, kWholePrompt}) {
      RunLengths run = plan.run;
      run.chunk = chunk;
      if (spec.find("patch") != std::string::npos && chunk == 50) {
        continue;  // no side votes there
      }
      Listener live;
      run_live(plan.model, run, spec, live);
      const Replayed open_loop = replay(scores, spec, run);
      ASSERT_TRUE(open_loop.status) << spec << ": " << open_loop.status.error().message();
      EXPECT_GE(overlap(live.decisions, open_loop.heard.decisions), 0.999) << spec << " " << chunk;
      EXPECT_TRUE(open_loop.warnings.empty());
      if (overlap(live.decisions, open_loop.heard.decisions) == 1.0) {
        expect_close(live.answers, open_loop.heard.answers, 6 * kCode16Error);
      }
    }
  }
}

TEST(TraceAttentionTest, BlocksComeNear) {
  RecordPlan plan = plan_for("blocks.h5", "full");
  plan.run = {.prompt = 600, .output = 8, .chunk = 128};
  plan.fidelity = TraceFidelity::kBlocks;
  plan.coding.side_votes = {128, 256};
  plan.coding.side_window = 16;
  Listener ignored;
  ASSERT_TRUE(record(plan, ignored));
  const auto scores = std::make_shared<TraceScores>(open(plan.path));
  for (const std::string& spec : policies()) {
    for (const std::int64_t chunk : {std::int64_t{128}, std::int64_t{256}, kWholePrompt}) {
      RunLengths run = plan.run;
      run.chunk = chunk;
      Listener live;
      run_live(plan.model, run, spec, live);
      const Replayed replayed = replay(scores, spec, run);
      ASSERT_TRUE(replayed.status) << spec << ": " << replayed.status.error().message();
      const double same = overlap(live.decisions, replayed.heard.decisions);
      const bool by_sum = spec.find("h2o") == 0;
      EXPECT_GE(same, by_sum ? 0.9 : 0.995) << spec << " " << chunk;
    }
  }
}

TEST(TraceAttentionTest, EvictingTraceServesNoOtherPolicy) {
  const RecordPlan plan = plan_for("evicting.h5", "h2o:heavy=24,recent=16");
  Listener live;
  ASSERT_TRUE(record(plan, live));
  const auto scores = std::make_shared<TraceScores>(open(plan.path));
  const Replayed other = replay(scores, "tova:budget=40", plan.run);
  ASSERT_FALSE(other.status);
  EXPECT_EQ(other.status.error().message(),
            plan.path +
                ": it was recorded while 'h2o:heavy=24,recent=16' evicted entries, whose attention "
                "is lost; 'tova:budget=40' cannot be replayed on it; record with --policy full to "
                "replay other policies");
  RunLengths run = plan.run;
  run.chunk = 32;
  EXPECT_FALSE(replay(scores, plan.policy, run).status);
  run = plan.run;
  run.output = 9;
  EXPECT_FALSE(replay(scores, plan.policy, run).status);
  run = plan.run;
  run.prompt = 100;
  EXPECT_NE(replay(scores, plan.policy, run).status.error().what.find("recorded prompt"),
            std::string::npos);
  run = plan.run;
  run.output = 3;
  EXPECT_TRUE(replay(scores, plan.policy, run).status);
}

TEST(TraceAttentionTest, PatchedChunksWithoutSideVotesUseTheProxy) {
  for (const TraceFidelity fidelity : {TraceFidelity::kRows, TraceFidelity::kBlocks}) {
    RecordPlan plan = plan_for("proxy.h5", "full");
    plan.fidelity = fidelity;
    Listener ignored;
    ASSERT_TRUE(record(plan, ignored));
    const auto scores = std::make_shared<TraceScores>(open(plan.path));
    const Replayed proxy = replay(scores, "snapkv:sparsity=0.5,window=16,patch=true", plan.run);
    ASSERT_TRUE(proxy.status) << proxy.status.error().message();
    std::set<std::string> codes;
    for (const Warning& warning : proxy.warnings) {
      codes.insert(warning.code);
    }
    EXPECT_EQ(codes.count("patch_proxy"), 1U);
    EXPECT_EQ(codes.count("blocks_approximation"), fidelity == TraceFidelity::kBlocks ? 1U : 0U);
    const Replayed plain = replay(scores, "snapkv:sparsity=0.5,window=16", plan.run);
    for (const Warning& warning : plain.warnings) {
      EXPECT_NE(warning.code, "patch_proxy");
    }
  }
}

// The last rows of the prompt vote for a chunk that the first of them lie in: each over those keys
// of the chunk that it saw.
TEST(TraceAttentionTest, ProxiesSeeNoMoreThanTheirOwnRows) {
  RecordPlan plan = plan_for("short_end.h5", "full");
  plan.run = {.prompt = 100, .output = 2, .chunk = kWholePrompt};
  Listener ignored;
  ASSERT_TRUE(record(plan, ignored));
  const RunLengths run{.prompt = 100, .output = 2, .chunk = 90};
  TraceRequest request;
  request.policy = "snapkv";
  request.run = run;
  request.needs = {.window = 64, .in_prefill = true};
  request.patch_window = 64;
  auto source = TraceAttention::create(std::make_shared<TraceScores>(open(plan.path)), request);
  ASSERT_TRUE(source) << source.error().message();
  const Pass pass = pass_at(run, 0, 64);
  ASSERT_EQ(pass.forward_rows(), 90 + 64);
  std::vector<TokenPos> list(static_cast<std::size_t>(pass.forward_rows()));
  std::iota(list.begin(), list.end(), 0);
  const std::vector<std::span<const TokenPos>> lists(2, list);
  ASSERT_TRUE((*source)->begin_layer(pass, 0, lists));
  const AttentionQuery query{.kind = AttentionQuery::Kind::kWindowMass, .window = 64};
  const auto answer = (*source)->answer(query, 0);
  ASSERT_TRUE(answer) << answer.error().message();
  ASSERT_EQ(answer->size(), 90U);
  const std::vector<std::int32_t> tokens = run_tokens(run);
  std::vector<double> expected(90, 0.0);
  for (std::int32_t q = 0; q < 2; ++q) {  // the two query heads of the first KV head
    for (TokenPos row = 100 - 64; row < 100; ++row) {
      std::vector<float> mass;
      const auto seen = static_cast<std::size_t>(std::min(row + 1, 90));
      plan.model.row(0, q, tokens[static_cast<std::size_t>(row)], row,
                     std::span<const TokenPos>(list).first(seen), mass);
      for (std::size_t j = 0; j < mass.size(); ++j) {
        expected[j] += static_cast<double>(mass[j]) / 2;
      }
    }
  }
  for (std::size_t j = 0; j < expected.size(); ++j) {
    EXPECT_NEAR((*answer)[j], expected[j], 1e-3 * expected[j] + 1e-6) << j;
  }
}

// Dense mass on what is resident, by brute force.
RetainedMass naive_retained(const SyntheticModel& model, const RunLengths& run,
                            const std::string& spec) {
  const auto policy = make_policy_from(spec, model.shape, run);
  LiveSource live(model, run, policy->storage());
  const std::vector<std::int32_t> tokens = run_tokens(run);
  std::vector<double> shares;
  double decode = 0;
  std::int64_t decode_rows = 0;
  const Status status = run_through(
      model.shape, run, *policy, live,
      [&](const Pass& pass, std::int32_t layer, std::span<const std::span<const TokenPos>> lists) {
        live.begin_layer(pass, layer, lists);
        for (std::int32_t q = 0; q < model.shape.q_heads; ++q) {
          const auto list = lists[static_cast<std::size_t>(q) * lists.size() /
                                  static_cast<std::size_t>(model.shape.q_heads)];
          for (std::int64_t row = pass.begin; row < pass.end; ++row) {
            std::vector<TokenPos> keys;
            for (TokenPos j = 0; j <= row; ++j) {
              keys.push_back(j);
            }
            std::vector<float> mass;
            model.row(layer, q, tokens[static_cast<std::size_t>(row)], static_cast<TokenPos>(row),
                      keys, mass);
            double kept = 0;
            for (const TokenPos p : list) {
              kept += p <= row ? static_cast<double>(mass[static_cast<std::size_t>(p)]) : 0.0;
            }
            shares.push_back(kept);
            if (pass.phase == Phase::kDecode) {
              decode += kept;
              ++decode_rows;
            }
          }
        }
        return Status{};
      },
      nullptr);
  EXPECT_TRUE(status);
  RetainedMass mass;
  for (const double share : shares) {
    mass.mean += share;
  }
  mass.mean /= static_cast<double>(shares.size());
  mass.decode_mean = decode / static_cast<double>(decode_rows);
  std::sort(shares.begin(), shares.end());
  mass.p5 = shares[(shares.size() + 19) / 20 - 1];
  return mass;
}

TEST(TraceAttentionTest, RetainedMassAgreesWithBruteForce) {
  for (const TraceFidelity fidelity : {TraceFidelity::kRows, TraceFidelity::kBlocks}) {
    RecordPlan plan = plan_for("retained.h5", "full");
    plan.fidelity = fidelity;
    plan.coding.side_votes = {64};
    plan.coding.side_window = 16;
    Listener ignored;
    ASSERT_TRUE(record(plan, ignored));
    const auto scores = std::make_shared<TraceScores>(open(plan.path));
    for (const std::string& spec : policies()) {
      const Replayed replayed = replay(scores, spec, plan.run, true);
      ASSERT_TRUE(replayed.status) << replayed.status.error().message();
      ASSERT_TRUE(replayed.mass.has_value());
      const RetainedMass naive = naive_retained(plan.model, plan.run, spec);
      const double error = fidelity == TraceFidelity::kRows ? 1e-3 : 1e-2;
      EXPECT_NEAR(replayed.mass->mean, naive.mean, error) << spec;
      EXPECT_NEAR(*replayed.mass->decode_mean, *naive.decode_mean, error) << spec;
      if (fidelity == TraceFidelity::kRows) {
        EXPECT_NEAR(replayed.mass->p5, naive.p5, 2e-3) << spec;
      }
      EXPECT_LT(replayed.mass->mean, 0.9999) << spec;
    }
    const Replayed full = replay(scores, "full", plan.run, true);
    EXPECT_EQ(full.mass->mean, 1.0);
    EXPECT_EQ(full.mass->p5, 1.0);
  }
}

TEST(TraceAttentionTest, LongerOutputIsExtrapolatedAndSaid) {
  for (const TraceFidelity fidelity : {TraceFidelity::kRows, TraceFidelity::kBlocks}) {
    RecordPlan plan = plan_for("longer.h5", "full");
    plan.fidelity = fidelity;
    Listener ignored;
    ASSERT_TRUE(record(plan, ignored));
    const auto scores = std::make_shared<TraceScores>(open(plan.path));
    RunLengths run = plan.run;
    run.output = 90;
    for (const char* spec : {"h2o:heavy=24,recent=16", "tova:budget=40"}) {
      const Replayed longer = replay(scores, spec, run, true);
      ASSERT_TRUE(longer.status) << longer.status.error().message();
      ASSERT_FALSE(longer.warnings.empty());
      EXPECT_EQ(longer.warnings.back().code, "decode_extrapolated");
      EXPECT_GT(longer.mass->mean, 0.1);
    }
  }
}

TEST(TraceAttentionTest, KeyNormsAreExact) {
  RecordPlan plan = plan_for("key_norms.h5", "full");
  plan.coding.side_votes = {64};
  plan.coding.side_window = 16;
  Listener ignored;
  ASSERT_TRUE(record(plan, ignored));
  const auto scores = std::make_shared<TraceScores>(open(plan.path));
  for (const Storage storage : {Storage::kKvHeads, Storage::kQueryHeads}) {
    LiveSource live(plan.model, plan.run, storage);
    TraceRequest request;
    request.policy = "any";
    request.run = plan.run;
    request.storage = storage;
    request.patch_window = 16;
    auto source = TraceAttention::create(scores, request).value();
    const std::int32_t heads = storage == Storage::kKvHeads ? 2 : 4;
    for (const std::int64_t i : {0, 2, 5}) {
      const Pass pass = pass_at(plan.run, i, 16);
      std::vector<TokenPos> list = {0, 3};  // some survivors
      list.resize(static_cast<std::size_t>(std::min<std::int64_t>(2, pass.begin)));
      for (std::int64_t p = pass.begin; p < pass.begin + pass.forward_rows(); ++p) {
        list.push_back(static_cast<TokenPos>(p));
      }
      const std::vector<std::span<const TokenPos>> lists(static_cast<std::size_t>(heads), list);
      live.begin_layer(pass, 1, lists);
      ASSERT_TRUE(source->begin_layer(pass, 1, lists));
      AttentionQuery query;
      query.kind = AttentionQuery::Kind::kKeyNorm;
      for (std::int32_t head = 0; head < heads; ++head) {
        EXPECT_TRUE(std::ranges::equal(live.answer(query, head).value(),
                                       source->answer(query, head).value()));
      }
    }
  }
}

TEST(TraceAttentionTest, SchedulesTogetherHearWhatTheyHearAlone) {
  for (const TraceFidelity fidelity : {TraceFidelity::kRows, TraceFidelity::kBlocks}) {
    RecordPlan plan = plan_for("together.h5", "full");
    plan.fidelity = fidelity;
    plan.coding.side_votes = {64};
    plan.coding.side_window = 16;
    Listener ignored;
    ASSERT_TRUE(record(plan, ignored));
    const auto trace = open(plan.path);
    const auto shared = std::make_shared<TraceScores>(trace);
    for (const std::string& spec : policies()) {
      const Replayed together = replay(shared, spec, plan.run, true);
      const Replayed alone = replay(std::make_shared<TraceScores>(trace), spec, plan.run, true);
      EXPECT_EQ(together.heard.decisions, alone.heard.decisions);
      EXPECT_EQ(together.mass->mean, alone.mass->mean);
    }
  }
}

TEST(TraceAttentionTest, EveryRowGivesItsWholeMassToWhatIsResident) {
  for (const TraceFidelity fidelity : {TraceFidelity::kRows, TraceFidelity::kBlocks}) {
    RecordPlan plan = plan_for("whole_mass.h5", "full");
    plan.fidelity = fidelity;
    Listener ignored;
    ASSERT_TRUE(record(plan, ignored));
    TraceRequest request;
    request.policy = "any";
    request.run = plan.run;
    request.needs.accumulated = true;
    auto source =
        TraceAttention::create(std::make_shared<TraceScores>(open(plan.path)), request).value();
    AttentionQuery query;
    query.kind = AttentionQuery::Kind::kAccumulatedMass;
    std::vector<TokenPos> list;
    double before = 0;
    for (std::int64_t i = 0; i < plan.run.passes(); ++i) {
      const Pass pass = pass_at(plan.run, i, 0);
      for (std::int64_t p = pass.begin; p < pass.end; ++p) {
        list.push_back(static_cast<TokenPos>(p));
      }
      const std::vector<std::span<const TokenPos>> lists(2, list);
      ASSERT_TRUE(source->begin_layer(pass, 0, lists));
      const auto mass = source->answer(query, 1).value();
      double sum = 0;
      for (const float value : mass) {
        sum += static_cast<double>(value);
      }
      EXPECT_NEAR(sum, before + static_cast<double>(pass.rows()),
                  2e-3 * static_cast<double>(pass.rows()))
          << "pass " << i;
      // Every third entry goes, the needles and the sink among them.
      std::vector<std::int32_t> kept;
      std::vector<TokenPos> next;
      before = 0;
      for (std::size_t j = 0; j < list.size(); ++j) {
        if (j % 3 != 0) {
          kept.push_back(static_cast<std::int32_t>(j));
          next.push_back(list[j]);
          before += static_cast<double>(mass[j]);
        }
      }
      source->retain(0, kept);
      source->retain(1, kept);
      list = next;
    }
  }
}

TEST(TraceAttentionTest, WhatBlocksCannotAnswerIsAnError) {
  RecordPlan plan = plan_for("cannot.h5", "full");
  plan.fidelity = TraceFidelity::kBlocks;
  Listener ignored;
  ASSERT_TRUE(record(plan, ignored));
  const auto scores = std::make_shared<TraceScores>(open(plan.path));
  RunLengths run = plan.run;
  run.chunk = 50;
  const Replayed chunk = replay(scores, "snapkv:sparsity=0.5,window=16", run);
  ASSERT_FALSE(chunk.status);
  EXPECT_NE(chunk.status.error().message().find("--side-votes"), std::string::npos);
  const Replayed sums = replay(scores, "h2o:heavy=24,recent=16", run);
  ASSERT_FALSE(sums.status);
  EXPECT_NE(sums.status.error().message().find("row blocks"), std::string::npos);
  const Replayed window = replay(scores, "snapkv:sparsity=0.5,window=20", plan.run);
  ASSERT_FALSE(window.status);
  EXPECT_NE(window.status.error().message().find("last 20 rows"), std::string::npos);
}

// The numbers after `before` in a hint: "replay chunks of 128 or 256, record ...".
std::vector<std::int64_t> numbers_after(const std::string& hint, const std::string& before) {
  std::vector<std::int64_t> numbers;
  const std::size_t at = hint.find(before);
  if (at != std::string::npos) {
    std::istringstream words(hint.substr(at + before.size(), hint.find(',', at) - at));
    for (std::string word; words >> word;) {
      if (const std::int64_t number = std::atoll(word.c_str()); number > 0) {
        numbers.push_back(number);
      }
    }
  }
  return numbers;
}

// Blocks of 64 rows, votes for chunks of 128 and 256 and of the whole prompt.
TEST(TraceAttentionTest, WhoFollowsAHintAboutChunksCanReplay) {
  RecordPlan plan = plan_for("hints.h5", "full");
  plan.run = {.prompt = 640, .output = 8, .chunk = 128};
  plan.fidelity = TraceFidelity::kBlocks;
  plan.coding.row_block = 64;
  plan.coding.side_votes = {256};
  plan.coding.side_window = 16;
  Listener ignored;
  ASSERT_TRUE(record(plan, ignored));
  const auto scores = std::make_shared<TraceScores>(open(plan.path));
  const auto refused = [&](const std::string& spec, std::int64_t chunk, bool mass) {
    RunLengths run = plan.run;
    run.chunk = chunk;
    const Replayed replayed = replay(scores, spec, run, mass);
    return replayed.status ? std::string() : replayed.status.error().message();
  };
  using Sizes = std::vector<std::int64_t>;
  const std::string snapkv = "snapkv:sparsity=0.5,window=16";
  const auto sizes = [&](const std::string& spec, std::int64_t chunk, bool mass) {
    return numbers_after(refused(spec, chunk, mass), "replay chunks of ");
  };
  EXPECT_EQ(sizes(snapkv, 200, true), (Sizes{128, 256}));  // no blocks, no votes
  EXPECT_EQ(sizes(snapkv, 320, true), (Sizes{256, 640}));  // blocks, but no votes
  EXPECT_EQ(sizes(snapkv, 320, false), (Sizes{256, 640}));
  EXPECT_EQ(sizes("h2o:heavy=24,recent=16", 200, false), (Sizes{192, 256}));
  EXPECT_EQ(sizes("h2o:heavy=24,recent=16", 50, false), (Sizes{64}));
  EXPECT_EQ(sizes("tova:budget=40", 200, false), (Sizes{128, 256}));  // rows before a chunk end
  EXPECT_EQ(refused(snapkv, 320, false).find(plan.path + ": chunk: "), 0U);
  for (const std::string& spec : policies()) {
    for (const std::int64_t chunk : {50, 100, 200, 250, 320, 500, 639}) {
      for (const std::int64_t served : sizes(spec, chunk, true)) {
        EXPECT_EQ(refused(spec, served, true), "") << spec << " " << chunk << " " << served;
      }
    }
  }
  const Sizes windows =
      numbers_after(refused("snapkv:sparsity=0.5,window=20", 128, false), "replay a window of ");
  ASSERT_FALSE(windows.empty());
  for (const std::int64_t window : windows) {
    EXPECT_EQ(refused("snapkv:sparsity=0.5,window=" + std::to_string(window), 128, false), "");
  }
}

}  // namespace
}  // namespace kvfoot
