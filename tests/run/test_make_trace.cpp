// Made-up attention: rows that sum to one, files that verify, the same on any number of threads.
#include "sim/run/make_trace.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <sstream>

#include "sim/engine/replay.hpp"
#include "sim/policy/descriptor.hpp"
#include "sim/run/made_attention.hpp"
#include "sim/trace/reader.hpp"

namespace kvfoot {
namespace {

ModelShape small() {
  return {.name = "small",
          .layers = 2,
          .q_heads = 8,
          .kv_heads = 4,
          .head_dim = 16,
          .hidden = 128,
          .ffn = 256,
          .vocab = 100};
}

TEST(MadeAttention, EveryRowSumsToOne) {
  const RunLengths run{.prompt = 3000, .output = 10, .chunk = 1000};
  const MadeAttention attention(small(), run, 3);
  DecodedBlock block;
  for (const auto& [first, rows] : std::vector<std::pair<std::int64_t, std::int64_t>>{
           {0, 1}, {0, 3}, {1, 1}, {5, 64}, {63, 1}, {64, 64}, {999, 1}, {2936, 64}, {3009, 1}}) {
    for (std::int32_t q = 0; q < 8; ++q) {
      for (const std::int32_t width : {64, 128}) {
        for (const std::int32_t most : {8, 96, 1024}) {
          attention.rows(1, q, first, rows, most, width, block);
          const std::int64_t keys = first + rows;
          ASSERT_LE(block.position.size(), static_cast<std::size_t>(most));
          std::vector<float> mass(static_cast<std::size_t>(keys));
          expand_block(block, width, mass);
          double sum = 0;
          for (const float value : mass) {
            ASSERT_GE(value, 0.0F);
            sum += static_cast<double>(value);
          }
          ASSERT_NEAR(sum, 1, 1e-4) << "rows " << first << " + " << rows << " head " << q;
          for (std::size_t i = 1; i < block.position.size(); ++i) {
            ASSERT_LT(block.position[i - 1], block.position[i]);
          }
          std::vector<std::uint8_t> bytes;
          encode_block(block, keys, width, bytes);
          DecodedBlock again;
          ASSERT_TRUE(decode_block(bytes, keys, width, again));
          EXPECT_EQ(again.position, block.position);
        }
      }
    }
  }
}

TEST(MadeAttention, RetrievalHeadsLookAtNeedlesAndStreamingHeadsDoNot) {
  const RunLengths run{.prompt = 4096, .output = 4};
  ModelShape shape = small();
  shape.layers = 8;
  const MadeAttention attention(shape, run, 1);
  int retrieving = 0;
  DecodedBlock block;
  for (std::int32_t layer = 0; layer < shape.layers; ++layer) {
    for (std::int32_t kv = 0; kv < shape.kv_heads; ++kv) {
      std::vector<float> mass(4096);
      attention.rows(layer, 2 * kv, 4095, 1, 256, 64, block);
      expand_block(block, 64, mass);
      float needles = 0;
      for (const std::int64_t at : attention.needles()) {
        needles += mass[static_cast<std::size_t>(at)];
      }
      const bool retrieves = attention.retrieves(layer, kv);
      retrieving += retrieves ? 1 : 0;
      EXPECT_EQ(retrieves, needles > .2F) << "layer " << layer << " head " << kv;
    }
  }
  EXPECT_GT(retrieving, 2);
  EXPECT_LT(retrieving, 16);
}

// What the documentation says that every head mixes, read back from rows: shares lie where they are
// drawn, recency falls by e over the reach of the head, and heads differ.
TEST(MadeAttention, SinksAndRecencyHaveTheirShares) {
  constexpr std::int64_t kRows = 4096;
  const RunLengths run{.prompt = kRows, .output = 4};
  ModelShape shape = small();
  shape.layers = 8;
  const MadeAttention attention(shape, run, 2);
  DecodedBlock block;
  std::vector<float> sink_shares;
  double slopes[2] = {};  // streaming, retrieving
  int heads[2] = {};
  for (std::int32_t layer = 0; layer < shape.layers; ++layer) {
    for (std::int32_t q = 0; q < shape.q_heads; ++q) {
      SCOPED_TRACE("layer " + std::to_string(layer) + " head " + std::to_string(q));
      std::vector<float> mass(kRows);
      attention.rows(layer, q, kRows - 1, 1, 1024, 64, block);
      expand_block(block, 64, mass);
      const auto sum = [&mass](std::int64_t begin, std::int64_t end) {
        return std::accumulate(mass.begin() + begin, mass.begin() + end, 0.0F);
      };
      const bool retrieves = attention.retrieves(layer, q / shape.group());
      const float sinks = sum(0, 4);
      sink_shares.push_back(sinks);
      EXPECT_GE(sinks, retrieves ? .14F : .34F);
      EXPECT_LE(sinks, retrieves ? .40F : .70F);
      EXPECT_GT(mass[0], mass[1]);
      EXPECT_GT(mass[1], mass[3]);
      // Recency: the last 1024 keys hold all of it but e^-1 of the longest reach; and the last 16
      // more than keys of the middle do, where a few windows of 16 have a needle or a heavy key.
      EXPECT_GT(sum(kRows - 1024, kRows), retrieves ? .04F : .18F);
      std::vector<float> middle;
      for (std::int64_t key = 1024; key < 2048; key += 16) {
        middle.push_back(sum(key, key + 16));
      }
      std::sort(middle.begin(), middle.end());
      EXPECT_GT(sum(kRows - 16, kRows), (retrieves ? 1.5F : 4.0F) * middle[middle.size() / 2]);
      slopes[retrieves ? 1 : 0] +=
          static_cast<double>(sum(kRows - 16, kRows) / sum(kRows - 1024, kRows));
      ++heads[retrieves ? 1 : 0];
    }
  }
  ASSERT_GT(heads[0], 0);
  ASSERT_GT(heads[1], 0);
  // Streaming heads look nearer.
  EXPECT_GT(slopes[0] / heads[0], slopes[1] / heads[1]);
  std::sort(sink_shares.begin(), sink_shares.end());
  EXPECT_EQ(std::unique(sink_shares.begin(), sink_shares.end()), sink_shares.end());
}

class MakeTrace : public ::testing::Test {
 protected:
  MakeTrace()
      : folder_(std::filesystem::path(::testing::TempDir()) /
                ("kvfoot_make_trace_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~MakeTrace() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] MakeTraceRequest request(const std::string& name) const {
    MakeTraceRequest request;
    request.path = (folder_ / name).string();
    request.shape = small();
    request.run = {.prompt = 2000, .output = 6, .chunk = 512};
    request.chunk_sizes = {1024};
    request.seed = 5;
    return request;
  }
  static std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  std::filesystem::path folder_;
};

TEST_F(MakeTrace, SameBytesOnAnyNumberOfThreads) {
  MakeTraceRequest one = request("one.h5");
  MakeTraceRequest five = request("five.h5");
  five.threads = 5;
  ASSERT_TRUE(make_trace(one).ok());
  ASSERT_TRUE(make_trace(five).ok());
  EXPECT_EQ(bytes_of(one.path), bytes_of(five.path));
  MakeTraceRequest other = request("other.h5");
  other.seed = 6;
  ASSERT_TRUE(make_trace(other).ok());
  EXPECT_NE(bytes_of(one.path), bytes_of(other.path));
}

TEST_F(MakeTrace, EveryPolicyReplaysAtEveryChunkSizeThatItWasMadeFor) {
  const MakeTraceRequest what = request("made.h5");
  const auto bytes = make_trace(what);
  ASSERT_TRUE(bytes.ok()) << bytes.error().message();
  EXPECT_LE(*bytes, estimate_trace(made_header(what), made_coding(what), {}).total);
  const auto trace = TraceReader::open(what.path);
  ASSERT_TRUE(trace.ok()) << trace.error().message();
  ASSERT_TRUE((*trace)->verify().ok());
  EXPECT_TRUE((*trace)->full_cache());
  for (const PolicyDescriptor* descriptor : builtin_policies()) {
    for (const std::int64_t chunk : {std::int64_t{512}, std::int64_t{1024}, kWholePrompt}) {
      RunLengths run = what.run;
      run.chunk = chunk;
      const std::string spec = descriptor->example(run.prompt);
      const auto policy =
          make_policy(*parse_policy(spec), {.shape = what.shape, .run = run}).value();
      TraceSchedule schedule;
      schedule.policy = policy.get();
      schedule.spec = to_string(*parse_policy(spec));
      schedule.run = run;
      const auto outcomes = replay_trace(*trace, std::span(&schedule, 1));
      ASSERT_TRUE(outcomes.ok());
      const auto& outcome = outcomes->front();
      ASSERT_TRUE(outcome.ok()) << spec << ": " << outcome.error().message();
      const double mass = outcome->schedule.metrics.retained_mass.value();
      EXPECT_LE(mass, 1 + 1e-4) << spec;
      EXPECT_GT(mass, .3) << spec;
      if (descriptor->name == "full") {
        EXPECT_NEAR(mass, 1, 1e-6);
      }
    }
  }
}

TEST_F(MakeTrace, StoppedItLeavesNothing) {
  const std::atomic<bool> stop = true;
  MakeTraceRequest stopped = request("stopped.h5");
  stopped.cancel = &stop;
  const auto outcome = make_trace(stopped);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind, ErrorKind::kInterrupted);
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

}  // namespace
}  // namespace kvfoot
