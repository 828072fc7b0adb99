// config.json: what Llama checkpoints say, what must be refused, and the rotary frequencies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "executor/model/config.hpp"
#include "tests/model/temp_folder.hpp"

namespace kvfoot {
namespace {

using Json = nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

Json llama_8b() {
  return Json::parse(R"({
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu",
    "attention_bias": false, "mlp_bias": false, "hidden_size": 4096, "intermediate_size": 14336,
    "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
    "vocab_size": 128256, "max_position_embeddings": 131072, "rms_norm_eps": 1e-05,
    "rope_theta": 500000.0, "tie_word_embeddings": false, "torch_dtype": "bfloat16",
    "rope_scaling": {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                     "original_max_position_embeddings": 8192, "rope_type": "llama3"},
    "bos_token_id": 128000, "eos_token_id": [128001, 128008, 128009],
    "pretraining_tp": 1, "use_cache": true, "transformers_version": "4.42.3"})");
}

LlamaConfig parsed(const Json& json) {
  auto config = parse_config(json.dump(), "config.json");
  EXPECT_TRUE(config.ok()) << config.error().message();
  return config.ok() ? *config : LlamaConfig{};
}

std::string error_of(const Json& json) {
  const auto config = parse_config(json.dump(), "config.json");
  return config.ok() ? "no error" : config.error().message();
}

TEST(Config, ReadsLlama8B) {
  const LlamaConfig config = parsed(llama_8b());
  EXPECT_EQ(config.hidden_size, 4096);
  EXPECT_EQ(config.intermediate_size, 14336);
  EXPECT_EQ(config.layers, 32);
  EXPECT_EQ(config.heads, 32);
  EXPECT_EQ(config.kv_heads, 8);
  EXPECT_EQ(config.group(), 4);
  EXPECT_EQ(config.head_dim, 128);  // absent: hidden_size / heads
  EXPECT_EQ(config.vocab_size, 128256);
  EXPECT_EQ(config.max_position_embeddings, 131072);
  EXPECT_EQ(config.rms_norm_eps, 1e-5);
  EXPECT_EQ(config.rope, (RopeConfig{RopeType::kLlama3, 500000.0, 8.0, 1.0, 4.0, 8192}));
  EXPECT_FALSE(config.tie_word_embeddings);
  EXPECT_EQ(config.weight_type, WeightType::kBF16);
  EXPECT_EQ(config.bos_token_id, 128000);
  EXPECT_EQ(config.eos_token_ids, (std::vector<std::int32_t>{128001, 128008, 128009}));
  EXPECT_EQ(config.parameter_count(), 8030261248);  // the "8.03 B" of the model card
  const ModelShape shape = model_shape(config, "x");
  EXPECT_EQ(shape.kv_heads, 8);
  EXPECT_EQ(entry_bytes(shape, DType::kBF16), 512);
}

TEST(Config, FillsDefaultsAsTransformersDoes) {
  Json json = llama_8b();
  for (const char* field :
       {"num_key_value_heads", "rms_norm_eps", "rope_theta", "rope_scaling",
        "max_position_embeddings", "tie_word_embeddings", "torch_dtype", "bos_token_id",
        "eos_token_id", "hidden_act", "architectures", "attention_bias", "mlp_bias"}) {
    json.erase(field);
  }
  const LlamaConfig config = parsed(json);
  EXPECT_EQ(config.kv_heads, 32);
  EXPECT_EQ(config.rms_norm_eps, 1e-6);
  EXPECT_EQ(config.rope, RopeConfig{});
  EXPECT_EQ(config.max_position_embeddings, 2048);
  EXPECT_FALSE(config.bos_token_id.has_value());
  EXPECT_TRUE(config.eos_token_ids.empty());
}

TEST(Config, ReadsOlderAndNewerSpellings) {
  Json json = llama_8b();
  json["rope_scaling"].erase("rope_type");
  json["rope_scaling"]["type"] = "llama3";
  EXPECT_EQ(parsed(json), parsed(llama_8b()));

  json = llama_8b();
  Json parameters = json["rope_scaling"];
  parameters["rope_theta"] = json["rope_theta"];
  json["rope_parameters"] = parameters;
  json.erase("rope_scaling");
  json.erase("rope_theta");
  json["dtype"] = json["torch_dtype"];
  json.erase("torch_dtype");
  EXPECT_EQ(parsed(json), parsed(llama_8b()));

  json = llama_8b();
  json["rope_scaling"] = {{"type", "linear"}, {"factor", 2}};
  EXPECT_EQ(parsed(json).rope.type, RopeType::kLinear);
  json["rope_scaling"] = {{"rope_type", "default"}};
  EXPECT_EQ(parsed(json).rope.type, RopeType::kDefault);

  json["eos_token_id"] = 7;
  EXPECT_EQ(parsed(json).eos_token_ids, std::vector<std::int32_t>{7});
}

TEST(Config, ComesBackFromItsOwnJson) {
  LlamaConfig config = parsed(llama_8b());
  EXPECT_EQ(*parse_config(config_to_json(config), "x"), config);
  config.rope = {};
  config.rope.type = RopeType::kLinear;
  config.rope.factor = 3.0;
  config.eos_token_ids = {5};
  config.bos_token_id.reset();
  config.tie_word_embeddings = true;
  config.head_dim = 64;
  EXPECT_EQ(*parse_config(config_to_json(config), "x"), config);
}

struct Mutation {
  const char* field;
  Json value;  // null with `erase`
  const char* expected;
};

TEST(Config, RefusesWhatItCannotCompute) {
  const Mutation mutations[] = {
      {"hidden_size", nullptr, "config.json: hidden_size: the field is missing"},
      {"vocab_size", nullptr, "vocab_size: the field is missing"},
      {"num_hidden_layers", nullptr, "num_hidden_layers"},
      {"hidden_size", "4096", "hidden_size: must be an integer, found a string"},
      {"hidden_size", 4096.5, "must be an integer, found a fraction"},
      {"hidden_size", 0, "is 0, must be from 1 to"},
      {"hidden_size", -4096, "is -4096, must be from 1 to"},
      {"hidden_size", 18446744073709551615ULL, "is 18446744073709551615, must be from"},
      {"hidden_size", 4097, "hidden_size 4097 is no multiple of num_attention_heads 32"},
      {"num_key_value_heads", 5, "does not divide num_attention_heads 32"},
      {"num_key_value_heads", 64, "does not divide"},
      {"head_dim", 33, "must be even"},
      {"num_hidden_layers", 5000, "num_hidden_layers: is 5000"},
      {"model_type", "mistral", "model_type: is \"mistral\", only \"llama\" is supported"},
      {"architectures", Json::array({"LlamaForSequenceClassification"}), "LlamaForCausalLM"},
      {"architectures", "LlamaForCausalLM", "architectures: must be a list"},
      {"hidden_act", "gelu", "hidden_act: is \"gelu\""},
      {"attention_bias", true, "attention_bias: is true"},
      {"mlp_bias", true, "mlp_bias: is true"},
      {"mlp_bias", 1, "must be true or false, found an integer"},
      {"quantization_config", {{"bits", 4}}, "quantised"},
      {"torch_dtype", "float64", "\"float64\" is not supported"},
      {"rms_norm_eps", "1e-5", "rms_norm_eps: must be a number"},
      {"rms_norm_eps", -1.0, "rms_norm_eps"},
      {"rope_theta", 0.0, "rope_theta"},
      {"rope_scaling", "llama3", "rope_scaling: must be an object or null"},
      {"rope_scaling", {{"rope_type", "yarn"}, {"factor", 2.0}}, "supported are default, linear"},
      {"rope_scaling", {{"rope_type", "linear"}}, "rope_scaling.factor: the field is missing"},
      {"rope_scaling", {{"rope_type", "linear"}, {"type", "llama3"}}, "but type is \"llama3\""},
      {"rope_parameters", {{"rope_type", "default"}}, "contradicts rope_scaling"},
      {"rope_parameters", {{"rope_theta", 1e4}}, "rope_parameters.rope_theta: differs"},
      {"bos_token_id", 128256, "bos_token_id: is 128256, must be from 0 to 128255"},
      {"eos_token_id", Json::array({1, "x"}), "eos_token_id: the list holds \"x\""},
      {"eos_token_id", Json::array({1, 200000}), "which is no id from 0 to 128255"},
  };
  for (const Mutation& mutation : mutations) {
    Json json = llama_8b();
    json[mutation.field] = mutation.value;
    EXPECT_THAT(error_of(json), HasSubstr(mutation.expected)) << mutation.field;
  }
  Json json = llama_8b();
  json["rope_scaling"]["high_freq_factor"] = 1.0;
  EXPECT_THAT(error_of(json), HasSubstr("must be larger than low_freq_factor"));
  json = llama_8b();
  json.erase("model_type");
  json.erase("architectures");
  EXPECT_THAT(error_of(json), HasSubstr("model_type: the field is missing"));
}

TEST(Config, RefusesWhatIsNoJsonObject) {
  const auto message = [](std::string_view text) {
    return parse_config(text, "config.json").error().message();
  };
  EXPECT_THAT(message("{\n  \"a\": 1,\n  oops}"),
              AllOf(HasSubstr("config.json: not valid JSON"), HasSubstr("line 3")));
  EXPECT_THAT(message(""), HasSubstr("not valid JSON"));
  EXPECT_THAT(message("[1]"), HasSubstr("must hold a JSON object, found a list"));
  EXPECT_THAT(message(R"({"a": {"b": 1, "b": 2}})"), HasSubstr("\"b\" appears twice"));
  EXPECT_THAT(message(R"({"a": 1e999})"), HasSubstr("config.json"));
  EXPECT_THAT(message("{\"a\": " + std::string(100000, '[') + std::string(100000, ']') + "}"),
              HasSubstr("nested deeper"));
}

// What a file says may not steer the terminal that shows the error, nor flood it.
TEST(Config, ErrorsShowTextOfFilesHarmlessly) {
  Json json = llama_8b();
  json["model_type"] = "\x1b[2J\n" + std::string(100000, 'x');
  const std::string message = error_of(json);
  EXPECT_THAT(message, HasSubstr("is \"\\x1b[2J\\x0axxx"));
  EXPECT_THAT(message, HasSubstr("xxx...\", only"));
  EXPECT_LT(message.size(), 300u);
  json = llama_8b();
  json["eos_token_id"] = Json::array({std::string(3000, '\n')});
  EXPECT_LT(error_of(json).size(), 300u);
}

TEST(Config, GenerationConfigDecidesWhereToStop) {
  const TempFolder folder;
  EXPECT_THAT(load_config(folder.path()).error().message(), HasSubstr("has no config.json"));
  folder.write("config.json", llama_8b().dump());
  EXPECT_EQ(load_config(folder.path())->eos_token_ids.size(), 3u);
  folder.write("generation_config.json", R"({"eos_token_id": 128001, "temperature": 0.6})");
  const auto config = load_config(folder.path());
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->eos_token_ids, std::vector<std::int32_t>{128001});
  EXPECT_EQ(config->bos_token_id, 128000);  // the file does not speak of it
  folder.write("generation_config.json", R"({"eos_token_id": 999999})");
  EXPECT_THAT(load_config(folder.path()).error().message(),
              HasSubstr("generation_config.json: eos_token_id"));
}

