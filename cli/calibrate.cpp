// kvfoot calibrate: measures real passes, fits a device description to them, and says how far it is
// off on runs that it has not seen.
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/model_options.hpp"
#include "executor/run/session.hpp"
#include "sim/core/hash.hpp"
#include "sim/core/text.hpp"
#include "sim/io/device_file.hpp"
#include "sim/io/file.hpp"
#include "sim/io/json.hpp"
#include "sim/report/machine.hpp"
#include "sim/report/table.hpp"
#include "sim/report/units.hpp"
#include "sim/run/measured_pass.hpp"
#include "sim/run/policy_for_run.hpp"

namespace kvfoot::cli {
namespace {

constexpr std::int64_t kDecodeGroup = 8;  // decode passes that are one observation
constexpr std::int64_t kShortest = 32;
constexpr double kNoisy = 0.1;
constexpr std::int64_t kWarmUp = 64;

struct Options {
  ModelOptions model;
  std::vector<std::int64_t> prompts;
  std::int64_t output = 4 * kDecodeGroup;
  int repeat = 9;
  double seconds = 60;
  std::string start = "laptop-cpu";
  std::string out;
  std::string json;
};

// One run of the plan, and the times of its passes in every repetition.
struct PlannedRun {
  RunLengths run;
  bool held_out = false;
  std::map<std::int64_t, std::vector<double>> seconds;  // by pass, the middle one of a group
};

// How far the middle half of the repetitions reaches, relative to their median.
double spread(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t quarter = values.size() / 4;
  return (values[values.size() - 1 - quarter] - values[quarter]) / values[values.size() / 2];
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::vector<std::int32_t> random_tokens(std::int64_t count, std::int64_t vocab) {
  std::vector<std::int32_t> tokens;
  for (std::int64_t i = 0; i < count; ++i) {
    tokens.push_back(
        static_cast<std::int32_t>(below(hash_words(i), static_cast<std::uint64_t>(vocab))));
  }
  return tokens;
}

class Measurement {
 public:
  Measurement(const Options& options, LoadedModel& model) : options_(options), model_(model) {}

  // Every second length is held out, and with it chunk sizes of its own.
  Status plan() {
    std::vector<std::int64_t> lengths = options_.prompts;
    if (lengths.empty()) {
      const std::int64_t most =
          std::min<std::int64_t>(2048, model_.config.max_position_embeddings - options_.output);
      for (std::int64_t length = 64; length <= most; length *= 2) {
        lengths.push_back(length);
      }
    }
    std::ranges::sort(lengths);
    lengths.erase(std::unique(lengths.begin(), lengths.end()), lengths.end());
    if (lengths.size() < 2 || lengths.front() < kShortest) {
      return Error{"--prompt",
                   "needs at least two lengths of " + std::to_string(kShortest) + " tokens or more",
                   "one half is fitted, the other half says how good the fit is"};
    }
    if (lengths.back() + options_.output > model_.config.max_position_embeddings) {
      return Error{"--prompt",
                   std::to_string(lengths.back()) + " tokens are more than the model's " +
                       std::to_string(model_.config.max_position_embeddings) + " positions"};
    }
    KVFOOT_TRY(shorten(lengths));
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      // From the longest down: the fit must not extrapolate.
      const bool held_out = (lengths.size() - 1 - i) % 2 == 1;
      for (const std::int64_t chunk : held_out
                                          ? std::vector<std::int64_t>{48, 192, kWholePrompt}
                                          : std::vector<std::int64_t>{32, 128, 512, kWholePrompt}) {
        if (chunk < lengths[i]) {
          runs_.push_back({lengths_of(lengths[i], chunk), held_out, {}});
        }
      }
    }
    return {};
  }

  Status measure() {
    ProgressLine progress("calibrate");
    const auto begin = std::chrono::steady_clock::now();
    const auto total = static_cast<std::int64_t>(runs_.size()) * options_.repeat;
    std::int64_t done = 0;
    for (rounds_ = 0; rounds_ < options_.repeat; ++rounds_) {
      for (PlannedRun& planned : runs_) {
        progress.update(done++, total);
        const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
        if (rounds_ > 0 && spent.count() > options_.seconds) {
          return {};
        }
        KVFOOT_ASSIGN(const SessionResult result, run(planned.run));
        note(result, planned);
      }
    }
    return {};
  }

  // Medians over repetitions, as the simulator sees the passes.
  Result<std::vector<MeasuredPass>> passes(Phase phase, bool held_out) const {
    std::vector<MeasuredPass> all;
    for (const PlannedRun& planned : runs_) {
      if (planned.held_out != held_out) {
        continue;
      }
      std::vector<PassTime> times;
      for (const auto& [pass, seconds] : planned.seconds) {
        if (pass_at(planned.run, pass, 0).phase == phase) {
          times.push_back({pass, median(seconds)});
        }
      }
      KVFOOT_ASSIGN(std::vector<MeasuredPass> some,
                    measured_passes({.shape = model_.backend->shape(),
                                     .policy = "full",
                                     .run = planned.run,
                                     .weight_dtype = model_.weight_dtype,
                                     .kv_dtype = DType::kF32,
                                     .cpu = model_.cpu},
                                    times));
      std::ranges::move(some, std::back_inserter(all));
    }
    return all;
  }

  // The median of all spreads: how much the machine did besides.
  [[nodiscard]] double noise() const {
    std::vector<double> spreads;
    for (const PlannedRun& planned : runs_) {
      for (const auto& [pass, seconds] : planned.seconds) {
        spreads.push_back(spread(seconds));
      }
    }
    return median(std::move(spreads));
  }
  [[nodiscard]] std::size_t runs() const { return runs_.size(); }
  [[nodiscard]] int rounds() const { return rounds_; }

 private:
  [[nodiscard]] RunLengths lengths_of(std::int64_t prompt, std::int64_t chunk) const {
    return {.prompt = prompt, .output = options_.output, .chunk = chunk};
  }

  Result<SessionResult> run(const RunLengths& lengths) {
    KVFOOT_ASSIGN(const auto policy,
                  policy_for_run("full", model_.backend->shape(), lengths, DType::kF32, 0));
    const std::vector<std::int32_t> prompt =
        random_tokens(lengths.prompt, model_.config.vocab_size);
    SessionRequest request;
    request.prompt = prompt;
    request.run = lengths;
    request.policy = policy.get();
    request.run_last_token = false;  // its pass has no logits
    request.cancel = &interrupted();
    return run_session(*model_.backend, request);
  }

  // Leaves out lengths that one round of the plan has no time for.
  Status shorten(std::vector<std::int64_t>& lengths) {
    const auto probe = [&] { return run(lengths_of(kWarmUp, kWholePrompt)); };
    for (int i = 0; i < 2; ++i) {  // pages of the weights are read, threads are awake
      KVFOOT_ASSIGN(const SessionResult ignored, probe());
      (void)ignored;
    }
    KVFOOT_ASSIGN(const SessionResult probed, probe());
    const double row = probed.prefill_s / static_cast<double>(kWarmUp);
    const double token = probed.decode_s / static_cast<double>(options_.output - 1);
    const auto cost = [&](std::int64_t length) {
      constexpr double kChunkSizes = 3.5;
      return kChunkSizes *
             (row * static_cast<double>(length) + token * static_cast<double>(options_.output));
    };
    double spent = 0;
    std::size_t kept = 0;
    while (kept < lengths.size() && spent + cost(lengths[kept]) <= options_.seconds) {
      spent += cost(lengths[kept++]);
    }
    if (kept < 2) {
      return Error{"--seconds",
                   "the model is too slow to be measured in " + format_seconds(options_.seconds),
                   "give more, or shorter prompts"};
    }
    if (kept < lengths.size()) {
      warn("fewer_lengths", "prompts of " + std::to_string(lengths[kept]) +
                                " tokens and more are left out: no time for them in " +
                                format_seconds(options_.seconds));
    }
    lengths.resize(kept);
    return {};
  }

  static void note(const SessionResult& result, PlannedRun& planned) {
    const auto passes = static_cast<std::int64_t>(result.wall_ns.size());
    const std::int64_t decode = planned.run.prefill_passes();
    for (std::int64_t pass = 0; pass < passes; ++pass) {
      std::int64_t of = pass;
      if (pass >= decode) {
        const std::int64_t group = (pass - decode) / kDecodeGroup;
        if (group == 0) {
          continue;  // prefill has left its own data in the caches
        }
        of = decode + group * kDecodeGroup + kDecodeGroup / 2;
        if (of >= passes) {
          continue;  // half a group
        }
      }
      const auto at = static_cast<std::size_t>(pass);
      planned.seconds[of].push_back(1e-9 *
                                    static_cast<double>(result.wall_ns[at] + result.sample_ns[at]));
    }
  }

  const Options& options_;
  LoadedModel& model_;
  std::vector<PlannedRun> runs_;
  int rounds_ = 0;
};

// Both kinds of passes count alike, however many there are.
std::vector<MeasuredPass> balanced(std::vector<MeasuredPass> prefill,
                                   const std::vector<MeasuredPass>& decode) {
  for (MeasuredPass& pass : prefill) {
    pass.weight = 1.0 / static_cast<double>(prefill.size());
  }
  for (const MeasuredPass& pass : decode) {
    prefill.push_back(pass);
    prefill.back().weight = 1.0 / static_cast<double>(decode.size());
  }
  return prefill;
}

std::int64_t physical_memory() {
  return static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) *
         static_cast<std::int64_t>(sysconf(_SC_PAGE_SIZE));
}

std::string stem_of(const std::string& out) {
  const std::string name = std::filesystem::path(out).stem().string();
  return name.empty() || name == "-" ? "calibrated" : name;
}

// Before a minute of measuring, not after it.
Status writable(const std::string& file) {
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  std::error_code code;
  if (!folder.empty() && !std::filesystem::is_directory(folder, code)) {
    return Error{file, "its folder does not exist", "make it first"};
  }
  return {};
}

struct Report {
  DeviceFit fit;
  std::string yaml;
  std::vector<std::pair<std::string, TimeError>> errors;  // "fit prefill", ...
};

JsonValue to_json(const Report& report, const Measurement& measurement, const LoadedModel& model) {
  JsonValue::Object numbers;
  const DeviceModel& device = report.fit.device;
  numbers.emplace_back("memory_bytes_per_s", device.memory_bandwidth * device.memory_achieved);
  const double peak = device.matmul(model.weight_dtype);
  numbers.emplace_back("matmul_flop_per_s", peak * device.matmul_achieved);
  numbers.emplace_back("attention_flop_per_s", peak * device.attention_achieved);
  numbers.emplace_back("launch_ns", device.launch_ns);
  JsonValue::Object determined;
  const char* names[] = {"memory_bytes_per_s", "matmul_flop_per_s", "attention_flop_per_s",
                         "launch_ns"};
  for (std::size_t i = 0; i < kDeviceNumbers; ++i) {
    determined.emplace_back(names[i], report.fit.determined[i]);
  }
  JsonValue::Array errors;
  for (const auto& [name, error] : report.errors) {
    const auto space = name.find(' ');
    errors.emplace_back(JsonValue::Object{{"runs", name.substr(0, space)},
                                          {"passes", name.substr(space + 1)},
                                          {"count", error.passes},
                                          {"median_error", error.median},
                                          {"p95_error", error.p95}});
  }
  return JsonValue::Object{{"schema", "kvfoot-calibration-1"},
                           {"model", model.name},
                           {"threads", std::int64_t{model.cpu.threads}},
                           {"machine", machine_description()},
                           {"runs", static_cast<std::int64_t>(measurement.runs())},
                           {"repetitions", std::int64_t{measurement.rounds()}},
                           {"spread", measurement.noise()},
                           {"numbers", std::move(numbers)},
                           {"determined", std::move(determined)},
                           {"errors", std::move(errors)},
                           {"device", report.yaml}};
}

void print(const Report& report, const Measurement& measurement, const LoadedModel& model) {
  const DeviceModel& device = report.fit.device;
  const double peak = device.matmul(model.weight_dtype);
  const std::array<std::string, kDeviceNumbers> values{
      format_fixed(device.memory_bandwidth * device.memory_achieved / 1e9, 2) + " GB/s",
      format_fixed(peak * device.matmul_achieved / 1e9, 1) + " GFLOP/s",
      format_fixed(peak * device.attention_achieved / 1e9, 1) + " GFLOP/s",
      std::to_string(device.launch_ns) + " ns"};
  Table numbers{.columns = {{"number"}, {"value", true}, {""}}, .rows = {}};
  for (std::size_t i = 0; i < kDeviceNumbers; ++i) {
    numbers.rows.push_back({std::string(to_string(static_cast<DeviceNumber>(i))), values[i],
                            !report.fit.determined[i]
                                ? "not determined by these passes: kept from the start"
                            : report.fit.felt[i] ? "measured"
                                                 : "measured: so fast that no pass feels it"});
  }
  Table errors{.columns = {{"runs"},
                           {"passes"},
                           {"count", true},
                           {"median error", true},
                           {"p95 error", true}},
               .rows = {}};
  for (const auto& [name, error] : report.errors) {
    const auto space = name.find(' ');
    errors.rows.push_back({name.substr(0, space), name.substr(space + 1),
                           std::to_string(error.passes), format_percent(error.median),
                           format_percent(error.p95)});
  }
  std::printf("%s, %d threads: %zu runs, %d times; equal passes differ by %s\n\n%s\n%s",
              model.name.c_str(), model.cpu.threads, measurement.runs(), measurement.rounds(),
              format_percent(measurement.noise()).c_str(), table_to_text(numbers).c_str(),
              table_to_text(errors).c_str());
}

Status calibrate(const Options& options) {
  KVFOOT_TRY(writable(options.out));
  KVFOOT_TRY(writable(options.json));
  KVFOOT_ASSIGN(DeviceModel start, resolve_device(options.start, "."));
  KVFOOT_ASSIGN(LoadedModel model, load_model(options.model));
  start.cpu = model.cpu;
  Measurement measurement(options, model);
  KVFOOT_TRY(measurement.plan());
  KVFOOT_TRY(measurement.measure());
  if (measurement.noise() > kNoisy) {
    warn("noisy", "equal passes differ by " + format_percent(measurement.noise()) +
                      ": the machine is busy with other work; measure when it is idle, or with "
                      "fewer threads and more repetitions");
  }

  start.name = stem_of(options.out);
  start.title = machine_description() + "; " + std::to_string(model.cpu.threads) +
                " threads, kvfoot's CPU executor on " + model.name;
  start.memory = physical_memory();
  const std::string source = "measured by kvfoot calibrate on " + model.name + ", " +
                             std::to_string(model.cpu.threads) + " threads";
  const auto says = [&](const std::string& name, const std::string& text) {
    std::erase_if(start.sources, [&](const auto& entry) { return entry.first == name; });
    start.sources.emplace_back(name, text);
  };
  says("memory", "the machine's physical memory");
  says("executor", "what was measured");
  says("threads", "what was measured");

  const bool kinds[] = {false, true};
  std::map<std::pair<bool, Phase>, std::vector<MeasuredPass>> passes;
  for (const bool held_out : kinds) {
    for (const Phase phase : {Phase::kPrefill, Phase::kDecode}) {
      KVFOOT_ASSIGN(std::vector<MeasuredPass> some, measurement.passes(phase, held_out));
      passes[{held_out, phase}] = std::move(some);
    }
  }
  Report report;
  KVFOOT_ASSIGN(report.fit, fit_device(balanced(passes[{false, Phase::kPrefill}],
                                                passes[{false, Phase::kDecode}]),
                                       start, model.weight_dtype, source));
  for (const bool held_out : kinds) {
    for (const Phase phase : {Phase::kPrefill, Phase::kDecode}) {
      report.errors.emplace_back(
          std::string(held_out ? "held-out " : "fitted ") +
              (phase == Phase::kPrefill ? "prefill" : "decode"),
          time_error(report.fit.device, model.weight_dtype, passes[{held_out, phase}]));
    }
  }
  report.yaml = device_to_yaml(report.fit.device);
  if (!options.out.empty()) {
    KVFOOT_TRY(parse_device(report.yaml, "the fitted description"));
    KVFOOT_TRY(write_file(options.out, report.yaml));
  }
  const std::string json =
      write_json(to_json(report, measurement, model), JsonLayout::kIndented) + "\n";
  if (options.json == "-") {
    std::fputs(json.c_str(), stdout);
    return {};
  }
  if (!options.json.empty()) {
    KVFOOT_TRY(write_file(options.json, json));
  }
  print(report, measurement, model);
  return {};
}

}  // namespace

void add_calibrate(CLI::App& root, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = root.add_subcommand(
      "calibrate", "Measure passes on this machine and fit a device description to them");
  add_model_flag(*command, options->model);
  command
      ->add_option("--prompt", options->prompts,
                   "Prompt lengths, at least two; default: 64, 128, ... 2048")
      ->delimiter(',');
  command->add_option("--output", options->output, "Tokens to decode in every run")
      ->check(CLI::Range(3 * kDecodeGroup, std::int64_t{4096}))
      ->capture_default_str();
  command->add_option("--repeat", options->repeat, "Repetitions, of which the median counts")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command
      ->add_option("--seconds", options->seconds,
                   "No further repetition after this time, and no prompts that are too long for it")
      ->check(CLI::Range(1.0, 86400.0))
      ->capture_default_str();
  command
      ->add_option("--start", options->start,
                   "Device description whose numbers are kept where nothing can be measured")
      ->capture_default_str();
  command->add_option("--out", options->out, "Description to write, for --device-model");
  command->add_option("--json", options->json, "Write the numbers and errors as JSON; - is stdout");
  command->callback([=, &exit_code] {
    const Status status = calibrate(*options);
    exit_code = status ? kDone : fail(status.error());
  });
}

}  // namespace kvfoot::cli
