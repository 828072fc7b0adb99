// The published closed forms against worked numbers and a row-by-row twin.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/core/hash.hpp"
#include "sim/engine/paper.hpp"

namespace kvfoot {
namespace {

RunLengths lengths(std::int64_t n, std::int64_t m, std::int64_t c) {
  RunLengths run;
  run.prompt = n;
  run.output = m;
  run.chunk = c;
  return run;
}

PaperNumbers numbers(double share, std::int64_t sinks, std::int64_t window, double sparsity,
                     const RunLengths& run, std::int64_t forced = kPaperForcedWindow) {
  const auto result = paper_numbers(PaperForm{share, sinks, window, sparsity}, run, forced);
  EXPECT_TRUE(result.ok());
  return *result;
}

// Row by row, one head of each kind; the peak over what the script looks at: the last row of every
// chunk and the last row of the run.
PaperNumbers naive(const PaperForm& form, const RunLengths& run, std::int64_t forced) {
  const std::int64_t n = run.prompt;
  const std::int64_t m = run.output;
  const std::int64_t c = run.chunk == 0 ? n : run.chunk;
  long double streaming = 0;
  long double global = 0;
  std::int64_t cached = 0;  // of the other head
  std::int64_t chunk_begin = 0;
  double peak = 0;
  for (std::int64_t row = 0; row < n + m; ++row) {
    const bool prompt = row < n;
    if (prompt && row > 0 && row % c == 0) {
      const auto kept = static_cast<std::int64_t>(
          std::nearbyint((1.0 - form.sparsity) * static_cast<double>(row - chunk_begin)));
      cached += std::min(kept + forced, row - chunk_begin);
      chunk_begin = row;
    }
    if (row == n) {
      const auto kept = static_cast<std::int64_t>(
          std::nearbyint((1.0 - form.sparsity) * static_cast<double>(row - chunk_begin)));
      cached += std::min(kept + forced, row - chunk_begin);
      chunk_begin = row;
    }
    const std::int64_t pass_begin = prompt ? chunk_begin : row;
    const std::int64_t local = std::min(pass_begin, form.window);
    const std::int64_t sink = std::min(pass_begin - local, form.sinks);
    const std::int64_t streaming_row = local + sink + (row - pass_begin + 1);
    const std::int64_t global_row = cached + (row - chunk_begin + 1);
    streaming += static_cast<long double>(streaming_row);
    global += static_cast<long double>(global_row);
    const bool phase_end = row + 1 == n + m || (prompt && (row + 1 == n || (row + 1) % c == 0));
    if (phase_end) {
      peak = std::max(peak, form.streaming_share * static_cast<double>(streaming_row) +
                                (1 - form.streaming_share) * static_cast<double>(global_row));
    }
  }
  const long double whole =
      static_cast<long double>(n + m) * static_cast<long double>(n + m + 1) / 2;
  const auto share = static_cast<long double>(form.streaming_share);
  PaperNumbers out;
  out.footprint = static_cast<double>((share * streaming + (1 - share) * global) / whole);
  out.peak_ratio = peak / static_cast<double>(n + m);
  return out;
}

TEST(Paper, AgreesWithTheRowByRowTwin) {
  int patched_differences = 0;
  for (std::uint64_t i = 0; i < 4000; ++i) {
    const auto draw = [&](std::uint64_t salt, std::uint64_t bound) {
      return static_cast<std::int64_t>(below(hash_words(i, salt), bound));
    };
    const RunLengths run = lengths(1 + draw(1, 300), draw(2, 120), draw(3, 320));
    PaperForm form;
    form.streaming_share = static_cast<double>(draw(4, 11)) / 10.0;
    form.sinks = draw(5, 40);
    form.window = draw(6, 200);
    form.sparsity = static_cast<double>(draw(7, 101)) / 100.0;
    const std::int64_t forced = draw(8, 2) == 0 ? kPaperForcedWindow : draw(9, 5);
    const auto closed = paper_numbers(form, run, forced);
    ASSERT_TRUE(closed.ok());
    const PaperNumbers twin = naive(form, run, forced);
    EXPECT_NEAR(closed->footprint, twin.footprint, 1e-12) << "case " << i;
    EXPECT_NEAR(closed->peak_ratio, twin.peak_ratio, 1e-12) << "case " << i;
    patched_differences += twin.footprint < 0.999 ? 1 : 0;
  }
  EXPECT_GT(patched_differences, 1000);  // the grid must reach runs that evict
}

// Medium sizes, kv window 64.
TEST(Paper, MediumSizes) {
  struct Case {
    std::int64_t n, m, c;
    double values[8];  // (footprint, peak) of streaming, half of it, s = .5, s = .75
  };
  const Case cases[] = {
      {1000, 100, 1000, {.839898, .909091, .919949, .909091, .927999, .909091, .886715, .909091}},
      {1000, 100, 500, {.493105, .527273, .746553, .718182, .784989, .740000, .640492, .626364}},
      {1000, 100, 256, {.319273, .305455, .659637, .596364, .804977, .778182, .608964, .560000}},
      {4096, 256, 1024, {.249753, .253676, .624877, .597426, .660978, .632353, .467250, .455882}},
      {4096, 256, 4096, {.888015, .941176, .944008, .941176, .946379, .941176, .918704, .941176}},
  };
  for (const Case& c : cases) {
    const RunLengths run = lengths(c.n, c.m, c.c);
    const PaperNumbers got[] = {numbers(1, 16, 64, 0, run), numbers(.5, 16, 64, 0, run),
                                numbers(0, 0, 0, .5, run), numbers(0, 0, 0, .75, run)};
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_NEAR(got[i].footprint, c.values[2 * i], 5e-7) << c.n << "," << c.c << " column " << i;
      EXPECT_NEAR(got[i].peak_ratio, c.values[2 * i + 1], 5e-7) << c.n << "," << c.c;
    }
  }
  const RunLengths raw = lengths(1000, 100, 256);
  const double whole = static_cast<double>(triangle(1100));
  EXPECT_NEAR(numbers(1, 16, 64, 0, raw).footprint * whole, 193336, 1e-6);
  EXPECT_NEAR(numbers(0, 0, 0, .5, raw).footprint * whole, 487454, 1e-6);
}

// The scale of the paper, S = 128, W = 1024.
TEST(Paper, PaperScale) {
  struct Case {
    std::int64_t c;
    double values[12];  // (footprint, peak) of hs .5, .7, 1 and s .5, .7, .9
  };
  const Case cases[] = {
      {2048, {.5165, .5114, .3230, .3163, .0329, .0244, .5386, .5378, .3415, .3407, .1449, .1442}},
      {8192, {.5394, .5349, .3552, .3491, .0789, .0713, .5385, .5378, .3511, .3504, .1635, .1628}},
      {16384, {.5701, .5661, .3981, .3929, .1402, .1338, .5658, .5652, .3908, .3901, .2157, .2151}},
      {32768, {.6314, .6286, .4840, .4804, .2628, .2588, .6263, .6257, .4762, .4757, .3261, .3257}},
      {65536, {.7540, .7536, .6556, .6554, .5080, .5080, .7501, .7497, .6500, .6497, .5498, .5497}},
      {131072,
       {.9992, .9992, .9989, .9992, .9985, .9992, .9992, .9992, .9989, .9992, .9986, .9992}},
  };
  for (const Case& c : cases) {
    const RunLengths run = lengths(130972, 100, c.c);
    const PaperNumbers got[] = {numbers(.5, 128, 1024, 0, run), numbers(.7, 128, 1024, 0, run),
                                numbers(1, 128, 1024, 0, run),  numbers(0, 0, 0, .5, run),
                                numbers(0, 0, 0, .7, run),      numbers(0, 0, 0, .9, run)};
    for (std::size_t i = 0; i < 6; ++i) {
      EXPECT_NEAR(got[i].footprint, c.values[2 * i], 5.1e-5) << c.c << " column " << i;
      EXPECT_NEAR(got[i].peak_ratio, c.values[2 * i + 1], 5.1e-5) << c.c << " column " << i;
    }
  }
}

// The x axis of the paper's Fig. 3 from the average lengths of its Table 4 (thousands), chunks of
// 32768, sparsities .1 to .9, in percent to a tenth.
TEST(Paper, AxisOfFigureThree) {
  struct DataSet {
    std::int64_t n, m;
  };
  struct Case {
    DataSet sets[4];
    double duo[9];
    double evict[9];
  };
  const Case cases[] = {
      {{{91000, 100}, {95000, 6}, {93000, 40}, {117000, 50}},
       {93.3, 86.6, 80.0, 73.3, 66.6, 59.9, 53.2, 46.6, 39.9},
       {93.3, 86.5, 79.6, 72.8, 66.0, 59.1, 52.3, 45.5, 38.6}},
      {{{121000, 20}, {121000, 20}, {113000, 20}, {121000, 20}},
       {92.7, 85.5, 78.2, 70.9, 63.6, 56.4, 49.1, 41.8, 34.5},
       {92.7, 85.3, 77.9, 70.5, 63.1, 55.7, 48.2, 40.8, 33.4}},
  };
  for (const Case& c : cases) {
    for (std::size_t i = 0; i < 9; ++i) {
      const double sparsity = static_cast<double>(i + 1) / 10;
      double duo = 0;
      double evict = 0;
      for (const DataSet& set : c.sets) {
        const RunLengths run = lengths(set.n, set.m, 32768);
        duo += 25 * numbers(sparsity, 128, 1024, 0, run).footprint;
        evict += 25 * numbers(0, 0, 0, sparsity, run).footprint;
      }
      EXPECT_NEAR(duo, c.duo[i], .061) << "sparsity " << sparsity;
      EXPECT_NEAR(evict, c.evict[i], .061) << "sparsity " << sparsity;
    }
  }
}

// Mixed heads, phase by phase. n = 8, m = 4, S = 1, W = 2.
TEST(Paper, MixesPhaseByPhase) {
  const auto check = [](double share, std::int64_t c, double footprint, double peak) {
    const PaperNumbers got = numbers(share, 1, 2, 0, lengths(8, 4, c));
    EXPECT_NEAR(got.footprint, footprint, 5e-7) << share << " " << c;
    EXPECT_NEAR(got.peak_ratio, peak, 5e-7) << share << " " << c;
  };
  check(.5, 8, .833333, .666667);
  check(.5, 4, .807692, .666667);
  check(.5, 2, .782051, .666667);
  check(.75, 8, .750000, .666667);
  check(.75, 4, .711538, .604167);
  check(.75, 2, .673077, .5);
}

// The small runs with the forced window as a parameter.
TEST(Paper, ForcedWindowIsAParameter) {
  const auto numerator = [](double s, std::int64_t n, std::int64_t m, std::int64_t c,
                            std::int64_t forced) {
    return numbers(0, 0, 0, s, lengths(n, m, c), forced).footprint *
           static_cast<double>(triangle(n + m));
  };
  EXPECT_NEAR(numerator(.5, 8, 4, 8, 0), 62, 1e-9);
  EXPECT_NEAR(numerator(.5, 8, 4, 4, 0), 54, 1e-9);
  EXPECT_NEAR(numerator(.5, 8, 4, 2, 0), 50, 1e-9);
  EXPECT_NEAR(numerator(.5, 8, 4, 8, 1), 66, 1e-9);
  EXPECT_NEAR(numerator(.5, 8, 4, 4, 1), 66, 1e-9);
  EXPECT_NEAR(numerator(.5, 8, 4, 2, 1), 78, 1e-9);
  EXPECT_NEAR(numerator(.75, 8, 4, 2, 0), 22, 1e-9);  // round(.5) is 0: half to even
  EXPECT_NEAR(numerator(.75, 32, 4, 16, 2), 426, 1e-9);
  EXPECT_NEAR(numbers(0, 0, 0, .75, lengths(32, 4, 16), 2).footprint, .639640, 5e-7);
  EXPECT_DOUBLE_EQ(numbers(0, 0, 0, .75, lengths(32, 4, 16)).footprint, 1.0);
}

TEST(Paper, FullAttentionIsOneAtEveryChunk) {
  for (const std::int64_t c : {0, 1, 3, 7, 64, 1000}) {
    const PaperNumbers got = numbers(0, 0, 0, 0, lengths(100, 17, c));
    EXPECT_EQ(got.footprint, 1.0) << c;
    EXPECT_EQ(got.peak_ratio, 1.0) << c;
  }
}

TEST(Paper, FootprintIsLinearInTheShare) {
  const RunLengths run = lengths(500, 60, 128);
  const double streaming = numbers(1, 8, 32, .5, run).footprint;
  const double global = numbers(0, 8, 32, .5, run).footprint;
  for (const double share : {.1, .25, .5, .9}) {
    EXPECT_NEAR(numbers(share, 8, 32, .5, run).footprint, share * streaming + (1 - share) * global,
                1e-12);
  }
}

TEST(Paper, RefusesShapelessForms) {
  EXPECT_FALSE(paper_numbers(PaperForm{1.5, 0, 0, 0}, lengths(8, 4, 4)).ok());
  EXPECT_FALSE(paper_numbers(PaperForm{0, 0, 0, -.1}, lengths(8, 4, 4)).ok());
  EXPECT_FALSE(paper_numbers(PaperForm{0, -1, 0, 0}, lengths(8, 4, 4)).ok());
  EXPECT_FALSE(paper_numbers(PaperForm{}, lengths(0, 4, 4)).ok());
}

}  // namespace
}  // namespace kvfoot
