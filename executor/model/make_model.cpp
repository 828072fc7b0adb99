// Seeded random checkpoints, in memory and on disk.
#include "executor/model/make_model.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <new>
#include <nlohmann/json.hpp>

#include "executor/model/random_tensor.hpp"
#include "executor/model/safetensors.hpp"
#include "sim/core/text.hpp"

namespace kvfoot {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kCacheLine = 64;
constexpr std::size_t kPiece = std::size_t{32} << 20;  // bytes made between two writes

struct AlignedDelete {
  void operator()(std::byte* data) const {
    ::operator delete[](data, std::align_val_t{kCacheLine});
  }
};

// Promises, or all tensors in one block, each at a multiple of a cache line.
class RandomTensors : public TensorSource {
 public:
  RandomTensors(std::span<const TensorSpec> specs, const RandomModelOptions& options) {
    for (const TensorSpec& spec : specs) {
      TensorView view;
      view.name = spec.name;
      view.type = spec.type;
      view.shape = spec.shape;
      view.random = model::random_elements(spec, options);
      tensors_.emplace(spec.name, std::move(view));
    }
  }

  // Makes what `promised` says.
  static Result<std::shared_ptr<const TensorSource>> make(const TensorSource& promised,
                                                          int threads) {
    auto made = std::make_shared<RandomTensors>();
    std::size_t total = 0;
    for (const std::string& name : promised.names()) {
      const TensorView& view = *promised.find(name);
      KVFOOT_CHECK(view.random.has_value(), name + " is not promised");
      total += room(view);
      made->tensors_.emplace(name, view);
    }
    void* block = ::operator new[](total, std::align_val_t{kCacheLine}, std::nothrow);
    if (block == nullptr) {
      return Error{made->where(),
                   "needs " + format_bytes(static_cast<std::int64_t>(total)) + " of memory",
                   "take a smaller shape or a 16-bit type", ErrorKind::kEnvironment};
    }
    made->block_.reset(static_cast<std::byte*>(block));
    std::byte* next = made->block_.get();
    for (auto& [name, view] : made->tensors_) {
      view.data = next;
      model::fill_random_parallel(*view.random, view.type, threads, 0, {next, view.bytes()});
      next += room(view);
    }
    return std::shared_ptr<const TensorSource>(std::move(made));
  }

  RandomTensors() = default;

  std::string where() const override { return "random model"; }
  std::vector<std::string> names() const override {
    std::vector<std::string> names;
    for (const auto& [name, view] : tensors_) {
      names.push_back(name);
    }
    return names;
  }
  const TensorView* find(std::string_view name) const override {
    const auto it = tensors_.find(name);
    return it == tensors_.end() ? nullptr : &it->second;
  }

 private:
  static std::size_t room(const TensorView& view) {
    return (view.bytes() + kCacheLine - 1) / kCacheLine * kCacheLine;
  }

  std::map<std::string, TensorView, std::less<>> tensors_;
  std::unique_ptr<std::byte[], AlignedDelete> block_;
};

std::uint64_t spec_bytes(const TensorSpec& spec) {
  std::uint64_t bytes = weight_bytes(spec.type);
  for (const std::int64_t extent : spec.shape) {
    bytes *= static_cast<std::uint64_t>(extent);
  }
  return bytes;
}

Status write_text(const fs::path& path, const std::string& text) {
  const fs::path temporary = path.string() + ".part";
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  std::error_code code;
  if (out) {
    fs::rename(temporary, path, code);
  }
  if (!out || code) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    return Error{path.string(), "cannot be written", "is the disk full?", ErrorKind::kEnvironment};
  }
  return {};
}

Status write_shard(const fs::path& path, std::span<const TensorSpec> specs,
                   const RandomModelOptions& options, std::vector<std::byte>& piece) {
  KVFOOT_ASSIGN(const auto writer, SafetensorsWriter::create(path, specs));
  for (const TensorSpec& spec : specs) {
    const std::uint64_t bytes = spec_bytes(spec);
    for (std::uint64_t done = 0; done < bytes; done += kPiece) {
      piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, bytes - done)));
      model::fill_random_parallel(model::random_elements(spec, options), spec.type, options.threads,
                                  done / weight_bytes(spec.type), piece);
      KVFOOT_TRY(writer->write(piece));
    }
  }
  return writer->finish();
}

// Consecutive tensors per file, none split, as many as fit.
std::vector<std::vector<TensorSpec>> cut_shards(const std::vector<TensorSpec>& specs,
                                                std::uint64_t limit) {
  std::vector<std::vector<TensorSpec>> shards(1);
  std::uint64_t filled = 0;
  for (const TensorSpec& spec : specs) {
    const std::uint64_t bytes = spec_bytes(spec);
    if (limit != 0 && filled != 0 && filled + bytes > limit) {
      shards.emplace_back();
      filled = 0;
    }
    shards.back().push_back(spec);
    filled += bytes;
  }
  return shards;
}

std::string shard_name(std::size_t index, std::size_t count) {
  char name[64];
  std::snprintf(name, sizeof name, "model-%05zu-of-%05zu.safetensors", index + 1, count);
  return name;
}

