// Which calls of the card a run makes, and in which order: what overlaps, what is captured, what is
// taken.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/cuda/model_runs.hpp"

namespace kvfoot::cuda {
namespace {

struct Calls {
  Calls() {
    options.on_call = [this](const std::string& call) { made.push_back(call); };
  }
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;

  EmulatedOptions options;
  std::vector<std::string> made;

  // Those whose name has `part` in it; `after` the first of that name.
  [[nodiscard]] std::int64_t count(const std::string& part, const std::string& after = "") const {
    const auto first = after.empty() ? made.begin() : std::ranges::find(made, after);
    return std::count_if(first, made.end(), [&](const std::string& call) {
      return call.find(part) != std::string::npos;
    });
  }
};

// What the card still has to do when the host waits for an answer: in decode, the output projection
// and the MLP, which is three products; many rows take memory, and wait for what evicting gives
// back.
TEST(WorkOrder, TheCardHasTheRestOfTheLayerWhileTheHostDecides) {
  for (const char* policy : {"tova:budget=20", "h2o:heavy=12,recent=8"}) {
    Calls calls;
    const auto device = emulated(DType::kF32, calls.options);
    calls.made.clear();
    (void)run(*device, {.chunk = 20, .policy = policy, .logits = false});
    std::vector<int> left;  // products enqueued between a copy out and the wait for it, per wait
    int products = 0;
    for (const std::string& call : calls.made) {
      if (call == "copy out") {
        products = 0;
      } else if (call == "gemm" || call.find("gemv") != std::string::npos) {
        ++products;
      } else if (call == "synchronize event") {
        left.push_back(products);
      }
    }
    std::vector<int> want(2 * 2, 0);  // of three passes the first does not fill the budget; layers
    want.insert(want.end(), static_cast<std::size_t>(kOutput * 2), 3);
    EXPECT_EQ(left, want) << policy;
  }
}

// A sliding window: every pass is launched from graphs, in pieces of four layers once entries
// leave, with the bits of passes that are enqueued layer by layer (because somebody watches).
TEST(WorkOrder, WindowsThatSlideAreCaptured) {
  struct Case {
    const char* policy;
    std::int64_t block;
    std::int64_t launches, captures, slides;  // slides: kernels that were captured
  };
  LlamaConfig config = small_config();
  config.layers = 5;
  constexpr std::int64_t kTokens = 9;  // the ring of five turns once and more
  for (const Case& c :
       {Case{"full", 16, kTokens, 1, 0},
        Case{"streaming:sinks=2,window=5", 16, 1 + 2 * (kTokens - 1), 1 + 2, 5 + 5},
        Case{"streaming:sinks=2,window=5", 1, 1 + 2 * (kTokens - 1), 1 + 2, 5 + 5},
        // No head of the last layer slides.
        Case{"duo:sparsity=0.5,sinks=2,window=5", 3, 1 + 2 * (kTokens - 1), 1 + 2, 5 + 4}}) {
    SCOPED_TRACE(std::string(c.policy) + ", pages of " + std::to_string(c.block));
    Calls calls;
    const auto device = emulated(DType::kBF16, calls.options, config);
    Setting setting{.policy = c.policy, .kv = DType::kBF16, .block = c.block};
    setting.prompt = 11;
    setting.output = kTokens;
    calls.made.clear();
    const Outcome captured = run(*device, setting);
    EXPECT_EQ(calls.count("launch graph"), c.launches);
    EXPECT_EQ(calls.count("capture"), c.captures);
    EXPECT_EQ(calls.count("slide_entries"), c.slides);
    EXPECT_EQ(calls.count("move_entries", "capture"), 0);
    setting.record = true;
    calls.made.clear();
    const Outcome watched = run(*device, setting);
    EXPECT_EQ(calls.count("launch graph"), 0);
    EXPECT_EQ(captured.logits, watched.logits);
    EXPECT_EQ(captured.session.memory, watched.session.memory);
  }
}

// What moves by more than a slide is enqueued layer by layer: keys that are rotated at their index
// keep their order.
TEST(WorkOrder, OtherEvictionsAreNotCaptured) {
  Calls calls;
  const auto device = emulated(DType::kF32, calls.options);
  Setting setting{.policy = "streaming:sinks=2,window=9,reindex=true", .logits = false};
  setting.prompt = 12;
  (void)run(*device, setting);
  EXPECT_EQ(calls.count("launch graph"), 0);
  EXPECT_EQ(calls.count("slide_entries"), 0);
  EXPECT_EQ(calls.count("move_entries"), (1 + kOutput) * 2 * 2);  // passes, layers, there and back
}

}  // namespace
}  // namespace kvfoot::cuda
