// How a policy introduces itself: name, paper, parameters with ranges and defaults, and a maker.
// One descriptor per policy file; cmake/KvfootTargets.cmake generates the table.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/core/result.hpp"
#include "sim/core/schedule.hpp"
#include "sim/core/shape.hpp"
#include "sim/policy/policy.hpp"

namespace kvfoot {

enum class ParamType : std::uint8_t { kInt, kDecimal, kBytes, kChoice, kBool, kFile, kPolicy };

struct ParamInfo {
  std::string_view name;
  ParamType type = ParamType::kInt;
  std::string_view default_text{};  // empty: absent unless given
  double min = 0;
  double max = 0;              // inclusive; min == max == 0 means unbounded
  std::string_view choices{};  // "avg|max" for kChoice
  std::string_view help{};
  // "budget|bytes": parameters that cannot be given together with this one; when one of them is
  // given, this one has no default either.
  std::string_view excludes{};
};

// A policy as a person writes it: "snapkv:sparsity=0.7,window=64". Parsed and checked against the
// descriptor: known names, types and ranges; values keep their text, so that decimals stay exact.
struct PolicySpec {
  std::string name;
  std::vector<std::pair<std::string, std::string>> given;  // in descriptor order

  [[nodiscard]] const std::string* find(std::string_view key) const;
  friend bool operator==(const PolicySpec&, const PolicySpec&) = default;
};

// What a policy may know when it is made.
struct PolicyContext {
  ModelShape shape;
  RunLengths run;
  DType kv_dtype = DType::kBF16;
  std::uint64_t seed = 0;  // for choices that have no better rule; counter-based
  // Reads a small text file for parameters of type kFile; policies do no I/O of their own.
  std::function<Result<std::string>(const std::string& path)> read_file{};
};

struct PolicyDescriptor {
  std::string_view name;
  std::string_view summary;  // one line
  std::string_view paper;    // "SnapKV, arXiv 2404.14469"
  std::span<const ParamInfo> params;
  // A spec whose budgets are scaled so that it really evicts (about half) on a prompt of this
  // length, 8 or more; tests, fuzzers, benchmarks and `kvfoot validate` ask for it.
  std::string (*example)(std::int64_t prompt) = nullptr;
  Result<std::unique_ptr<const Policy>> (*make)(const PolicySpec&, const PolicyContext&) = nullptr;
  // It asks what no running model knows (AttentionNeeds::future): replays of full traces only.
  bool replay_only = false;
};

// Every policy of the build, in the order of the CMake list (generated).
[[nodiscard]] std::span<const PolicyDescriptor* const> builtin_policies();

// Unknown names, parameters, types or ranges give an error with the nearest known word.
[[nodiscard]] Result<PolicySpec> parse_policy(std::string_view text);
// The same checks for values that come as pairs (scenario files, forms).
[[nodiscard]] Result<PolicySpec> make_spec(
    std::string_view name, std::span<const std::pair<std::string, std::string>> values);
[[nodiscard]] const PolicyDescriptor* find_policy(std::string_view name);  // null when unknown
[[nodiscard]] std::string to_string(const PolicySpec& spec);  // canonical; parse_policy reads it
// With every default filled in, for results.
[[nodiscard]] std::string to_string_full(const PolicySpec& spec);
[[nodiscard]] Result<std::unique_ptr<const Policy>> make_policy(const PolicySpec& spec,
                                                                const PolicyContext& context);

}  // namespace kvfoot
