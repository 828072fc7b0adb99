// Parsing a scenario file.
#include "sim/scenario/scenario.hpp"

#include <array>
#include <charconv>
#include <map>
#include <span>

#include "sim/core/text.hpp"
#include "sim/io/device_file.hpp"
#include "sim/io/file.hpp"
#include "sim/io/shape_file.hpp"
#include "sim/io/yaml.hpp"
#include "sim/scenario/axes.hpp"
#include "sim/scenario/count.hpp"
#include "sim/scenario/parts.hpp"

namespace kvfoot {
namespace {

constexpr std::int64_t kMaxScenarioBytes = 4 << 20;
constexpr std::int64_t kDefaultChunkRows = 32768;  // of the paper
constexpr std::int64_t kDefaultOutputRows = 128;   // without a trace
constexpr std::int64_t kMaxRows = 0x7fffffff;
constexpr std::int64_t kMaxBatch = std::int64_t{1} << 20;

auto integer_from(std::string_view key, std::int64_t low, std::int64_t high) {
  return [key = std::string(key), low, high](const std::string& text) -> Result<std::int64_t> {
    const auto value = parse_int(text);
    if (!value || *value < low || *value > high) {
      return Error{key, "'" + text + "' is not an integer from " + std::to_string(low) + " to " +
                            std::to_string(high)};
    }
    return *value;
  };
}

auto tokens_from(std::string_view key, std::int64_t low, std::int64_t high) {
  return [key = std::string(key), low, high](const std::string& text) -> Result<std::int64_t> {
    const auto value = parse_tokens(text);
    if (!value || *value < low || *value > high) {
      return Error{key,
                   "'" + text + "' is not a number of tokens from " + std::to_string(low) + " to " +
                       std::to_string(high),
                   "write for example 131072 or 128K"};
    }
    return *value;
  };
}

template <class T>
auto word_of(std::string_view key, std::vector<std::pair<std::string, T>> words) {
  return [key = std::string(key), words = std::move(words)](const std::string& text) -> Result<T> {
    std::vector<std::string> names;
    for (const auto& [name, value] : words) {
      if (name == text) {
        return value;
      }
      names.push_back(name);
    }
    return Error{key, "'" + text + "' is unknown", suggestion(text, names)};
  };
}

Result<std::uint64_t> parse_seed(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size()) {
    return Error{"seed", "'" + text + "' is not an integer from 0 to 2^64 - 1"};
  }
  return value;
}

Result<std::string> any_text(const std::string& text) { return text; }

class Parser {
 public:
  Parser(std::string_view where, const ScenarioContext& context)
      : source_(where), context_(context) {}

  enum class Version : std::uint8_t { kWithin, kOutside };

  Result<Scenario> parse(const YamlNode& root, Version version_is) {
    KVFOOT_ASSIGN(ScenarioMap map, ScenarioMap::of(source_, root, "the scenario"));
    if (version_is == Version::kWithin) {
      KVFOOT_TRY(version(map));
    }
    Scenario scenario;
    KVFOOT_ASSIGN(scenario.title, text_or_empty(map, "title"));
    KVFOOT_ASSIGN(scenario.teaches, text_or_empty(map, "teaches"));
    ScenarioParts parts;
    parts.line = root.line;
    KVFOOT_ASSIGN(parts.workloads, read_workloads(map));
    KVFOOT_ASSIGN(parts.settings, read_settings(map));
    const YamlNode* policy = map.get("policy");
    if (policy == nullptr) {
      return source_.error(root.line, "has no 'policy'", "add for example 'policy: [full]'");
    }
    // A few lists cross to more than any memory holds: nothing is expanded before it is counted.
    const std::int64_t count = count_points(parts, count_policies(*policy));
    if (count > context_.limit.runs) {
      return source_.error(root.line, too_many(count, context_.limit.runs, "runs"),
                           context_.limit.hint);
    }
    KVFOOT_ASSIGN(parts.policies, read_policies(source_, *policy));
    if (const YamlNode* node = map.get("retained_mass"); node != nullptr) {
      KVFOOT_ASSIGN(
          const std::vector<bool> flags,
          read_axis<bool>(source_, node, "retained_mass", true,
                          word_of<bool>("retained_mass", {{"true", true}, {"false", false}})));
      if (flags.size() != 1) {
        return source_.error(node->line, "retained_mass is true or false, not an axis");
      }
      scenario.retained_mass = flags.front();
    }
    KVFOOT_ASSIGN(scenario.report, read_report(map));
    KVFOOT_TRY(map.finish());
    KVFOOT_ASSIGN(scenario.points, cross(source_, context_, parts));
    return scenario;
  }

