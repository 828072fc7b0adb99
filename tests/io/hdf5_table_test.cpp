// Tables as another program reads them.
#include "sim/io/hdf5_table.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/io/read_table.hpp"

namespace kvfoot {
namespace {

const double kNan = std::numeric_limits<double>::quiet_NaN();

// Names that do not ascend: readers must list them as they were added.
Hdf5Table sample() {
  return {"/runs",
          {{"schema", std::string("x/1")}, {"empty", std::string()}},
          {{"zeta", std::vector<std::int64_t>{1, -1, INT64_MAX}, {{"unit", std::string("bytes")}}},
           {"alpha", std::vector<std::uint64_t>{0, 7, UINT64_MAX}, {}},
           {"mid", std::vector<double>{0.1, kNan, -2e300}, {}},
           {"text", std::vector<std::string>{"", "\xC3\xA4 b", "long, \"quoted\""}, {}}}};
}

TEST(Hdf5Table, ComesBackInItsOrderWithItsTypes) {
  const auto bytes = hdf5_table_bytes(sample());
  ASSERT_TRUE(bytes) << bytes.error().message();
  const hid_t file = open_bytes(*bytes);
  ASSERT_GE(file, 0);
  EXPECT_EQ(read_text_attribute(file, "/", "schema"), "x/1");
  const auto columns = read_columns(file, "/runs");
  H5Fclose(file);
  ASSERT_EQ(columns.size(), 4u);
  EXPECT_EQ(columns[0].name, "zeta");
  EXPECT_EQ(columns[0].unit, "bytes");
  EXPECT_EQ(std::get<0>(columns[0].values), (std::vector<std::int64_t>{1, -1, INT64_MAX}));
  EXPECT_EQ(columns[1].name, "alpha");
  EXPECT_EQ(std::get<1>(columns[1].values), (std::vector<std::uint64_t>{0, 7, UINT64_MAX}));
  const auto& reals = std::get<2>(columns[2].values);
  EXPECT_EQ(reals[0], 0.1);
  EXPECT_TRUE(std::isnan(reals[1]));
  EXPECT_EQ(reals[2], -2e300);
  EXPECT_EQ(std::get<3>(columns[3].values),
            (std::vector<std::string>{"", "\xC3\xA4 b", "long, \"quoted\""}));
}

TEST(Hdf5Table, SameTableSameBytes) {
  const auto first = hdf5_table_bytes(sample());
  // Other files in between: neither the library's state nor what memory held before may show.
  std::vector<Hdf5Table> others(3, sample());
  others[1].columns.front().values = std::vector<std::int64_t>(5000, 0x5a5a5a5a);
  for (const Hdf5Table& other : others) {
    ASSERT_TRUE(hdf5_table_bytes(other));
  }
  const auto second = hdf5_table_bytes(sample());
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second);
}

TEST(Hdf5Table, HundredsOfColumnsAndNoRows) {
  Hdf5Table table{"/runs", {}, {}};
  for (int i = 999; i >= 0; --i) {
    table.columns.push_back({"c" + std::to_string(i), std::vector<std::string>{}, {}});
  }
  const auto bytes = hdf5_table_bytes(table);
  ASSERT_TRUE(bytes) << bytes.error().message();
  const hid_t file = open_bytes(*bytes);
  const auto columns = read_columns(file, "/runs");
  H5Fclose(file);
  ASSERT_EQ(columns.size(), 1000u);
  EXPECT_EQ(columns.front().name, "c999");
  EXPECT_EQ(columns.back().name, "c0");
  EXPECT_TRUE(std::get<3>(columns.back().values).empty());
}

TEST(Hdf5Table, WhatTheLibraryRefusesIsAnErrorThatNamesTheColumn) {
  Hdf5Table table = sample();
  table.columns.push_back(table.columns.front());  // the name is taken
  const auto bytes = hdf5_table_bytes(table);
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().kind, ErrorKind::kEnvironment);
  EXPECT_NE(bytes.error().where.find("/runs/zeta"), std::string::npos) << bytes.error().message();
}

}  // namespace
}  // namespace kvfoot
