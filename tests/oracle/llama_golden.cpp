// Reads the golden files of make_llama_goldens.py.
#include "tests/oracle/llama_golden.hpp"

#include "executor/model/safetensors.hpp"

namespace kvfoot::oracle {

namespace {

std::vector<float> read_floats(const TensorSource& file, std::string_view name) {
  const TensorView* view = file.find(name);
  KVFOOT_CHECK(view != nullptr, name);
  std::vector<float> values(view->elements());
  load_weights(view->data, view->type, 0, values);
  return values;
}

std::vector<std::int32_t> read_integers(const TensorSource& file, std::string_view name) {
  std::vector<std::int32_t> values;
  for (const float value : read_floats(file, name)) {
    values.push_back(static_cast<std::int32_t>(value));
  }
  return values;
}

std::vector<std::vector<float>> read_rows(const TensorSource& file, std::string_view name) {
  const std::vector<float> flat = read_floats(file, name);
  const auto count = static_cast<std::size_t>(file.find(name)->rows());
  std::vector<std::vector<float>> rows(count);
  const std::size_t width = flat.size() / count;
  for (std::size_t i = 0; i < count; ++i) {
    rows[i].assign(flat.begin() + static_cast<std::ptrdiff_t>(i * width),
                   flat.begin() + static_cast<std::ptrdiff_t>((i + 1) * width));
  }
  return rows;
}

}  // namespace

LlamaGolden read_llama_golden(std::string_view name) {
  const std::string path =
      std::string(KVFOOT_SOURCE_DIR "/tests/oracle/llama_") + std::string(name) + ".safetensors";
  auto opened = SafetensorsFile::open(path);
  KVFOOT_CHECK(opened.ok(), opened.error().message());
  const TensorSource& file = **opened;
  LlamaGolden golden;
  golden.tokens = read_integers(file, "tokens");
  golden.rows = read_integers(file, "rows");
  golden.logits = read_rows(file, "logits");
  golden.greedy = read_integers(file, "greedy");
  golden.greedy_margins = read_floats(file, "greedy_margins");
  golden.greedy_logits = read_rows(file, "greedy_logits");
  return golden;
}

}  // namespace kvfoot::oracle
