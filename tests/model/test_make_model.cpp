// Random checkpoints: the same bytes in memory, on disk, sharded, on any number of threads.
#include "executor/model/make_model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <cstring>

#include "executor/model/random_tensor.hpp"
#include "executor/model/safetensors.hpp"
#include "executor/model/tokenizer.hpp"
#include "tests/model/temp_folder.hpp"

namespace kvfoot {
namespace {

using testing::HasSubstr;

LlamaConfig small() {
  LlamaConfig config;
  config.hidden_size = 96;
  config.intermediate_size = 160;
  config.layers = 2;
  config.heads = 6;
  config.kv_heads = 2;
  config.head_dim = 16;
  config.vocab_size = 1500;  // the embedding is larger than one tile of parallel work
  return config;
}

void expect_same(const LlamaWeights& a, const LlamaWeights& b) {
  ASSERT_EQ(a.source->names(), b.source->names());
  for (const std::string& name : a.source->names()) {
    const TensorView* left = a.source->find(name);
    const TensorView* right = b.source->find(name);
    ASSERT_EQ(left->bytes(), right->bytes());
    EXPECT_EQ(std::memcmp(left->data, right->data, left->bytes()), 0) << name;
  }
}

TEST(MakeModel, ThreadsAndPlaceChangeNothing) {
  for (const WeightType type : {WeightType::kF32, WeightType::kBF16, WeightType::kF16}) {
    RandomModelOptions options{.seed = 5, .type = type};
    const auto one = make_random_llama(small(), options);
    ASSERT_TRUE(one.ok()) << one.error().message();
    options.threads = 3;
    const auto three = make_random_llama(small(), options);
    ASSERT_TRUE(three.ok());
    expect_same(*one, *three);
    EXPECT_EQ(weights_fingerprint(*one->source), weights_fingerprint(*three->source));

    const TempFolder folder;
    ASSERT_TRUE(write_random_llama(folder / "single", small(), options).ok());
    ASSERT_TRUE(write_random_llama(folder / "sharded", small(), options, 100'000).ok());
    const auto single = load_llama(folder / "single");
    const auto sharded = load_llama(folder / "sharded");
    ASSERT_TRUE(single.ok()) << single.error().message();
    ASSERT_TRUE(sharded.ok()) << sharded.error().message();
    expect_same(*one, *single);
    expect_same(*one, *sharded);
    EXPECT_TRUE(std::filesystem::exists(folder / "sharded" / "model.safetensors.index.json"));
    EXPECT_EQ(single->config.weight_type, type);
    EXPECT_EQ(single->config.bos_token_id, kByteTokenizerBos);
  }
}

// Guards the generator itself: a change of these bits changes every golden file made from seeds.
TEST(MakeModel, TheFirstNumbersOfASeedAreFixed) {
  const TensorSpec spec{"model.layers.0.mlp.up_proj.weight", WeightType::kF32, {4, 64}};
  std::vector<std::byte> bytes(4 * 4);
  fill_random(model::random_elements(spec, {.seed = 1}), spec.type, 0, bytes);
  std::vector<float> values(4);
  std::memcpy(values.data(), bytes.data(), 16);
  std::vector<std::byte> tail(4 * 2);
  fill_random(model::random_elements(spec, {.seed = 1}), spec.type, 2, tail);
  EXPECT_EQ(std::memcmp(tail.data(), bytes.data() + 8, 8), 0);
  EXPECT_THAT(values,
              testing::ElementsAre(0x1.a3fec8p-5F, -0x1.33bc98p-5F, 0x1.92832ap-5F, 0x1.2323ep-3F));
}

// Large tensors are written in pieces that begin anywhere.
TEST(MakeModel, PiecesAreSlicesOfTheWhole) {
  const TensorSpec spec{"w", WeightType::kBF16, {500, 500}};
  const RandomModelOptions options{.seed = 3, .threads = 2};
  std::vector<std::byte> whole(250'000 * 2);
  fill_random(model::random_elements(spec, options), spec.type, 0, whole);
  std::vector<std::byte> piece(150'000 * 2);
  model::fill_random_parallel(model::random_elements(spec, options), spec.type, options.threads,
                              70'001, piece);
  EXPECT_EQ(std::memcmp(piece.data(), whole.data() + 70'001 * 2, piece.size()), 0);
}

TEST(MakeModel, MomentsAreWhatTheOptionsSay) {
  const auto deviation = [](const TensorView& view, double& mean) {
    double sum = 0.0;
    double squares = 0.0;
    for (std::size_t i = 0; i < view.elements(); ++i) {
      const double value = static_cast<double>(view.at(i));
      sum += value;
      squares += value * value;
    }
    const auto count = static_cast<double>(view.elements());
    mean = sum / count;
    return std::sqrt(squares / count - mean * mean);
  };
  const auto weights =
      make_random_llama(small(), {.seed = 9, .weight_scale = 2.0, .attention_scale = 3.0});
  ASSERT_TRUE(weights.ok());
  double mean = 0.0;
  const double unit = 2.0 / std::sqrt(96.0);
  EXPECT_NEAR(deviation(weights->embed, mean) / unit, 1.0, 0.01);
  EXPECT_NEAR(mean / unit, 0.0, 0.01);
  EXPECT_NEAR(deviation(weights->layers[1].q, mean) / unit, 3.0, 0.1);
  EXPECT_NEAR(deviation(weights->layers[1].k, mean) / unit, 3.0, 0.15);
  EXPECT_NEAR(deviation(weights->layers[1].v, mean) / unit, 1.0, 0.05);
  EXPECT_NEAR(deviation(weights->layers[0].input_norm, mean), 0.1, 0.03);
  EXPECT_NEAR(mean, 1.0, 0.05);
}

TEST(MakeModel, SeedsNamesAndShapesGiveDifferentFingerprints) {
  const auto print = [](const LlamaConfig& config, std::uint64_t seed) {
    return weights_fingerprint(*make_random_llama(config, {.seed = seed})->source);
  };
  LlamaConfig other = small();
  other.intermediate_size = 162;
  EXPECT_NE(print(small(), 1), print(small(), 2));
  EXPECT_NE(print(small(), 1), print(other, 1));
  EXPECT_EQ(print(small(), 1), print(small(), 1));
}

TEST(MakeModel, RefusesUnusableInput) {
  const TempFolder folder;
  folder.write("file", "x");
  EXPECT_THAT(write_random_llama(folder.path(), small(), {}).error().message(),
              HasSubstr("exists and is not an empty folder"));
  EXPECT_THAT(write_random_llama(folder / "file" / "below", small(), {}).error().message(),
              HasSubstr("cannot be created"));
  LlamaConfig odd = small();
  odd.head_dim = 3;
  EXPECT_THAT(make_random_llama(odd, {}).error().message(), HasSubstr("head_dim"));
  EXPECT_THAT(make_random_llama(small(), {.attention_scale = -1.0}).error().message(),
              HasSubstr("scales"));
}

TEST(MakeModel, AFullDiskLeavesNothingBehind) {
  const TempFolder folder;
  // A limit on the size of files stands for a full disk; the signal that it sends by default is
  // off.
  rlimit old{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small_files{200'000, old.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small_files), 0);
  // The first shard (embedding, 300 x 96 x 4 bytes) fits, up_proj of 1000 x 96 x 4 bytes does not.
  LlamaConfig config = small();
  config.vocab_size = 300;
  config.intermediate_size = 1000;
  const Status absent = write_random_llama(folder / "absent", config, {}, 150'000);
  std::filesystem::create_directory(folder / "empty");
  const Status empty = write_random_llama(folder / "empty", config, {}, 150'000);
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(absent.ok());
  EXPECT_EQ(absent.error().kind, ErrorKind::kEnvironment);
  EXPECT_FALSE(std::filesystem::exists(folder / "absent"));
  ASSERT_FALSE(empty.ok());
  EXPECT_TRUE(std::filesystem::is_empty(folder / "empty"));
  LlamaConfig huge = small();
  huge.vocab_size = kMaxDimension;
  huge.hidden_size = kMaxDimension;
  EXPECT_THAT(write_random_llama(folder / "huge", huge, {}).error().message(),
              HasSubstr("the disk has"));
  EXPECT_FALSE(std::filesystem::exists(folder / "huge"));
}

TEST(MakeModel, TheByteTokenizerIsPartOfTheModel) {
  const TempFolder folder;
  ASSERT_TRUE(write_random_llama(folder / "m", small(), {}).ok());
  const auto tokenizer = Tokenizer::load(folder / "m" / "tokenizer.json", small().vocab_size);
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.error().message();
  EXPECT_EQ(tokenizer->id_limit(), kByteTokenizerVocab);
  EXPECT_EQ(*tokenizer->encode("A\xff<|eot_id|>"), (std::vector<std::int32_t>{256, 65, 255, 260}));
  EXPECT_EQ(tokenizer->token_to_id("<|eot_id|>"), kByteTokenizerEot);
  EXPECT_EQ(tokenizer->token_to_id("<|end_of_text|>"), kByteTokenizerEos);
  LlamaConfig narrow = small();
  narrow.vocab_size = 200;
  ASSERT_TRUE(write_random_llama(folder / "n", narrow, {}).ok());
  EXPECT_FALSE(std::filesystem::exists(folder / "n" / "tokenizer.json"));
}

TEST(RandomModel, APromiseIsKeptByteForByte) {
  LlamaConfig config;
  config.hidden_size = 72;
  config.intermediate_size = 131;
  config.layers = 2;
  config.heads = 4;
  config.kv_heads = 2;
  config.head_dim = 18;
  config.vocab_size = 301;
  for (const WeightType type : {WeightType::kF32, WeightType::kBF16}) {
    const RandomModelOptions options{.seed = 5, .type = type, .attention_scale = 2.0, .threads = 2};
    const auto made = make_random_llama(config, options);
    const auto promised = promise_random_llama(config, options);
    ASSERT_TRUE(made.ok() && promised.ok());
    EXPECT_EQ(promised->embed.data, nullptr);
    EXPECT_EQ(weights_fingerprint(*promised->source), weights_fingerprint(*made->source));
    const auto kept = make_promised_llama(*promised, 1);
    ASSERT_TRUE(kept.ok());
    for (const std::string& name : made->source->names()) {
      EXPECT_TRUE(
          std::ranges::equal(kept->source->find(name)->span(), made->source->find(name)->span()))
          << name;
    }
  }
}

}  // namespace
}  // namespace kvfoot
