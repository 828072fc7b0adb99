// Task accuracy of a checkpoint (eval.hpp).
#include "trainer/eval.hpp"

#include <algorithm>

#include "trainer/batch.hpp"
#include "trainer/files.hpp"

namespace kvfoot::trainer {
namespace {

using torch::Tensor;

// One token per byte and the begin-of-text token.
std::size_t count_tokens(std::string_view text) { return text.size() + 1; }

struct Question {
  std::string text;       // prompt and expected reply
  std::size_t first = 0;  // first byte that must be predicted
  std::size_t last = 0;   // one past the end of the answer
};

Question question_of(const task::TaskSample& sample) {
  Question q{sample.prompt + sample.expected, sample.prompt.size(), 0};
  q.last = q.text.find(sample.answer, q.first) + sample.answer.size();
  return q;
}

// Right-padded rows: causal attention never looks at the padding.
Tensor rows_of(const std::vector<Question>& questions) {
  std::size_t longest = 0;
  for (const Question& q : questions) {
    longest = std::max(longest, q.last);
  }
  Tensor tokens =
      torch::full({static_cast<std::int64_t>(questions.size()), static_cast<std::int64_t>(longest)},
                  kBeginOfText, torch::kLong);
  auto* out = tokens.data_ptr<std::int64_t>();
  for (std::size_t r = 0; r < questions.size(); ++r) {
    // The byte at i is the input of position i + 1; the last answer byte is only a target.
    for (std::size_t i = 0; i + 1 < questions[r].last; ++i) {
      out[r * longest + i + 1] = static_cast<unsigned char>(questions[r].text[i]);
    }
  }
  return tokens;
}

}  // namespace

Result<Llama> load_checkpoint(const std::string& folder) {
  KVFOOT_ASSIGN(const LlamaShape shape, read_config(folder + "/config.json"));
  const std::string path = folder + "/model.safetensors";
  KVFOOT_ASSIGN(const SafetensorsFile file, read_safetensors(path));
  Llama model(shape, 0, torch::kCPU);
  KVFOOT_TRY(load_into(model.parameters(), file, path));
  return model;
}

Result<Score> measure_task(const Llama& model, const task::TaskSpec& spec, std::uint64_t seed,
                           std::uint64_t samples, torch::ScalarType compute) {
  torch::NoGradGuard no_grad;
  const std::uint64_t batch = std::clamp<std::uint64_t>(8192 / spec.length, 1, 64);
  Score score;
  for (std::uint64_t begin = 0; begin < samples; begin += batch) {
    std::vector<Question> questions;
    for (std::uint64_t index = begin; index < std::min(samples, begin + batch); ++index) {
      KVFOOT_ASSIGN(const task::TaskSample sample,
                    task::make_sample(spec, seed, index, count_tokens));
      questions.push_back(question_of(sample));
    }
    const Tensor tokens = rows_of(questions);
    if (tokens.size(1) > model.shape().max_positions) {
      return Error{"task " + task::to_text(spec), "is longer than the model's positions",
                   "lower length="};
    }
    const Tensor hidden = model.hidden(tokens, compute);
    for (std::size_t r = 0; r < questions.size(); ++r) {
      const Question& q = questions[r];
      const Tensor rows = hidden[static_cast<std::int64_t>(r)].slice(
          0, static_cast<std::int64_t>(q.first), static_cast<std::int64_t>(q.last));
      const Tensor best = model.logits(rows, compute).argmax(-1);
      bool right = true;
      for (std::size_t i = q.first; i < q.last && right; ++i) {
        right = best[static_cast<std::int64_t>(i - q.first)].item<std::int64_t>() ==
                static_cast<unsigned char>(q.text[i]);
      }
      score.right += right ? 1 : 0;
      ++score.asked;
    }
  }
  return score;
}

Result<std::vector<HeadReport>> measure_heads(const Llama& model,
                                              const std::vector<task::TaskSpec>& specs,
                                              std::uint64_t seed, std::uint64_t samples) {
  const LlamaShape& shape = model.shape();
  std::vector<HeadReport> reports;
  for (std::int64_t layer = 0; layer < shape.layers; ++layer) {
    for (std::int64_t head = 0; head < shape.heads; ++head) {
      reports.push_back({layer, head});
    }
  }
  double rows = 0, texts = 0;
  for (const task::TaskSpec& spec : specs) {
    for (std::uint64_t index = 0; index < samples; ++index) {
      KVFOOT_ASSIGN(const task::TaskSample sample,
                    task::make_sample(spec, seed, index, count_tokens));
      const Question q = question_of(sample);
      const std::size_t source = sample.prompt.find(sample.answer);
      const std::size_t answer = q.last - sample.answer.size();
      const std::vector<Tensor> maps = model.attention_maps(rows_of({q}));
      for (std::size_t layer = 0; layer < maps.size(); ++layer) {
        const Tensor map = maps[layer];  // (heads, length, length)
        const std::int64_t length = map.size(1);
        const Tensor place = torch::arange(length, torch::kFloat);
        // Sum over keys of probability times distance, mean over rows.
        const Tensor distance = (place - torch::matmul(map, place)).mean(-1);
        for (std::int64_t head = 0; head < shape.heads; ++head) {
          HeadReport& report = reports[layer * static_cast<std::size_t>(shape.heads) +
                                       static_cast<std::size_t>(head)];
          report.distance += distance[head].item<double>();
          for (std::size_t i = 0; i < sample.answer.size(); ++i) {
            // Position p holds byte p - 1 and predicts byte p.
            const auto row = static_cast<std::int64_t>(answer + i);
            const Tensor line = map[head][row];
            report.retrieval += line[static_cast<std::int64_t>(source + i + 1)].item<double>();
            report.first += line.slice(0, 0, 4).sum().item<double>();
            report.local +=
                line.slice(0, std::max<std::int64_t>(0, row - 31), row + 1).sum().item<double>();
          }
        }
      }
      rows += static_cast<double>(sample.answer.size());
      texts += 1;
    }
  }
  for (HeadReport& report : reports) {
    report.retrieval /= rows;
    report.first /= rows;
    report.local /= rows;
    report.distance /= texts;
  }
  return reports;
}

std::string heads_table(const std::vector<HeadReport>& reports) {
  std::string text = "layer\thead\tretrieval_mass\tfirst4_mass\tlocal32_mass\tmean_distance\n";
  char line[128];
  for (const HeadReport& r : reports) {
    std::snprintf(line, sizeof line, "%lld\t%lld\t%.4f\t%.4f\t%.4f\t%.1f\n",
                  static_cast<long long>(r.layer), static_cast<long long>(r.head), r.retrieval,
                  r.first, r.local, r.distance);
    text += line;
  }
  return text;
}

std::string gates_table(const std::vector<HeadReport>& reports, const LlamaShape& shape) {
  const std::int64_t group = shape.heads / shape.kv_heads;
  std::string text;
  char cell[32];
  for (std::int64_t layer = 0; layer < shape.layers; ++layer) {
    for (std::int64_t kv = 0; kv < shape.kv_heads; ++kv) {
      double gate = 0;
      for (std::int64_t head = kv * group; head < (kv + 1) * group; ++head) {
        gate =
            std::max(gate, reports[static_cast<std::size_t>(layer * shape.heads + head)].retrieval);
      }
      std::snprintf(cell, sizeof cell, "%s%.4f", kv > 0 ? "\t" : "", gate);
      text += cell;
    }
    text += '\n';
  }
  return text;
}

}  // namespace kvfoot::trainer
