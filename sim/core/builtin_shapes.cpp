// Published models by name.
#include <array>
#include <string>
#include <vector>

#include "sim/core/shape.hpp"
#include "sim/core/text.hpp"

namespace kvfoot {
namespace {

// Sources: the models' published config.json files. Fields in the order of ModelShape; the windows
// of hybrids and the pattern of their layers, latent attention, experts.
const std::array<ModelShape, 16> kShapes{{
    {"llama-2-7b", 32, 32, 32, 128, 4096, 11008, 32000, false},
    {"llama-2-70b", 80, 64, 8, 128, 8192, 28672, 32000, false},
    {"llama-3.1-8b", 32, 32, 8, 128, 4096, 14336, 128256, false},
    {"llama-3.1-70b", 80, 64, 8, 128, 8192, 28672, 128256, false},
    {"llama-3.1-405b", 126, 128, 8, 128, 16384, 53248, 128256, false},
    {"llama-3.2-1b", 16, 32, 8, 64, 2048, 8192, 128256, true},
    {"llama-3.2-3b", 28, 24, 8, 128, 3072, 8192, 128256, true},
    {"qwen2.5-7b", 28, 28, 4, 128, 3584, 18944, 152064, false},
    {"qwen3-8b", 36, 32, 8, 128, 4096, 12288, 151936, false},
    {"mistral-7b-v0.1", 32, 32, 8, 128, 4096, 14336, 32000, false, {4096, "s"}},
    {"mistral-7b-v0.3", 32, 32, 8, 128, 4096, 14336, 32768, false},
    {"gemma-2-9b", 42, 16, 8, 256, 3584, 14336, 256000, true, {4096, "sf"}},
    {"gemma-3-12b", 48, 16, 8, 256, 3840, 15360, 262208, true, {1024, "sssssf"}},
    {"gpt-oss-20b", 24, 64, 8, 64, 2880, 2880, 201088, false, {128, "sf"}, {}, {32, 4, 0, 2880}},
    {"gpt-oss-120b", 36, 64, 8, 64, 2880, 2880, 201088, false, {128, "sf"}, {}, {128, 4, 0, 2880}},
    {"deepseek-v3",
     61,
     128,
     1,
     192,
     7168,
     18432,
     129280,
     false,
     {},
     {512, 64, 128, 1536},
     {256, 8, 1, 2048, 3}},
}};

}  // namespace

std::span<const ModelShape> builtin_shapes() { return kShapes; }

Result<ModelShape> builtin_shape(std::string_view name) {
  std::vector<std::string> names;
  for (const ModelShape& shape : kShapes) {
    if (shape.name == name) {
      return shape;
    }
    names.push_back(shape.name);
  }
  return Error{"shape", "'" + std::string(name) + "' is not a built-in shape",
               suggestion(name, names) + " (or give a config.json)"};
}

}  // namespace kvfoot
