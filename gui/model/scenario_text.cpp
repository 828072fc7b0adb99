// Writing scenario files, and reading them back as what the panels edit.
#include "gui/model/scenario_text.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "gui/model/policy_fields.hpp"
#include "sim/io/device_file.hpp"
#include "sim/io/file.hpp"
#include "sim/io/shape_file.hpp"
#include "sim/scenario/scenario.hpp"

namespace kvfoot::gui {
namespace {

constexpr std::int64_t kMostBytes = std::int64_t{16} << 20;

// `path` as the program's own folder sees it.
std::string from_here(const std::filesystem::path& folder, const std::string& path) {
  return (folder / path).lexically_normal().string();
}

PolicySpec with_files_from(const std::filesystem::path& folder, PolicySpec policy) {
  const PolicyDescriptor* descriptor = find_policy(policy.name);
  if (descriptor == nullptr) {
    return policy;
  }
  for (auto& [name, value] : policy.given) {
    const auto info =
        std::ranges::find_if(descriptor->params, [&](const auto& p) { return p.name == name; });
    if (info != descriptor->params.end() && info->type == ParamType::kFile) {
      value = from_here(folder, value);
    } else if (info != descriptor->params.end() && info->type == ParamType::kPolicy) {
      if (auto inner = parse_policy(value)) {
        value = to_string(with_files_from(folder, std::move(*inner)));
      }
    }
  }
  return policy;
}

bool is_builtin_device(const std::string& name) {
  static const std::vector<BuiltinDevice> kDevices = builtin_devices();
  return std::ranges::find(kDevices, name, &BuiltinDevice::name) != kDevices.end();
}

// What the words of a file in `folder` mean: shapes, devices and other files.
class Surroundings {
 public:
  explicit Surroundings(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Must not outlive this.
  [[nodiscard]] ScenarioContext context() {
    ScenarioContext context;
    context.resolve_shape = [this](std::string_view name) -> Result<ModelShape> {
      KVFOOT_ASSIGN(ModelShape shape, resolve_shape(name, folder_));
      const bool builtin = builtin_shape(name).ok();
      named_.emplace_back(shape,
                          builtin ? std::string(name) : from_here(folder_, std::string(name)));
      return shape;
    };
    context.read_file = [this](const std::string& path) {
      return read_regular_file(folder_ / path, kMostBytes);
    };
    context.resolve_device = [this](std::string_view name) {
      return resolve_device(name, folder_);
    };
    return context;
  }

  [[nodiscard]] WhatIf to_what_if(const ScenarioPoint& point) const {
    WhatIf run;
    if (point.shape) {
      const auto at = std::ranges::find_if(
          named_, [&](const auto& entry) { return entry.first == *point.shape; });
      run.shape = at->second;
      run.prompt = point.prompt.value_or(run.prompt);
    } else {
      run.trace = from_here(folder_, point.trace);
    }
    run.output = point.output;
    run.chunk = point.chunk;
    run.last_prompt_token = point.last_prompt_token;
    run.policy = with_files_from(folder_, point.policy);
    run.accounting = point.accounting;
    run.batch = point.batch;
    run.block = point.block_size;
    run.kv_dtype = point.kv_dtype;
    run.layout = point.layout;
    run.seed = point.seed;
    if (!point.device_model.empty()) {
      run.device = is_builtin_device(point.device_model) ? point.device_model
                                                         : from_here(folder_, point.device_model);
      run.weight_dtype = point.weight_dtype;
      run.logits = point.logits;
    }
    return run;
  }

 private:
  std::filesystem::path folder_;
  // Points know shapes, not the words that named them.
  std::vector<std::pair<ModelShape, std::string>> named_;
};

}  // namespace

std::string to_yaml(const WhatIf& what_if, const std::string& title, const ScenarioNotes& notes) {
  static const WhatIf kDefault;
  std::string text = "kvfoot: 1\ntitle: " + yaml_quoted(notes.title.empty() ? title : notes.title) +
                     "\nworkload:\n";
  const auto line = [&](std::string_view key, std::string_view value) {
    text += std::string(key) + ": " + std::string(value) + "\n";
  };
  if (what_if.trace.empty()) {
    line("  shape", yaml_quoted(what_if.shape));
    line("  prompt", std::to_string(what_if.prompt));
  } else {
    line("  trace", yaml_quoted(what_if.trace));
  }
  if (what_if.output) {
    line("  output", std::to_string(*what_if.output));
  }
  if (what_if.batch != kDefault.batch) {
    line("  batch", std::to_string(what_if.batch));
  }
  line("chunk", what_if.chunk == kWholePrompt ? "all" : std::to_string(what_if.chunk));
  line("policy", yaml_quoted(to_string(what_if.policy)));
  if (what_if.accounting == Accounting::kPaper) {
    line("accounting", "paper");
  }
  if (what_if.last_prompt_token == LastPromptToken::kDecode) {
    line("last_prompt_token", "decode");
  }
  if (what_if.block != kDefault.block) {
    line("block_size", std::to_string(what_if.block));
  }
  if (what_if.kv_dtype) {
    line("kv_dtype", to_string(*what_if.kv_dtype));
  }
  if (what_if.layout.quant.scheme != KvScheme::kNone) {
    line("kv_quant", yaml_quoted(to_string(what_if.layout.quant)));
  }
  if (what_if.layout.index.kind != KvIndexKind::kNone) {
    line("kv_index", yaml_quoted(to_string(what_if.layout.index)));
  }
  if (what_if.layout.alloc != KvAlloc::kRagged) {
    line("kv_alloc", to_string(what_if.layout.alloc));
  }
  if (what_if.layout.copies != KvCopies::kKv) {
    line("kv_copies", to_string(what_if.layout.copies));
  }
  if (what_if.seed) {
    line("seed", std::to_string(*what_if.seed));
  }
  if (!what_if.device.empty()) {
    line("device_model", yaml_quoted(what_if.device));
    if (what_if.weight_dtype != DType::kBF16) {
      line("weight_dtype", to_string(what_if.weight_dtype));
    }
    if (what_if.logits != LogitsRows::kLast) {
      line("logits", to_string(what_if.logits));
    }
  }
  return text + notes_yaml(notes);
}

WhatIf with_absolute_paths(WhatIf what_if) {
  std::error_code error;
  const std::filesystem::path here = std::filesystem::current_path(error);
  if (error) {
    return what_if;
  }
  if (!what_if.trace.empty()) {
    what_if.trace = from_here(here, what_if.trace);
  } else if (!builtin_shape(what_if.shape)) {
    what_if.shape = from_here(here, what_if.shape);
  }
  if (!what_if.device.empty() && !is_builtin_device(what_if.device)) {
    what_if.device = from_here(here, what_if.device);
  }
  what_if.policy = with_files_from(here, std::move(what_if.policy));
  return what_if;
}

Status check_scenario(const WhatIf& what_if) {
  KVFOOT_TRY(check_given(what_if.policy));
  Surroundings around{std::filesystem::path()};
  const auto scenario = parse_scenario(to_yaml(what_if, ""), "", around.context());
  if (scenario) {
    return {};
  }
  Error error = scenario.error();
  error.where.clear();  // a line of a file that nobody sees
  return error;
}

Result<std::vector<WhatIf>> load_scenarios(const std::string& file, std::int64_t most) {
  KVFOOT_ASSIGN(ScenarioFile loaded, load_scenario_file(file, most));
  return std::move(loaded.runs);
}

Result<ScenarioFile> load_scenario_file(const std::string& file, std::int64_t most) {
  KVFOOT_ASSIGN(std::string text, read_regular_file(file, kMostBytes));
  Surroundings around(std::filesystem::path(file).parent_path());
  ScenarioContext context = around.context();
  context.limit = {most, "open a file that crosses to fewer runs, or sweep it with kvfoot sweep"};
  KVFOOT_ASSIGN(const Scenario scenario, parse_scenario(text, file, context));
  ScenarioFile loaded;
  for (const ScenarioPoint& point : scenario.points) {
    loaded.runs.push_back(around.to_what_if(point));
  }
  loaded.notes = notes_of(scenario, text, loaded.runs.front());
  loaded.text = std::move(text);
  return loaded;
}

Result<WhatIf> read_what_if(const YamlNode& map, const std::string& file,
                            const std::filesystem::path& folder) {
  Surroundings around(folder);
  ScenarioContext context = around.context();
  context.limit = {1, "give one value of each key"};
  for (const auto& [key, line] : map.keys) {
    if (key == "report") {
      return Error{file + ":" + std::to_string(line), "nothing is written here", "remove 'report'"};
    }
  }
  KVFOOT_ASSIGN(const Scenario scenario, parse_scenario(map, file, context));
  return around.to_what_if(scenario.points.front());
}

}  // namespace kvfoot::gui
