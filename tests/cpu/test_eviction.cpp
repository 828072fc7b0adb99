// The backend while entries are struck from its cache, held against plain vectors in double; what
// observers see; what the allocator counts.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

#include "sim/core/hash.hpp"
#include "tests/cpu/naive_cache.hpp"
#include "tests/cpu/support.hpp"

namespace kvfoot::cpu_test {
namespace {

// Keeps about two thirds of every head, its own choice per stream; patch entries always go.
std::vector<std::int32_t> choose(std::uint64_t seed, std::int64_t pass, std::int64_t layer,
                                 std::int64_t head, std::int64_t size, std::int64_t patch) {
  std::vector<std::int32_t> kept;
  for (std::int64_t i = 0; i < size - patch; ++i) {
    if (i == 0 || below(hash_words(seed, pass, layer, head, i), 3) != 0) {
      kept.push_back(static_cast<std::int32_t>(i));
    }
  }
  return kept;
}

struct Step {
  std::int64_t rows;
  std::int64_t patch;
};
const std::vector<Step> kSteps = {{40, 0}, {17, 5}, {70, 3}, {1, 0}, {1, 0}, {33, 0}, {1, 0}};

struct Setting {
  bool copies = false;
  bool reindex = false;
  std::int64_t block = 16;
  DType dtype = DType::kF32;
  bool evict = true;
  bool same_sets = false;  // query heads of a group keep the same entries
};

class Rehearsal {
 public:
  Rehearsal(const Setting& setting, int threads, AttentionObserver* observer, bool accumulate)
      : setting_(setting), weights_(small_weights()), model_(backend(weights_, threads)) {
    options_.storage = setting.copies ? Storage::kQueryHeads : Storage::kKvHeads;
    options_.reindex = setting.reindex;
    options_.block = setting.block;
    options_.dtype = setting.dtype;
    options_.needs.accumulated = accumulate;
    KVFOOT_CHECK(model_->reset(options_).ok());
    model_->observe(observer);
  }

  [[nodiscard]] std::int32_t heads() const {
    return setting_.copies ? model_->shape().q_heads : model_->shape().kv_heads;
  }

  // Calls after_attend(layer, pass) between attention and eviction of every layer.
  template <class Check>
  std::vector<std::vector<float>> go(Check&& after_attend) {
    std::vector<std::vector<float>> logits;
    std::vector<std::int64_t> sizes(static_cast<std::size_t>(model_->shape().layers * heads()), 0);
    std::int64_t pass = 0;
    TokenPos first = 0;
    for (const Step& step : kSteps) {
      const std::int64_t rows = step.rows + step.patch;
      const auto ids = tokens(rows, 131, static_cast<std::uint64_t>(pass));
      std::vector<TokenPos> positions(ids.size());
      std::iota(positions.begin(), positions.end(), first);
      first += static_cast<TokenPos>(step.rows);
      begin(ids, positions);
      KVFOOT_CHECK(model_->begin_pass(ids, positions, step.patch).ok());
      for (std::int32_t layer = 0; layer < model_->shape().layers; ++layer) {
        KVFOOT_CHECK(model_->attend(layer).ok());
        after_attend(layer, step);
        for (std::int32_t head = 0; head < heads(); ++head) {
          auto& size = sizes[static_cast<std::size_t>(layer * heads() + head)];
          size += rows;
          if (!setting_.evict) {
            continue;
          }
          const std::int32_t choice =
              setting_.same_sets && setting_.copies ? head / model_->shape().group() : head;
          const auto kept = choose(9, pass, layer, choice, size, step.patch);
          model_->attention().retain(head, kept);
          model_->retain(layer, head, kept);
          retained(layer, head, kept);
          size = static_cast<std::int64_t>(kept.size());
        }
        KVFOOT_CHECK(model_->feed_forward(layer).ok());
        fed(layer);
      }
      for (std::int64_t r = 0; r < rows; ++r) {
        const auto row = model_->logits(r).value();
        logits.emplace_back(row.begin(), row.end());
        checked(r, logits.back());
      }
      std::int64_t pages = 0;
      for (const std::int64_t size : sizes) {
        pages += (size + setting_.block - 1) / setting_.block;
      }
      EXPECT_EQ(model_->counters().kv_pages, pages);
      const std::int64_t scalar = setting_.dtype == DType::kF32 ? 4 : 2;
      EXPECT_EQ(model_->counters().kv_bytes, pages * setting_.block * 2 * 16 * scalar);
      ++pass;
    }
    return logits;
  }
  std::vector<std::vector<float>> go() {
    return go([](std::int32_t, const Step&) {});
  }

