// What a trace will take on disk, said before it is recorded.
#include <gtest/gtest.h>

#include <filesystem>

#include "sim/core/hash.hpp"
#include "sim/trace/format.hpp"
#include "sim/trace/writer.hpp"
#include "tests/trace/synthetic.hpp"

namespace kvfoot {
namespace {

using namespace testing_trace;

std::int64_t size_of(const std::string& path) {
  return static_cast<std::int64_t>(std::filesystem::file_size(path));
}

// Records a run of `full` whose rows are one heavy-tailed list of weights, cut and normalised: wide
// attention, cheap to make.
void record_wide(const std::string& path, const TraceHeader& header, const TraceCoding& coding) {
  const ModelShape& shape = header.shape;
  const RunLengths& run = header.run;
  std::vector<float> weight;
  std::vector<float> prefix;
  float sum = 0;
  for (std::int64_t j = 0; j < run.rows(); ++j) {
    weight.push_back(static_cast<float>(1.0 / (0.001 + unit_interval(hash_words(j)))));
    prefix.push_back(sum += weight.back());
  }
  auto writer = TraceWriter::create(path, header, {.coding = coding}).value();
  std::vector<float> row(weight.size());
  const float lse = 0;
  for (std::int64_t i = 0; i < run.passes(); ++i) {
    const Pass pass = pass_at(run, i, 0);
    std::vector<TokenPos> positions;
    for (std::int64_t r = pass.begin; r < pass.end; ++r) {
      positions.push_back(static_cast<TokenPos>(r));
    }
    ASSERT_TRUE(writer->begin_pass({pass, false}, pass_tokens(run, pass), positions));
    const std::vector<float> norms(positions.size(), 1.0F);
    for (std::int32_t layer = 0; layer < shape.layers; ++layer) {
      for (std::int64_t r = pass.begin; r < pass.end; ++r) {
        const float scale = 1 / prefix[static_cast<std::size_t>(r)];
        for (std::int64_t j = 0; j <= r; ++j) {
          row[static_cast<std::size_t>(j)] = scale * weight[static_cast<std::size_t>(j)];
        }
        for (std::int32_t q = 0; q < shape.q_heads; ++q) {
          writer->on_tile({layer, q, static_cast<std::int32_t>(r - pass.begin), 1, pass.begin,
                           row.data(), static_cast<std::int64_t>(row.size()), &lse});
        }
      }
      for (std::int32_t head = 0; head < header.storage_heads(); ++head) {
        writer->key_norms(layer, head, norms);
      }
      ASSERT_TRUE(writer->end_layer(layer));
    }
    ASSERT_TRUE(writer->end_pass({.pass = pass.index}, 1));
  }
  ASSERT_TRUE(writer->finish(run, {}));
}

TEST(TraceEstimate, OfSmallRecordingsIsAnUpperBound) {
  for (const char* policy : {"full", "h2o:heavy=24,recent=16", "tova:budget=40",
                             "snapkv:sparsity=0.5,window=16,group=none"}) {
    for (const TraceFidelity fidelity : {TraceFidelity::kRows, TraceFidelity::kBlocks}) {
      RecordPlan plan;
      plan.path = temporary("estimate.h5");
      plan.model.shape = small_shape();
      plan.run = {.prompt = 300, .output = 20, .chunk = 128};
      plan.policy = policy;
      plan.fidelity = fidelity;
      if (plan.policy == "full") {
        plan.coding.side_votes = {128};
        plan.coding.side_window = 16;
      }
      Listener heard;
      ASSERT_TRUE(record(plan, heard));
      const auto made = make_policy_from(policy, plan.model.shape, plan.run);
      TraceHeader header;
      header.shape = plan.model.shape;
      header.run = plan.run;
      header.policy = policy;
      header.patch_window = made->patch_window();
      header.storage = made->storage();
      header.fidelity = fidelity;
      const TraceEstimate estimate = estimate_trace(header, plan.coding, made->needs());
      const std::int64_t size = size_of(plan.path);
      EXPECT_GE(estimate.total, size) << policy;
      EXPECT_LE(estimate.total, size + size / 2 + (1 << 20)) << policy;
    }
  }
}

// Wide attention fills every list of entries, so nothing but a few nearly empty pages may lie
// between what was predicted and what was written.
TEST(TraceEstimate, OfWideBlocksIsNearWhatIsWritten) {
  for (const std::int32_t key_block : {64, 128}) {
    TraceHeader header;
    header.shape = small_shape();
    header.shape.q_heads = 8;
    header.shape.kv_heads = 4;
    header.run = {.prompt = 4000, .output = 40, .chunk = 1024};
    header.fidelity = TraceFidelity::kBlocks;
    TraceCoding coding;
    coding.key_block = key_block;
    const std::string path = temporary("wide.h5");
    record_wide(path, header, coding);
    const TraceEstimate estimate = estimate_trace(header, coding, {});
    const std::int64_t size = size_of(path);
    RecordProperty("size", std::to_string(size));
    RecordProperty("estimate", std::to_string(estimate.total));
    EXPECT_LE(size, estimate.total) << key_block;
    EXPECT_GE(static_cast<double>(size), 0.95 * static_cast<double>(estimate.total)) << key_block;
  }
}

TraceHeader eight_billion(std::int64_t prompt) {
  TraceHeader header;
  header.shape = builtin_shape("llama-3.1-8b").value();
  header.run = {.prompt = prompt, .output = 128, .chunk = 32768};
  header.fidelity = TraceFidelity::kBlocks;
  return header;
}

TEST(TraceEstimate, EightBillionAt128KStayUnderFourGigabytes) {
  TraceCoding coding;
  coding.key_block = key_block_for(131072);
  const TraceEstimate estimate = estimate_trace(eight_billion(131072), coding, {});
  EXPECT_LT(estimate.total, 4'000'000'000);
  EXPECT_GT(estimate.total, 3'900'000'000);
  RecordProperty("total", std::to_string(estimate.total));
  RecordProperty("attention", std::to_string(estimate.attention));
  RecordProperty("votes", std::to_string(estimate.votes));
  RecordProperty("key_norms", std::to_string(estimate.key_norms));
  coding.key_block = 64;
  EXPECT_GT(estimate_trace(eight_billion(131072), coding, {}).total, 4'000'000'000);
}

// 49152 / 2 keys on average / 64 = 384 means of one byte = 96 entries of 4 bytes.
TEST(TraceEstimate, MoreKeysShareAMeanWhereMeansWouldOutweighEntries) {
  EXPECT_EQ(key_block_for(1), 64);
  EXPECT_EQ(key_block_for(49152), 64);
  EXPECT_EQ(key_block_for(49153), 128);
  EXPECT_EQ(key_block_for(1 << 20), 128);
}

}  // namespace
}  // namespace kvfoot
