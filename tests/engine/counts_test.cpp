// Closed form, pass by pass and row by row must agree; and the properties of the metric.
#include <gtest/gtest.h>

#include "sim/engine/counts.hpp"
#include "sim/engine/pass_account.hpp"
#include "tests/engine/naive_counts.hpp"
#include "tests/engine/random_layout.hpp"
#include "tests/engine/toy_policies.hpp"

namespace kvfoot {
namespace {

using toy::CappedHeads;
using toy::HashedCounts;
using toy::script_keep;
using toy::shape_of;

RunLengths lengths(std::int64_t n, std::int64_t m, std::int64_t c) {
  RunLengths run;
  run.prompt = n;
  run.output = m;
  run.chunk = c;
  return run;
}

Metrics count(const Policy& policy, const ModelShape& shape, const RunLengths& run,
              CountOptions options = {}) {
  auto outcome = replay_counts(policy, shape, run, options);
  EXPECT_TRUE(outcome.ok());
  return outcome->metrics;
}

void expect_same(const Metrics& a, const Metrics& b, const std::string& where) {
  EXPECT_EQ(a.rows, b.rows) << where;
  EXPECT_EQ(a.patch_rows, b.patch_rows) << where;
  EXPECT_EQ(a.entry_rows, b.entry_rows) << where;
  EXPECT_EQ(a.peak_entries, b.peak_entries) << where;
  EXPECT_EQ(a.footprint, b.footprint) << where;
  EXPECT_EQ(a.peak_ratio, b.peak_ratio) << where;
  EXPECT_EQ(a.peak_kv_bytes, b.peak_kv_bytes) << where;
  EXPECT_EQ(a.peak_kv_bytes_pass, b.peak_kv_bytes_pass) << where;
}

TEST(Counts, ClosedFormEqualsPassByPassEqualsRowByRow) {
  int capped_from_above = 0;
  std::int64_t inactive = 0;
  for (std::uint64_t i = 0; i < 600; ++i) {
    const auto draw = [&](std::uint64_t salt, std::uint64_t bound) {
      return static_cast<std::int64_t>(below(hash_words(i, salt), bound));
    };
    RunLengths run = lengths(1 + draw(1, 150), draw(2, 140), draw(3, 80));
    if (draw(4, 3) == 0) {
      run.last_prompt_token = LastPromptToken::kDecode;
    }
    ModelShape shape = shape_of(static_cast<std::int32_t>(1 + draw(5, 4)),
                                static_cast<std::int32_t>(1 + draw(6, 3)));
    toy::make_hybrid(shape, i);
    CountOptions options;
    const std::int64_t blocks[] = {1, 3, 7, 16, 64};
    options.block = blocks[draw(7, 5)];
    options.kv_dtype = DType::kF32;
    options.profile = true;
    const HashedCounts policy(i, draw(8, 4) != 0);
    const std::string where = "case " + std::to_string(i);

    const auto closed = replay_counts(policy, shape, run, options);
    options.pass_by_pass = true;
    const auto general = replay_counts(policy, shape, run, options);
    ASSERT_TRUE(closed.ok() && general.ok());
    const toy::NaiveRun naive =
        toy::naive_counts(policy, shape, run, page_size(shape, options.kv_dtype, options.block));
    expect_same(closed->metrics, general->metrics, where);
    expect_same(closed->metrics, naive.metrics, where);
    EXPECT_TRUE(*closed->profile == *general->profile) << where;

    std::size_t row = 0;
    closed->profile->for_each_row([&](const TimelinePoint& point) {
      ASSERT_LT(row, naive.rows.size());
      const TimelinePoint& twin = naive.rows[row];
      ASSERT_EQ(point.row, twin.row) << where;
      ASSERT_EQ(point.live, twin.live) << where << " row " << row;
      ASSERT_EQ(point.inactive, twin.inactive) << where << " row " << row;
      inactive += twin.inactive;
      ASSERT_EQ(point.evicted, twin.evicted) << where << " row " << row;
      ASSERT_EQ(point.resident_bytes, twin.resident_bytes) << where << " row " << row;
      const TimelinePoint direct = closed->profile->at(point.row);
      ASSERT_EQ(direct.live, twin.live);
      ASSERT_EQ(direct.inactive, twin.inactive);
      ASSERT_EQ(direct.resident_bytes, twin.resident_bytes);
      ++row;
    });
    EXPECT_EQ(row, naive.rows.size());
    const std::int64_t first_decode = run.prefill_rows();
    if (first_decode > 0 && first_decode + 1 < run.rows()) {
      const auto& rows = naive.first_stream;
      const auto at = static_cast<std::size_t>(first_decode);
      capped_from_above += rows[at + 1] < rows[at] ? 1 : 0;
    }
  }
  EXPECT_GT(capped_from_above, 20);  // the hard cases must occur
  EXPECT_GT(inactive, 1000);
}

TEST(Counts, NativeFootprintOfWhatTheArchitectureKeepsIsOne) {
  const toy::KeepOfChunk keeps_all([](std::int32_t, const Pass& pass) { return pass.rows(); });
  int hybrids = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    ModelShape shape = shape_of(static_cast<std::int32_t>(1 + i % 5), 2);
    toy::make_hybrid(shape, i);
    RunLengths run = lengths(1 + static_cast<std::int64_t>(i % 150), 60,
                             static_cast<std::int64_t>(mix64(i) % 80));
    if (i % 3 == 0) {
      run.last_prompt_token = LastPromptToken::kDecode;
    }
    const Metrics got = count(keeps_all, shape, run);
    EXPECT_EQ(native_entry_rows(shape, run, 2), got.entry_rows) << i;
    EXPECT_EQ(got.footprint_native.has_value(), shape.hybrid());
    EXPECT_EQ(got.footprint_native.value_or(1), 1);
    hybrids += shape.hybrid() ? 1 : 0;
  }
  EXPECT_GT(hybrids, 100);
}

// n = 6 in chunks of 3, m = 2, a window of 2 in one of two layers. Sliding: rows hold 1 2 3 in the
// first chunk, one survives (the next row sees itself and one more), then 2 3 4, then 2 and 2.
TEST(Counts, HybridByHand) {
  ModelShape shape = shape_of(2, 1);
  shape.sliding = {2, "sf"};
  const RunLengths run = lengths(6, 2, 3);
  CountOptions options;
  options.block = 1;
  options.profile = true;
  const toy::KeepOfChunk keeps_all([](std::int32_t, const Pass& pass) { return pass.rows(); });
  const auto outcome = replay_counts(keeps_all, shape, run, options);
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->metrics.entry_rows, (1 + 2 + 3) + (2 + 3 + 4) + (2 + 2) + 36);
  EXPECT_DOUBLE_EQ(outcome->metrics.footprint, 55.0 / 72.0);
  EXPECT_EQ(outcome->metrics.footprint_native, 1.0);
  // Layer 0 holds 1 + 3 entries while its second chunk runs, layer 1 its 3; then 1 and 6; the last
  // token finds 1 and 7 and peaks at 1 + 8 in layer 1.
  EXPECT_EQ(outcome->metrics.peak_kv_bytes, 9 * 512);
  EXPECT_EQ(outcome->metrics.peak_kv_bytes_pass, 10 * 512);
  // Row 5 holds 4 and 6, and sees 2 and 6 of them.
  const TimelinePoint row = outcome->profile->at(5);
  EXPECT_EQ(row.live, 8);
  EXPECT_EQ(row.inactive, 2);
  EXPECT_EQ(row.evicted, 12 - 10);

