// A trace written from sums of rows is the trace written from the rows.
#include <gtest/gtest.h>

#include <memory>

#include "sim/trace/reader.hpp"
#include "tests/trace/near_trace.hpp"
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
    expect_near_blocks(*want, *got, 0);
    expect_equal_votes(*want, *got);
    EXPECT_TRUE(got->verify());
  }
}

}  // namespace
}  // namespace kvfoot
