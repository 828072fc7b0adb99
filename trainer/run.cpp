// The training loop (run.hpp).
#include "trainer/run.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "executor/task/random.hpp"
#include "trainer/adamw.hpp"
#include "trainer/files.hpp"

namespace kvfoot::trainer {
namespace {

using nlohmann::json;
using torch::Tensor;

constexpr std::size_t kTasks = 5;

// What a resumed run must know besides tensors.
struct Progress {
  std::uint64_t step = 0;
  std::size_t stage = 0;  // index into lengths
  std::uint64_t steps_in_stage = 0;
  std::array<double, kTasks> accuracy{};  // smoothed, at the stage's own length
};

std::string to_json(const Progress& p) {
  return json{{"step", p.step},
              {"stage", p.stage},
              {"steps_in_stage", p.steps_in_stage},
              {"accuracy", p.accuracy}}
      .dump();
}

Result<Progress> progress_from(const std::string& text, const std::string& path) {
  try {
    const json j = json::parse(text);
    Progress p;
    p.step = j.at("step").get<std::uint64_t>();
    p.stage = j.at("stage").get<std::size_t>();
    p.steps_in_stage = j.at("steps_in_stage").get<std::uint64_t>();
    p.accuracy = j.at("accuracy").get<std::array<double, kTasks>>();
    return p;
  } catch (const std::exception& error) {
    return Error{path, std::string("bad progress record: ") + error.what(), ""};
  }
}

double learning_rate_at(const RunOptions& o, std::uint64_t step) {
  const auto s = static_cast<double>(step), total = static_cast<double>(o.steps);
  if (step < o.warmup) {
    return o.learning_rate * (s + 1) / static_cast<double>(o.warmup);
  }
  const double decay_from = total * (1 - o.decay);
  if (s <= decay_from) {
    return o.learning_rate;
  }
  return o.learning_rate * (1 - 0.9 * (s - decay_from) / (total - decay_from));
}

// Mostly the length of the stage, sometimes a shorter one so that it is not forgotten.
std::int64_t length_at(const RunOptions& o, const Progress& p) {
  task::Random random(task::sample_seed("length", o.seed, p.step));
  if (p.stage == 0 || random.chance(75)) {
    return o.lengths[p.stage];
  }
  return o.lengths[random.below(static_cast<std::uint32_t>(p.stage))];
}

struct StepResult {
  double loss = 0, answer_loss = 0, prose_loss = 0;
  std::array<double, kTasks> right{}, asked{};
};

// Mean of the losses of one kind of target; zero where there is none.
Tensor mean_of(const Tensor& losses, const Tensor& weights, const Tensor& kinds, TargetKind kind) {
  const Tensor mask = kinds.eq(static_cast<std::int64_t>(kind)).to(torch::kFloat) * weights;
  return (losses * mask).sum() / mask.sum().clamp_min(1e-6);
}

StepResult train_step(const RunOptions& o, const Llama& model, const Batch& batch,
                      torch::ScalarType compute, torch::Device device) {
  const Tensor hidden = model.hidden(batch.tokens.to(device), compute);
  const Tensor logits = model.logits(hidden.view({-1, hidden.size(-1)}), compute);
  const Tensor targets = batch.targets.to(device), kinds = batch.kinds.to(device);
  const Tensor weights = batch.weights.to(device);
  const Tensor losses = torch::nn::functional::cross_entropy(
      logits, targets, torch::nn::functional::CrossEntropyFuncOptions().reduction(torch::kNone));
  const Tensor answer = mean_of(losses, weights, kinds, kAnswer);
  const Tensor prose = mean_of(losses, weights, kinds, kProse);
  const Tensor context = mean_of(losses, weights, kinds, kContext);
  const Tensor loss = answer + prose * o.prose_share + context * o.context_share;
  loss.backward();

  StepResult result;
  result.loss = loss.item<double>();
  result.answer_loss = answer.item<double>();
  result.prose_loss = prose.item<double>();
  const Tensor hits = logits.detach().argmax(-1).eq(targets).to(torch::kCPU).to(torch::kByte);
  const auto* hit = hits.data_ptr<std::uint8_t>();
  for (const BatchAnswer& a : batch.answers) {
    const auto task = static_cast<std::size_t>(a.kind);
    const bool all = std::all_of(hit + a.begin, hit + a.end, [](std::uint8_t h) { return h != 0; });
    result.right[task] += all ? 1 : 0;
    result.asked[task] += 1;
  }
  return result;
}

NamedTensors state_tensors(const Llama& model, const AdamW& optimizer) {
  NamedTensors all = model.parameters();
  all.insert(all.end(), optimizer.state().begin(), optimizer.state().end());
  return all;
}

// Smooths accuracies and moves to the next length once the recall tasks are learnt.
void advance(const RunOptions& o, Progress& p, const StepResult& r, bool stage_length) {
  ++p.step;
  ++p.steps_in_stage;
  if (!stage_length) {
    return;
  }
  for (std::size_t t = 0; t < kTasks; ++t) {
    if (r.asked[t] > 0) {
      p.accuracy[t] += 0.05 * (r.right[t] / r.asked[t] - p.accuracy[t]);
    }
  }
  // Two needles and a question do not fit into less than 256 bytes.
  double recall = std::min(p.accuracy[1], p.accuracy[2]);
  if (o.lengths[p.stage] >= 256) {
    recall = std::min(recall, p.accuracy[0]);
  }
  if (recall >= o.advance_at && p.stage + 1 < o.lengths.size()) {
    ++p.stage;
    p.steps_in_stage = 0;
    // The longer length starts unproven.
    p.accuracy = {};
  }
}

}  // namespace

Status export_checkpoint(const Llama& model, const std::string& folder, const std::string& source) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  NamedTensors half;
  for (const auto& [name, weight] : model.parameters()) {
    half.emplace_back(name, weight.detach().to(torch::kBFloat16));
  }
  KVFOOT_TRY(write_safetensors(folder + "/model.safetensors", half,
                               {{"format", "pt"}, {"source", source}}));
  KVFOOT_TRY(write_text(folder + "/config.json", config_json(model.shape())));
  KVFOOT_TRY(write_text(folder + "/generation_config.json", generation_config_json()));
  KVFOOT_TRY(write_text(folder + "/tokenizer_config.json", tokenizer_config_json()));
  return write_text(folder + "/tokenizer.json", tokenizer_json());
}