  // A policy sees the full layer only, as layer 0 of one.
  const toy::KeepOfChunk keeps_none([](std::int32_t layer, const Pass&) {
    EXPECT_EQ(layer, 0);
    return 0;
  });
  const Metrics evicted = count(keeps_none, shape, run, options);
  EXPECT_EQ(evicted.entry_rows, 19 + (1 + 2 + 3) + (1 + 2 + 3) + 1 + 2);
  EXPECT_DOUBLE_EQ(*evicted.footprint_native, 34.0 / 55.0);
}

// GiB at 131072 tokens in bf16, from the published geometries.
TEST(Counts, KvOfBuiltInsAt128K) {
  const toy::KeepOfChunk keeps_all([](std::int32_t, const Pass& pass) { return pass.rows(); });
  const std::pair<const char*, std::int64_t> models[] = {
      {"llama-3.1-8b", std::int64_t{16} << 30},
      {"llama-3.1-70b", std::int64_t{40} << 30},
      {"llama-3.1-405b", std::int64_t{63} << 30},
      {"llama-3.2-1b", std::int64_t{4} << 30},
      {"mistral-7b-v0.1", 131072LL * 4096},
      {"gemma-2-9b", 21 * 8192LL * (131072 + 4096)},
      {"gemma-3-12b", 65536LL * 131072 + 40 * 8192LL * 1024},
      {"gpt-oss-20b", 12 * 2048LL * (131072 + 128)},
      {"gpt-oss-120b", 18 * 2048LL * (131072 + 128)},
      {"deepseek-v3", 70272LL * 131072}};
  for (const auto& [name, bytes] : models) {
    const ModelShape shape = *builtin_shape(name);
    // Decoding to the end: a chunk would take room beside the window.
    CountOptions options;
    options.block = 1;
    const Metrics got = count(keeps_all, shape, lengths(1, 131071, 0), options);
    EXPECT_EQ(got.peak_kv_bytes_pass, bytes) << name;
  }
}

