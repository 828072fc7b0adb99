// Which calls of the card a run makes, and in which order: what overlaps, what is captured, what is
// taken.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "executor/cpu/cpu_backend.hpp"
#include "executor/cuda/backend/copy_slots.hpp"
#include "executor/cuda/backend/device_memory.hpp"
#include "executor/memory/buffers.hpp"
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

// The last sixteen rows of a long prompt: their keys are attended in pieces that are joined, and
// the numbers stay those of the CPU.
TEST(WorkOrder, FewRowsOverManyKeysAreCut) {
  LlamaConfig config = small_config();
  config.layers = 1;
  Calls calls;
  calls.options.multiprocessors = 8;
  const auto device = emulated(DType::kBF16, calls.options, config);
  const auto host =
      std::move(make_cpu_backend(weights_of(DType::kBF16, config), "random", {})).value();
  Setting setting{.chunk = 1024, .kv = DType::kBF16};
  setting.prompt = 1040;
  setting.output = 1;
  const Outcome want = run(*host, setting);
  calls.made.clear();
  const Outcome got = run(*device, setting);
  // Not in the first pass, whose 1024 rows of two heads make 64 blocks; in the last of the prompt,
  // and in decode.
  EXPECT_EQ(calls.count("join_pieces"), 2);
  EXPECT_LT(relative(got, want), 0.05);
}

// Memory that grows with the streams is taken in steps of an eighth, not for every token or page.
TEST(WorkOrder, StreamsThatGrowSeldomTakeMemory) {
  LlamaConfig config = small_config();
  config.layers = 1;
  const auto taken = [&](const std::string& policy, std::int64_t tokens) {
    Calls calls;
    const auto device = emulated(DType::kF32, calls.options, config);
    calls.made.clear();
    Setting setting{.policy = policy, .record = true, .logits = false};
    setting.prompt = 60;
    setting.output = tokens;
    (void)run(*device, setting);
    return std::ranges::count(calls.made, "allocate");
  };
  for (const char* policy : {"full", "tova:budget=1000"}) {
    // From 60 entries to 160 there are twelve such steps.
    EXPECT_LE(taken(policy, 100) - taken(policy, 5), 12) << policy;
  }
}

TEST(WorkOrder, PoolsGrowInSteps) {
  Calls calls;
  const auto device = make_emulated_device(calls.options);
  DeviceBlocks blocks(*device);
  MemoryLedger ledger;
  BufferPool buffers(ledger, blocks);
  constexpr std::int64_t kFirst = 4096;
  constexpr std::int64_t kEnd = 16 * kFirst;
  for (std::int64_t bytes = kFirst; bytes < kEnd; bytes += 64) {
    buffers.begin_pass();
    const Buffer<std::byte> buffer(buffers, MemoryClass::kWorkspace, bytes);
    EXPECT_EQ(ledger.held().total(), bytes);
    EXPECT_LE(buffers.reserved(), 2 * (bytes + bytes / 8));  // with the one that was too small
  }
  EXPECT_EQ(calls.count("allocate"), 1 + 4 * 8);
}

// Where memory is short, no more is taken than is asked for.
TEST(WorkOrder, PoolsTakeNoMoreThanThereIs) {
  Calls calls;
  calls.options.memory_bytes = 4096 + 64;
  const auto device = make_emulated_device(calls.options);
  DeviceBlocks blocks(*device);
  MemoryLedger ledger;
  BufferPool buffers(ledger, blocks);
  const Buffer<std::byte> buffer(buffers, MemoryClass::kWorkspace, 4096 + 1);
  EXPECT_EQ(buffers.reserved(), 4096 + 64);
  EXPECT_THROW(Buffer<std::byte>(buffers, MemoryClass::kWorkspace, 1), std::bad_alloc);
  EXPECT_EQ(blocks.take_refused(), 64);
}

TEST(WorkOrder, SlotsGrowGeometrically) {
  Calls calls;
  const auto device = make_emulated_device(calls.options);
  DeviceBlocks blocks(*device);
  HostBlocks host(*device);
  MemoryLedger ledger;
  BufferPool buffers(ledger, blocks);
  CopySlots slots(*device, host, buffers);
  std::vector<std::int64_t> heard;
  std::array<std::int64_t, CopySlots::kSlots> sent{};
  const CopySlots::Deliver deliver = [&](std::size_t slot) {
    heard.push_back(sent[slot]);
    EXPECT_EQ(slots.on_host(slot)[sent[slot] - 1], std::byte{static_cast<unsigned char>(7)});
    return Status{};
  };
  std::vector<std::int64_t> want;
  for (std::int64_t bytes = 1000; bytes < 16000; bytes += 16) {
    const auto slot = slots.next(bytes, deliver);
    ASSERT_TRUE(slot.ok());
    sent[*slot] = bytes;
    device->fill(slots.on_device(*slot), 7, static_cast<std::size_t>(bytes),
                 device->compute_stream());
    slots.send(*slot, bytes);
    want.push_back(bytes);
  }
  ASSERT_TRUE(slots.drain(deliver).ok());
  EXPECT_EQ(heard, want);
  // Twelve and a half quarters on top of each other make sixteen.
  EXPECT_LE(calls.count("allocate host"), 2 * 14);
}

}  // namespace
}  // namespace kvfoot::cuda
