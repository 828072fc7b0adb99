// Runs a checkpoint folder on two texts with full attention and writes what check_checkpoint.py
// compares with transformers: per case text.txt, tokens.txt, output.txt (greedy) and logits.f32,
// (tokens + output, vocab). Exit code 77: there is no such folder (what makes it was skipped).
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "executor/cpu/cpu_backend.hpp"
#include "executor/cuda/cuda_backend.hpp"
#include "executor/model/tokenizer.hpp"
#include "executor/model/weights.hpp"
#include "executor/task/task.hpp"
#include "sim/io/file.hpp"

namespace kvfoot {
namespace {

constexpr std::size_t kChunk = 96;  // does not divide the prompts
constexpr std::size_t kOutput = 24;

// Appends the logits of every row of one pass to `logits`.
Status run_pass(Backend& backend, std::span<const std::int32_t> tokens, std::size_t first,
                std::vector<float>& logits) {
  std::vector<TokenPos> positions(tokens.size());
  std::iota(positions.begin(), positions.end(), static_cast<TokenPos>(first));
  KVFOOT_TRY(backend.begin_pass(tokens, positions, 0));
  for (std::int32_t layer = 0; layer < backend.shape().layers; ++layer) {
    KVFOOT_TRY(backend.attend(layer));
    KVFOOT_TRY(backend.feed_forward(layer));
  }
  KVFOOT_TRY(backend.end_pass());
  for (std::size_t row = 0; row < tokens.size(); ++row) {
    KVFOOT_ASSIGN(const std::span<const float> one, backend.logits(static_cast<std::int64_t>(row)));
    logits.insert(logits.end(), one.begin(), one.end());
  }
  return {};
}

std::string lines(std::span<const std::int32_t> ids) {
  std::string text;
  for (const std::int32_t id : ids) {
    text += std::to_string(id) + '\n';
  }
  return text;
}

Status write_case(const std::filesystem::path& folder, Backend& backend, const Tokenizer& tokenizer,
                  const std::string& text) {
  KVFOOT_ASSIGN(const std::vector<std::int32_t> tokens, tokenizer.encode(text));
  KVFOOT_TRY(backend.reset({}));
  std::vector<float> logits;
  for (std::size_t begin = 0; begin < tokens.size(); begin += kChunk) {
    const std::size_t rows = std::min(kChunk, tokens.size() - begin);
    KVFOOT_TRY(run_pass(backend, std::span(tokens).subspan(begin, rows), begin, logits));
  }
  const auto vocab = static_cast<std::ptrdiff_t>(logits.size() / tokens.size());
  std::vector<std::int32_t> output;
  while (output.size() < kOutput) {
    const auto last = logits.end() - vocab;
    output.push_back(static_cast<std::int32_t>(std::max_element(last, logits.end()) - last));
    KVFOOT_TRY(
        run_pass(backend, std::span(output).last(1), tokens.size() + output.size() - 1, logits));
  }
  std::filesystem::create_directories(folder);
  KVFOOT_TRY(write_file(folder / "text.txt", text));
  KVFOOT_TRY(write_file(folder / "tokens.txt", lines(tokens)));
  KVFOOT_TRY(write_file(folder / "output.txt", lines(output)));
  return write_file(folder / "logits.f32",
                    {reinterpret_cast<const char*>(logits.data()), logits.size() * sizeof(float)});
}

Status write_all(const std::filesystem::path& model, const std::filesystem::path& out,
                 std::string_view device) {
  KVFOOT_ASSIGN(LlamaWeights weights, load_llama(model));
  KVFOOT_ASSIGN(const Tokenizer tokenizer,
                Tokenizer::load(model / "tokenizer.json", weights.config.vocab_size));
  KVFOOT_ASSIGN(const std::unique_ptr<Backend> backend,
                device == "cuda" ? make_cuda_backend(std::move(weights), "checkpoint")
                                 : make_cpu_backend(std::move(weights), "checkpoint"));
  KVFOOT_ASSIGN(const task::TaskSpec spec, task::parse_task("niah:length=700,depth=40"));
  const auto count = [&](std::string_view text) { return tokenizer.encode(text).value().size(); };
  KVFOOT_ASSIGN(const task::TaskSample sample, task::make_sample(spec, 1, 0, count));
  KVFOOT_TRY(write_case(out / "needle", *backend, tokenizer, sample.prompt));
  return write_case(out / "bytes", *backend, tokenizer,
                    "A na\u00efve caf\u00e9\t\u2014 \u0421\u043b\u043e\u0432\u043e, \u6f22\u5b57, "
                    "\U0001f600!\r\n  <|end_of_text|> 12345   ");
}

}  // namespace
}  // namespace kvfoot

int main(int argc, char** argv) {
  const std::string_view device = argc == 4 ? argv[3] : "cpu";
  if ((argc != 3 && argc != 4) || (device != "cpu" && device != "cuda")) {
    std::fputs("usage: write_checkpoint_run MODEL FOLDER [cpu|cuda]\n", stderr);
    return 2;
  }
  if (!std::filesystem::exists(argv[1])) {
    std::printf("skipped: there is no %s\n", argv[1]);
    return 77;
  }
  const kvfoot::Status status = kvfoot::write_all(argv[1], argv[2], device);
  if (!status.ok()) {
    std::fprintf(stderr, "error: %s\n", status.error().message().c_str());
    return 2;
  }
  return 0;
}
