// However few sums fit into a buffer, the observer hears the same bits in the promised order.
#include <cmath>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "executor/cuda/backend/sum_recorder.hpp"
#include "tests/cuda/attention_reference.hpp"

namespace kvfoot::cuda {
namespace {

struct Heard {
  std::vector<std::int32_t> order;  // blocks by index, row sums from 1000 on
  std::vector<std::int32_t> key;
  std::vector<float> mass, rest, sum;
  friend bool operator==(const Heard&, const Heard&) = default;
};

class Listener final : public AttentionObserver {
 public:
  void on_tile(const AttentionTile& /*tile*/) override { ADD_FAILURE() << "a tile"; }
  void on_block(const AttentionBlock& block) override {
    const std::lock_guard lock(mutex_);
    Heard& to = heard[block.q_head];
    to.order.push_back(block.index);
    to.key.insert(to.key.end(), block.key.begin(), block.key.end());
    to.mass.insert(to.mass.end(), block.mass.begin(), block.mass.end());
    to.rest.insert(to.rest.end(), block.rest.begin(), block.rest.end());
  }
  void on_row_sum(const AttentionRowSum& sum) override {
    const std::lock_guard lock(mutex_);
    Heard& to = heard[sum.q_head];
    to.order.push_back(1000 + sum.index);
    to.sum.insert(to.sum.end(), sum.sum.begin(), sum.sum.end());
  }
  std::map<std::int32_t, Heard> heard;

 private:
  std::mutex mutex_;
};

class SumsOnTheirWay : public DeviceTest {};

TEST_F(SumsOnTheirWay, AreTheSameHoweverTheyAreCut) {
  Random random;
  PagedStreams::Geometry geometry;
  geometry.type = DType::kBF16;
  geometry.head_dim = 32;
  geometry.entries = {170, 70, 61};
  const std::int64_t rows = 61;
  const AttentionInputs inputs(device(), geometry, rows, 2, 4.0F, random);
  std::vector<float> lse;
  for (std::int32_t q = 0; q < inputs.q_heads; ++q) {
    for (std::int64_t r = 0; r < rows; ++r) {
      lse.push_back(
          static_cast<float>(reference_softmax(reference_scores(inputs, r, q)).log_sum_exp));
    }
  }
  const DeviceArray<float> lse_device(device(), lse);
  MassInput input;
  input.cache = inputs.streams.layer();
  input.q = inputs.q_device.data();
  input.rows = rows;
  input.q_heads = inputs.q_heads;
  input.scale = inputs.scale;
  input.longest = 170;
  AttentionSums sums;
  for (std::int32_t first = 0; first < 56; first += 8) {
    sums.blocks.push_back({first, 7, 20, 0x1.0p-14F});
    sums.blocks.push_back({first + 7, 1, 300, 0x1.0p-20F});
  }
  sums.rows = {{40, 16, 0}, {56, 5, -30}, {0, 61, -1000}};

  std::map<std::int32_t, Heard> want;
  for (const auto& [means, softmax] : {std::pair{1 << 20, 1 << 20}, std::pair{1, 1},
                                       std::pair{3000, 4000}, std::pair{5000, 700}}) {
    MemoryLedger ledger;
    DeviceBlocks blocks(device());
    HostBlocks host(device());
    BufferPool buffers(ledger, blocks);
    Uploads uploads(device(), blocks, host);
    SumRecorder recorder(device(), host, buffers, uploads,
                         {.mean_floats = means, .row_floats = softmax});
    Listener listener;
    for (int layer = 0; layer < 2; ++layer) {
      listener.heard.clear();
      const Status done =
          recorder.record(layer, input, lse_device.data(), geometry.entries, sums, listener);
      ASSERT_TRUE(done.ok()) << done.error().message();
    }
    recorder.end_pass();
    ASSERT_TRUE(run());
    ASSERT_EQ(listener.heard.size(), 6U);
    if (want.empty()) {
      want = listener.heard;
      std::vector<std::int32_t> order;
      for (std::int32_t i = 0; i < 14; ++i) {
        order.push_back(i);
      }
      order.insert(order.end(), {1000, 1001, 1002});
      EXPECT_EQ(want[0].order, order);
      EXPECT_GT(want[0].key.size(), 500U);
      continue;
    }
    for (std::int32_t q = 0; q < 6; ++q) {
      EXPECT_TRUE(listener.heard[q] == want[q]) << means << ", " << softmax << ": " << q;
    }
  }
}

}  // namespace
}  // namespace kvfoot::cuda