Status run_training(const RunOptions& o) {
  const torch::Device device(o.device);
  const auto compute = o.bf16 ? torch::kBFloat16 : torch::kFloat;
  std::error_code error;
  std::filesystem::create_directories(o.out, error);
  const std::string state_path = o.out + "/state.safetensors", log_path = o.out + "/log.tsv";

  Llama model(o.shape, o.seed, device);
  AdamW optimizer(model.parameters(), {});
  Progress progress;
  if (o.resume && std::filesystem::exists(state_path)) {
    KVFOOT_ASSIGN(const SafetensorsFile file, read_safetensors(state_path));
    KVFOOT_TRY(load_into(state_tensors(model, optimizer), file, state_path));
    const auto record = file.metadata.find("progress");
    KVFOOT_ASSIGN(progress,
                  progress_from(record == file.metadata.end() ? "" : record->second, state_path));
    progress.stage = std::min(progress.stage, o.lengths.size() - 1);
    std::printf("resumed at step %llu\n", static_cast<unsigned long long>(progress.step));
  }
  const std::string corpus = read_corpus(o.text_folders, o.text_limit);
  std::printf("%zu bytes of prose\n", corpus.size());

  std::ofstream log(log_path, progress.step > 0 ? std::ios::app : std::ios::trunc);
  if (progress.step == 0) {
    log << "step\tlength\tlearning_rate\tloss\tanswer_loss\tprose_loss\tgradient_norm";
    for (std::size_t t = 0; t < kTasks; ++t) {
      log << '\t' << task::task_name(static_cast<task::TaskKind>(t));
    }
    log << "\tseconds_per_step\n";
  }
  const auto save = [&]() -> Status {
    KVFOOT_TRY(write_safetensors(state_path, state_tensors(model, optimizer),
                                 {{"progress", to_json(progress)}}));
    return export_checkpoint(model, o.out + "/checkpoint",
                             "kvfoot-train, step " + std::to_string(progress.step));
  };

  std::array<double, kTasks> right{}, asked{};
  auto since = std::chrono::steady_clock::now();
  std::uint64_t since_step = progress.step;
  const auto reached = [&] {
    return o.until_length > 0 && o.lengths[progress.stage] >= o.until_length;
  };
  while (progress.step < o.steps && !reached()) {
    const std::int64_t length = length_at(o, progress);
    const std::int64_t rows = std::max(o.min_rows, o.tokens / length);
    const Batch batch = make_batch(o.seed, progress.step, rows, length, o.mix, corpus);
    const StepResult result = train_step(o, model, batch, compute, device);
    const double rate = learning_rate_at(o, progress.step);
    const double norm = optimizer.update(progress.step + 1, rate);
    const bool stage_length = length == o.lengths[progress.stage];
    advance(o, progress, result, stage_length);
    for (std::size_t t = 0; t < kTasks && stage_length; ++t) {
      right[t] += result.right[t];
      asked[t] += result.asked[t];
    }
    if (progress.step % o.log_every == 0) {
      const auto now = std::chrono::steady_clock::now();
      const double seconds = std::chrono::duration<double>(now - since).count() /
                             static_cast<double>(progress.step - since_step);
      char line[256];
      std::snprintf(line, sizeof line, "%llu\t%lld\t%.2e\t%.4f\t%.4f\t%.4f\t%.3f",
                    static_cast<unsigned long long>(progress.step),
                    static_cast<long long>(o.lengths[progress.stage]), rate, result.loss,
                    result.answer_loss, result.prose_loss, norm);
      log << line;
      for (std::size_t t = 0; t < kTasks; ++t) {
        std::snprintf(line, sizeof line, "\t%.3f", asked[t] > 0 ? right[t] / asked[t] : 0.0);
        log << line;
      }
      std::snprintf(line, sizeof line, "\t%.3f\n", seconds);
      log << line << std::flush;
      right = asked = {};
      since = now;
      since_step = progress.step;
    }
    if (progress.step % o.save_every == 0 || progress.step == o.steps || reached()) {
      KVFOOT_TRY(save());
    }
  }
  return {};
}

}  // namespace kvfoot::trainer