// Published models; values computed in double from the definition (methods, section 6.4).
TEST(Rope, Llama3VectorsOf8BAnd1B) {
  LlamaConfig config = parsed(llama_8b());
  const std::vector<double> big = rope_inverse_frequencies(config);
  ASSERT_EQ(big.size(), 64u);
  const auto close = [](double value, double wanted) {
    EXPECT_NEAR(value / wanted, 1.0, 1e-9) << wanted;
  };
  for (std::size_t k = 0; k <= 28; ++k) {
    EXPECT_EQ(big[k], std::pow(500000.0, -2.0 * static_cast<double>(k) / 128.0));
  }
  close(big[28], 3.211445995e-03);
  close(big[29], 2.166570764e-03);
  close(big[31], 8.567514129e-04);
  close(big[34], 1.785078128e-04);
  close(big[35], 9.556212354e-05);
  close(big[63], 3.068925989e-07);

  config.head_dim = 64;
  config.rope.factor = 32.0;
  const std::vector<double> small = rope_inverse_frequencies(config);
  ASSERT_EQ(small.size(), 32u);
  close(small[15], 1.290547928e-03);
  close(small[16], 4.295567966e-04);
  close(small[17], 9.708287803e-05);
  close(small[31], 9.418306725e-08);
}

TEST(Rope, LinearDividesEveryFrequency) {
  LlamaConfig config;
  config.head_dim = 4;
  config.rope.theta = 100.0;
  EXPECT_EQ(rope_inverse_frequencies(config), (std::vector<double>{1.0, 0.1}));
  config.rope.type = RopeType::kLinear;
  config.rope.factor = 4.0;
  EXPECT_EQ(rope_inverse_frequencies(config), (std::vector<double>{0.25, 0.1 / 4.0}));
}

}  // namespace
}  // namespace kvfoot
