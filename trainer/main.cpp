// kvfoot-train: trains, exports and measures the small Llama of models/.
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "trainer/eval.hpp"
#include "trainer/files.hpp"
#include "trainer/run.hpp"

namespace {

using namespace kvfoot;
using namespace kvfoot::trainer;

struct EvalOptions {
  std::string model;
  std::vector<std::string> tasks;
  std::uint64_t samples = 200;
  std::uint64_t seed = 1000;  // far from the seeds of training
  bool bf16 = true;
  double at_least = 0;
  std::string out;
};

Result<std::vector<task::TaskSpec>> parse_tasks(const std::vector<std::string>& texts) {
  std::vector<task::TaskSpec> specs;
  for (const std::string& text : texts) {
    KVFOOT_ASSIGN(task::TaskSpec spec, task::parse_task(text));
    specs.push_back(spec);
  }
  return specs;
}

// One line per task; exit code 1 when a task stays under --at-least.
Result<int> evaluate(const EvalOptions& o) {
  KVFOOT_ASSIGN(const auto specs, parse_tasks(o.tasks));
  KVFOOT_ASSIGN(const Llama model, load_checkpoint(o.model));
  int code = 0;
  std::printf("task\tright\tasked\taccuracy\n");
  for (const task::TaskSpec& spec : specs) {
    KVFOOT_ASSIGN(const Score score, measure_task(model, spec, o.seed, o.samples,
                                                  o.bf16 ? torch::kBFloat16 : torch::kFloat));
    const double accuracy = static_cast<double>(score.right) / static_cast<double>(score.asked);
    std::printf("%s\t%llu\t%llu\t%.4f\n", task::to_text(spec).c_str(),
                static_cast<unsigned long long>(score.right),
                static_cast<unsigned long long>(score.asked), accuracy);
    std::fflush(stdout);
    code = accuracy < o.at_least ? 1 : code;
  }
  return code;
}

Result<int> report_heads(const EvalOptions& o) {
  KVFOOT_ASSIGN(const auto specs, parse_tasks(o.tasks));
  KVFOOT_ASSIGN(const Llama model, load_checkpoint(o.model));
  KVFOOT_ASSIGN(const auto reports, measure_heads(model, specs, o.seed, o.samples));
  const std::string table = heads_table(reports);
  std::printf("%s", table.c_str());
  if (!o.out.empty()) {
    KVFOOT_TRY(write_text(o.out + "/heads.tsv", table));
    KVFOOT_TRY(write_text(o.out + "/retrieval_heads.tsv", gates_table(reports, model.shape())));
  }
  return 0;
}

int finish(const Result<int>& result) {
  if (!result) {
    std::fprintf(stderr, "error: %s\n", result.error().message().c_str());
    return static_cast<int>(result.error().kind);
  }
  return *result;
}

}  // namespace

int main(int argc, char** argv) {
#ifdef M_MMAP_THRESHOLD
  // Activations of several MB are allocated and freed all the time: fresh pages would cost more
  // than the arithmetic.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 2147483647);
#endif
  CLI::App app{"Trains a small Llama on long-range recall, and measures it"};
  app.require_subcommand(1);
  int threads = 2;
  app.add_option("--threads", threads)->capture_default_str();

  RunOptions run;
  run.text_folders = {"/usr/share/common-licenses", "/usr/share/doc", "/usr/include"};
  auto* train = app.add_subcommand("run", "train, or go on with --resume")->fallthrough();
  train->add_option("--out", run.out, "folder for state, log and checkpoint")->required();
  train->add_flag("--resume", run.resume, "go on from OUT/state.safetensors");
  train->add_option("--steps", run.steps)->capture_default_str();
  train->add_option("--tokens", run.tokens, "tokens per batch")->capture_default_str();
  train->add_option("--min-rows", run.min_rows, "least rows per batch")->capture_default_str();
  train->add_option("--learning-rate", run.learning_rate)->capture_default_str();
  train->add_option("--warmup", run.warmup)->capture_default_str();
  train->add_option("--decay", run.decay, "share of steps with falling rate")
      ->capture_default_str();
  train->add_option("--lengths", run.lengths, "curriculum")->delimiter(',')->capture_default_str();
  train->add_option("--advance-at", run.advance_at, "accuracy that opens the next length")
      ->capture_default_str();
  train->add_option("--seed", run.seed)->capture_default_str();
  train->add_option("--save-every", run.save_every)->capture_default_str();
  train->add_option("--log-every", run.log_every)->capture_default_str();
  train->add_option("--text", run.text_folders, "folders of prose")
      ->delimiter(',')
      ->capture_default_str();
  train->add_option("--kv", run.mix.kv, "percent of the rows")->capture_default_str();
  train->add_option("--json-kv", run.mix.json_kv, "percent of the rows")->capture_default_str();
  train->add_option("--niah", run.mix.niah, "percent of the rows")->capture_default_str();
  train->add_option("--icl", run.mix.icl, "percent of the rows")->capture_default_str();
  train->add_option("--copy", run.mix.copy, "percent of the rows; the rest is prose")
      ->capture_default_str();
  train->add_option("--repeats", run.mix.repeats, "percent of the drills that repeat facts")
      ->capture_default_str();
  train->add_option("--copy-weight", run.mix.copy_weight, "percent")->capture_default_str();
  train->add_option("--prose-share", run.prose_share, "of the loss; answers have 1")
      ->capture_default_str();
  train->add_option("--context-share", run.context_share, "of the loss")->capture_default_str();
  train->add_option("--until-length", run.until_length, "stop when the curriculum gets there")
      ->capture_default_str();
  train->add_option("--device", run.device, "cpu or cuda")->capture_default_str();
  train->add_flag("!--fp32", run.bf16, "compute in fp32");

  EvalOptions eval;
  const auto add_eval = [&](const char* name, const char* help) {
    auto* command = app.add_subcommand(name, help)->fallthrough();
    command->add_option("--model", eval.model, "folder of a checkpoint")->required();
    command->add_option("--task", eval.tasks, "such as niah:length=1024; may be repeated")
        ->required();
    command->add_option("--samples", eval.samples, "per task")->capture_default_str();
    command->add_option("--seed", eval.seed)->capture_default_str();
    return command;
  };
  auto* measure = add_eval("eval", "accuracy under full attention");
  measure->add_flag("!--fp32", eval.bf16, "compute in fp32");
  measure->add_option("--at-least", eval.at_least, "exit code 1 below this accuracy");
  auto* heads = add_eval("heads", "what each head attends to");
  heads->add_option("--out", eval.out, "folder for heads.tsv and retrieval_heads.tsv");
  CLI11_PARSE(app, argc, argv);

  at::set_num_threads(threads);
  if (train->parsed()) {
    const Status status = run_training(run);
    return finish(status ? Result<int>(0) : Result<int>(status.error()));
  }
  return finish(measure->parsed() ? evaluate(eval) : report_heads(eval));
}
