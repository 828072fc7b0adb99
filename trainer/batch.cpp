// Batches and the text corpus (batch.hpp).
#include "trainer/batch.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "executor/task/random.hpp"

namespace kvfoot::trainer {
namespace {

using task::Random;
using task::TaskKind;

bool is_plain_text(const std::string& text) {
  return !text.empty() && text.find('\0') == std::string::npos;
}

// The task of a row, or no task for prose.
bool draw_task(Random& random, const Mix& mix, TaskKind& kind) {
  std::uint32_t roll = random.below(100);
  const std::pair<TaskKind, std::uint32_t> table[] = {{TaskKind::kKeyValue, mix.kv},
                                                      {TaskKind::kJsonKeyValue, mix.json_kv},
                                                      {TaskKind::kNiah, mix.niah},
                                                      {TaskKind::kClassify, mix.icl},
                                                      {TaskKind::kCopy, mix.copy}};
  for (const auto& [task, share] : table) {
    if (roll < share) {
      kind = task;
      return true;
    }
    roll -= share;
  }
  return false;
}

}  // namespace

std::string read_corpus(const std::vector<std::string>& folders, std::size_t limit) {
  namespace fs = std::filesystem;
  std::vector<std::string> paths;
  for (const std::string& folder : folders) {
    std::error_code error;
    for (auto it = fs::recursive_directory_iterator(
             folder, fs::directory_options::skip_permission_denied, error);
         !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
      if (it->is_regular_file(error) && it->path().extension() != ".gz") {
        paths.push_back(it->path().string());
      }
    }
  }
  std::sort(paths.begin(), paths.end());
  std::string corpus;
  for (const std::string& path : paths) {
    std::ifstream in(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    // One large file must not be the corpus.
    if (is_plain_text(text)) {
      corpus.append(text, 0, 40000);
    }
    if (corpus.size() >= limit) {
      corpus.resize(limit);
      break;
    }
  }
  return corpus;
}

Batch make_batch(std::uint64_t seed, std::uint64_t step, std::int64_t rows, std::int64_t length,
                 const Mix& mix, const std::string& corpus) {
  Batch batch;
  batch.tokens = torch::full({rows, length}, kBeginOfText, torch::kLong);
  batch.targets = torch::empty({rows * length}, torch::kLong);
  batch.kinds = torch::zeros({rows * length}, torch::kLong);
  batch.weights = torch::ones({rows * length});
  auto* tokens = batch.tokens.data_ptr<std::int64_t>();
  auto* targets = batch.targets.data_ptr<std::int64_t>();
  auto* kinds = batch.kinds.data_ptr<std::int64_t>();
  auto* weights = batch.weights.data_ptr<float>();
  const auto bytes = static_cast<std::size_t>(length);
  for (std::int64_t row = 0; row < rows; ++row) {
    Random random(task::sample_seed("row " + std::to_string(row), seed, step));
    const std::int64_t base = row * length;
    std::string text;
    TaskKind kind{};
    if (draw_task(random, mix, kind) || corpus.size() <= bytes) {
      Drill drill = make_drill(kind, bytes, random.next(), mix.repeats);
      for (const AnswerSpan& span : drill.answers) {
        const auto begin = base + static_cast<std::int64_t>(span.begin_byte);
        const auto end = base + static_cast<std::int64_t>(span.end_byte);
        std::fill(kinds + begin, kinds + end, kAnswer);
        if (kind ==
            TaskKind::kCopy) {  // half of the text is an answer: it must not drown the others
          std::fill(weights + begin, weights + end, static_cast<float>(mix.copy_weight) / 100);
        }
        batch.answers.push_back({kind, begin, end});
      }
      text = std::move(drill.text);
    } else {
      const auto start = random.below(static_cast<std::uint32_t>(corpus.size() - bytes));
      text = corpus.substr(start, bytes);
      std::fill(kinds + base, kinds + base + length, kProse);
    }
    for (std::int64_t i = 0; i < length; ++i) {
      const auto byte = static_cast<unsigned char>(text[static_cast<std::size_t>(i)]);
      targets[base + i] = byte;
      if (i + 1 < length) {
        tokens[base + i + 1] = byte;
      }
    }
  }
  return batch;
}

}  // namespace kvfoot::trainer