// What every stream takes, written out at every layer of every pass.
struct NaiveBytes {
  std::int64_t peak = 0;
  std::int64_t waste = 0;
  std::int64_t peak_pass = 0;
};

NaiveBytes naive_bytes(const Policy& policy, const ModelShape& shape, const RunLengths& run,
                       const PageSize& page) {
  const std::int32_t heads = storage_heads(policy, shape);
  std::vector<std::vector<std::int64_t>> held(
      static_cast<std::size_t>(shape.layers),
      std::vector<std::int64_t>(static_cast<std::size_t>(heads), 0));
  NaiveBytes out;
  // (allocated, used) bytes of a layer whose streams take units(s) that hold grains(s).
  const auto layer = [&](const auto& units, const auto& grains) {
    std::int64_t sum = 0;
    std::int64_t largest = 0;
    std::int64_t used = 0;
    for (std::size_t head = 0; head < static_cast<std::size_t>(heads); ++head) {
      sum += units(head);
      largest = std::max<std::int64_t>(largest, units(head));
      used += grains(head);
    }
    const std::int64_t allocated = (page.rectangular ? heads * largest : sum) * page.bytes;
    return std::pair(allocated, used * page.bytes / page.grains_per_unit());
  };
  for (std::int64_t p = 0; p < run.passes(); ++p) {
    PassView view;
    view.pass = pass_at(run, p, policy.patch_window());
    view.run = run;
    view.layers = shape.layers;
    const std::int64_t own = view.pass.forward_rows();
    const auto past = held;
    for (std::size_t l = 0; l < held.size(); ++l) {
      for (std::size_t head = 0; head < held[l].size(); ++head) {
        held[l][head] = policy.decides(view)
                            ? *policy.kept_count(view, static_cast<std::int32_t>(l),
                                                 static_cast<std::int32_t>(head), past[l][head])
                            : past[l][head] + view.pass.rows();
      }
    }
    const auto resting = [&](const std::vector<std::int64_t>& entries) {
      return layer([&](std::size_t h) { return page.units(entries[h]); },
                   [&](std::size_t h) { return page.grains(entries[h]); });
    };
    const auto running = [&](std::size_t l) {
      return layer(
          [&](std::size_t h) {
            return std::max(page.units_during(past[l][h], own), page.units(held[l][h]));
          },
          [&](std::size_t h) { return page.grains_during(past[l][h], own); });
    };
    std::int64_t whole_pass = 0;
    for (std::size_t at = 0; at < held.size(); ++at) {
      std::int64_t allocated = 0;
      std::int64_t used = 0;
      for (std::size_t l = 0; l < held.size(); ++l) {
        const auto [a, u] = l < at ? resting(held[l]) : l == at ? running(l) : resting(past[l]);
        allocated += a;
        used += u;
      }
      whole_pass += running(at).first;
      if (allocated > out.peak || (allocated == out.peak && allocated - used < out.waste)) {
        out.peak = allocated;
        out.waste = allocated - used;
      }
    }
    out.peak_pass = std::max(out.peak_pass, whole_pass);
  }
  return out;
}

