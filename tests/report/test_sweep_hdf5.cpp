// Rows as HDF5: the columns of the CSV, typed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sim/report/metric_table.hpp"
#include "sim/report/sweep_export.hpp"
#include "tests/io/read_table.hpp"
#include "tests/report/sample_results.hpp"

namespace kvfoot {
namespace {

class SweepHdf5 : public ::testing::Test {
 protected:
  void open(const SweepResult& sweep) {
    const auto bytes = sweep_to_hdf5(sweep);
    ASSERT_TRUE(bytes) << bytes.error().message();
    file_ = open_bytes(*bytes);
    ASSERT_GE(file_, 0);
    columns_ = read_columns(file_, "/runs");
  }
  void TearDown() override { H5Fclose(file_); }

  template <class T>
  [[nodiscard]] std::vector<T> column(std::string_view name) const {
    const auto found = std::ranges::find(columns_, name, &ReadColumn::name);
    if (found == columns_.end() || !std::holds_alternative<std::vector<T>>(found->values)) {
      ADD_FAILURE() << name << " is not there or has another type";
      return {};
    }
    return std::get<std::vector<T>>(found->values);
  }
  [[nodiscard]] std::string header() const {
    std::string names;
    for (const ReadColumn& column : columns_) {
      names += (names.empty() ? "" : ",") + column.name;
    }
    return names + "\n";
  }

  hid_t file_ = -1;
  std::vector<ReadColumn> columns_;
};

using Texts = std::vector<std::string>;
using Integers = std::vector<std::int64_t>;

TEST_F(SweepHdf5, HasTheColumnsOfTheCsv) {
  const SweepResult sweep = sample_sweep();
  open(sweep);
  EXPECT_THAT(results_to_csv(sweep.results), ::testing::StartsWith(header()));
  EXPECT_EQ(read_text_attribute(file_, "/", "schema"), kRunsSchema);
  EXPECT_EQ(read_text_attribute(file_, "/", "scenario_hash"), "0123456789abcdef");
}

TEST_F(SweepHdf5, TypesDoNotDependOnTheRows) {
  open(sample_sweep());
  EXPECT_EQ(column<std::string>("policy"), (Texts{"full", "snapkv"}));
  EXPECT_EQ(column<std::string>("chunk"), (Texts{"all", "16"}));
  EXPECT_EQ(column<std::int64_t>("chunk_rows"), (Integers{64, 16}));
  EXPECT_EQ(column<std::uint64_t>("seed"), (std::vector<std::uint64_t>{0, UINT64_MAX}));
  EXPECT_EQ(column<double>("footprint"), (std::vector<double>{1.0, 0.1 + 0.2}));
  for (const MetricInfo& metric : metric_table()) {
    EXPECT_EQ((metric.integer ? column<std::int64_t>(metric.name).size()
                              : column<double>(metric.name).size()),
              2u);
  }
}

TEST_F(SweepHdf5, WhatARunCannotKnowIsMarked) {
  open(sample_sweep());
  EXPECT_EQ(column<std::int64_t>("peak_total_bytes"), (Integers{-1, 1 << 20}));
  const auto mass = column<double>("retained_mass");
  EXPECT_TRUE(std::isnan(mass[0]));
  EXPECT_EQ(mass[1], 0.875);
  EXPECT_EQ(column<std::string>("weight_dtype"), (Texts{"", "f16"}));
  EXPECT_EQ(column<std::string>("warnings"), (Texts{"", "patch_proxy"}));
}

TEST_F(SweepHdf5, ParametersAreNumbersIfAllOfThemAre) {
  SweepResult sweep = sample_sweep();
  sweep.results[0].inputs.params = {{"bytes", "4GB"}, {"window", "64"}, {"huge", "1"}};
  sweep.results[1].inputs.params = {
      {"bytes", "7"}, {"window", "0.5"}, {"patch", "true"}, {"huge", "9007199254740993"}};
  open(sweep);
  EXPECT_EQ(column<std::string>("bytes"), (Texts{"4GB", "7"}));
  EXPECT_EQ(column<double>("window"), (std::vector<double>{64, 0.5}));
  EXPECT_EQ(column<std::string>("patch"), (Texts{"", "true"}));
  EXPECT_EQ(column<std::string>("huge"), (Texts{"1", "9007199254740993"})) << "2^53 + 1";
}

TEST_F(SweepHdf5, MetricsSayTheirUnit) {
  open(sample_sweep());
  const auto unit = [&](std::string_view name) {
    return std::ranges::find(columns_, name, &ReadColumn::name)->unit;
  };
  EXPECT_EQ(unit("peak_kv_bytes"), "bytes");
  EXPECT_EQ(unit("footprint"), "share");
  EXPECT_EQ(unit("ttft_s"), "s");
  EXPECT_EQ(unit("policy"), "");
}

TEST_F(SweepHdf5, NoRowsStillHaveEveryColumn) {
  SweepResult sweep = sample_sweep();
  sweep.results.clear();
  open(sweep);
  EXPECT_EQ(header(), results_to_csv({}));
  EXPECT_TRUE(column<std::uint64_t>("seed").empty());
  EXPECT_TRUE(column<double>("ttft_s").empty());
}

}  // namespace
}  // namespace kvfoot
