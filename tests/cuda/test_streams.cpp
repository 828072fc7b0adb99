// Pages of ragged streams: what is held, what the card is told, and how survivors move.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <vector>

#include "executor/cuda/backend/streams.hpp"
#include "executor/cuda/emulator/emulated_device.hpp"
#include "sim/cache/pages.hpp"
#include "sim/core/hash.hpp"

namespace kvfoot::cuda {
namespace {

using ::testing::ElementsAre;

class StreamsTest : public ::testing::Test {
 protected:
  std::unique_ptr<Device> device = make_emulated_device();
  DeviceBlocks blocks{*device};
  MemoryLedger ledger;
  Streams streams{ledger, blocks};
};

// Kept indices of `size` entries, about `share` of them.
std::vector<std::int32_t> some(std::int64_t size, double share, std::uint64_t seed) {
  std::vector<std::int32_t> kept;
  for (std::int64_t i = 0; i < size; ++i) {
    if (unit_interval(hash_words(seed, i)) < share) {
      kept.push_back(static_cast<std::int32_t>(i));
    }
  }
  return kept;
}

TEST_F(StreamsTest, PagesAreTakenWhenTheLastIsFullAndGivenBackAtOnce) {
  streams.reset(2, 2, 8, 4, DType::kF16);
  TableChanges changes;
  streams.fit_table(64, changes);
  streams.grow(1, 5, changes);
  EXPECT_EQ(streams.pool().pages(), 4);  // two pages in each of two streams
  EXPECT_EQ(changes.where.size(), 4U);
  streams.grow(1, 3, changes);
  EXPECT_EQ(streams.pool().pages(), 4);  // there was room for eight
  std::vector<EntryRun> runs;
  streams.retain(1, 0, std::vector<std::int32_t>{0, 2, 3, 6}, false, runs);
  EXPECT_EQ(streams.pool().pages(), 3);
  EXPECT_THAT(streams.sizes(1), ElementsAre(4, 8));
  ASSERT_EQ(runs.size(), 2U);  // 2, 3 go to 1, 2; 6 goes to 3
  EXPECT_EQ(runs[0].to, 1);
  EXPECT_EQ(runs[0].from, 2);
  EXPECT_EQ(runs[0].count, 2);
  EXPECT_EQ(runs[1].to, 3);
  EXPECT_EQ(runs[1].from, 6);
  streams.retain(1, 0, {}, false, runs);
  EXPECT_EQ(streams.pool().pages(), 2);
  EXPECT_EQ(ledger.held()[MemoryClass::kKv], 2 * 4 * 2 * 8 * 2);
}

// The simulator's account of pages, in the same order of calls.
TEST_F(StreamsTest, PagesAreThoseThatTheSimulatorCounts) {
  for (const std::int64_t block : {1, 3, 16, 64}) {
    constexpr std::int32_t kLayers = 3;
    constexpr std::int32_t kHeads = 2;
    streams.reset(kLayers, kHeads, 4, block, DType::kF32);
    PageLedger model(kLayers, kHeads, block, block * streams.entry_bytes());
    for (std::int32_t pass = 0; pass < 30; ++pass) {
      const std::int64_t rows = 1 + static_cast<std::int64_t>(below(hash_words(block, pass), 40));
      TableChanges changes;
      streams.fit_table(streams.longest() + rows, changes);
      streams.reset_peak();
      model.begin_pass(pass);
      for (std::int32_t layer = 0; layer < kLayers; ++layer) {
        streams.grow(layer, rows, changes);
        for (std::int32_t head = 0; head < kHeads; ++head) {
          model.append(layer, head, rows);
        }
        for (std::int32_t head = 0; head < kHeads; ++head) {
          const auto kept = some(streams.size(layer, head), 0.6, hash_words(pass, layer, head));
          std::vector<EntryRun> runs;
          streams.retain(layer, head, kept, false, runs);
          model.retain(layer, head, static_cast<std::int64_t>(kept.size()));
        }
      }
      const PassMemory memory = model.end_pass();
      EXPECT_EQ(streams.pool().pages(), memory.pages);
      EXPECT_EQ(streams.pool().peak_pages() * block * streams.entry_bytes(), memory.peak_bytes);
    }
  }
}

// The card's table, from the words it is told, names the pages that are held; no page twice.
TEST_F(StreamsTest, TheTableFollowsThePages) {
  constexpr std::int32_t kLayers = 2;
  constexpr std::int32_t kHeads = 3;
  constexpr std::int64_t kBlock = 4;
  streams.reset(kLayers, kHeads, 4, kBlock, DType::kF32);
  std::map<std::int64_t, std::byte*> table;
  int moved = 0;
  for (std::int32_t pass = 0; pass < 60; ++pass) {
    const std::int64_t rows = 1 + static_cast<std::int64_t>(below(hash_words(7, pass), 12));
    TableChanges changes;
    if (streams.fit_table(streams.longest() + rows, changes)) {
      table.clear();
      ++moved;
    }
    for (std::int32_t layer = 0; layer < kLayers; ++layer) {
      streams.grow(layer, rows, changes);
      for (std::size_t i = 0; i < changes.where.size(); ++i) {
        table[changes.where[i]] = changes.what[i];
      }
      changes = {};
      std::set<std::byte*> seen;
      const std::int64_t stride = streams.view(layer, nullptr).stride;
      for (std::int32_t head = 0; head < kHeads; ++head) {
        const std::int64_t first =
            (streams.view(layer, nullptr).pages - streams.table()) + head * stride;
        for (std::int64_t page = 0; page < pages_for(streams.size(layer, head), kBlock); ++page) {
          EXPECT_TRUE(table.contains(first + page));
          EXPECT_TRUE(seen.insert(table[first + page]).second);
        }
      }
      for (std::int32_t head = 0; head < kHeads; ++head) {
        std::vector<EntryRun> runs;
        streams.retain(layer, head, some(streams.size(layer, head), 0.8, hash_words(pass, head)),
                       false, runs);
      }
    }
  }
  EXPECT_GE(moved, 1);
}

// A run of known length has one table; what is longer than it was said to be still fits.
TEST_F(StreamsTest, TheTableIsMadeForTheWholeRun) {
  TableChanges changes;
  streams.reset(2, 3, 8, 4, DType::kF16, 1000);
  EXPECT_TRUE(streams.fit_table(10, changes));
  EXPECT_EQ(streams.view(0, nullptr).stride, 250);
  EXPECT_EQ(ledger.held()[MemoryClass::kWorkspace], 2 * 3 * 250 * 8);
  EXPECT_FALSE(streams.fit_table(1000, changes));
  EXPECT_TRUE(streams.fit_table(1001, changes));
  EXPECT_EQ(streams.view(0, nullptr).stride, 500);
  EXPECT_EQ(ledger.held()[MemoryClass::kWorkspace], 2 * 3 * 500 * 8);
  EXPECT_EQ(ledger.peak()[MemoryClass::kWorkspace], 2 * 3 * (250 + 500) * 8);  // while it moved
}

// Of a run that long, six streams would have 24 MiB of table; it grows, but never beyond the run.
TEST_F(StreamsTest, TheTableOfAVeryLongRunGrows) {
  TableChanges changes;
  streams.reset(2, 3, 8, 4, DType::kF16, 2'100'000);
  EXPECT_TRUE(streams.fit_table(2000, changes));
  EXPECT_EQ(streams.view(0, nullptr).stride, 512);
  EXPECT_TRUE(streams.fit_table(2'099'990, changes));
  EXPECT_EQ(streams.view(0, nullptr).stride, 525'000);
}

TEST_F(StreamsTest, AFullCardChangesNothing) {
  EmulatedOptions options;
  options.memory_bytes = 100 << 10;  // below one slab
  const std::unique_ptr<Device> card = make_emulated_device(options);
  DeviceBlocks small(*card);
  Streams few(ledger, small);
  few.reset(1, 2, 64, 16, DType::kF32);
  TableChanges changes;
  few.fit_table(64, changes);
  EXPECT_THROW(few.grow(0, 64, changes), std::bad_alloc);
  EXPECT_EQ(few.size(0, 0), 0);
  EXPECT_EQ(few.pool().pages(), 0);
  EXPECT_TRUE(changes.where.empty());
  EXPECT_GT(small.take_refused(), 0);
  EXPECT_EQ(small.take_refused(), 0);
}

// A window that slides moves one entry per pass, and whatever happens next finds the list in order:
// against a plain list of entries, with slides, other evictions and straightening in random order.
TEST_F(StreamsTest, ASlidingWindowMovesOneEntryPerPass) {
  constexpr std::int32_t kHeads = 2;
  streams.reset(1, kHeads, 4, 4, DType::kF32);
  TableChanges changes;
  streams.fit_table(200, changes);
  std::vector<std::vector<int>> want(kHeads);                               // lists
  std::vector<std::vector<int>> memory(kHeads, std::vector<int>(200, -1));  // entries as they lie
  int slides = 0;
  int next = 0;
  const auto move = [&](const std::vector<EntryRun>& runs) {
    for (const auto& batch : batches_of(runs, kTogether)) {
      std::vector<int> scratch(static_cast<std::size_t>(moved_entries(batch)));
      for (const EntryRun& run : batch) {
        std::copy_n(memory[static_cast<std::size_t>(run.head)].begin() + run.from, run.count,
                    scratch.begin() + run.first);
      }
      for (const EntryRun& run : batch) {
        std::copy_n(scratch.begin() + run.first, run.count,
                    memory[static_cast<std::size_t>(run.head)].begin() + run.to);
      }
    }
  };
  for (std::uint64_t pass = 0; pass < 3000; ++pass) {
    streams.grow(0, 1, changes);
    std::vector<EntryRun> runs;
    const std::uint64_t what = below(hash_words(5, pass), 40);
    for (std::int32_t head = 0; head < kHeads; ++head) {
      auto& list = want[static_cast<std::size_t>(head)];
      memory[static_cast<std::size_t>(head)][list.size()] = next;
      list.push_back(next++);
      const auto size = static_cast<std::int64_t>(list.size());
      std::vector<std::int32_t> kept(static_cast<std::size_t>(size));
      std::iota(kept.begin(), kept.end(), 0);
      if (what == 0 || size > 150) {
        kept = some(size, 0.7, hash_words(pass, head));
      } else if (size > 20 + 3 * head && what > 2) {
        kept.erase(kept.begin() + 2 + head);  // two or three sinks stay
      } else {
        continue;
      }
      const std::size_t before = runs.size();
      streams.retain(0, head, kept, true, runs);
      slides += runs.size() == before + 1 && runs.back().count == 1 ? 1 : 0;
      std::vector<int> left;
      for (const std::int32_t i : kept) {
        left.push_back(list[static_cast<std::size_t>(i)]);
      }
      list = left;
    }
    move(runs);
    if (what == 1) {
      runs.clear();
      streams.straighten(0, runs);
      move(runs);
      EXPECT_TRUE(streams.straight());
    }
    for (std::int32_t head = 0; head < kHeads; ++head) {
      const Ring ring = streams.rings(0)[static_cast<std::size_t>(head)];
      std::vector<int> lies(memory[static_cast<std::size_t>(head)].begin(),
                            memory[static_cast<std::size_t>(head)].begin() + streams.size(0, head));
      if (ring.turn != 0) {
        std::rotate(lies.begin() + ring.begin, lies.begin() + ring.begin + ring.turn,
                    lies.begin() + ring.begin + ring.length);
      }
      ASSERT_EQ(lies, want[static_cast<std::size_t>(head)]) << pass;
    }
  }
  EXPECT_GT(slides, 3000);  // of 6000
}

// Runs, batch by batch, through a scratch, against moving entries one at a time.
TEST(EntryRuns, BatchesMoveWhatAnyOrderWouldMove) {
  for (const std::int64_t most : {1, 2, 7, 1000}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      std::vector<EntryRun> runs;
      std::vector<std::vector<int>> values(3);
      std::vector<std::vector<int>> want(3);
      for (std::int32_t head = 0; head < 3; ++head) {
        auto& row = values[static_cast<std::size_t>(head)];
        for (int i = 0; i < 50; ++i) {
          row.push_back(100 * head + i);
        }
        const auto kept = some(50, 0.2 + 0.3 * head, hash_words(seed, head));
        for (const std::int32_t i : kept) {
          want[static_cast<std::size_t>(head)].push_back(row[static_cast<std::size_t>(i)]);
        }
        append_runs(head, kept, Ring{}, runs);
      }
      std::int64_t all = 0;
      for (const auto& batch : batches_of(runs, most)) {
        const std::int64_t moved = moved_entries(batch);
        EXPECT_LE(moved, most);
        all += moved;
        std::vector<int> scratch(static_cast<std::size_t>(moved), -1);
        for (const EntryRun& run : batch) {
          std::copy_n(values[static_cast<std::size_t>(run.head)].begin() + run.from, run.count,
                      scratch.begin() + run.first);
        }
        for (const EntryRun& run : batch) {
          std::copy_n(scratch.begin() + run.first, run.count,
                      values[static_cast<std::size_t>(run.head)].begin() + run.to);
        }
      }
      EXPECT_EQ(all, moved_entries(runs));
      for (std::size_t head = 0; head < 3; ++head) {
        values[head].resize(want[head].size());
        EXPECT_EQ(values[head], want[head]);
      }
    }
  }
}

}  // namespace
}  // namespace kvfoot::cuda