TEST(Counts, BytesOfEveryLayoutEqualThoseWrittenOut) {
  std::int64_t wasted = 0;
  for (std::uint64_t i = 0; i < 400; ++i) {
    const auto draw = [&](std::uint64_t salt, std::uint64_t bound) {
      return static_cast<std::int64_t>(below(hash_words(i, 40, salt), bound));
    };
    const RunLengths run = lengths(1 + draw(1, 90), draw(2, 90), draw(3, 60));
    ModelShape shape = shape_of(static_cast<std::int32_t>(1 + draw(5, 3)),
                                static_cast<std::int32_t>(1 + draw(6, 3)));
    shape.q_heads = 2 * shape.kv_heads;
    CountOptions options;
    options.block = 1 + draw(7, 20);
    options.batch = 1 + draw(9, 3);
    options.layout = i % 4 == 0 ? KvLayout{} : toy::random_layout(i);
    options.profile = true;
    const HashedCounts policy(i, draw(8, 4) != 0);
    const auto closed = replay_counts(policy, shape, run, options);
    options.pass_by_pass = true;
    const auto general = replay_counts(policy, shape, run, options);
    ASSERT_TRUE(closed.ok() && general.ok()) << closed.error().message();
    const PageSize page = page_size(shape, storage_heads(policy, shape), options.kv_dtype,
                                    options.block, options.batch, options.layout);
    const NaiveBytes naive = naive_bytes(policy, shape, run, page);
    for (const auto* got : {&*closed, &*general}) {
      EXPECT_EQ(got->metrics.peak_kv_bytes, naive.peak) << i;
      EXPECT_EQ(got->metrics.peak_kv_bytes_pass, naive.peak_pass) << i;
      EXPECT_EQ(got->metrics.page_waste_bytes, naive.waste) << i;
    }
    EXPECT_GE(naive.waste, 0);
    wasted += naive.waste > 0 ? 1 : 0;
    closed->profile->for_each_row([&](const TimelinePoint& point) {
      ASSERT_EQ(point.resident_bytes, closed->profile->at(point.row).resident_bytes);
      ASSERT_LE(point.resident_bytes, naive.peak_pass) << i << " row " << point.row;
    });
  }
  EXPECT_GT(wasted, 100);
}

// A layout is counted in pieces of so many passes, so that a cancel is seen between them.
TEST(Counts, LongDecodingOfALayoutIsTheSameInPieces) {
  const ModelShape shape = shape_of(1, 2);
  const RunLengths run = lengths(40, 9000, 8);
  CountOptions options;
  options.layout.quant = *parse_kv_quant("kivi");
  options.profile = true;
  const CappedHeads policy({48, 20000});
  std::vector<std::int64_t> told;
  ReplayControl control;
  control.on_progress = [&](std::int64_t done, std::int64_t total) {
    told.push_back(done);
    EXPECT_EQ(total, run.rows());
  };
  const auto closed = replay_counts(policy, shape, run, options, control);
  options.pass_by_pass = true;
  const auto general = replay_counts(policy, shape, run, options);
  ASSERT_TRUE(closed.ok() && general.ok());
  EXPECT_EQ(closed->metrics.entry_rows, general->metrics.entry_rows);
  EXPECT_EQ(closed->metrics.peak_kv_bytes, general->metrics.peak_kv_bytes);
  EXPECT_EQ(closed->metrics.peak_kv_bytes_pass, general->metrics.peak_kv_bytes_pass);
  EXPECT_EQ(closed->metrics.page_waste_bytes, general->metrics.page_waste_bytes);
  EXPECT_EQ(*closed->profile, *general->profile);
  EXPECT_EQ(told, (std::vector<std::int64_t>{8, 16, 24, 32, 40, 4136, 8232, 9040}));
}

// Two heads that keep 16 and 32 entries take two and three pages of 16 with the eight rows of a
// chunk; 64 of those 80 entries are there. Rectangular, they take three pages each.
TEST(Counts, RectangularAllocationTakesTheLargestStreamTwice) {
  const ModelShape shape = shape_of(1, 2);
  const RunLengths run = lengths(40, 200, 8);
  CountOptions options;
  const std::int64_t entry = entry_bytes(shape, options.kv_dtype);
  const auto ragged = replay_counts(CappedHeads({16, 32}), shape, run, options);
  EXPECT_EQ(ragged->metrics.peak_kv_bytes, 5 * 16 * entry);
  options.layout.alloc = KvAlloc::kRectangular;
  const auto rectangular = replay_counts(CappedHeads({16, 32}), shape, run, options);
  EXPECT_EQ(rectangular->metrics.peak_kv_bytes, 6 * 16 * entry);
  EXPECT_EQ(ragged->metrics.page_waste_bytes, 16 * entry);
  EXPECT_EQ(rectangular->metrics.page_waste_bytes, 32 * entry);
  EXPECT_EQ(rectangular->metrics.footprint, ragged->metrics.footprint);
}

