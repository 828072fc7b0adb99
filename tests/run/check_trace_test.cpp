// Forged recordings held against the simulator: a finding or an error, never an abort.
#include "sim/run/check_trace.hpp"

#include <gtest/gtest.h>

#include "tests/trace/forge.hpp"
#include "tests/trace/synthetic.hpp"

namespace kvfoot {
namespace {

using namespace testing_trace;

Forgery recorded(const std::string& policy, std::int64_t output = 4) {
  RecordPlan plan;
  plan.path = temporary("sound.h5");
  plan.model.shape = small_shape();
  plan.run = {.prompt = 60, .output = output, .chunk = 20};
  plan.policy = policy;
  Listener heard;
  EXPECT_TRUE(record(plan, heard));
  return Forgery(plan.path);
}

Result<TraceCheck> check(const Forgery& forged) {
  const std::string path = temporary("forged.h5");
  KVFOOT_TRY(forged.write(path));
  KVFOOT_ASSIGN(const auto trace, TraceReader::open(path));
  return check_trace(trace);
}

std::string error_of(const Forgery& forged) {
  const auto checked = check(forged);
  return checked ? "" : checked.error().message();
}

TEST(CheckTrace, ASoundOneAgrees) {
  const auto checked = check(recorded("h2o:heavy=8,recent=8"));
  ASSERT_TRUE(checked) << checked.error().message();
  EXPECT_EQ(checked->decisions, "");
  EXPECT_EQ(checked->scores->overlap(), 1.0);
}

// The last answer of an h2o run, once more, as an answer to what TOVA asks.
TEST(CheckTrace, AnswersThatThePolicyDoesNotAskForAreAnError) {
  Forgery forged = recorded("h2o:heavy=8,recent=8");
  for (const char* name : {"pass", "layer", "head", "window", "kernel"}) {
    auto column = forged.get<std::int32_t>(std::string("/log/answers/") + name);
    column.push_back(column.back());
    forged.set(std::string("/log/answers/") + name, column);
  }
  for (const char* name : {"kind", "scope", "pool"}) {
    auto column = forged.get<std::uint8_t>(std::string("/log/answers/") + name);
    column.push_back(column.back());
    forged.set(std::string("/log/answers/") + name, column);
  }
  auto end = forged.get<std::int64_t>("/log/answers/end");
  end.push_back(end.back() + 1);
  forged.set("/log/answers/end", end);
  auto values = forged.get<float>("/log/answers/values");
  values.push_back(0);
  forged.set("/log/answers/values", values);
  EXPECT_NE(error_of(forged).find("/log/answers: holds 1 values instead of 17 (pass 6, layer 1, "
                                  "head 1); it is not what 'h2o:heavy=8,recent=8' does"),
            std::string::npos)
      << error_of(forged);
  auto kind = forged.get<std::uint8_t>("/log/answers/kind");
  kind.back() = static_cast<std::uint8_t>(AttentionQuery::Kind::kWindowMass);
  forged.set("/log/answers/kind", kind);
  auto window = forged.get<std::int32_t>("/log/answers/window");
  window.back() = 8;
  forged.set("/log/answers/window", window);
  EXPECT_NE(error_of(forged).find("/log/answers: holds an answer that the policy does not ask for"),
            std::string::npos)
      << error_of(forged);
}

TEST(CheckTrace, DecisionsThatKeepMoreThanThePolicyAreAnError) {
  Forgery forged = recorded("streaming:sinks=2,window=6", 0);
  auto evicted = forged.get<std::int32_t>("/log/decisions/evicted");
  auto kept = forged.get<std::int64_t>("/log/decisions/kept");
  --evicted.back();  // the last decision spares an entry
  ++kept.back();
  forged.set("/log/decisions/evicted", evicted);
  forged.set("/log/decisions/kept", kept);
  EXPECT_NE(error_of(forged).find("/log/decisions: keeps 9 entries instead of 8"),
            std::string::npos)
      << error_of(forged);
}

TEST(CheckTrace, PagesTooLargeToCountAreAnError) {
  Forgery forged = recorded("streaming:sinks=2,window=6");
  forged.attributes.at("block") = std::int64_t{1} << 40;
  EXPECT_NE(error_of(forged).find("forged.h5: block size: "), std::string::npos)
      << error_of(forged);
  forged.attributes.at("block") = std::int64_t{1} << 30;
  forged.attributes.at("head_dim") = std::int64_t{2147483646};
  EXPECT_NE(error_of(forged).find("too many bytes to count"), std::string::npos)
      << error_of(forged);
}

}  // namespace
}  // namespace kvfoot
