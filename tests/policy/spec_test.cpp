// Policies as text: what is read, what is refused and in which words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/policy/descriptor.hpp"

namespace kvfoot {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string message(std::string_view text) {
  const auto spec = parse_policy(text);
  return spec.ok() ? "accepted as " + to_string(*spec) : spec.error().message();
}

TEST(Spec, ReadsWhatTheCommandLineContractShows) {
  for (const std::string text :
       {"full", "streaming:sinks=128,window=1024", "duo:sparsity=0.7,sinks=128,window=1024",
        "duo:heads=gates.tsv",
        "snapkv:sparsity=0.7,window=64,kernel=5,pool=avg,group=mean,patch=true,evict=chunk",
        "pyramidkv:sparsity=0.7,beta=20", "h2o:heavy=1024,recent=1024", "tova:budget=2048",
        "duo:sparsity=0.7,sinks=128,window=1024,rest=snapkv:sparsity=0.5",
        "duo:sparsity=0.7,rest=snapkv:sparsity=0.5,window=32,patch=true"}) {
    const auto spec = parse_policy(text);
    ASSERT_TRUE(spec.ok()) << spec.error().message();
    EXPECT_EQ(to_string(*spec), text);
  }
}

TEST(Spec, CanonicalTextHasTheOrderOfTheDescriptor) {
  EXPECT_EQ(to_string(parse_policy(" streaming : window = 8 , sinks=2 ").value()),
            "streaming:sinks=2,window=8");
  EXPECT_EQ(to_string(parse_policy("duo:sparsity=0.5,rest= snapkv:window=2,budget=7").value()),
            "duo:sparsity=0.5,rest=snapkv:budget=7,window=2");
}

TEST(Spec, FullTextHasEveryDefaultThatHolds) {
  EXPECT_EQ(to_string_full(parse_policy("tova").value()), "tova:budget=2048,evict=chunk");
  EXPECT_EQ(to_string_full(parse_policy("tova:sparsity=0.5").value()),
            "tova:sparsity=0.5,evict=chunk");
  EXPECT_EQ(to_string_full(parse_policy("h2o:recent=5").value()),
            "h2o:heavy=1024,recent=5,group=mean,evict=chunk");
  EXPECT_EQ(to_string_full(parse_policy("duo:sparsity=0.5,rest=tova").value()),
            "duo:sparsity=0.5,sinks=128,window=1024,rounding=exact,evict=chunk,"
            "rest=tova:budget=2048,evict=chunk");
}

TEST(Spec, PairsAreCheckedLikeText) {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(to_string(make_spec("streaming", Pairs{{"window", "8"}, {"sinks", "2"}}).value()),
            "streaming:sinks=2,window=8");
  EXPECT_FALSE(make_spec("streaming", Pairs{{"window", "8"}, {"window", "9"}}).ok());
  EXPECT_FALSE(make_spec("streaming", Pairs{{"width", "8"}}).ok());
  EXPECT_FALSE(make_spec("duo", Pairs{{"heads", "a,b"}}).ok());
}

TEST(Spec, UnknownWordsGetASuggestion) {
  EXPECT_THAT(message("snapvk"),
              AllOf(HasSubstr("unknown policy 'snapvk'"), HasSubstr("did you mean 'snapkv'?")));
  EXPECT_THAT(message("zzz"), AllOf(HasSubstr("known: full, streaming"), HasSubstr("tova")));
  EXPECT_THAT(message("snapkv:sparsty=0.5"),
              AllOf(HasSubstr("unknown parameter 'sparsty' of snapkv"),
                    HasSubstr("did you mean 'sparsity'?")));
  EXPECT_THAT(message("full:window=3"), HasSubstr("full has no parameters"));
  EXPECT_THAT(message("snapkv:pool=mean"), HasSubstr("pool is 'mean'; allowed: avg, max"));
  EXPECT_THAT(message("snapkv:patch=yes"), HasSubstr("patch is 'yes'; allowed: true, false"));
}

TEST(Spec, RangesAreNamed) {
  EXPECT_THAT(message("snapkv:sparsity=1.7"),
              AllOf(HasSubstr("sparsity is 1.7"), HasSubstr("allowed: 0 to 1")));
  EXPECT_THAT(message("snapkv:sparsity=-0.1"), HasSubstr("allowed: 0 to 1"));
  EXPECT_THAT(message("snapkv:sparsity=half"), HasSubstr("'half', not a decimal number"));
  EXPECT_THAT(message("snapkv:window=0"), HasSubstr("window is 0; allowed: 1 to"));
  EXPECT_THAT(message("streaming:sinks=-1"), HasSubstr("allowed: 0 to"));
  EXPECT_THAT(message("streaming:window=2.5"), HasSubstr("'2.5', not a whole number"));
  EXPECT_THAT(message("tova:budget=99999999999999999999"), HasSubstr("not a whole number"));
  EXPECT_THAT(message("tova:bytes=2 GB/s"), HasSubstr("not a size"));
  EXPECT_THAT(message("tova:bytes=0"), HasSubstr("at least one byte"));
}

TEST(Spec, TwoBudgetsAreOneTooMany) {
  EXPECT_THAT(message("snapkv:sparsity=0.5,budget=100"), HasSubstr("cannot be given together"));
  EXPECT_THAT(message("snapkv:bytes=1GiB,budget=100"), HasSubstr("cannot be given together"));
  EXPECT_THAT(message("h2o:heavy=5,sparsity=0.5"), HasSubstr("cannot be given together"));
  EXPECT_THAT(message("tova:budget=5,budget=6"), HasSubstr("given twice"));
}

TEST(Spec, BrokenText) {
  EXPECT_THAT(message(""), HasSubstr("no policy named"));
  EXPECT_THAT(message("streaming:"), HasSubstr("nothing follows the colon"));
  EXPECT_THAT(message("streaming:window"), HasSubstr("'window' is not key=value"));
  EXPECT_THAT(message("streaming:window=3,"), HasSubstr("ends with a comma"));
  EXPECT_THAT(message("streaming:window=3,,sinks=1"), HasSubstr("not key=value"));
  EXPECT_THAT(message("streaming:=3"), HasSubstr("unknown parameter ''"));
  EXPECT_THAT(message("duo:heads="), HasSubstr("heads names no file"));
  EXPECT_THAT(message("duo:sparsity=0.5,rest=snap"), HasSubstr("unknown policy 'snap'"));
  EXPECT_THAT(message("duo:rest=duo:rest=full"), HasSubstr("one level deep"));
  EXPECT_THAT(message(std::string(10000, 'x')), HasSubstr("longer than"));
  EXPECT_LT(message(std::string(10000, 'x')).size(), 400U);
}

TEST(Spec, MakersRefuseWhatOnlyTheyCanSee) {
  const ModelShape shape{.name = "s", .layers = 1, .q_heads = 1, .kv_heads = 1, .head_dim = 2};
  const auto make_message = [&](std::string_view text) {
    const auto policy =
        make_policy(parse_policy(text).value(), {.shape = shape, .run = {.prompt = 9}});
    return policy.ok() ? std::string("accepted") : policy.error().message();
  };
  EXPECT_THAT(make_message("snapkv:kernel=4"), HasSubstr("kernel is 4"));
  EXPECT_THAT(make_message("snapkv:patch=true,evict=end"), HasSubstr("patch=true with evict=end"));
  // A spec put together by hand is checked too.
  const auto by_hand =
      make_policy(PolicySpec{"tova", {{"budget", "-3"}}}, {.shape = shape, .run = {}});
  ASSERT_FALSE(by_hand.ok());
  EXPECT_THAT(by_hand.error().message(), HasSubstr("budget is -3"));
}

}  // namespace
}  // namespace kvfoot
