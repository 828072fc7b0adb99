// Ticks lie on readable numbers and their labels say what they mean.
#include <gtest/gtest.h>

#include <cmath>

#include "gui/plots/numbers.hpp"
#include "gui/plots/scale.hpp"

namespace kvfoot::plots {
namespace {

using Labels = std::vector<std::string>;

Labels labels(Range range, Quantity quantity, int count, Scale scale = Scale::kLinear) {
  return choose_ticks(range, quantity, scale, count).labels;
}

TEST(Ticks, PlainNumbersAreOneTwoFive) {
  EXPECT_EQ(labels({0, 1}, Quantity::kPlain, 5),
            (Labels{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"}));
  EXPECT_EQ(labels({0, 47}, Quantity::kPlain, 5), (Labels{"0", "10", "20", "30", "40"}));
  EXPECT_EQ(labels({-3, 7}, Quantity::kPlain, 5), (Labels{"−2", "0", "2", "4", "6"}));
}

TEST(Ticks, TokensArePowersOfTwo) {
  EXPECT_EQ(labels({0, 131172}, Quantity::kTokens, 6), (Labels{"0", "32K", "64K", "96K", "128K"}));
  EXPECT_EQ(labels({0, 1 << 20}, Quantity::kTokens, 5),
            (Labels{"0", "256K", "512K", "768K", "1M"}));
  EXPECT_EQ(labels({0, 12}, Quantity::kTokens, 6), (Labels{"0", "2", "4", "6", "8", "10", "12"}));
  EXPECT_EQ(labels({-0.5, 3.5}, Quantity::kTokens, 12), (Labels{"0", "1", "2", "3"}));
}

TEST(Ticks, UnitsJoinTheAxis) {
  const TickSet bytes =
      choose_ticks({0, 17.0 * 1024 * 1024 * 1024}, Quantity::kBytes, Scale::kLinear, 5);
  EXPECT_EQ(bytes.unit, "GiB");
  EXPECT_EQ(bytes.labels, (Labels{"0", "4", "8", "12", "16"}));
  EXPECT_DOUBLE_EQ(bytes.values[1], 4.0 * 1024 * 1024 * 1024);
  const TickSet share = choose_ticks({0, 1.06}, Quantity::kPercent, Scale::kLinear, 6);
  EXPECT_EQ(share.unit, "%");
  EXPECT_EQ(share.labels, (Labels{"0", "20", "40", "60", "80", "100"}));
  EXPECT_EQ(choose_ticks({0, 0.004}, Quantity::kSeconds, Scale::kLinear, 5).unit, "ms");
  EXPECT_EQ(labels({0, 3.4e7}, Quantity::kCount, 4), (Labels{"0", "10M", "20M", "30M"}));
  EXPECT_EQ(labels({0, 2.2e6}, Quantity::kCount, 5), (Labels{"0", "0.5M", "1.0M", "1.5M", "2.0M"}));
  EXPECT_EQ(labels({0, 3}, Quantity::kCount, 12), (Labels{"0", "1", "2", "3"}));  // none between
  const TickSet held =
      choose_ticks({0, 17.0 * 1024 * 1024 * 1024}, Quantity::kByteSeconds, Scale::kLinear, 5);
  EXPECT_EQ(held.unit, "GiB·s");
  EXPECT_EQ(held.labels, (Labels{"0", "4", "8", "12", "16"}));
}

// 1000 KiB and the room above them: the room does not turn the axis into one of MiB.
TEST(Ticks, HaveTheUnitOfTheData) {
  const Range range{0, 1050.0 * 1024};
  const TickSet own = choose_ticks(range, Quantity::kBytes, Scale::kLinear, 6, 1000.0 * 1024);
  EXPECT_EQ(own.unit, "KiB");
  EXPECT_EQ(own.labels, (Labels{"0", "256", "512", "768", "1024"}));
  EXPECT_EQ(choose_ticks(range, Quantity::kBytes, Scale::kLinear, 6).unit, "MiB");
}

TEST(Ticks, LogarithmicAxesUsePowers) {
  EXPECT_EQ(labels({2000, 140000}, Quantity::kTokens, 12, Scale::kLog2),
            (Labels{"2K", "4K", "8K", "16K", "32K", "64K", "128K"}));
  EXPECT_EQ(labels({2000, 140000}, Quantity::kTokens, 4, Scale::kLog2),
            (Labels{"2K", "8K", "32K", "128K"}));
  EXPECT_EQ(labels({50, 20000}, Quantity::kCount, 6, Scale::kLog10), (Labels{"100", "1k", "10k"}));
  // Between two powers there is none: fall back to even steps instead of an axis without numbers.
  EXPECT_GE(labels({33000, 64000}, Quantity::kTokens, 4, Scale::kLog2).size(), 2U);
  EXPECT_GE(labels({33000, 66000}, Quantity::kTokens, 4, Scale::kLog2).size(), 2U);  // 64K alone
}

TEST(Ticks, StayInsideAndFewOnAnyRange) {
  for (const Quantity quantity :
       {Quantity::kPlain, Quantity::kIndex, Quantity::kTokens, Quantity::kCount, Quantity::kBytes,
        Quantity::kPercent, Quantity::kByteSeconds, Quantity::kSeconds}) {
    for (double low : {-7.3, 0.0, 0.013, 5e3}) {
      for (double span : {1e-6, 0.3, 4.0, 1000.0, 131172.0, 4.2e9, 7e13}) {
        for (int count : {2, 5, 12}) {
          const TickSet ticks = choose_ticks({low, low + span}, quantity, Scale::kLinear, count);
          ASSERT_EQ(ticks.values.size(), ticks.labels.size());
          ASSERT_LE(ticks.values.size(), static_cast<std::size_t>(count) + 1)
              << low << " " << span << " " << static_cast<int>(quantity);
          for (const double value : ticks.values) {
            ASSERT_GE(value, low - span * 1e-6);
            ASSERT_LE(value, low + span * (1 + 1e-6));
          }
        }
      }
    }
  }
}

TEST(Format, QuantitiesReadLikeProse) {
  EXPECT_EQ(format_quantity(131072, Quantity::kTokens), "128K");
  EXPECT_EQ(format_quantity(131071, Quantity::kTokens), "131071");
  EXPECT_EQ(format_quantity(1.5 * 1048576, Quantity::kTokens), "1.5M");
  EXPECT_EQ(format_quantity(1536, Quantity::kTokens), "1536");
  EXPECT_EQ(format_quantity(0.722, Quantity::kPercent), "72.2 %");
  EXPECT_EQ(format_quantity(14173392076.8, Quantity::kBytes), "13.2 GiB");
  EXPECT_EQ(format_quantity(512, Quantity::kBytes), "512 B");
  EXPECT_EQ(format_quantity(0.0042, Quantity::kSeconds), "4.20 ms");
  // In the unit of another value; three digits of what is less than it.
  constexpr double kMiB = 1048576;
  EXPECT_EQ(format_quantity(300 * kMiB, Quantity::kBytes, 2048 * kMiB), "0.293 GiB");
  EXPECT_EQ(format_quantity(3000 * kMiB, Quantity::kBytes, 900 * kMiB), "3000.0 MiB");
  EXPECT_EQ(format_quantity(1.3125 * kMiB, Quantity::kBytes, kMiB, 2), "1.31 MiB");
  EXPECT_EQ(format_quantity(0, Quantity::kBytes, kMiB), "0.0 MiB");
  EXPECT_EQ(format_quantity(315, Quantity::kBytes, kMiB), "0.0003 MiB");
  EXPECT_EQ(format_quantity(1, Quantity::kBytes, kMiB), "< 0.0001 MiB");
  EXPECT_EQ(format_quantity(-1, Quantity::kBytes, kMiB), "> −0.0001 MiB");
  EXPECT_EQ(format_quantity(2.52e6, Quantity::kCount), "2.5M");
  EXPECT_EQ(format_quantity(252, Quantity::kCount), "252");
  EXPECT_EQ(format_quantity(0.0042, Quantity::kSeconds, 3.0), "0.0042 s");
  EXPECT_EQ(format_quantity(25000, Quantity::kCount, 2e6), "0.0250M");
  EXPECT_EQ(format_quantity(0, Quantity::kPlain), "0");
  EXPECT_EQ(format_fixed(-0.0001, 2), "0.00");
}

TEST(Scale, MapsThereAndBack) {
  const AxisScale linear({10, 30}, Scale::kLinear);
  EXPECT_DOUBLE_EQ(linear.to_unit(15), 0.25);
  EXPECT_DOUBLE_EQ(linear.from_unit(0.25), 15);
  const AxisScale log({1024, 65536}, Scale::kLog2);
  EXPECT_DOUBLE_EQ(log.to_unit(8192), 0.5);
  EXPECT_DOUBLE_EQ(log.from_unit(0.5), 8192);
  const AxisScale decades({1, 10000}, Scale::kLog10);
  EXPECT_NEAR(decades.to_unit(100), 0.5, 1e-12);
}

TEST(Scale, RangesHoldTheirDataAndSingleValuesGetRoom) {
  RangeFinder linear(Scale::kLinear);
  linear.add(2);
  linear.add(std::nan(""));
  EXPECT_EQ(linear.found(0), (Range{1, 3}));
  linear.add(12);
  EXPECT_EQ(linear.found(0.1), (Range{1, 13}));
  RangeFinder log(Scale::kLog2);
  EXPECT_EQ(log.found(0), (Range{1, 2}));
  log.add(-4);  // cannot be shown, cannot count
  log.add(8);
  EXPECT_EQ(log.found(0), (Range{4, 16}));
  log.add(32);
  EXPECT_EQ(log.found(0.5), (Range{4, 64}));  // half of two octaves on either side
  const auto single = [](double value, Scale scale) {
    RangeFinder finder(scale);
    finder.add(value);
    return finder.found(0.1);
  };
  EXPECT_EQ(single(0, Scale::kLinear), (Range{-1, 1}));
  EXPECT_EQ(single(-4, Scale::kLinear), (Range{-6, -2}));
  EXPECT_EQ(single(100, Scale::kLog10), (Range{10, 1000}));
}

}  // namespace
}  // namespace kvfoot::plots
