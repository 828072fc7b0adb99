// What every policy of the build owes its callers, whatever its name.
#include "tests/policy/contract.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/policy/drive.hpp"

namespace kvfoot::test {
namespace {

constexpr std::int64_t kPrompt = 24;

// Fails when a policy asks what it did not announce.
class AnnouncedSource final : public AttentionSource {
 public:
  AnnouncedSource(AttentionSource& source, const AttentionNeeds& needs, Phase phase)
      : source_(source), needs_(needs), phase_(phase) {}
  [[nodiscard]] Result<std::span<const float>> answer(const AttentionQuery& query,
                                                      std::int32_t head) override {
    EXPECT_TRUE(phase_ == Phase::kPrefill ? needs_.in_prefill : needs_.in_decode);
    switch (query.kind) {
      case AttentionQuery::Kind::kWindowMass:
        EXPECT_LE(query.window, needs_.window);
        EXPECT_GE(query.window, 1);
        break;
      case AttentionQuery::Kind::kAccumulatedMass:
        EXPECT_TRUE(needs_.accumulated);
        break;
      case AttentionQuery::Kind::kLastRowMass:
        EXPECT_TRUE(needs_.last_row);
        break;
      case AttentionQuery::Kind::kKeyNorm:
        EXPECT_TRUE(needs_.key_norms);
        break;
      case AttentionQuery::Kind::kFutureMass:
        EXPECT_TRUE(needs_.future);
        break;
    }
    return source_.answer(query, head);
  }
  void retain(std::int32_t, std::span<const std::int32_t>) override { FAIL(); }