TEST(Counts, FootprintAndPeakAreAtMostOne) {
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Metrics got = count(HashedCounts(i, true), shape_of(2, 2),
                              lengths(60, 30, static_cast<std::int64_t>(i % 61)));
    EXPECT_LE(got.footprint, 1.0);
    EXPECT_LE(got.peak_ratio, 1.0);
    EXPECT_GE(*got.peak_kv_bytes_pass, *got.peak_kv_bytes);
  }
}

TEST(Counts, PeakHoldsAtLeastTheLongestChunk) {
  for (const std::int64_t c : {1, 5, 16, 33, 64}) {
    const Metrics got = count(CappedHeads({2}), shape_of(1, 1), lengths(64, 8, c));
    EXPECT_GE(*got.peak_entries, c);
  }
}

TEST(Counts, StreamingDoesNotGrowWithADivisorOfTheChunk) {
  for (std::int64_t n = 1; n <= 40; ++n) {
    for (std::int64_t cap = 0; cap <= 12; ++cap) {
      for (std::int64_t c = 1; c <= n; ++c) {
        const auto whole = count(CappedHeads({cap}), shape_of(1, 1), lengths(n, 6, c));
        for (std::int64_t divisor = 1; divisor < c; ++divisor) {
          if (c % divisor == 0) {
            const auto part = count(CappedHeads({cap}), shape_of(1, 1), lengths(n, 6, divisor));
            ASSERT_LE(*part.entry_rows, *whole.entry_rows) << n << " " << cap << " " << c;
          }
        }
      }
    }
  }
  // For an arbitrary smaller chunk it can grow: n = 6, S + W = 3.
  EXPECT_EQ(count(CappedHeads({3}), shape_of(1, 1), lengths(6, 0, 4)).entry_rows, 19);
  EXPECT_EQ(count(CappedHeads({3}), shape_of(1, 1), lengths(6, 0, 3)).entry_rows, 21);
}

TEST(Counts, PostFillEvictionOnlyTouchesDecoding) {
  for (const double s : {0.0, .3, .5, .9, 1.0}) {
    const RunLengths run = lengths(50, 20, kWholePrompt);
    const Metrics got = count(script_keep(s, 0), shape_of(1, 1), run);
    EXPECT_GE(*got.entry_rows, triangle(50) + triangle(20));
  }
}

TEST(Counts, ChunkOneStreamingIsTheSlidingWindow) {
  const std::int64_t cap = 7;
  std::int64_t area = 0;
  for (std::int64_t row = 0; row < 60; ++row) {
    area += std::min(row, cap) + 1;
  }
  EXPECT_EQ(count(CappedHeads({cap}), shape_of(1, 1), lengths(48, 12, 1)).entry_rows, area);
}

TEST(Counts, MixingIsLinearInTheShareOfHeads) {
  const RunLengths run = lengths(500, 60, 128);
  const double streaming = count(CappedHeads({40, 40, 40, 40}), shape_of(1, 4), run).footprint;
  for (std::size_t streamers = 0; streamers <= 4; ++streamers) {
    std::vector<std::int64_t> caps(4, kUncapped);
    std::fill(caps.begin(), caps.begin() + static_cast<std::ptrdiff_t>(streamers), 40);
    const double share = static_cast<double>(streamers) / 4.0;
    EXPECT_NEAR(count(CappedHeads(caps), shape_of(1, 4), run).footprint,
                share * streaming + (1 - share), 1e-12);
  }
}

TEST(Counts, PatchRowsCostBytesButNoRows) {
  // One head keeps everything; 10 patch rows ride on each of the first two chunks of 16.
  class Patched : public CappedHeads {
   public:
    Patched() : CappedHeads({kUncapped}) {}
    [[nodiscard]] std::int64_t patch_window() const override { return 10; }
  };
  CountOptions options;
  options.block = 1;
  const Metrics got = count(Patched{}, shape_of(1, 1), lengths(40, 0, 16), options);
  EXPECT_EQ(got.patch_rows, 20);
  EXPECT_EQ(got.footprint, 1.0);
  EXPECT_EQ(got.peak_entries, 40);
  EXPECT_EQ(got.peak_kv_bytes, 42 * 512);  // 16 survivors, 16 rows, 10 patch rows
}