  Backend& model() { return *model_; }
  void follow(NaiveCache* twin) { twin_ = twin; }
  [[nodiscard]] const LlamaWeights& weights() const { return weights_; }
  [[nodiscard]] double worst() const { return worst_; }

 private:
  void begin(std::span<const std::int32_t> ids, std::span<const TokenPos> positions) {
    if (twin_ != nullptr) {
      twin_->begin_pass(ids, positions);
      twin_->attend(0);
    }
  }
  void retained(std::int32_t layer, std::int32_t head, std::span<const std::int32_t> kept) {
    if (twin_ != nullptr) {
      twin_->retain(layer, head, kept);
    }
  }
  void fed(std::int32_t layer) {
    if (twin_ != nullptr) {
      twin_->feed_forward(layer);
      if (layer + 1 < model_->shape().layers) {
        twin_->attend(layer + 1);
      }
    }
  }
  void checked(std::int64_t row, const std::vector<float>& logits) {
    if (twin_ != nullptr) {
      const auto expected = twin_->logits(row);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        worst_ = std::max(worst_, std::abs(expected[i] - static_cast<double>(logits[i])));
      }
    }
  }

  Setting setting_;
  LlamaWeights weights_;
  std::unique_ptr<Backend> model_;
  CacheOptions options_;
  NaiveCache* twin_ = nullptr;
  double worst_ = 0;
};

double worst_against_twin(const Setting& setting) {
  Rehearsal run(setting, 2, nullptr, false);
  NaiveCache twin(run.weights(), setting.copies, setting.reindex);
  run.follow(&twin);
  run.go();
  return run.worst();
}

TEST(Eviction, LogitsAgreeWithTheNaiveCache) {
  for (const bool copies : {false, true}) {
    for (const bool reindex : {false, true}) {
      for (const std::int64_t block : {1, 7, 16}) {
        Setting setting;
        setting.copies = copies;
        setting.reindex = reindex;
        setting.block = block;
        const double worst = worst_against_twin(setting);
        EXPECT_LT(worst, 1e-4) << "copies " << copies << " reindex " << reindex;
        EXPECT_GT(worst, 0.0);
      }
    }
  }
}

// Rounding K and V to 8 or 11 bits moves logits of order 1 by tens of ulps of the type, so eight
// times more in the shorter one.
TEST(Eviction, AReducedCacheStaysNear) {
  Setting setting;
  setting.dtype = DType::kBF16;
  const double brain = worst_against_twin(setting);
  setting.dtype = DType::kF16;
  const double half = worst_against_twin(setting);
  EXPECT_LT(brain, 64 * 0x1p-8);
  EXPECT_LT(half, 64 * 0x1p-11);
  EXPECT_GT(half, 0x1p-11);
  EXPECT_GT(brain, 3 * half);
}

TEST(Eviction, CopiesPerQueryHeadChangeNothingWhenTheyKeepTheSame) {
  Setting grouped;
  Setting copied;
  copied.copies = true;
  copied.same_sets = true;
  EXPECT_EQ(Rehearsal(copied, 2, nullptr, false).go(), Rehearsal(grouped, 2, nullptr, false).go());
}

TEST(Eviction, ReindexingAFullCacheIsTheUsualModel) {
  // The patch rows of a real run are dropped; without eviction they would stay, so none here.
  const auto prompt = tokens(150, 131);
  auto usual = backend(small_weights(), 2);
  auto reindexed = backend(small_weights(), 2);
  CacheOptions options;
  options.reindex = true;
  ASSERT_TRUE(reindexed->reset(options).ok());
  EXPECT_EQ(run_chunks(*reindexed, prompt, 31), run_chunks(*usual, prompt, 150));
}

// Collects the rows and checks the order of calls.
class Collector final : public AttentionObserver {
 public:
  void on_tile(const AttentionTile& tile) override {
    auto& rows = layers[{tile.layer, tile.q_head}];
    if (tile.first_row == 0) {
      rows.clear();
    }
    if (tile.first_row != static_cast<std::int32_t>(rows.size())) {
      ++out_of_order;
      return;
    }
    for (std::int32_t r = 0; r < tile.rows; ++r) {
      const float* p = tile.probability + r * tile.stride;
      const std::int64_t seen = tile.past + tile.first_row + r + 1;
      rows.emplace_back(p, p + seen);
      log_sums[{tile.layer, tile.q_head}] = tile.log_sum_exp[r];
    }
  }
  // Filled before the threads start, so that the map itself is never changed by them.
  void expect(std::int32_t layer_count, std::int32_t q_heads) {
    for (std::int32_t l = 0; l < layer_count; ++l) {
      for (std::int32_t q = 0; q < q_heads; ++q) {
        layers[{l, q}];
        log_sums[{l, q}];
      }
    }
  }
  std::map<std::pair<std::int32_t, std::int32_t>, std::vector<std::vector<float>>> layers;
  std::map<std::pair<std::int32_t, std::int32_t>, float> log_sums;
  std::atomic<int> out_of_order = 0;
};

TEST(Recording, ObserversSeeEverySoftmaxRowInOrder) {
  for (const bool copies : {false, true}) {
    Setting setting;
    setting.copies = copies;
    Collector collector;
    collector.expect(3, 4);
    Rehearsal run(setting, 2, &collector, false);
    NaiveCache twin(run.weights(), copies, false);
    run.follow(&twin);
    std::int64_t compared = 0;
    run.go([&](std::int32_t layer, const Step& step) {
      for (std::int32_t q = 0; q < 4; ++q) {
        const auto& rows = collector.layers[{layer, q}];
        ASSERT_EQ(rows.size(), static_cast<std::size_t>(step.rows + step.patch));
        for (std::size_t r = 0; r < rows.size(); ++r) {
          const auto& expected = twin.probability(q, static_cast<std::int64_t>(r));
          ASSERT_EQ(rows[r].size(), expected.size());
          for (std::size_t j = 0; j < expected.size(); ++j) {
            ASSERT_NEAR(rows[r][j], expected[j], 2e-5);
            ++compared;
          }
        }
      }
    });
    EXPECT_EQ(collector.out_of_order, 0);
    EXPECT_GT(compared, 50000);
  }
}

TEST(Recording, ChangesNoOutput) {
  for (const bool reindex : {false, true}) {
    Setting setting;
    setting.reindex = reindex;
    const auto plain = Rehearsal(setting, 2, nullptr, false).go();
    Collector collector;
    collector.expect(3, 4);
    EXPECT_EQ(Rehearsal(setting, 2, &collector, false).go(), plain);
    EXPECT_EQ(Rehearsal(setting, 3, nullptr, true).go(), plain);
  }
}

// H2O's sums: every row so far, patch rows left out, compacted with the cache; the live answer is
// the same whether somebody observes or not, and whatever the number of threads.
TEST(Recording, AccumulatedMassIsTheSumOfTheRowsSoFar) {
  Setting setting;
  std::vector<std::vector<float>> answers[2];
  for (const int threads : {1, 3}) {
    Rehearsal run(setting, threads, nullptr, true);
    NaiveCache twin(run.weights(), false, false);
    run.follow(&twin);
    std::map<std::pair<std::int32_t, std::int32_t>, std::vector<double>> sums;
    std::int64_t pass = 0;
    run.go([&](std::int32_t layer, const Step& step) {
      for (std::int32_t head = 0; head < 2; ++head) {
        const std::size_t size = twin.size(layer, head);
        std::vector<double> expected(size, 0.0);
        for (std::int32_t h = 0; h < 2; ++h) {
          auto& sum = sums[{layer, 2 * head + h}];
          sum.resize(size, 0.0);
          for (std::int64_t r = 0; r < step.rows; ++r) {
            const auto& p = twin.probability(2 * head + h, r);
            for (std::size_t j = 0; j < p.size(); ++j) {
              sum[j] += p[j];
            }
          }
          for (std::size_t j = 0; j < size; ++j) {
            expected[j] += sum[j] / 2;
          }
          std::vector<double> left;
          for (const std::int32_t i :
               choose(9, pass, layer, head, static_cast<std::int64_t>(size), step.patch)) {
            left.push_back(sum[static_cast<std::size_t>(i)]);
          }
          sum = left;
        }
        const auto got =
            run.model().attention().answer({AttentionQuery::Kind::kAccumulatedMass}, head).value();
        ASSERT_EQ(got.size(), size);
        for (std::size_t j = 0; j < size; ++j) {
          ASSERT_NEAR(got[j], expected[j], 2e-4) << "layer " << layer << " head " << head;
        }
        answers[threads == 1 ? 0 : 1].emplace_back(got.begin(), got.end());
      }
      if (layer == 2) {
        ++pass;
      }
    });
  }
  EXPECT_EQ(answers[0], answers[1]);
  EXPECT_EQ(answers[0].size(), kSteps.size() * 6);
}

TEST(Counters, ThePeakIsTheLargestMomentNotTheEnd) {
  auto model = backend(small_weights());
  CacheOptions options;
  options.block = 4;
  ASSERT_TRUE(model->reset(options).ok());
  model->reset_peak();
  const auto ids = tokens(40, 131);
  std::vector<TokenPos> positions(40);
  std::iota(positions.begin(), positions.end(), 0);
  ASSERT_TRUE(model->begin_pass(ids, positions, 0).ok());
  const std::vector<std::int32_t> kept = {0, 1, 2, 38, 39};
  for (std::int32_t layer = 0; layer < 3; ++layer) {
    ASSERT_TRUE(model->attend(layer).ok());
    for (std::int32_t head = 0; head < 2; ++head) {
      model->retain(layer, head, kept);
    }
    ASSERT_TRUE(model->feed_forward(layer).ok());
  }
  // Five entries are two pages of four; a layer holds twenty pages before it is trimmed.
  const std::int64_t page = 4 * 2 * 16 * 4;
  EXPECT_EQ(model->counters().kv_pages, 3 * 2 * 2);
  EXPECT_EQ(model->counters().kv_bytes, 12 * page);
  EXPECT_EQ(model->counters().kv_peak_bytes, (2 * 2 * 2 + 20) * page);
  model->reset_peak();
  EXPECT_EQ(model->counters().kv_peak_bytes, 12 * page);
}

TEST(Counters, WeightsAreThoseOfTheModelAndNormsOnceMoreInF32) {
  const LlamaConfig config = small_config();
  const std::int64_t norms = (2 * config.layers + 1) * config.hidden_size * 4;
  EXPECT_EQ(backend(small_weights())->counters().held[MemoryClass::kWeights],
            config.parameter_count() * 4 + norms);
  EXPECT_EQ(backend(small_weights(WeightType::kBF16))->counters().held[MemoryClass::kWeights],
            config.parameter_count() * 2 + norms);
}

TEST(KeyNorms, AreThoseOfThePassAsCached) {
  auto model = backend(small_weights(), 2);
  run_pass(*model, tokens(30, 131), 0);
  const auto ids = tokens(5, 131, 8);
  const std::vector<TokenPos> positions = {30, 31, 32, 33, 34};
  ASSERT_TRUE(model->begin_pass(ids, positions, 0).ok());
  ASSERT_TRUE(model->attend(0).ok());
  for (std::int32_t head = 0; head < 2; ++head) {
    const auto norms = model->key_norms(head);
    const auto all = model->attention().answer({AttentionQuery::Kind::kKeyNorm}, head).value();
    ASSERT_EQ(norms.size(), 5U);
    ASSERT_EQ(all.size(), 35U);
    for (std::size_t i = 0; i < 5; ++i) {
      EXPECT_EQ(norms[i], all[30 + i]);
      EXPECT_GT(norms[i], 0.0F);
    }
  }
}

TEST(Reset, StartsANewSequence) {
  auto model = backend(small_weights(), 2);
  const auto prompt = tokens(50, 131);
  const auto first = run_chunks(*model, prompt, 20);
  EXPECT_NE(run_chunks(*model, prompt, 20), first);  // the old entries are still there
  ASSERT_TRUE(model->reset({}).ok());
  EXPECT_EQ(model->counters().kv_pages, 0);
  EXPECT_EQ(run_chunks(*model, prompt, 20), first);
  CacheOptions bad;
  bad.block = 0;
  EXPECT_FALSE(model->reset(bad).ok());
}

}  // namespace
}  // namespace kvfoot::cpu_test