 private:
  Status version(ScenarioMap& map) const {
    const YamlNode* node = map.get("kvfoot");
    if (node == nullptr) {
      return source_.error(map.line(), "has no 'kvfoot: 1'", "the first line says the version");
    }
    KVFOOT_ASSIGN(const std::string text, scalar_text(source_, *node, "kvfoot"));
    if (text != kScenarioVersion) {
      return source_.error(node->line, "scenario version '" + text + "' is unknown",
                           "this program reads version " + std::string(kScenarioVersion));
    }
    return {};
  }

  Result<std::string> text_or_empty(ScenarioMap& map, std::string_view key) const {
    const YamlNode* node = map.get(key);
    return node == nullptr ? Result<std::string>(std::string()) : scalar_text(source_, *node, key);
  }

  Result<std::vector<Workload>> read_workloads(ScenarioMap& map) const {
    const YamlNode* node = map.get("workload");
    if (node == nullptr) {
      return source_.error(map.line(), "has no 'workload'",
                           "add for example 'workload: {shape: llama-3.1-8b, prompt: 131072}'");
    }
    KVFOOT_ASSIGN(const std::vector<const YamlNode*> items, axis_items(source_, *node, "workload"));
    std::vector<Workload> workloads;
    for (const YamlNode* item : items) {
      KVFOOT_ASSIGN(Workload workload, read_workload(*item));
      workloads.push_back(std::move(workload));
    }
    return workloads;
  }

  Result<Workload> read_workload(const YamlNode& node) const {
    using Length = std::optional<std::int64_t>;
    KVFOOT_ASSIGN(ScenarioMap map, ScenarioMap::of(source_, node, "workload"));
    const YamlNode* shape = map.get("shape");
    const YamlNode* trace = map.get("trace");
    const YamlNode* prompt = map.get("prompt");
    const YamlNode* output = map.get("output");
    const YamlNode* batch = map.get("batch");
    KVFOOT_TRY(map.finish());
    if ((shape == nullptr) == (trace == nullptr)) {
      return source_.error(node.line, "workload needs either 'shape' or 'trace'",
                           "a shape such as llama-3.1-8b with a prompt length, or a recorded file");
    }
    if (shape != nullptr && prompt == nullptr) {
      return source_.error(node.line, "workload has no 'prompt'",
                           "give the prompt length in tokens");
    }
    if (trace != nullptr && prompt != nullptr) {
      return source_.error(prompt->line, "prompt cannot be given with a trace",
                           "the trace has its own prompt");
    }
    Workload workload;
    workload.line = node.line;
    KVFOOT_ASSIGN(workload.shapes,
                  read_axis<std::optional<ModelShape>>(source_, shape, "shape", std::nullopt,
                                                       context_.resolve_shape));
    KVFOOT_ASSIGN(workload.traces,
                  read_axis<std::string>(source_, trace, "trace", std::string(), any_text));
    KVFOOT_ASSIGN(workload.prompts, read_axis<Length>(source_, prompt, "prompt", std::nullopt,
                                                      tokens_from("prompt", 1, kMaxRows)));
    const Length default_output = trace == nullptr ? Length(kDefaultOutputRows) : std::nullopt;
    KVFOOT_ASSIGN(workload.outputs, read_axis<Length>(source_, output, "output", default_output,
                                                      tokens_from("output", 0, kMaxRows)));
    KVFOOT_ASSIGN(workload.batches, read_axis<std::int64_t>(source_, batch, "batch", 1,
                                                            integer_from("batch", 1, kMaxBatch)));
    return workload;
  }

