// Positions per stream, and pages against an allocator that really hands out pages.
#include "sim/cache/residency.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "sim/cache/pages.hpp"
#include "sim/core/hash.hpp"

namespace kvfoot {
namespace {

using ::testing::ElementsAre;

TEST(Residency, AppendsAndCompacts) {
  Residency residency(2, 3);
  residency.append(1, 2, 0, 5);
  residency.append(0, 0, 3, 4);
  EXPECT_EQ(residency.total(), 6);
  const std::vector<std::int32_t> kept = {0, 2, 4};
  residency.retain(1, 2, kept);
  EXPECT_THAT(residency.resident(1, 2), ElementsAre(0, 2, 4));
  residency.append(1, 2, 5, 7);
  EXPECT_THAT(residency.resident(1, 2), ElementsAre(0, 2, 4, 5, 6));
  EXPECT_EQ(residency.size(1, 2), 5);
  EXPECT_EQ(residency.size(1, 1), 0);
  EXPECT_EQ(residency.total(), 6);
  residency.retain(1, 2, {});
  EXPECT_EQ(residency.total(), 1);
}

TEST(ResidencyDeathTest, PositionsAscend) {
  Residency residency(1, 1);
  residency.append(0, 0, 4, 6);
  EXPECT_DEATH(residency.append(0, 0, 5, 7), "ascend");
  EXPECT_DEATH(residency.append(0, 1, 5, 7), "");
}

TEST(Pages, Ceiling) {
  EXPECT_EQ(pages_for(0, 16), 0);
  EXPECT_EQ(pages_for(1, 16), 1);
  EXPECT_EQ(pages_for(16, 16), 1);
  EXPECT_EQ(pages_for(17, 16), 2);
  EXPECT_EQ(pages_for(5, 1), 5);
}

// One layer after the other: 2 layers, 1 head, pages of 4 entries and 10 bytes.
TEST(PageLedger, PeakInTheRealOrderAndWithEveryLayerHolding) {
  PageLedger ledger(2, 1, 4, 10);
  ledger.begin_pass(0);
  ledger.append(0, 0, 9);  // 3 pages
  ledger.retain(0, 0, 4);  // 1
  ledger.append(1, 0, 9);  // 1 + 3
  ledger.retain(1, 0, 5);  // 1 + 2
  EXPECT_EQ(ledger.end_pass(), (PassMemory{0, 9, 3, 30, 40}));
  EXPECT_EQ(ledger.peak_bytes(), 40);
  EXPECT_EQ(ledger.peak_bytes_pass(), 60);
  ledger.begin_pass(1);
  ledger.append(0, 0, 1);  // 2 pages
  ledger.append(1, 0, 1);  // still 2
  EXPECT_EQ(ledger.end_pass(), (PassMemory{1, 11, 4, 40, 40}));
  ledger.begin_pass(2);
  ledger.retain(0, 0, 0);
  EXPECT_EQ(ledger.end_pass(), (PassMemory{2, 6, 2, 20, 40}));  // a pass starts with what it has
  EXPECT_EQ(ledger.bytes(), 20);
  EXPECT_EQ(ledger.peak_bytes(), 40);
  EXPECT_EQ(ledger.peak_bytes_pass(), 60);
}

// An allocator in small: page numbers from a free list, a page table per stream.
class ToyAllocator {
 public:
  explicit ToyAllocator(std::int64_t block) : block_(block) {}
  void resize(int stream, std::int64_t entries) {
    auto& table = tables_[stream];
    while (static_cast<std::int64_t>(table.size()) * block_ < entries) {
      if (free_.empty()) {
        free_.push_back(next_++);
      }
      table.push_back(free_.back());
      free_.pop_back();
      ++used_;
    }
    while (!table.empty() && (static_cast<std::int64_t>(table.size()) - 1) * block_ >= entries) {
      free_.push_back(table.back());
      table.pop_back();
      --used_;
    }
    peak_ = std::max(peak_, used_);
  }
  void reset_peak() { peak_ = used_; }
  std::int64_t used() const { return used_; }
  std::int64_t peak() const { return peak_; }

 private:
  std::int64_t block_;
  std::map<int, std::vector<int>> tables_;
  std::vector<int> free_;
  int next_ = 0;
  std::int64_t used_ = 0;
  std::int64_t peak_ = 0;
};

TEST(PageLedger, AgreesWithAnAllocator) {
  for (const std::int64_t block : {1, 3, 16}) {
    constexpr int kLayers = 3;
    constexpr int kHeads = 2;
    PageLedger ledger(kLayers, kHeads, block, 7);
    ToyAllocator allocator(block);
    std::vector<std::int64_t> held(kLayers * kHeads, 0);
    std::uint64_t draw = 0;
    for (int pass = 0; pass < 60; ++pass) {
      ledger.begin_pass(pass);
      allocator.reset_peak();
      for (int layer = 0; layer < kLayers; ++layer) {
        const auto rows = static_cast<std::int64_t>(below(mix64(++draw), 40));
        for (int head = 0; head < kHeads; ++head) {
          const int stream = layer * kHeads + head;
          held[static_cast<std::size_t>(stream)] += rows;
          ledger.append(layer, head, rows);
          allocator.resize(stream, held[static_cast<std::size_t>(stream)]);
        }
        for (int head = 0; head < kHeads; ++head) {
          const int stream = layer * kHeads + head;
          std::int64_t& entries = held[static_cast<std::size_t>(stream)];
          entries = static_cast<std::int64_t>(
              below(mix64(++draw), static_cast<std::uint64_t>(entries) + 1));
          ledger.retain(layer, head, entries);
          allocator.resize(stream, entries);
        }
      }
      const PassMemory memory = ledger.end_pass();
      std::int64_t sum = 0;
      for (const std::int64_t entries : held) {
        sum += entries;
      }
      ASSERT_EQ(memory, (PassMemory{pass, sum, allocator.used(), allocator.used() * 7,
                                    allocator.peak() * 7}));
    }
    EXPECT_GE(ledger.peak_bytes_pass(), ledger.peak_bytes());
  }
}

}  // namespace
}  // namespace kvfoot
