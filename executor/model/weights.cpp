// Resolves the tensors of a Llama model.
#include "executor/model/weights.hpp"

#include <cstdint>
#include <set>

#include "executor/model/safetensors.hpp"

namespace kvfoot {

namespace {

constexpr std::string_view kEmbed = "model.embed_tokens.weight";
constexpr std::string_view kFinalNorm = "model.norm.weight";
constexpr std::string_view kHead = "lm_head.weight";

using Shape = std::vector<std::int64_t>;

struct LayerTensor {
  std::string_view suffix;
  TensorView LayerWeights::* member;
  Shape (*shape)(const LlamaConfig&);
};

// In the order in which the forward pass reads them.
const LayerTensor kLayerTensors[] = {
    {"input_layernorm.weight", &LayerWeights::input_norm,
     [](const LlamaConfig& c) { return Shape{c.hidden_size}; }},
    {"self_attn.q_proj.weight", &LayerWeights::q,
     [](const LlamaConfig& c) { return Shape{c.q_rows(), c.hidden_size}; }},
    {"self_attn.k_proj.weight", &LayerWeights::k,
     [](const LlamaConfig& c) { return Shape{c.kv_rows(), c.hidden_size}; }},
    {"self_attn.v_proj.weight", &LayerWeights::v,
     [](const LlamaConfig& c) { return Shape{c.kv_rows(), c.hidden_size}; }},
    {"self_attn.o_proj.weight", &LayerWeights::o,
     [](const LlamaConfig& c) { return Shape{c.hidden_size, c.q_rows()}; }},
    {"post_attention_layernorm.weight", &LayerWeights::post_norm,
     [](const LlamaConfig& c) { return Shape{c.hidden_size}; }},
    {"mlp.gate_proj.weight", &LayerWeights::gate,
     [](const LlamaConfig& c) { return Shape{c.intermediate_size, c.hidden_size}; }},
    {"mlp.up_proj.weight", &LayerWeights::up,
     [](const LlamaConfig& c) { return Shape{c.intermediate_size, c.hidden_size}; }},
    {"mlp.down_proj.weight", &LayerWeights::down,
     [](const LlamaConfig& c) { return Shape{c.hidden_size, c.intermediate_size}; }},
};

std::string layer_tensor_name(std::int64_t layer, std::string_view suffix) {
  return "model.layers." + std::to_string(layer) + "." + std::string(suffix);
}

std::string shape_text(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  }
  return text + "]";
}

class Resolver {
 public:
  Resolver(LlamaWeights& weights, const TensorSource& source)
      : weights_(weights), source_(source) {}

  Status take(const std::string& name, const Shape& shape, TensorView& out) {
    const TensorView* found = source_.find(name);
    const std::string where = source_.where() + ": tensor " + name;
    if (found == nullptr) {
      const std::string type = source_.unusable_type(name);
      if (!type.empty()) {
        return Error{where, "has type " + type, "supported are F32, F16 and BF16"};
      }
      return Error{where, "is missing",
                   "config.json and the weights belong to different models, or a file is missing"};
    }
    if (found->shape != shape) {
      return Error{where, "has shape " + shape_text(found->shape) + ", config.json needs " +
                              shape_text(shape)};
    }
    out = *found;
    align(out);
    used_.insert(name);
    return {};
  }

  // Biases and foreign tensors would silently change what the model computes.
  Status refuse_unknown() const {
    for (const std::string& name : source_.names()) {
      const bool harmless = name.ends_with("rotary_emb.inv_freq") ||
                            (weights_.config.tie_word_embeddings && name == kHead);
      if (!used_.contains(name) && !harmless) {
        return Error{source_.where() + ": tensor " + name,
                     "is not part of a Llama model with this config.json"};
      }
    }
    return {};
  }

 private:
  void align(TensorView& view) {
    const std::size_t width = weight_bytes(view.type);
    if (reinterpret_cast<std::uintptr_t>(view.data) % width == 0) {
      return;
    }
    // operator new aligns for every scalar type.
    const std::shared_ptr<std::byte[]> copy(new std::byte[view.bytes()]);
    std::memcpy(copy.get(), view.data, view.bytes());
    view.data = copy.get();
    weights_.aligned.push_back(copy);
  }

  LlamaWeights& weights_;
  const TensorSource& source_;
  std::set<std::string, std::less<>> used_;
};

}  // namespace

std::vector<TensorSpec> llama_tensors(const LlamaConfig& config, WeightType type) {
  std::vector<TensorSpec> tensors;
  tensors.push_back({std::string(kEmbed), type, {config.vocab_size, config.hidden_size}});
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    for (const LayerTensor& tensor : kLayerTensors) {
      tensors.push_back({layer_tensor_name(layer, tensor.suffix), type, tensor.shape(config)});
    }
  }
  tensors.push_back({std::string(kFinalNorm), type, {config.hidden_size}});
  if (!config.tie_word_embeddings) {
    tensors.push_back({std::string(kHead), type, {config.vocab_size, config.hidden_size}});
  }
  return tensors;
}

Result<LlamaWeights> resolve_weights(const LlamaConfig& config,
                                     std::shared_ptr<const TensorSource> source) {
  KVFOOT_TRY(validate_config(config, source->where()));
  LlamaWeights weights;
  weights.config = config;
  Resolver resolver(weights, *source);
  const Shape table{config.vocab_size, config.hidden_size};
  KVFOOT_TRY(resolver.take(std::string(kEmbed), table, weights.embed));
  weights.layers.resize(static_cast<std::size_t>(config.layers));
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    for (const LayerTensor& tensor : kLayerTensors) {
      KVFOOT_TRY(resolver.take(layer_tensor_name(layer, tensor.suffix), tensor.shape(config),
                               weights.layers[static_cast<std::size_t>(layer)].*tensor.member));
    }
  }
  KVFOOT_TRY(resolver.take(std::string(kFinalNorm), {config.hidden_size}, weights.final_norm));
  if (config.tie_word_embeddings) {
    weights.lm_head = weights.embed;
  } else {
    KVFOOT_TRY(resolver.take(std::string(kHead), table, weights.lm_head));
  }
  KVFOOT_TRY(resolver.refuse_unknown());
  weights.source = std::move(source);
  return weights;
}

Result<LlamaWeights> load_llama(const std::filesystem::path& directory) {
  KVFOOT_ASSIGN(const LlamaConfig config, load_config(directory));
  KVFOOT_ASSIGN(auto file, SafetensorsFile::open(directory));
  return resolve_weights(config, std::shared_ptr<const TensorSource>(std::move(file)));
}

}  // namespace kvfoot