  Result<Settings> read_settings(ScenarioMap& map) const {
    using enum LastPromptToken;
    Settings settings;
    KVFOOT_ASSIGN(settings.chunks, read_axis<std::int64_t>(
                                       source_, map.get("chunk"), "chunk", kDefaultChunkRows,
                                       [](const std::string& text) { return parse_chunk(text); }));
    KVFOOT_ASSIGN(
        settings.accountings,
        read_axis<Accounting>(source_, map.get("accounting"), "accounting", Accounting::kExact,
                              word_of<Accounting>("accounting", {{"exact", Accounting::kExact},
                                                                 {"paper", Accounting::kPaper}})));
    KVFOOT_ASSIGN(settings.last_prompt_tokens,
                  read_axis<LastPromptToken>(
                      source_, map.get("last_prompt_token"), "last_prompt_token", kPrefill,
                      word_of<LastPromptToken>("last_prompt_token",
                                               {{"prefill", kPrefill}, {"decode", kDecode}})));
    KVFOOT_ASSIGN(settings.block_sizes,
                  read_axis<std::int64_t>(source_, map.get("block_size"), "block_size", 16,
                                          tokens_from("block_size", 1, kMaxRows)));
    KVFOOT_ASSIGN(
        settings.kv_dtypes,
        read_axis<std::optional<DType>>(source_, map.get("kv_dtype"), "kv_dtype", std::nullopt,
                                        [](const std::string& text) { return parse_dtype(text); }));
    KVFOOT_ASSIGN(settings.kv_quants,
                  read_axis<KvQuant>(source_, map.get("kv_quant"), "kv_quant", {}, parse_kv_quant));
    KVFOOT_ASSIGN(settings.kv_indices,
                  read_axis<KvIndex>(source_, map.get("kv_index"), "kv_index", {}, parse_kv_index));
    KVFOOT_ASSIGN(settings.kv_allocs, read_axis<KvAlloc>(source_, map.get("kv_alloc"), "kv_alloc",
                                                         KvAlloc::kRagged, parse_kv_alloc));
    KVFOOT_ASSIGN(settings.kv_copies,
                  read_axis<KvCopies>(source_, map.get("kv_copies"), "kv_copies", KvCopies::kKv,
                                      parse_kv_copies));
    KVFOOT_ASSIGN(settings.seeds, read_axis<std::optional<std::uint64_t>>(
                                      source_, map.get("seed"), "seed", std::nullopt, parse_seed));
    KVFOOT_ASSIGN(
        settings.device_models,
        read_axis<std::string>(source_, map.get("device_model"), "device_model", std::string(),
                               [&](const std::string& name) -> Result<std::string> {
                                 if (context_.resolve_device) {
                                   KVFOOT_TRY(context_.resolve_device(name));
                                 }
                                 return name;
                               }));
    KVFOOT_ASSIGN(settings.weight_dtypes,
                  read_axis<DType>(source_, map.get("weight_dtype"), "weight_dtype", DType::kBF16,
                                   [](const std::string& text) { return parse_dtype(text); }));
    KVFOOT_ASSIGN(settings.logits, read_axis<LogitsRows>(
                                       source_, map.get("logits"), "logits", LogitsRows::kLast,
                                       word_of<LogitsRows>("logits", {{"last", LogitsRows::kLast},
                                                                      {"all", LogitsRows::kAll}})));
    if (settings.device_models == std::vector<std::string>{""}) {
      for (const char* key : {"weight_dtype", "logits"}) {
        if (const YamlNode* node = map.get(key); node != nullptr) {
          return source_.error(node->line, std::string(key) + " has no effect without device_model",
                               "add for example 'device_model: h100-sxm'");
        }
      }
    }
    return settings;
  }

