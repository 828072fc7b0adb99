// kvfoot make-trace: a trace of made-up attention for shapes and lengths without weights at hand.
#include <cinttypes>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cli/command.hpp"
#include "cli/command_line.hpp"
#include "cli/tokens.hpp"
#include "cli/version.hpp"
#include "sim/core/text.hpp"
#include "sim/io/shape_file.hpp"
#include "sim/run/make_trace.hpp"

namespace kvfoot::cli {
namespace {

struct Options {
  std::string shape = "llama-3.1-8b";
  std::string chunk = "32768";
  std::int32_t layers = 0;
  MakeTraceRequest request;
};

Status run_make_trace(const Options& options) {
  MakeTraceRequest request = options.request;
  KVFOOT_ASSIGN(request.shape, resolve_shape(options.shape, "."));
  if (options.layers > request.shape.layers) {
    return Error{"--layers", std::to_string(options.layers) + " are more than the " +
                                 std::to_string(request.shape.layers) + " of " +
                                 request.shape.name};
  }
  if (options.layers > 0) {
    request.shape.layers = options.layers;
  }
  KVFOOT_ASSIGN(request.run.chunk, parse_chunk(options.chunk));
  KVFOOT_TRY(validate(request.run));
  request.program_version = kVersion;
  request.cancel = &interrupted();
  const TraceEstimate estimate = estimate_trace(made_header(request), made_coding(request), {});
  std::fprintf(stderr, "making %" PRId64 " rows of %d layers, at most %s on disk\n",
               request.run.rows(), request.shape.layers, format_bytes(estimate.total).c_str());
  ProgressLine progress("make-trace");
  request.on_progress = [&](std::int64_t done, std::int64_t total) {
    progress.update(done, total);
  };
  const auto bytes = make_trace(request);
  progress.clear();
  if (!bytes) {
    return bytes.error();
  }
  std::printf("%s: %" PRId64 " prompt tokens, %" PRId64 " output tokens, %s\n",
              request.path.c_str(), request.run.prompt, request.run.output,
              format_bytes(*bytes).c_str());
  return {};
}

}  // namespace

void add_make_trace(Command& root, int& exit_code) {
  auto options = std::make_shared<Options>();
  MakeTraceRequest& request = options->request;
  request.run = {.prompt = 32768, .output = 128};
  request.threads = static_cast<std::int32_t>(std::max(1U, std::thread::hardware_concurrency()));
  Command* command = root.add_subcommand(
      "make-trace", "Make a trace of made-up attention (sinks, recency, needles, heavy keys)");
  command->add_option("--out", request.path, "Trace file to write (HDF5)")->required();
  command->add_option("--shape", options->shape, "Built-in shape, config.json or its folder")
      ->capture_default_str();
  command->add_option("--layers", options->layers, "Only so many layers of the shape")
      ->check(in_range(1, 1024));
  command->add_option("--prompt", request.run.prompt, "Prompt tokens")
      ->transform(tokens())
      ->check(in_range(std::int64_t{1}, std::int64_t{1} << 30U))
      ->capture_default_str();
  command->add_option("--output", request.run.output, "Output tokens")
      ->transform(tokens())
      ->check(in_range(std::int64_t{0}, std::int64_t{1} << 30U))
      ->capture_default_str();
  command->add_option("--chunk", options->chunk, "Rows of a prefill pass, or all")
      ->capture_default_str();
  command
      ->add_option("--chunk-sizes", request.chunk_sizes,
                   "More chunk sizes that replays may use, multiples of --chunk")
      ->transform(tokens())
      ->delimiter(',');
  command->add_option("--seed", request.seed, "Seed")->capture_default_str();
  command->add_option("--threads", request.threads, "Threads; the file does not depend on them")
      ->check(in_range(1, 1024));
  command->callback([=, &exit_code] {
    const Status status = run_make_trace(*options);
    exit_code = status ? kDone : fail(status.error());
  });
}

}  // namespace kvfoot::cli
