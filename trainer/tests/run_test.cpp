// A few steps of training, stopped and resumed, give the very bytes of a run that was not stopped;
// and what is exported loads again.
#include "trainer/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "trainer/eval.hpp"
#include "trainer/files.hpp"

namespace kvfoot::trainer {
namespace {

namespace fs = std::filesystem;

class TrainingRun : public ::testing::Test {
 protected:
  void SetUp() override {
    at::set_num_threads(2);
    root_ = fs::path(::testing::TempDir()) /
            ("kvfoot_train_" +
             std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(root_);
    fs::create_directories(root_ / "text");
    std::ofstream(root_ / "text" / "a.txt") << std::string(3000, 'a') << "The end of the text.";
  }
  void TearDown() override { fs::remove_all(root_); }

  RunOptions tiny(const std::string& name, std::uint64_t steps) const {
    RunOptions o;
    o.out = (root_ / name).string();
    o.steps = 6;
    o.decay = 0;
    o.warmup = 2;
    o.tokens = 256;
    o.min_rows = 2;
    o.lengths = {64, 128};
    o.save_every = steps;
    o.log_every = 1;
    o.text_folders = {(root_ / "text").string()};
    o.shape.hidden = 64;
    o.shape.layers = 2;
    o.shape.heads = 2;
    o.shape.kv_heads = 1;
    o.shape.ffn = 96;
    o.shape.max_positions = 256;
    return o;
  }

  static std::string bytes(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    EXPECT_TRUE(in) << path;
    return {std::istreambuf_iterator<char>(in), {}};
  }

  fs::path root_;
};

TEST_F(TrainingRun, ResumedEqualsUninterrupted) {
  ASSERT_TRUE(run_training(tiny("whole", 6)));
  RunOptions half = tiny("parts", 3);
  half.steps = 3;
  ASSERT_TRUE(run_training(half));
  RunOptions rest = tiny("parts", 3);
  rest.resume = true;
  ASSERT_TRUE(run_training(rest));
  EXPECT_EQ(bytes(root_ / "whole/state.safetensors"), bytes(root_ / "parts/state.safetensors"));
  EXPECT_EQ(bytes(root_ / "whole/checkpoint/model.safetensors"),
            bytes(root_ / "parts/checkpoint/model.safetensors"));
}

TEST_F(TrainingRun, LossFalls) {
  RunOptions o = tiny("falls", 60);
  o.steps = 60;
  ASSERT_TRUE(run_training(o));
  std::ifstream log(root_ / "falls/log.tsv");
  std::string line;
  std::getline(log, line);
  EXPECT_THAT(line, ::testing::StartsWith("step\tlength\t"));
  std::vector<double> losses;
  while (std::getline(log, line)) {
    std::istringstream fields(line);
    std::string step, length, rate;
    double loss = 0;
    fields >> step >> length >> rate >> loss;
    losses.push_back(loss);
  }
  ASSERT_EQ(losses.size(), 60u);
  EXPECT_LT(losses.back(), 0.8 * losses.front());
}

TEST_F(TrainingRun, ExportedCheckpointLoadsAndMeasures) {
  const RunOptions o = tiny("model", 6);
  ASSERT_TRUE(run_training(o));
  const auto model = load_checkpoint(o.out + "/checkpoint");
  ASSERT_TRUE(model) << model.error().message();
  EXPECT_EQ(model->shape().ffn, 96);
  const auto spec = *task::parse_task("json_kv:length=128");
  const auto score = measure_task(*model, spec, 1, 5, torch::kBFloat16);
  ASSERT_TRUE(score);
  EXPECT_EQ(score->asked, 5u);
  const auto heads = measure_heads(*model, {spec}, 1, 2);
  ASSERT_TRUE(heads);
  EXPECT_EQ(heads->size(), 4u);
  for (const HeadReport& head : *heads) {
    EXPECT_GE(head.retrieval, 0);
    EXPECT_LE(head.local, 1.001);
    EXPECT_GT(head.local, 0);
  }
}

TEST_F(TrainingRun, ADamagedStateIsRefused) {
  const RunOptions o = tiny("damaged", 6);
  ASSERT_TRUE(run_training(o));
  const std::string path = o.out + "/state.safetensors";
  fs::resize_file(path, fs::file_size(path) - 100);
  RunOptions again = o;
  again.resume = true;
  const Status status = run_training(again);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message(), ::testing::HasSubstr("outside the file"));
}

TEST(Tokenizer, HasOneTokenPerByteAndTheLlamaForm) {
  const auto j = nlohmann::json::parse(tokenizer_json());
  EXPECT_EQ(j["model"]["vocab"].size(), 256u);
  EXPECT_EQ(j["model"]["vocab"]["A"], 65);
  EXPECT_EQ(j["model"]["vocab"]["\u0120"], 32);
  EXPECT_EQ(j["model"]["vocab"]["\u010a"], 10);
  EXPECT_TRUE(j["model"]["merges"].empty());
  EXPECT_EQ(j["model"]["ignore_merges"], true);
  EXPECT_EQ(j["added_tokens"].size(), 16u);
  EXPECT_EQ(j["added_tokens"][0]["content"], "<|begin_of_text|>");
  std::set<int> ids;
  for (const auto& [text, id] : j["model"]["vocab"].items()) {
    ids.insert(id.get<int>());
  }
  EXPECT_EQ(ids.size(), 256u);
  EXPECT_EQ(*ids.rbegin(), 255);
}

}  // namespace
}  // namespace kvfoot::trainer