 private:
  AttentionSource& source_;
  const AttentionNeeds& needs_;
  Phase phase_;
};

bool same(const LayerKeep& a, const LayerKeep& b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(),
      [](const HeadKeep& x, const HeadKeep& y) { return x.all == y.all && x.index == y.index; });
}

// Drives a policy and checks it at every decision. Subset, order and counts are the driver's own
// checks, which abort.
void check(const Policy& policy, const ModelShape& shape, const RunLengths& run,
           const Logit& logit) {
  PolicyDriver driver(policy, shape, run, nullptr);
  FakeAttention attention(shape, policy.storage(), logit, run.rows());
  const AttentionNeeds needs = policy.needs();
  for (std::int64_t i = 0; i < run.passes(); ++i) {
    const Pass pass = pass_at(run, i, policy.patch_window());
    driver.begin_pass(pass);
    for (std::int32_t layer = 0; layer < shape.layers; ++layer) {
      driver.append(layer);
      std::vector<std::span<const TokenPos>> resident;
      std::vector<HeadView> views;
      for (std::int32_t head = 0; head < driver.heads(); ++head) {
        resident.push_back(driver.residency().resident(layer, head));
        views.push_back({resident.back(),
                         static_cast<std::int64_t>(resident.back().size()) - pass.forward_rows()});
      }
      attention.attend(pass, layer, resident);
      const bool decides = policy.decides(driver.pass());
      if (decides && !policy.reads_earlier_layers()) {
        AnnouncedSource source(attention, needs, pass.phase);
        const LayerView view{.pass = driver.pass(),
                             .layer = layer,
                             .heads = views,
                             .earlier = {},
                             .attention = &source};
        const auto once = policy.decide(view);
        const auto twice = policy.decide(view);
        ASSERT_TRUE(once.ok() && twice.ok());
        ASSERT_TRUE(same(*once, *twice)) << "asking twice gave two answers";
      }
      const auto kept = driver.decide(layer, &attention);
      ASSERT_TRUE(kept.ok());
      for (std::int32_t head = 0; head < driver.heads(); ++head) {
        const std::int64_t past = views[static_cast<std::size_t>(head)].past;
        const std::int64_t size = driver.residency().size(layer, head);
        ASSERT_LE(size, pass.end);
        if (const auto count = policy.kept_count(driver.pass(), layer, head, past)) {
          ASSERT_EQ(size, *count);
        }
        const auto cap = policy.decode_cap(layer, head);
        if (cap && pass.phase == Phase::kDecode) {
          ASSERT_EQ(size, std::min(past + 1, *cap));
        }
        if (!decides) {
          ASSERT_EQ(size, past + pass.rows());
        }
      }
    }
    driver.end_pass();
  }
}

std::vector<RunLengths> some_runs() {
  return {lengths(kPrompt, 5, 8),
          lengths(kPrompt, 5, 7),
          lengths(kPrompt, 3),
          lengths(kPrompt, 3, 1),
          lengths(kPrompt, 0, 5),
          lengths(kPrompt, 6, 9, LastPromptToken::kDecode),
          lengths(1, 4, kWholePrompt, LastPromptToken::kDecode),
          lengths(1, 0),
          lengths(3, 3, 2)};
}

TEST(Contract, EveryPolicyKeepsItAtEveryParameter) {
  for (const ModelShape& shape :
       {small_shape(3, 2, 2), small_shape(1, 1, 1), small_shape(2, 3, 1)}) {
    for (const PolicySpec& spec : all_variants(kPrompt)) {
      for (const RunLengths& run : some_runs()) {
        SCOPED_TRACE(to_string(spec) + " prompt " + std::to_string(run.prompt) + " chunk " +
                     std::to_string(run.chunk));
        const auto policy = make_policy(spec, {.shape = shape, .run = run});
        if (!policy.ok()) {  // a combination that the policy refuses, with a reason
          EXPECT_FALSE(policy.error().what.empty());
          EXPECT_FALSE(policy.error().where.empty());
          continue;
        }
        for (const std::uint64_t steps : {std::uint64_t{3}, std::uint64_t{1} << 20U}) {
          check(**policy, shape, run, hashed_logits(7, steps));
          if (HasFatalFailure()) {
            return;
          }
        }
      }
    }
  }
}

TEST(Contract, ExamplesReallyEvict) {
  const ModelShape shape = small_shape(3, 2, 2);
  for (const PolicyDescriptor* descriptor : builtin_policies()) {
    for (const std::int64_t prompt : {8, 24, 200}) {
      SCOPED_TRACE(descriptor->example(prompt));
      const RunLengths run = lengths(prompt, 2);
      const auto policy = make(descriptor->example(prompt), shape, run);
      Log log;
      drive(*policy, shape, run, hashed_logits(3), &log);
      EXPECT_EQ(log.decisions.empty(), descriptor->name == "full");
    }
  }
}

// Streams with one count_key() count alike, whatever the pass and however much is resident.
TEST(Contract, StreamsWithOneKeyCountAlike) {
  const ModelShape shape = small_shape(5, 3, 2);
  std::size_t shared = 0;
  for (const std::int64_t prompt : {std::int64_t{24}, std::int64_t{200}}) {
    for (const std::int64_t chunk : {std::int64_t{7}, prompt}) {
      const RunLengths run = lengths(prompt, 2, chunk);
      for (const PolicySpec& spec : all_variants(prompt)) {
        SCOPED_TRACE(to_string(spec) + " chunk " + std::to_string(chunk));
        const auto made = make_policy(spec, {.shape = shape, .run = run});
        if (!made) {
          continue;
        }
        const Policy& policy = **made;
        std::map<std::int64_t, std::pair<std::int32_t, std::int32_t>> first;
        for (std::int32_t layer = 0; layer < shape.layers; ++layer) {
          for (std::int32_t head = 0; head < storage_heads(policy, shape); ++head) {
            const auto [at, fresh] = first.try_emplace(policy.count_key(layer, head), layer, head);
            shared += fresh ? 0 : 1;
            const auto [l, h] = at->second;
            ASSERT_EQ(policy.decode_cap(layer, head), policy.decode_cap(l, h));
            for (std::int64_t i = 0; i < run.passes(); ++i) {
              const PassView view{pass_at(run, i, policy.patch_window()), run, shape.layers};
              for (const std::int64_t past :
                   {std::int64_t{0}, view.pass.begin / 2, view.pass.begin}) {
                if (policy.decides(view)) {
                  ASSERT_EQ(policy.kept_count(view, layer, head, past),
                            policy.kept_count(view, l, h, past))
                      << "layers " << layer << " and " << l << ", pass " << i;
                }
              }
            }
          }
        }
      }
    }
  }
  // The program with the documentation's one policy, which has no keys, checks that alone.
  if (builtin_policies().size() > 1) {
    EXPECT_GT(shared, 1000U);
  }
}

TEST(Contract, TwoRunsSayTheSame) {
  const ModelShape shape = small_shape(2, 2, 2);
  const RunLengths run = lengths(kPrompt, 4, 10);
  for (const PolicyDescriptor* descriptor : builtin_policies()) {
    const auto policy = make(descriptor->example(kPrompt), shape, run);
    Log first;
    Log second;
    drive(*policy, shape, run, hashed_logits(5, 4), &first);
    drive(*policy, shape, run, hashed_logits(5, 4), &second);
    EXPECT_EQ(first.decisions, second.decisions) << descriptor->name;
    EXPECT_EQ(first.answers.size(), second.answers.size()) << descriptor->name;
  }
}

TEST(Contract, DescriptorsAreComplete) {
  std::set<std::string_view> names;
  for (const PolicyDescriptor* policy : builtin_policies()) {
    SCOPED_TRACE(std::string(policy->name));
    EXPECT_TRUE(names.insert(policy->name).second);
    EXPECT_FALSE(policy->summary.empty());
    EXPECT_FALSE(policy->paper.empty());
    std::set<std::string_view> parameters;
    for (const ParamInfo& info : policy->params) {
      SCOPED_TRACE(std::string(info.name));
      EXPECT_TRUE(parameters.insert(info.name).second);
      EXPECT_FALSE(info.help.empty());
      EXPECT_EQ(info.type == ParamType::kChoice, !info.choices.empty());
      EXPECT_TRUE(info.type != ParamType::kPolicy || &info == &policy->params.back())
          << "a nested policy takes the rest of the text";
      if (!info.default_text.empty()) {
        EXPECT_TRUE(parse_policy(std::string(policy->name) + ":" + std::string(info.name) + "=" +
                                 std::string(info.default_text))
                        .ok())
            << "the default is refused";
      }
      if (!info.excludes.empty()) {
        for (const std::string_view other : split(info.excludes, '|')) {
          const auto it = std::find_if(policy->params.begin(), policy->params.end(),
                                       [&](const ParamInfo& p) { return p.name == other; });
          EXPECT_NE(it, policy->params.end()) << "excludes unknown " << other;
        }
      }
    }
  }
}

TEST(Contract, EverySpecSurvivesItsText) {
  for (const PolicySpec& spec : all_variants(kPrompt)) {
    const auto again = parse_policy(to_string(spec));
    ASSERT_TRUE(again.ok()) << to_string(spec);
    EXPECT_EQ(*again, spec);
    const auto full = parse_policy(to_string_full(spec));
    ASSERT_TRUE(full.ok()) << to_string_full(spec) << " " << full.error().message();
    EXPECT_EQ(to_string_full(*full), to_string_full(spec));
  }
}

}  // namespace
}  // namespace kvfoot::test
