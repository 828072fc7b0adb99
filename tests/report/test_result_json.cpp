// result.json and sweep.json: golden bytes, round trips, strict reading.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <bit>
#include <cmath>
#include <filesystem>

#include "sim/core/hash.hpp"
#include "sim/io/file.hpp"
#include "sim/io/json.hpp"
#include "sim/report/metric_table.hpp"
#include "sim/report/result_json.hpp"
#include "tests/report/golden.hpp"
#include "tests/report/sample_results.hpp"

namespace kvfoot {
namespace {

using ::testing::HasSubstr;

TEST(ResultJson, GoldenBytes) {
  expect_golden("result.json", result_to_json(sample_snapkv()));
  expect_golden("sweep.json", sweep_to_json(sample_sweep()));
}

TEST(ResultJson, EveryFieldSurvives) {
  for (const RunResult& result : {sample_full(), sample_snapkv()}) {
    const auto read = result_from_json(result_to_json(result), "r.json");
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(read->inputs, result.inputs);
    EXPECT_EQ(read->provenance, result.provenance);
    for (const MetricInfo& metric : metric_table()) {
      EXPECT_EQ(metric.get(read->metrics), metric.get(result.metrics)) << metric.name;
    }
    ASSERT_EQ(read->warnings.size(), result.warnings.size());
    EXPECT_EQ(result_to_json(*read), result_to_json(result));
  }
  const std::string sweep = sweep_to_json(sample_sweep());
  const auto read = sweep_from_json(sweep, "s.json");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->failed, sample_sweep().failed);
  EXPECT_EQ(sweep_to_json(*read), sweep);
}

// Any metrics at all, absent ones included, come back bit for bit.
TEST(ResultJson, RandomMetricsSurvive) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    RunResult result = sample_full();
    std::uint64_t counter = 0;
    for (const MetricInfo& metric : metric_table()) {
      const std::uint64_t h = hash_words(seed, counter++);
      if (!metric.required && h % 3 == 0) {
        continue;
      }
      if (metric.integer) {
        metric.set(result.metrics, static_cast<std::int64_t>(hash_words(seed, counter)));
      } else {
        const auto value = std::bit_cast<double>(hash_words(seed, counter));
        metric.set(result.metrics, std::isfinite(value) ? value : 0.5);
      }
    }
    const auto value = parse_json(result_to_line(result), "line");
    ASSERT_TRUE(value) << value.error().message();
    const auto read = result_from_value(*value, "line");
    ASSERT_TRUE(read) << read.error().message();
    for (const MetricInfo& metric : metric_table()) {
      ASSERT_EQ(metric.get(read->metrics), metric.get(result.metrics)) << metric.name;
    }
  }
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(ResultJson, StrictReadingNamesThePlace) {
  const std::string good = result_to_json(sample_snapkv());
  const auto message = [](const std::string& text) {
    const auto read = result_from_json(text, "r.json");
    return read ? std::string("read without an error") : read.error().message();
  };
  EXPECT_THAT(message(replaced(good, "\"footprint\"", "\"footprnt\"")),
              HasSubstr("r.json.metrics: has no \"footprint\""));
  EXPECT_THAT(message(replaced(good, "\"tpot_s\"", "\"tpots\"")),
              HasSubstr("r.json.metrics.tpots: unknown key; did you mean 'tpot_s'?"));
  EXPECT_THAT(message(replaced(good, "kvfoot.result/1", "kvfoot.result/2")), HasSubstr("newer"));
  EXPECT_THAT(
      message(replaced(good, "kvfoot.result/1", "kvfoot.result/0")),
      HasSubstr("r.json.schema: 'kvfoot.result/0' is of another version of kvfoot, this one "
                "reads 'kvfoot.result/1'; "));
  EXPECT_THAT(message(replaced(good, "kvfoot.result/1", "other/1")), HasSubstr("not 'kvfoot"));
  EXPECT_THAT(message(replaced(good, "\"rows\": 72", "\"rows\": 72.0")),
              HasSubstr("metrics.rows: is a number, must be an integer"));
  EXPECT_THAT(message(replaced(good, "\"q_heads\": 4", "\"q_heads\": 3")), HasSubstr("KV heads"));
  EXPECT_THAT(message(replaced(good, "\"paper\"", "\"papr\"")), HasSubstr("neither"));
  EXPECT_THAT(message(replaced(good, "\"chunk\": 16", "\"chunk\": 0")), HasSubstr("inputs.chunk"));
  EXPECT_THAT(message("{}"), HasSubstr("schema"));
}

TEST(ResultJson, ACutFileIsAnErrorEverywhere) {
  const std::string good = result_to_json(sample_snapkv());
  for (std::size_t length = 0; length + 2 < good.size(); ++length) {
    ASSERT_FALSE(result_from_json(std::string_view(good).substr(0, length), "r.json")) << length;
  }
}

TEST(ResultJson, LoadTakesEitherFile) {
  const std::filesystem::path golden =
      std::filesystem::path(KVFOOT_SOURCE_DIR) / "tests/report/golden";
  const auto one = load_results(golden / "result.json");
  ASSERT_TRUE(one) << one.error().message();
  EXPECT_EQ(one->results.size(), 1u);
  const auto two = load_results(golden / "sweep.json");
  ASSERT_TRUE(two) << two.error().message();
  EXPECT_EQ(two->results.size(), 2u);
}

TEST(ResultJson, OtherFilesOfASweepSayWhatToGiveInstead) {
  const std::filesystem::path golden =
      std::filesystem::path(KVFOOT_SOURCE_DIR) / "tests/report/golden";
  for (const char* name : {"sweep.csv", "sweep.jsonl"}) {
    EXPECT_THAT(load_results(golden / name).error().message(),
                HasSubstr("has the rows of a sweep for other tools"));
  }
  const auto message = [](const std::string& bytes) {
    const std::filesystem::path file =
        std::filesystem::path(testing::TempDir()) / ("kvfoot_kind_" + std::to_string(getpid()));
    EXPECT_TRUE(write_file(file, bytes));
    const auto read = load_results(file);
    std::filesystem::remove(file);
    return read ? "read" : read.error().message();
  };
  EXPECT_THAT(message("\x89HDF\r\n"), HasSubstr("give the JSON file of the sweep"));
  EXPECT_THAT(message("{\"schema\": \"kvfoot.journal/1\", \"points\": 2}\n{\"point\": 0}\n"),
              HasSubstr("is the journal of an unfinished sweep"));
}

}  // namespace
}  // namespace kvfoot
