// kvfoot calibrate: measures real passes, fits a device description to them, and says how far it is
// off on runs that it has not seen.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/command_line.hpp"
#include "cli/measurement.hpp"
#include "cli/model_options.hpp"
#include "cli/tokens.hpp"
#include "sim/core/text.hpp"
#include "sim/io/device_file.hpp"
#include "sim/io/file.hpp"
#include "sim/io/json.hpp"
#include "sim/report/machine.hpp"
#include "sim/report/table.hpp"
#include "sim/report/units.hpp"

namespace kvfoot::cli {
namespace {

constexpr double kNoisy = 0.1;

struct Options {
  ModelOptions model;
  MeasurementOptions measurement;
  std::string start = "laptop-cpu";
  std::string out;
  std::string json;
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
  if (options.model.device == "cuda") {
    return Error{"kvfoot calibrate --device cuda", "it measures the CPU backend",
                 "describe a GPU by a file (kvfoot devices h100-sxm prints one to start from)"};
  }
  ModelOptions on_cpu = options.model;
  on_cpu.device = "cpu";
  KVFOOT_ASSIGN(LoadedModel model, load_model(on_cpu));
  start.cpu = model.cpu;
  Measurement measurement(options.measurement, model);
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

void add_calibrate(Command& root, int& exit_code) {
  auto options = std::make_shared<Options>();
  Command* command = root.add_subcommand(
      "calibrate", "Measure passes on this machine and fit a device description to them");
  add_model_flag(*command, options->model);
  command
      ->add_option("--prompt", options->measurement.prompts,
                   "Prompt lengths, at least two; default: 64, 128, ... 2048")
      ->transform(tokens())
      ->delimiter(',');
  command->add_option("--output", options->measurement.output, "Tokens to decode in every run")
      ->transform(tokens())
      ->check(in_range(3 * kDecodeGroup, std::int64_t{4096}))
      ->capture_default_str();
  command
      ->add_option("--repeat", options->measurement.repeat,
                   "Repetitions, of which the median counts")
      ->check(in_range(1, 100))
      ->capture_default_str();
  command
      ->add_option("--seconds", options->measurement.seconds,
                   "No further repetition after this time, and no prompts that are too long for it")
      ->check(in_range(1.0, 86400.0))
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
