// What goes into a trace comes out of it, for any number of threads.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "sim/trace/code.hpp"
#include "sim/trace/plan.hpp"
#include "sim/trace/reader.hpp"
#include "sim/trace/writer.hpp"
#include "tests/trace/synthetic.hpp"

namespace kvfoot {
namespace {

using namespace testing_trace;
namespace fs = std::filesystem;

RecordPlan small_plan(const std::string& name) {
  RecordPlan plan;
  plan.path = temporary(name);
  plan.model.shape = small_shape();
  plan.run = {.prompt = 150, .output = 6, .chunk = 64};
  plan.segments = {{"needle", 10, 20}, {"question", 140, 150}};
  return plan;
}

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::shared_ptr<const TraceReader> open(const std::string& path) {
  auto trace = TraceReader::open(path);
  EXPECT_TRUE(trace) << trace.error().message();
  return trace.value();
}

TEST(TraceFile, HeaderAndTablesComeBack) {
  RecordPlan plan = small_plan("tables.h5");
  plan.coding.side_votes = {64};
  plan.coding.side_window = 9;
  Listener heard;
  const Status status = record(plan, heard);
  ASSERT_TRUE(status) << status.error().message();
  const auto trace = open(plan.path);
  const TraceHeader& header = trace->header();
  EXPECT_EQ(header.shape, plan.model.shape);
  EXPECT_EQ(header.run, plan.run);
  EXPECT_EQ(header.policy, "full");
  EXPECT_EQ(header.segments, plan.segments);
  EXPECT_EQ(header.seed, 7U);
  EXPECT_EQ(header.checkpoint_hash, "0123");
  EXPECT_EQ(trace->coding(), plan.coding);
  EXPECT_TRUE(trace->full_cache());
  EXPECT_TRUE(std::ranges::equal(trace->tokens(), run_tokens(plan.run)));
  EXPECT_EQ(trace->token_text(3), "t" + std::to_string(run_tokens(plan.run)[3]));
  // 3 prefill passes, 2 of them with a side pass, 6 decode passes.
  ASSERT_EQ(trace->passes().size(), 11U);
  EXPECT_TRUE(trace->passes()[1].side);
  EXPECT_EQ(trace->passes()[1].pass.patch_rows, 9);
  EXPECT_EQ(trace->rows().position[64 + 8], 64 + 8);
  EXPECT_EQ(trace->rows().patch[64 + 8], 1);
  ASSERT_EQ(trace->memory().size(), 9U);
  EXPECT_EQ(trace->memory()[2].resident_entries, 150 * 4);
  EXPECT_EQ(trace->wall_ns()[2], 1002);
  EXPECT_EQ(trace->file_bytes(), static_cast<std::int64_t>(fs::file_size(plan.path)));
  const Status sound = trace->verify();
  EXPECT_TRUE(sound) << sound.error().message();
}

TEST(TraceFile, RowsComeBackWithinTheirCode) {
  const RecordPlan plan = small_plan("rows.h5");
  Listener heard;
  ASSERT_TRUE(record(plan, heard));
  const auto trace = open(plan.path);
  const std::vector<std::int32_t> tokens = run_tokens(plan.run);
  for (std::int32_t p = 0; p < static_cast<std::int32_t>(trace->passes().size()); ++p) {
    const Pass& pass = trace->passes()[static_cast<std::size_t>(p)].pass;
    for (std::int32_t layer = 0; layer < 2; ++layer) {
      for (std::int32_t q = 0; q < 4; ++q) {
        const auto unit = trace->row_unit(p, layer, q);
        ASSERT_TRUE(unit);
        ASSERT_EQ(unit->past, pass.begin);
        std::size_t at = 0;
        for (std::int64_t r = 0; r < pass.rows(); ++r) {
          std::vector<TokenPos> keys;
          for (TokenPos j = 0; j <= pass.begin + r; ++j) {
            keys.push_back(j);
          }
          std::vector<float> mass;
          const auto position = static_cast<TokenPos>(pass.begin + r);
          const float lse = plan.model.row(layer, q, tokens[static_cast<std::size_t>(position)],
                                           position, keys, mass);
          ASSERT_EQ(unit->log_sum_exp[static_cast<std::size_t>(r)], lse);
          for (const float value : mass) {
            ASSERT_NEAR(decode16(unit->codes[at]), value, value * kCode16Error + 0x1.0p-31F);
            ++at;
          }
        }
      }
    }
  }
}

TEST(TraceFile, NormsComeBackExactly) {
  RecordPlan plan = small_plan("norms.h5");
  plan.coding.side_votes = {64};
  plan.coding.side_window = 5;
  Listener heard;
  ASSERT_TRUE(record(plan, heard));
  const auto trace = open(plan.path);
  for (std::int32_t p = 0; p < static_cast<std::int32_t>(trace->passes().size()); ++p) {
    const Pass& pass = trace->passes()[static_cast<std::size_t>(p)].pass;
    const std::vector<std::int32_t> tokens = pass_tokens(plan.run, pass);
    for (std::int32_t head = 0; head < 2; ++head) {
      const auto norms = trace->key_norms(p, 1, head);
      ASSERT_TRUE(norms);
      ASSERT_EQ(norms->size(), tokens.size());
      for (std::size_t r = 0; r < tokens.size(); ++r) {
        const auto position = static_cast<TokenPos>(pass.begin + static_cast<std::int64_t>(r));
        EXPECT_EQ((*norms)[r], plan.model.key_norm(1, head, tokens[r], position));
      }
    }
  }
}

TEST(TraceFile, LogComesBack) {
  RecordPlan plan = small_plan("log.h5");
  for (const char* policy : {"snapkv:sparsity=0.5,window=8", "h2o:heavy=20,recent=20",
                             "snapkv:sparsity=0.5,window=8,patch=true,group=none"}) {
    plan.policy = policy;
    Listener heard;
    ASSERT_TRUE(record(plan, heard));
    ASSERT_FALSE(heard.decisions.empty());
    const auto trace = open(plan.path);
    EXPECT_FALSE(trace->full_cache());
    EXPECT_EQ(trace->decisions().value(), heard.decisions);
    ASSERT_EQ(trace->answer_count(), static_cast<std::int64_t>(heard.answers.size()));
    for (std::size_t i = 0; i < heard.answers.size(); ++i) {
      const auto answer = trace->answer(static_cast<std::int64_t>(i));
      ASSERT_TRUE(answer);
      EXPECT_EQ(answer->pass, heard.answers[i].pass);
      EXPECT_EQ(answer->layer, heard.answers[i].layer);
      EXPECT_EQ(answer->head, heard.answers[i].head);
      EXPECT_EQ(answer->query, heard.answers[i].query);
      EXPECT_TRUE(std::ranges::equal(answer->values, heard.answers[i].values));
    }
    std::size_t seen = 0;
    for (std::int32_t pass = 0; pass < plan.run.passes(); ++pass) {
      seen += trace->decisions(pass).value().size();
    }
    EXPECT_EQ(seen, heard.decisions.size());
  }
}

TEST(TraceFile, SameBytesForAnyNumberOfThreads) {
  for (const TraceFidelity fidelity : {TraceFidelity::kRows, TraceFidelity::kBlocks}) {
    RecordPlan plan = small_plan("threads_1.h5");
    plan.fidelity = fidelity;
    plan.coding.side_votes = {64, 128};
    plan.coding.side_window = 16;
    Listener heard;
    ASSERT_TRUE(record(plan, heard));
    const std::string one = bytes_of(plan.path);
    for (const int threads : {2, 3, 8}) {
      plan.threads = threads;
      plan.path = temporary("threads_n.h5");
      ASSERT_TRUE(record(plan, heard));
      ASSERT_EQ(bytes_of(plan.path), one) << threads;
    }
  }
}

TEST(TraceFile, RecordingsDifferOnlyInWhatWasMeasured) {
  RecordPlan plan = small_plan("measured_a.h5");
  Listener heard;
  ASSERT_TRUE(record(plan, heard));
  const std::string a = bytes_of(plan.path);
  const auto first = open(plan.path);
  plan.path = temporary("measured_b.h5");
  plan.wall_ns = 777;
  ASSERT_TRUE(record(plan, heard));
  const std::string b = bytes_of(plan.path);
  const auto second = open(plan.path);
  EXPECT_EQ(first->content_hash(), second->content_hash());
  ASSERT_EQ(a.size(), b.size());
  std::size_t different = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    different += a[i] != b[i] ? 1U : 0U;
  }
  // The column of times (8 bytes a pass), its hash, and the hash of the end mark.
  EXPECT_GT(different, 0U);
  EXPECT_LE(different, 8U * 9 + 8 + 8);
  plan.model.seed = 2;
  ASSERT_TRUE(record(plan, heard));
  EXPECT_NE(first->content_hash(), open(plan.path)->content_hash());
}

TEST(TraceFile, WithoutText) {
  RecordPlan plan = small_plan("no_text.h5");
  plan.text = false;
  Listener heard;
  ASSERT_TRUE(record(plan, heard));
  EXPECT_FALSE(open(plan.path)->token_text(3).has_value());
}

TEST(TraceFile, BadHeadersAreRefused) {
  TraceHeader header;
  header.shape = small_shape();
  header.run = {.prompt = 10, .output = 1, .chunk = 4};
  const std::string path = temporary("bad_header.h5");
  TraceWriteOptions options;
  options.coding.row_block = 8;
  EXPECT_EQ(TraceWriter::create(path, header, options).error().message(),
            path + ": row_block: is 8; give 16 to 64 rows");
  options = {};
  header.segments = {{"needle", 5, 20}};
  EXPECT_NE(TraceWriter::create(path, header, options).error().what.find("does not lie"),
            std::string::npos);
  header.segments.clear();
  options.expected_bytes = std::int64_t{1} << 60;
  const auto full = TraceWriter::create(path, header, options);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().kind, ErrorKind::kEnvironment);
  EXPECT_FALSE(fs::exists(path + ".partial"));
}

TEST(TraceFile, InterruptedRecordingLeavesNothing) {
  const RecordPlan plan = small_plan("interrupted.h5");
  fs::remove(plan.path);
  TraceHeader header;
  header.shape = plan.model.shape;
  header.run = plan.run;
  {
    auto writer = TraceWriter::create(plan.path, header, {});
    ASSERT_TRUE(writer);
    const Pass pass = pass_at(plan.run, 0, 0);
    std::vector<TokenPos> positions(64);
    ASSERT_TRUE((*writer)->begin_pass({pass, false}, pass_tokens(plan.run, pass), positions));
  }
  EXPECT_FALSE(fs::exists(plan.path));
  EXPECT_FALSE(fs::exists(plan.path + ".partial"));
}

}  // namespace
}  // namespace kvfoot
