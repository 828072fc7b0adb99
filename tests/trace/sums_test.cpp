// A trace written from sums of rows is the trace written from the rows.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "sim/trace/block_code.hpp"
#include "sim/trace/reader.hpp"
#include "tests/trace/synthetic.hpp"

namespace kvfoot {
namespace {

using namespace testing_trace;

std::shared_ptr<const TraceReader> recorded(RecordPlan plan, bool sums) {
  plan.path = temporary(sums ? "from_sums.h5" : "from_rows.h5");
  plan.sums = sums;
  Listener heard;
  const Status status = record(plan, heard);
  EXPECT_TRUE(status) << status.error().message();
  auto trace = TraceReader::open(plan.path);
  EXPECT_TRUE(trace) << trace.error().message();
  return trace.value();
}

// Entries are equal; the rest goes through a mean in fp32 before it is coded, so a code may be the
// next one.
void expect_equal_blocks(const TraceReader& want, const TraceReader& got) {
  const std::int32_t width = want.coding().key_block;
  std::int64_t entries = 0;
  for (std::size_t p = 0; p < want.passes().size(); ++p) {
    const auto pass = static_cast<std::int32_t>(p);
    const auto rows = want.row_blocks(pass);
    ASSERT_EQ(rows.size(), got.row_blocks(pass).size());
    for (std::int32_t layer = 0; layer < want.header().shape.layers; ++layer) {
      for (std::int32_t q = 0; q < want.header().shape.q_heads; ++q) {
        const std::int64_t past = want.past(pass, layer, q).value();
        ASSERT_EQ(past, got.past(pass, layer, q).value());
        for (std::size_t i = 0; i < rows.size(); ++i) {
          const std::int64_t keys = past + rows[i].first_row + rows[i].rows;
          const auto index = static_cast<std::int32_t>(i);
          DecodedBlock a;
          DecodedBlock b;
          ASSERT_TRUE(decode_block(want.block(pass, layer, q, index).value(), keys, width, a));
          ASSERT_TRUE(decode_block(got.block(pass, layer, q, index).value(), keys, width, b));
          EXPECT_EQ(a.position, b.position);
          EXPECT_EQ(a.mass, b.mass);
          entries += static_cast<std::int64_t>(a.mass.size());
          for (std::size_t k = 0; k < a.mean.size(); ++k) {
            ASSERT_NEAR(a.mean[k], b.mean[k], 0.07F * a.mean[k]);
          }
        }
      }
    }
  }
  EXPECT_GT(entries, 1000);
}

void expect_equal_votes(const TraceReader& want, const TraceReader& got) {
  ASSERT_TRUE(std::ranges::equal(want.votes(), got.votes()));
  ASSERT_FALSE(want.votes().empty());
  for (std::size_t v = 0; v < want.votes().size(); ++v) {
    // A segment of voters in two passes is the sum of two sums.
    const TraceVote& vote = want.votes()[v];
    const TracePass& last = want.passes()[static_cast<std::size_t>(vote.pass)];
    for (std::int32_t layer = 0; layer < want.header().shape.layers; ++layer) {
      for (std::int32_t q = 0; q < want.header().shape.q_heads; ++q) {
        const auto a = want.vote(static_cast<std::int32_t>(v), layer, q).value();
        const auto b = got.vote(static_cast<std::int32_t>(v), layer, q).value();
        if (vote.side || vote.windows.back() <= last.pass.rows()) {
          EXPECT_TRUE(std::ranges::equal(a, b)) << v;
          continue;
        }
        ASSERT_EQ(a.size(), b.size());
        for (std::size_t i = 0; i < a.size(); ++i) {
          ASSERT_LE(std::abs(int{a[i]} - int{b[i]}), 1) << v;
        }
      }
    }
  }
}

TEST(TraceSums, GiveTheTraceThatRowsGive) {
  RecordPlan plan;
  plan.model.shape = small_shape();
  plan.fidelity = TraceFidelity::kBlocks;
  plan.run = {.prompt = 150, .output = 6, .chunk = 64};
  plan.coding.row_block = 16;
  plan.coding.entries_block = 24;
  plan.coding.vote_windows = {4, 16, 40};
  plan.coding.side_votes = {32, 64, 128};
  plan.coding.side_window = 9;
  for (const char* policy : {"full", "snapkv:sparsity=0.5,window=4,patch=true", "h2o:heavy=20"}) {
    plan.policy = policy;
    if (plan.policy != "full") {
      plan.coding.side_votes.clear();
      plan.coding.side_window = 0;
    }
    SCOPED_TRACE(policy);
    const auto want = recorded(plan, false);
    const auto got = recorded(plan, true);
    expect_equal_blocks(*want, *got);
    expect_equal_votes(*want, *got);
    EXPECT_TRUE(got->verify());
  }
}

}  // namespace
}  // namespace kvfoot
