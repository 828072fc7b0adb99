// Chunks are written in order, whoever is faster.
#include "sim/io/chunk_queue.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>

namespace kvfoot {
namespace {

TEST(ChunkQueue, WritesInOrderAndDrains) {
  for (const bool slow : {false, true}) {
    std::vector<std::size_t> written;
    ChunkQueue queue(
        [&](const ChunkQueue::Chunk& chunk) {
          if (slow) {
            std::this_thread::sleep_for(std::chrono::microseconds(200));
          }
          EXPECT_EQ(chunk.bytes.size(), 1 + chunk.column % 3);
          written.push_back(chunk.column);
        },
        3);
    queue.drain();  // nothing came yet
    for (std::size_t i = 0; i < 100; ++i) {
      std::vector<std::byte> bytes = queue.spare();
      EXPECT_TRUE(bytes.empty());
      bytes.resize(1 + i % 3);
      queue.push({i, std::move(bytes)});
      if (i == 50) {
        queue.drain();
        EXPECT_EQ(written.size(), 51U);
      }
    }
    queue.drain();
    ASSERT_EQ(written.size(), 100U);
    for (std::size_t i = 0; i < written.size(); ++i) {
      EXPECT_EQ(written[i], i);
    }
  }
}

TEST(ChunkQueue, WhatWaitsIsDroppedAtTheEnd) {
  std::atomic<bool> go{false};
  std::atomic<int> written{0};
  {
    ChunkQueue queue(
        [&](const ChunkQueue::Chunk&) {
          go.wait(false);
          ++written;
        },
        10);
    for (std::size_t i = 0; i < 5; ++i) {
      queue.push({i, {}});
    }
    go = true;
    go.notify_all();
  }
  EXPECT_LE(written, 5);
}

}  // namespace
}  // namespace kvfoot
