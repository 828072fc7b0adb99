// kvfoot validate: runs policies for real, and holds the simulator against what happened.
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/command_line.hpp"
#include "cli/model_options.hpp"
#include "cli/tokens.hpp"
#include "cli/version.hpp"
#include "executor/run/recorder.hpp"
#include "sim/cache/decision_list.hpp"
#include "sim/report/table.hpp"
#include "sim/report/units.hpp"
#include "sim/run/check_memory.hpp"
#include "sim/run/check_trace.hpp"
#include "sim/run/policy_for_run.hpp"

namespace kvfoot::cli {
namespace {

struct Options {
  ModelOptions model;
  std::vector<std::string> policies;
  std::vector<std::string> chunks;
  std::string task = "niah:length=768,depth=40";
  std::string folder;
  bool markdown = false;
  bool classes = false;
};

// A folder for recordings that goes away with the run.
class ScratchFolder {
 public:
  static Result<std::unique_ptr<ScratchFolder>> create(const std::string& wanted) {
    std::error_code code;
    const std::filesystem::path base =
        wanted.empty() ? std::filesystem::temp_directory_path(code) : std::filesystem::path(wanted);
    std::string name = (base / "kvfoot-validate-XXXXXX").string();
    if (code || mkdtemp(name.data()) == nullptr) {
      return Error{base.string(), "cannot make a folder for recordings", "name one with --folder",
                   ErrorKind::kEnvironment};
    }
    return std::unique_ptr<ScratchFolder>(new ScratchFolder(name));
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// Budgets scaled to the prompt by the policies themselves, and the variants whose code differs.
std::vector<std::string> scaled_policies(std::int64_t prompt) {
  std::vector<std::string> specs;
  for (const PolicyDescriptor* policy : builtin_policies()) {
    const std::string example = policy->example(prompt);
    if (policy->name == "full" || policy->replay_only) {
      continue;  // evicts nothing by definition (level 1 records it); cannot run
    }
    specs.push_back(example);
    const char* separator = example.find(':') == std::string::npos ? ":" : ",";
    const auto variant = [&](std::string_view param, const char* value) {
      const auto has = std::ranges::any_of(
          policy->params, [&](const ParamInfo& info) { return info.name == param; });
      if (has && example.find(std::string(param) + "=") == std::string::npos) {
        specs.push_back(example + separator + std::string(param) + "=" + value);
      }
    };
    variant("evict", "end");
    variant("patch", "true");
    variant("group", "none");
    variant("reindex", "true");
    variant("rest", "snapkv:sparsity=0.5,window=16");
  }
  return specs;
}

// Decisions and nothing else, of a run that does not record.
class LogObserver final : public RunObserver {
 public:
  AttentionObserver* attention() override { return nullptr; }
  Status begin_pass(const Pass& /*pass*/, bool /*side*/, std::span<const std::int32_t> /*tokens*/,
                    std::span<const TokenPos> /*positions*/) override {
    return {};
  }
  Status end_attention(std::int32_t /*layer*/, Backend& /*backend*/) override { return {}; }
  Status end_pass(const PassMemory& /*memory*/, std::int64_t /*wall_ns*/) override { return {}; }
  void on_decision(const DecisionRecord& record) override { list_.on_decision(record); }
  void on_answer(std::int32_t /*pass*/, std::int32_t /*layer*/, std::int32_t /*head*/,
                 const AttentionQuery& /*query*/, std::span<const float> /*values*/) override {}

  [[nodiscard]] const std::vector<DecisionRecord>& records() const { return list_.records(); }

 private:
  DecisionList list_;
};

std::string scientific(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1e", value);
  return text;
}

class Validation {
 public:
  Validation(const Options& options, LoadedModel& model, const Prompt& prompt,
             const ScratchFolder& folder)
      : options_(options), model_(model), prompt_(prompt), folder_(folder) {}

  Status chunk(const std::string& chunk_text, const std::vector<std::string>& policies,
               ProgressLine& progress) {
    chunk_text_ = chunk_text;
    ModelOptions lengths = options_.model;
    lengths.chunk = chunk_text;
    KVFOOT_ASSIGN(run_, run_lengths(lengths, static_cast<std::int64_t>(prompt_.tokens.size())));
    KVFOOT_TRY(find_side_window(policies));
    KVFOOT_TRY(record_full());
    std::int64_t done = 0;
    for (const std::string& policy : policies) {
      progress.update(done++, static_cast<std::int64_t>(policies.size()));
      KVFOOT_TRY(one(policy));
    }
    return {};
  }

  [[nodiscard]] const Table& table() const { return table_; }
  // Bytes of every class at its peak: one number where they are equal, else predicted / counted.
  [[nodiscard]] const Table& classes() const { return classes_; }
  [[nodiscard]] int failed() const { return failed_; }
  [[nodiscard]] int checks() const { return checks_; }

 private:
  [[nodiscard]] RecordRequest request_for(const Policy& policy, const std::string& spec,
                                          const std::string& file) const {
    RecordRequest request;
    request.path = folder_.file(file);
    request.policy_spec = spec;
    request.program_version = kVersion;
    request.session.prompt = prompt_.tokens;
    request.session.run = run_;
    request.session.policy = &policy;
    request.session.kv_dtype = model_.kv_dtype;
    request.session.block = options_.model.block;
    request.session.sampling = options_.model.sampling;
    request.session.cancel = &interrupted();
    return request;
  }

  // Side votes have one window; patched policies with another are asked to make do with it.
  Status find_side_window(const std::vector<std::string>& policies) {
    for (const std::string& text : policies) {
      KVFOOT_ASSIGN(const auto policy,
                    policy_for_run(text, model_.backend->shape(), run_, model_.kv_dtype, seed()));
      side_window_ = std::max(side_window_, policy->patch_window());
    }
    return {};
  }

  // The tokens that every run of this chunk size is fed, and the trace of level 1. Patched policies
  // ask the prompt's end after every chunk, so those votes are recorded as well.
  Status record_full() {
    KVFOOT_ASSIGN(const auto policy,
                  policy_for_run("full", model_.backend->shape(), run_, model_.kv_dtype, seed()));
    RecordRequest request = request_for(*policy, "full", "full.h5");
    const std::vector<std::int64_t> sizes{run_.chunk};
    if (run_.prefill_passes() > 1 && side_window_ > 0) {
      request.session.side_chunks = sizes;
      request.session.side_window = side_window_;
      request.coding.side_votes = sizes;
      request.coding.side_window = static_cast<std::int32_t>(side_window_);
    }
    KVFOOT_ASSIGN(const RecordOutcome outcome, record_run(*model_.backend, request));
    forced_ = outcome.session.output;
    run_ = outcome.session.run;
    KVFOOT_ASSIGN(full_, TraceReader::open(request.path));
    return {};
  }

  Status one(const std::string& policy_text) {
    KVFOOT_ASSIGN(const PolicySpec spec, parse_policy(policy_text));
    const std::string canonical = to_string(spec);
    KVFOOT_ASSIGN(const auto policy, policy_for_run(canonical, model_.backend->shape(), run_,
                                                    model_.kv_dtype, seed()));
    RecordRequest request = request_for(*policy, canonical, "policy.h5");
    request.session.forced_output = forced_;
    KVFOOT_ASSIGN(const RecordOutcome recorded, record_run(*model_.backend, request));
    KVFOOT_ASSIGN(const auto trace, TraceReader::open(request.path));
    KVFOOT_ASSIGN(const TraceCheck check, check_trace(trace));

    // The same without recording: kept sets must not depend on being watched.
    LogObserver log;
    SessionRequest session = request.session;
    session.observer = &log;
    session.on_logits = [](std::size_t, std::span<const float>) {};  // they belong to the memory
    KVFOOT_ASSIGN(const SessionResult real, run_session(*model_.backend, session));
    KVFOOT_ASSIGN(const std::vector<DecisionRecord> decisions, trace->decisions());
    const bool unwatched_equal =
        decisions == log.records() && real.memory == recorded.session.memory;
    KVFOOT_ASSIGN(const OpenLoopCheck open_loop,
                  check_open_loop(full_, canonical, log.records(), real.memory, run_,
                                  model_.kv_dtype, options_.model.block, seed()));
    KVFOOT_ASSIGN(const MemoryCheck memory, check_memory(canonical, real));
    add_row(canonical, check, memory, unwatched_equal, open_loop);
    return {};
  }

  // Predicted from the shape alone: no trace, no decision log.
  [[nodiscard]] Result<MemoryCheck> check_memory(const std::string& policy,
                                                 const SessionResult& real) const {
    KVFOOT_ASSIGN(const MemoryPeaks predicted, predict_memory({.shape = model_.backend->shape(),
                                                               .policy = policy,
                                                               .run = run_,
                                                               .weight_dtype = model_.weight_dtype,
                                                               .kv_dtype = model_.kv_dtype,
                                                               .block = options_.model.block,
                                                               .seed = seed(),
                                                               .cpu = model_.cpu}));
    return MemoryCheck{.predicted = predicted,
                       .measured = {real.class_peak, real.at_peak.total()},
                       .whole_pass = model_.on_cpu()};
  }

  void add_classes(const std::string& policy, const MemoryCheck& memory) {
    std::vector<std::string> row{policy, chunk_text_};
    const auto cell = [&](std::int64_t predicted, std::int64_t counted, bool compared) {
      row.push_back(predicted == counted || !compared
                        ? std::to_string(counted)
                        : std::to_string(predicted) + " / " + std::to_string(counted));
    };
    for (const MemoryClass memory_class : kAllMemoryClasses) {
      cell(memory.predicted.by_class[memory_class], memory.measured.by_class[memory_class],
           memory.compares(memory_class));
    }
    cell(memory.predicted.total, memory.measured.total, memory.whole_pass);
    row.push_back(format_percent(memory.error()));
    classes_.rows.push_back(std::move(row));
  }

  void add_row(const std::string& policy, const TraceCheck& check, const MemoryCheck& memory,
               bool unwatched_equal, const OpenLoopCheck& open_loop) {
    add_classes(policy, memory);
    const bool pass = check.passes() && memory.passes() && unwatched_equal;
    ++checks_;
    failed_ += pass ? 0 : 1;
    table_.rows.push_back({policy, chunk_text_, std::to_string(check.recorded_decisions),
                           check.decisions.empty() ? "equal" : "DIFFERS",
                           check.scores ? format_percent(check.scores->overlap()) : "-",
                           check.scores ? std::to_string(check.near_ties) : "-",
                           check.scores ? scientific(check.answer_error) : "-",
                           check.memory.empty() ? "equal" : "DIFFERS",
                           memory.error() == 0 ? "equal"
                           : memory.passes()   ? "off by " + format_percent(memory.error())
                                               : "DIFFERS",
                           unwatched_equal ? "equal" : "DIFFERS",
                           format_percent(open_loop.logs.overlap()),
                           open_loop.memory_equal ? "equal" : "differ",
                           format_percent(open_loop.retained_mass), pass ? "ok" : "FAILED"});
    const auto explain = [&](const char* level, const std::string& text) {
      if (!text.empty()) {
        std::fprintf(stderr, "%s, chunk %s, level %s: %s\n", policy.c_str(), chunk_text_.c_str(),
                     level, text.c_str());
      }
    };
    explain("0a", check.decisions);
    explain("0m", check.memory);
    explain("0m classes", memory.difference());
    if (check.recorded_decisions == 0) {
      explain("0a", "the policy evicted nothing, so nothing was checked");
    }
  }

  [[nodiscard]] std::uint64_t seed() const { return options_.model.sampling.seed; }

  const Options& options_;
  LoadedModel& model_;
  const Prompt& prompt_;
  const ScratchFolder& folder_;
  std::string chunk_text_;
  RunLengths run_;
  std::int64_t side_window_ = 0;
  std::vector<std::int32_t> forced_;
  std::shared_ptr<const TraceReader> full_;
  int checks_ = 0;
  int failed_ = 0;
  Table table_{.columns = {{"policy"},
                           {"chunk", true},
                           {"decisions", true},
                           {"0a log"},
                           {"0b overlap", true},
                           {"near ties", true},
                           {"0b error", true},
                           {"0m memory"},
                           {"0m classes"},
                           {"unwatched"},
                           {"1 overlap", true},
                           {"1 memory"},
                           {"1 mass", true},
                           {"verdict"}},
               .rows = {}};
  Table classes_{.columns = {{"policy"},
                             {"chunk", true},
                             {"weights", true},
                             {"KV", true},
                             {"activations", true},
                             {"workspace", true},
                             {"logits", true},
                             {"peak of the sum", true},
                             {"largest error", true}},
                 .rows = {}};
};

Result<int> validate(const Options& options) {
  KVFOOT_ASSIGN(LoadedModel model, load_model(options.model));
  ModelOptions prompt_options = options.model;
  prompt_options.task = options.task;
  KVFOOT_ASSIGN(const Prompt prompt, read_prompt(prompt_options, model));
  KVFOOT_ASSIGN(const auto folder, ScratchFolder::create(options.folder));
  const auto length = static_cast<std::int64_t>(prompt.tokens.size());
  const std::vector<std::string> policies =
      options.policies.empty() ? scaled_policies(length) : options.policies;
  std::vector<std::string> chunks = options.chunks;
  if (chunks.empty()) {
    chunks = {std::to_string(length / 4), std::to_string(length / 2 + 1), "all"};
  }
  Validation validation(options, model, prompt, *folder);
  for (const std::string& chunk : chunks) {
    ProgressLine progress("chunk " + chunk);
    KVFOOT_TRY(validation.chunk(chunk, policies, progress));
  }
  const auto print = [&](const Table& table) {
    std::fputs((options.markdown ? table_to_markdown(table) : table_to_text(table)).c_str(),
               stdout);
  };
  print(validation.table());
  if (options.classes) {
    std::fputs("\n", stdout);
    print(validation.classes());
  }
  const std::string device = model.on_cpu() ? "" : ", on " + std::string(model.backend->device());
  std::printf(
      "\n%d of %d runs agree (0a, 0m and unwatched equal, 0m classes within 2 %%%s, 0b overlap at "
      "least 99.9 %%); %lld prompt tokens, %lld generated%s\n",
      validation.checks() - validation.failed(), validation.checks(),
      model.on_cpu() ? "" : " for weights and KV, the others are not predicted for this device",
      static_cast<long long>(length), static_cast<long long>(options.model.output), device.c_str());
  return validation.failed() == 0 && validation.checks() > 0 ? kDone : kCheckFailed;
}

}  // namespace

void add_validate(Command& root, int& exit_code) {
  auto options = std::make_shared<Options>();
  options->model.output = 16;
  Command* command = root.add_subcommand(
      "validate", "Run policies with real eviction and compare with what the simulator says");
  add_model_flag(*command, options->model);
  command->add_option("--policy", options->policies,
                      "Only these policies; default: every policy and its variants, scaled");
  command
      ->add_option("--chunk", options->chunks, "Chunk sizes; default: three that suit the prompt")
      ->delimiter(',');
  command->add_option("--task", options->task, "The prompt")->capture_default_str();
  command->add_option("--output", options->model.output, "Tokens to generate")
      ->transform(tokens())
      ->capture_default_str();
  command->add_option("--seed", options->model.sampling.seed, "Seed")->capture_default_str();
  command->add_option("--folder", options->folder, "Where recordings go for the time of the run");
  command->add_flag("--classes", options->classes,
                    "Print the peak of every class of memory, in bytes");
  command->add_flag("--markdown", options->markdown, "Print the tables as Markdown");
  command->callback([=, &exit_code] {
    const Result<int> result = validate(*options);
    exit_code = result ? *result : fail(result.error());
  });
}

}  // namespace kvfoot::cli