  Result<ReportOptions> read_report(ScenarioMap& map) const {
    ReportOptions report;
    const YamlNode* node = map.get("report");
    if (node == nullptr) {
      return report;
    }
    KVFOOT_ASSIGN(ScenarioMap members, ScenarioMap::of(source_, *node, "report"));
    const std::array<std::pair<std::string_view, std::string*>, 7> texts = {{
        {"csv", &report.csv},
        {"jsonl", &report.jsonl},
        {"hdf5", &report.hdf5},
        {"json", &report.json},
        {"markdown", &report.markdown},
        {"plot_folder", &report.plot_folder},
        {"plot_format", &report.plot_format},
    }};
    for (const auto& [key, target] : texts) {
      if (const YamlNode* value = members.get(key); value != nullptr) {
        KVFOOT_ASSIGN(*target, scalar_text(source_, *value, key));
      }
    }
    if (const YamlNode* format = members.get("plot_format"); format != nullptr) {
      const auto known = word_of<int>("plot_format", {{"png", 0}, {"svg", 1}, {"pdf", 2}});
      if (const auto checked = known(report.plot_format); !checked) {
        return source_.error(format->line, checked.error());
      }
    }
    if (const YamlNode* plots = members.get("plots"); plots != nullptr) {
      KVFOOT_ASSIGN(report.plots,
                    read_axis<std::string>(source_, plots, "plots", std::string(),
                                           [&](const std::string& name) -> Result<std::string> {
                                             if (context_.check_plot) {
                                               KVFOOT_TRY(context_.check_plot(name));
                                             }
                                             return name;
                                           }));
    }
    KVFOOT_TRY(members.finish());
    std::map<std::string, std::string_view> files;
    for (const auto& [key, target] : std::span(texts).first(5)) {
      if (!target->empty() && !files.emplace(*target, key).second) {
        return source_.error(node->line, std::string(key) + " and " + std::string(files[*target]) +
                                             " name the same file");
      }
    }
    return report;
  }

  ScenarioSource source_;
  const ScenarioContext& context_;
};

}  // namespace

Result<Scenario> parse_scenario(std::string_view text, std::string_view where,
                                const ScenarioContext& context) {
  KVFOOT_ASSIGN(const YamlNode root, parse_yaml(text, where));
  KVFOOT_ASSIGN(Scenario scenario, Parser(where, context).parse(root, Parser::Version::kWithin));
  scenario.hash = hash_inputs(scenario, context);
  return scenario;
}

Result<Scenario> parse_scenario(const YamlNode& map, std::string_view where,
                                const ScenarioContext& context) {
  return Parser(where, context).parse(map, Parser::Version::kOutside);
}

Result<Scenario> load_scenario(const std::filesystem::path& file,
                               std::function<Status(std::string_view)> check_plot,
                               const RunLimit& limit) {
  KVFOOT_ASSIGN(const std::string text, read_file(file, kMaxScenarioBytes));
  const std::filesystem::path folder = file.parent_path();
  ScenarioContext context;
  context.resolve_shape = [folder](std::string_view name) { return resolve_shape(name, folder); };
  context.read_file = [folder](const std::string& path) {
    return read_regular_file(folder / path, kMaxScenarioBytes);
  };
  context.resolve_device = [folder](std::string_view name) { return resolve_device(name, folder); };
  context.check_plot = std::move(check_plot);
  context.limit = limit;
  KVFOOT_ASSIGN(Scenario scenario, parse_scenario(text, file.string(), context));
  scenario.file = file;
  return scenario;
}

}  // namespace kvfoot