TEST(Counts, BytesFollowTheLayers) {
  // Two layers, one head, chunks of 4, nothing survives a chunk: layer 1 still holds nothing while
  // layer 0 holds its 4 rows.
  CountOptions options;
  options.block = 1;
  const Metrics got = count(CappedHeads({0}), shape_of(2, 1), lengths(8, 0, 4), options);
  EXPECT_EQ(got.peak_kv_bytes, 4 * 512);
  EXPECT_EQ(got.peak_kv_bytes_pass, 8 * 512);
  options.block = 16;
  const Metrics paged = count(CappedHeads({0}), shape_of(2, 1), lengths(8, 0, 4), options);
  EXPECT_EQ(paged.peak_kv_bytes, 16 * 512);
  EXPECT_EQ(paged.peak_kv_bytes_pass, 32 * 512);
}

TEST(Counts, CopiesPerQueryHeadShowInBytesOnly) {
  class PerQueryHead : public CappedHeads {
   public:
    PerQueryHead() : CappedHeads({5, 5, 5, 5}) {}
    [[nodiscard]] Storage storage() const override { return Storage::kQueryHeads; }
  };
  const RunLengths run = lengths(30, 5, 8);
  const Metrics grouped = count(CappedHeads({5}), shape_of(2, 1, 4), run);
  const Metrics copied = count(PerQueryHead{}, shape_of(2, 1, 4), run);
  EXPECT_EQ(copied.footprint, grouped.footprint);
  EXPECT_EQ(copied.peak_ratio, grouped.peak_ratio);
  EXPECT_EQ(*copied.peak_kv_bytes_pass, 4 * *grouped.peak_kv_bytes_pass);
}

TEST(Counts, RefusesWhatDependsOnAttention) {
  class Asks : public toy::CountingPolicy {
   public:
    [[nodiscard]] std::optional<std::int64_t> kept_count(const PassView&, std::int32_t layer,
                                                         std::int32_t,
                                                         std::int64_t past) const override {
      return layer == 0 ? std::optional(past) : std::nullopt;
    }
  };
  const auto got = replay_counts(Asks{}, shape_of(2, 1), lengths(8, 4, 4), {});
  ASSERT_FALSE(got.ok());
  EXPECT_NE(got.error().message().find("layer 1, head 0"), std::string::npos);
  EXPECT_NE(got.error().hint.find("trace"), std::string::npos);
}

TEST(Counts, RefusesLengthsThatCannotBeCounted) {
  const CappedHeads full({kUncapped});
  EXPECT_FALSE(replay_counts(full, shape_of(1, 1), lengths(0, 4, 4), {}).ok());
  EXPECT_FALSE(replay_counts(full, shape_of(64, 1), lengths(2000000000, 4, 4), {}).ok());
  EXPECT_FALSE(replay_counts(full, ModelShape{}, lengths(8, 4, 4), {}).ok());
  CountOptions options;
  options.block = 0;
  EXPECT_FALSE(replay_counts(full, shape_of(1, 1), lengths(8, 4, 4), options).ok());
}

TEST(Counts, EmptyOutputAndOneTokenPrompt) {
  EXPECT_EQ(count(CappedHeads({kUncapped}), shape_of(1, 1), lengths(1, 0, 0)).entry_rows, 1);
  RunLengths run = lengths(1, 2, 0);
  run.last_prompt_token = LastPromptToken::kDecode;  // nothing is prefilled
  const Metrics got = count(CappedHeads({1}), shape_of(1, 1), run);
  EXPECT_EQ(got.entry_rows, 1 + 2 + 2);
  EXPECT_EQ(got.peak_entries, 2);
}

TEST(CountsDeath, KeepingMoreThanIsHeldIsABug) {
  class Inventive : public toy::CountingPolicy {
   public:
    [[nodiscard]] std::optional<std::int64_t> kept_count(const PassView& pass, std::int32_t,
                                                         std::int32_t,
                                                         std::int64_t past) const override {
      return past + pass.pass.rows() + 1;
    }
  };
  EXPECT_DEATH((void)replay_counts(Inventive{}, shape_of(1, 1), lengths(8, 4, 4), {}),
               "does not hold");
}

}  // namespace
}  // namespace kvfoot
