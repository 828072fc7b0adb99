// Resolving a model's tensors: what is missing, misshapen, foreign or unaligned.
#include "executor/model/weights.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "executor/model/make_model.hpp"
#include "executor/model/safetensors.hpp"
#include "tests/model/temp_folder.hpp"

namespace kvfoot {
namespace {

using testing::HasSubstr;

LlamaConfig tiny() {
  LlamaConfig config;
  config.hidden_size = 8;
  config.intermediate_size = 12;
  config.layers = 2;
  config.heads = 2;
  config.kv_heads = 1;
  config.head_dim = 4;
  config.vocab_size = 10;
  return config;
}

// Tensors that a test can take away, reshape and add to.
class TestSource : public TensorSource {
 public:
  explicit TestSource(const LlamaConfig& config) {
    for (const TensorSpec& spec : llama_tensors(config, WeightType::kF32)) {
      add(spec.name, spec.shape);
    }
  }
  void add(const std::string& name, std::vector<std::int64_t> shape) {
    TensorView view{name, WeightType::kF32, std::move(shape), bytes_};
    tensors[name] = view;
  }
  std::string where() const override { return "test"; }
  std::vector<std::string> names() const override {
    std::vector<std::string> names;
    for (const auto& [name, view] : tensors) {
      names.push_back(name);
    }
    return names;
  }
  const TensorView* find(std::string_view name) const override {
    const auto it = tensors.find(std::string(name));
    return it == tensors.end() ? nullptr : &it->second;
  }
  std::string unusable_type(std::string_view name) const override {
    return name == unusable ? "I64" : "";
  }

  std::map<std::string, TensorView> tensors;
  std::string unusable;

 private:
  alignas(64) std::byte bytes_[8 * 12 * 4]{};
};

std::string error_of(const LlamaConfig& config, const TestSource& source) {
  const auto weights = resolve_weights(config, std::make_shared<TestSource>(source));
  return weights.ok() ? "no error" : weights.error().message();
}

TEST(Weights, KnowsTheTensorsOfALlama) {
  const auto specs = llama_tensors(tiny(), WeightType::kBF16);
  ASSERT_EQ(specs.size(), 1u + 2u * 9u + 2u);
  EXPECT_EQ(specs[0].name, "model.embed_tokens.weight");
  EXPECT_EQ(specs[2].name, "model.layers.0.self_attn.q_proj.weight");
  EXPECT_THAT(specs[3].shape, testing::ElementsAre(4, 8));   // k_proj: one KV head of 4
  EXPECT_THAT(specs[9].shape, testing::ElementsAre(8, 12));  // down_proj
  EXPECT_EQ(specs.back().name, "lm_head.weight");
  std::int64_t elements = 0;
  for (const TensorSpec& spec : specs) {
    elements += spec.shape[0] * (spec.shape.size() > 1 ? spec.shape[1] : 1);
  }
  EXPECT_EQ(elements, tiny().parameter_count());
  LlamaConfig tied = tiny();
  tied.tie_word_embeddings = true;
  EXPECT_EQ(llama_tensors(tied, WeightType::kBF16).back().name, "model.norm.weight");
}

TEST(Weights, NamesWhatDoesNotFit) {
  const TestSource whole(tiny());
  EXPECT_EQ(error_of(tiny(), whole), "no error");

  TestSource source = whole;
  source.tensors.erase("model.layers.1.mlp.up_proj.weight");
  EXPECT_THAT(error_of(tiny(), source),
              HasSubstr("test: tensor model.layers.1.mlp.up_proj.weight: is missing"));
  source.unusable = "model.layers.1.mlp.up_proj.weight";
  EXPECT_THAT(error_of(tiny(), source), HasSubstr("has type I64; supported are F32"));

  source = whole;
  source.add("model.layers.0.self_attn.k_proj.weight", {8, 8});
  EXPECT_THAT(error_of(tiny(), source), HasSubstr("has shape [8, 8], config.json needs [4, 8]"));

  source = whole;
  source.add("model.layers.0.self_attn.q_proj.bias", {8});
  EXPECT_THAT(error_of(tiny(), source), HasSubstr("q_proj.bias: is not part of a Llama model"));

  source = whole;
  source.add("model.layers.0.self_attn.rotary_emb.inv_freq", {2});
  EXPECT_EQ(error_of(tiny(), source), "no error");

  LlamaConfig deeper = tiny();
  deeper.layers = 3;
  EXPECT_THAT(error_of(deeper, whole),
              HasSubstr("model.layers.2.input_layernorm.weight: is missing"));
  LlamaConfig shallower = tiny();
  shallower.layers = 1;
  EXPECT_THAT(error_of(shallower, whole), HasSubstr("model.layers.1."));
  LlamaConfig broken = tiny();
  broken.kv_heads = 0;
  EXPECT_THAT(error_of(broken, whole), HasSubstr("num_key_value_heads"));
}

TEST(Weights, TiedModelsUseTheEmbeddingTwice) {
  LlamaConfig config = tiny();
  config.tie_word_embeddings = true;
  const auto weights = resolve_weights(config, std::make_shared<TestSource>(config));
  ASSERT_TRUE(weights.ok()) << weights.error().message();
  EXPECT_EQ(weights->lm_head.data, weights->embed.data);
  // Some tied checkpoints store the head nevertheless.
  EXPECT_EQ(error_of(config, TestSource(tiny())), "no error");
  EXPECT_THAT(error_of(tiny(), TestSource(config)), HasSubstr("lm_head.weight: is missing"));
}

TEST(Weights, MapsFilesWithoutCopyingUnlessTheyAreUnaligned) {
  const TempFolder folder;
  const auto written = write_random_llama(folder / "m", tiny(), {});
  ASSERT_TRUE(written.ok()) << written.error().message();
  auto weights = load_llama(folder / "m");
  ASSERT_TRUE(weights.ok()) << weights.error().message();
  EXPECT_TRUE(weights->aligned.empty());
  EXPECT_EQ(weights->embed.data, weights->source->find("model.embed_tokens.weight")->data);

  // One space more in the header moves every tensor by one byte.
  std::string bytes = folder.read("m/model.safetensors");
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  bytes.insert(8 + static_cast<std::size_t>(length), " ");
  ++length;
  std::memcpy(bytes.data(), &length, 8);
  std::filesystem::create_directory(folder / "n");  // the file that is mapped must not change
  folder.write("n/model.safetensors", bytes);
  folder.write("n/config.json", folder.read("m/config.json"));
  auto shifted = load_llama(folder / "n");
  ASSERT_TRUE(shifted.ok()) << shifted.error().message();
  EXPECT_EQ(shifted->aligned.size(), 1u + 2u * 9u + 2u);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(shifted->embed.data) % 4, 0u);
  EXPECT_EQ(std::memcmp(shifted->embed.data, weights->embed.data, weights->embed.bytes()), 0);
}

}  // namespace
}  // namespace kvfoot
