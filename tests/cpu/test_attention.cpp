// Tiles of attention against dense softmax in double; invariance to the cut into tiles.
#include <gtest/gtest.h>

#include <vector>

#include "tests/cpu/attention_fixture.hpp"

namespace kvfoot::cpu_test {
namespace {

using cpu::AttentionScratch;
using cpu::Scalar;

std::vector<float> attend(const cpu::LayerAttention& a, std::int64_t tile_rows) {
  std::vector<float> out(static_cast<std::size_t>(a.rows * a.q_heads * a.head_dim()), -9.0F);
  MemoryLedger ledger;
  BufferPool buffers(ledger);
  AttentionScratch scratch;
  scratch.prepare(buffers, tile_rows * a.group, a.head_dim());
  for (std::int32_t head = 0; head < a.store->heads(); ++head) {
    for (std::int64_t row = 0; row < a.rows; row += tile_rows) {
      cpu::attend_tile(a, {head, head * a.group, a.group, row, std::min(tile_rows, a.rows - row)},
                       scratch, out.data(), nullptr, 0);
    }
  }
  return out;
}

TEST(Attention, AgreesWithDenseSoftmax) {
  for (const std::int64_t d : {8, 16, 34, 64, 128}) {
    for (const std::int64_t rows : {1, 15, 16, 17, 63, 64, 65}) {
      for (const std::int64_t past : {0, 1, 63, 64, 130}) {
        const LayerFixture layer(4, 2, d, past + rows, rows);
        const std::vector<float> out = attend(layer.attention, 24);
        for (std::int64_t r = 0; r < rows; r += rows > 20 ? 7 : 1) {
          for (std::int32_t h = 0; h < 4; ++h) {
            const std::vector<double> p = layer.row(h, r);
            const auto& v = layer.values[static_cast<std::size_t>(h / 2)];
            for (std::int64_t k = 0; k < d; ++k) {
              double expected = 0;
              for (std::size_t j = 0; j < p.size(); ++j) {
                expected += p[j] * v[j * static_cast<std::size_t>(d) + static_cast<std::size_t>(k)];
              }
              ASSERT_NEAR(out[static_cast<std::size_t>((r * 4 + h) * d + k)], expected, 3e-6)
                  << "d " << d << " rows " << rows << " past " << past << " row " << r;
            }
          }
        }
      }
    }
  }
}

TEST(Attention, DoesNotDependOnTheTilesOrTheInstructionSet) {
  for (const Scalar type : {Scalar::kF32, Scalar::kBF16}) {
    LayerFixture layer(6, 2, 20, 170, 70, type, 5);
    const std::vector<float> whole = attend(layer.attention, 70);
    int count = 0;
    const cpu::Kernels* const* tables = cpu::runnable_kernels(count);
    for (int i = 0; i < count; ++i) {
      layer.attention.kernels = tables[i];
      for (const std::int64_t tile : {1, 2, 3, 7, 32, 69}) {
        EXPECT_EQ(attend(layer.attention, tile), whole) << tables[i]->name << ", tile " << tile;
      }
    }
  }
}

TEST(Attention, AQueryHeadReadsTheSameWithACopyOfItsOwn) {
  LayerFixture grouped(4, 2, 16, 90, 10);
  LayerFixture copied(4, 4, 16, 90, 10);
  for (std::int32_t head = 0; head < 4; ++head) {
    copied.keys[static_cast<std::size_t>(head)] = grouped.keys[static_cast<std::size_t>(head / 2)];
    copied.values[static_cast<std::size_t>(head)] =
        grouped.values[static_cast<std::size_t>(head / 2)];
    copied.fill(head);
  }
  EXPECT_EQ(attend(copied.attention, 8), attend(grouped.attention, 8));
}

// Very large scores must not overflow, and a late maximum must rescale what came before.
TEST(Attention, SurvivesLargeScoresThatGrow) {
  LayerFixture layer(1, 1, 16, 200, 1);
  for (std::int64_t i = 0; i < 200; ++i) {
    for (std::int64_t k = 0; k < 16; ++k) {
      layer.keys[0][static_cast<std::size_t>(i * 16 + k)] = static_cast<float>(i);
      layer.q[static_cast<std::size_t>(k)] = 10.0F;
    }
  }
  layer.fill(0);
  const std::vector<float> out = attend(layer.attention, 1);  // scores 0, 40, ... 7960
  for (std::int64_t k = 0; k < 16; ++k) {
    EXPECT_EQ(out[static_cast<std::size_t>(k)],
              layer.values[0][static_cast<std::size_t>(199 * 16 + k)]);
  }
}

TEST(Attention, ReindexedKeysTurnAtTheirIndexInTheCache) {
  LayerFixture raw(2, 1, 16, 80, 5);
  std::vector<double> frequencies;
  for (int k = 0; k < 8; ++k) {
    frequencies.push_back(std::pow(10000.0, -k / 8.0));
  }
  MemoryLedger ledger;
  cpu::RopeTable table(frequencies, ledger);
  table.resize(80);
  LayerFixture turned(2, 1, 16, 80, 5);
  const cpu::Kernels& kernels = cpu::best_kernels();
  for (std::int64_t i = 0; i < 80; ++i) {
    float* key = turned.keys[0].data() + i * 16;
    kernels.rotate(key, table.cosine(i), table.sine(i), 16, key);
  }
  turned.fill(0);
  for (std::int64_t r = 0; r < 5; ++r) {
    for (std::int64_t h = 0; h < 2; ++h) {
      float* q = turned.q.data() + (r * 2 + h) * 16;
      kernels.rotate(q, table.cosine(75 + r), table.sine(75 + r), 16, q);
    }
  }
  raw.attention.reindex = &table;
  EXPECT_EQ(attend(raw.attention, 2), attend(turned.attention, 5));
  raw.attention.reindex = nullptr;
  EXPECT_NE(attend(raw.attention, 2), attend(turned.attention, 5));
}

TEST(Attention, KeptScoresAreThoseOfScoreTile) {
  const LayerFixture layer(4, 2, 16, 100, 9);
  MemoryLedger ledger;
  BufferPool buffers(ledger);
  AttentionScratch scratch;
  scratch.prepare(buffers, 18, 16);
  std::vector<float> out(9 * 4 * 16);
  std::vector<float> kept(18 * 128, 0.0F);
  std::vector<float> alone(9 * 128, 0.0F);
  cpu::attend_tile(layer.attention, {1, 2, 2, 0, 9}, scratch, out.data(), kept.data(), 128);
  cpu::score_tile(layer.attention, {1, 3, 1, 0, 9}, scratch, alone.data(), 128);
  for (std::int64_t r = 0; r < 9; ++r) {
    for (std::int64_t j = 0; j < 91 + r + 1; ++j) {
      ASSERT_EQ(kept[static_cast<std::size_t>((2 * r + 1) * 128 + j)],
                alone[static_cast<std::size_t>(r * 128 + j)]);
    }
  }
}

}  // namespace
}  // namespace kvfoot::cpu_test
