// kvfoot-train: trains, exports and measures the small Llama of models/.
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "trainer/run.hpp"

int main(int argc, char** argv) {
  using namespace kvfoot::trainer;
#ifdef M_MMAP_THRESHOLD
  // Activations of several MB are allocated and freed all the time: fresh pages would cost more
  // than the arithmetic.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 2147483647);
#endif
  CLI::App app{"Trains a small Llama on long-range recall"};
  app.require_subcommand(1);
  RunOptions options;
  int threads = 2;
  options.text_folders = {"/usr/share/common-licenses", "/usr/share/doc", "/usr/include"};
  auto* train = app.add_subcommand("run", "train, or go on with --resume");
  train->add_option("--out", options.out, "folder for state, log and checkpoint")->required();
  train->add_flag("--resume", options.resume, "go on from OUT/state.safetensors");
  train->add_option("--steps", options.steps)->capture_default_str();
  train->add_option("--tokens", options.tokens, "tokens per batch")->capture_default_str();
  train->add_option("--learning-rate", options.learning_rate)->capture_default_str();
  train->add_option("--warmup", options.warmup)->capture_default_str();
  train->add_option("--decay", options.decay, "share of steps with falling rate")
      ->capture_default_str();
  train->add_option("--lengths", options.lengths, "curriculum")->delimiter(',');
  train->add_option("--advance-at", options.advance_at)->capture_default_str();
  train->add_option("--seed", options.seed)->capture_default_str();
  train->add_option("--save-every", options.save_every)->capture_default_str();
  train->add_option("--log-every", options.log_every)->capture_default_str();
  train->add_option("--text", options.text_folders, "folders of prose")->delimiter(',');
  train->add_option("--device", options.device, "cpu or cuda")->capture_default_str();
  train->add_flag("!--fp32", options.bf16, "compute in fp32");
  train->add_option("--threads", threads)->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  at::set_num_threads(threads);
  const auto status = run_training(options);
  if (!status) {
    std::fprintf(stderr, "error: %s\n", status.error().message().c_str());
    return static_cast<int>(status.error().kind);
  }
  return 0;
}
