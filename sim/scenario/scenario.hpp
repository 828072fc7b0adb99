// Scenario files: what a sweep runs and what it writes (docs/scenarios.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/device.hpp"
#include "sim/core/kv_layout.hpp"
#include "sim/core/metrics.hpp"
#include "sim/core/result.hpp"
#include "sim/core/schedule.hpp"
#include "sim/core/shape.hpp"
#include "sim/policy/descriptor.hpp"

namespace kvfoot {

struct YamlNode;

// One run. Exactly one of `shape` and `trace` is set; what is absent follows from the trace.
struct ScenarioPoint {
  std::optional<ModelShape> shape;
  std::string trace;  // as written, relative to the scenario file
  std::optional<std::int64_t> prompt;
  std::optional<std::int64_t> output;
  std::int64_t chunk = 0;
  PolicySpec policy;
  Accounting accounting = Accounting::kExact;
  LastPromptToken last_prompt_token = LastPromptToken::kPrefill;
  std::int64_t batch = 1;  // equal requests
  std::int64_t block_size = 16;
  std::optional<DType> kv_dtype;
  KvLayout layout;
  std::optional<std::uint64_t> seed;
  std::string device_model;               // built-in name or file as written; empty: no clock
  DType weight_dtype = DType::kBF16;      // of weights and activations; only with a device
  LogitsRows logits = LogitsRows::kLast;  // only with a device
  int policy_line = 0;  // where the policy stands, for errors that only a run can see
};

// Files to write, relative to the current folder; empty: not asked for.
struct ReportOptions {
  std::string csv;
  std::string jsonl;
  std::string hdf5;
  std::string json;
  std::string markdown;
  std::vector<std::string> plots;  // names that parse_plot_name knows, "footprint_vs_chunk"
  std::string plot_folder = ".";
  std::string plot_format = "png";  // png, svg or pdf
};

struct Scenario {
  std::filesystem::path file;
  std::string title;
  std::string teaches;
  std::vector<ScenarioPoint> points;  // in the order in which results are reported
  ReportOptions report;
  bool retained_mass = true;  // false: do not compute what replays of traces spend most time on
  std::string hash;           // of the canonical expanded form
};

inline constexpr std::string_view kScenarioVersion = "1";
inline constexpr std::int64_t kMaxScenarioPoints = 1'000'000;

// How many runs a scenario may cross to, and what the error says to do beyond it.
struct RunLimit {
  std::int64_t runs = kMaxScenarioPoints;
  std::string hint = "shorten some lists, split the scenario, or give --yes to sweep all the same";
};

// What parsing needs from outside. Files are named as the scenario writes them.
struct ScenarioContext {
  std::function<Result<ModelShape>(std::string_view name_or_file)> resolve_shape;
  std::function<Result<std::string>(const std::string& path)> read_file;
  // Absent: device models are taken as they are written.
  std::function<Result<DeviceModel>(std::string_view name_or_file)> resolve_device;
  // The plot names that the program can draw; the error of an unknown one.
  std::function<Status(std::string_view name)> check_plot;
  RunLimit limit;
};

// Every problem is an error "FILE:LINE: what; hint": unknown keys (with a near one), wrong types,
// empty lists, values given twice, crosses beyond the limit (counted, not expanded), policies that
// their own checks refuse for the shape and lengths of a point.
[[nodiscard]] Result<Scenario> parse_scenario(std::string_view text, std::string_view where,
                                              const ScenarioContext& context);
// A map of such a file inside another document, which says the version and has no use for a hash.
[[nodiscard]] Result<Scenario> parse_scenario(const YamlNode& map, std::string_view where,
                                              const ScenarioContext& context);

// From disk; shapes and files of policies are found relative to the scenario's folder.
[[nodiscard]] Result<Scenario> load_scenario(
    const std::filesystem::path& file, std::function<Status(std::string_view)> check_plot = {},
    const RunLimit& limit = {});

// One line that holds everything that decides a point's result but the contents of its
// trace and of files that its policy names.
[[nodiscard]] std::string canonical_text(const ScenarioPoint& point);
// The point in a few words for people: "tova:budget=64 on a.h5, chunk 1024, output 32".
[[nodiscard]] std::string describe(const ScenarioPoint& point);

}  // namespace kvfoot