Status write_weights(const fs::path& directory, const LlamaConfig& config,
                     const RandomModelOptions& options, std::uint64_t max_shard_bytes) {
  const auto shards = cut_shards(llama_tensors(config, options.type), max_shard_bytes);
  std::vector<std::byte> piece;
  if (shards.size() == 1) {
    return write_shard(directory / "model.safetensors", shards.front(), options, piece);
  }
  nlohmann::ordered_json index;
  std::uint64_t total = 0;
  index["metadata"]["total_size"] = 0;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    const std::string name = shard_name(i, shards.size());
    KVFOOT_TRY(write_shard(directory / name, shards[i], options, piece));
    for (const TensorSpec& spec : shards[i]) {
      index["weight_map"][spec.name] = name;
      total += spec_bytes(spec);
    }
  }
  index["metadata"]["total_size"] = total;
  return write_text(directory / "model.safetensors.index.json", index.dump(2) + "\n");
}

Status check_space(const fs::path& directory, const LlamaConfig& config, WeightType type) {
  const auto needed = config.parameter_count() * static_cast<std::int64_t>(weight_bytes(type));
  std::error_code code;
  const fs::space_info space = fs::space(directory, code);
  if (!code && space.available < static_cast<std::uintmax_t>(needed)) {
    return Error{directory.string(),
                 "the model needs " + format_bytes(needed) + ", the disk has " +
                     format_bytes(static_cast<std::int64_t>(space.available)) + " left",
                 "", ErrorKind::kEnvironment};
  }
  return {};
}

Status write_files(const fs::path& directory, LlamaConfig config, const RandomModelOptions& options,
                   std::uint64_t max_shard_bytes) {
  KVFOOT_TRY(check_space(directory, config, options.type));
  config.weight_type = options.type;
  KVFOOT_TRY(write_weights(directory, config, options, max_shard_bytes));
  if (config.vocab_size >= kByteTokenizerVocab) {
    if (!config.bos_token_id) {
      config.bos_token_id = kByteTokenizerBos;
    }
    if (config.eos_token_ids.empty()) {
      config.eos_token_ids = {kByteTokenizerEos, kByteTokenizerEot};
    }
    KVFOOT_TRY(write_text(directory / "tokenizer.json", byte_tokenizer_json()));
  }
  return write_text(directory / "config.json", config_to_json(config));
}

// Takes back what write_files made before it failed; other files are not ours to delete.
void remove_files(const fs::path& directory) {
  std::error_code code;
  std::vector<fs::path> ours;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, code)) {
    const std::string name = entry.path().filename().string();
    const bool weights = name.starts_with("model") &&
                         (name.ends_with(".safetensors") || name.ends_with(".index.json"));
    if (weights || name == "tokenizer.json" || name == "config.json") {
      ours.push_back(entry.path());
    }
  }
  for (const fs::path& path : ours) {
    fs::remove(path, code);
  }
}

Status check_options(const RandomModelOptions& options) {
  const auto usable = [](double scale) { return scale >= 0.0 && scale <= 1e6; };
  if (!usable(options.weight_scale) || !usable(options.attention_scale)) {
    return Error{"random model", "scales must be from 0 to 1e6"};
  }
  return {};
}

}  // namespace

Result<LlamaWeights> promise_random_llama(const LlamaConfig& config,
                                          const RandomModelOptions& options) {
  KVFOOT_TRY(validate_config(config, "random model"));
  KVFOOT_TRY(check_options(options));
  return resolve_weights(
      config, std::make_shared<const RandomTensors>(llama_tensors(config, options.type), options));
}

Result<LlamaWeights> make_promised_llama(const LlamaWeights& promised, int threads) {
  KVFOOT_ASSIGN(auto made, RandomTensors::make(*promised.source, threads));
  return resolve_weights(promised.config, std::move(made));
}

LlamaConfig config_of_shape(const ModelShape& shape) {
  LlamaConfig config;
  config.hidden_size = shape.hidden;
  config.intermediate_size = shape.ffn;
  config.layers = shape.layers;
  config.heads = shape.q_heads;
  config.kv_heads = shape.kv_heads;
  config.head_dim = shape.head_dim;
  config.vocab_size = shape.vocab;
  config.max_position_embeddings = 131072;
  config.rms_norm_eps = 1e-5;
  config.rope.theta = 500000;
  config.tie_word_embeddings = shape.tied_embeddings;
  return config;
}

Result<LlamaWeights> make_random_llama(const LlamaConfig& config,
                                       const RandomModelOptions& options) {
  KVFOOT_ASSIGN(const LlamaWeights promised, promise_random_llama(config, options));
  return make_promised_llama(promised, options.threads);
}

Status write_random_llama(const fs::path& directory, LlamaConfig config,
                          const RandomModelOptions& options, std::uint64_t max_shard_bytes) {
  KVFOOT_TRY(validate_config(config, "random model"));
  KVFOOT_TRY(check_options(options));
  std::error_code code;
  const bool existed = fs::exists(directory, code);
  if (existed && !(fs::is_directory(directory, code) && fs::is_empty(directory, code))) {
    return Error{directory.string(), "exists and is not an empty folder", "choose another folder"};
  }
  fs::create_directories(directory, code);
  if (code) {
    return Error{directory.string(), "cannot be created: " + code.message(), "",
                 ErrorKind::kEnvironment};
  }
  const Status written = write_files(directory, config, options, max_shard_bytes);
  if (!written) {
    remove_files(directory);
    if (!existed) {
      fs::remove(directory, code);  // only if it is empty
    }
  }
  return written;
}

}  // namespace kvfoot
