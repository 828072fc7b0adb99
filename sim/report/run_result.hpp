// One finished replay or run: what was asked after defaults, where it came from, what came out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/core/device.hpp"
#include "sim/core/kv_layout.hpp"
#include "sim/core/metrics.hpp"
#include "sim/core/schedule.hpp"
#include "sim/core/shape.hpp"

namespace kvfoot {

// Policies are text here: results are read and drawn without any policy code.
struct RunInputs {
  std::string policy;  // name, "snapkv"
  std::string spec;    // every default filled in, "snapkv:sparsity=0.7,window=64,..."
  std::vector<std::pair<std::string, std::string>> params;  // as given, without defaults
  std::string trace;  // file, empty when only a shape was given
  ModelShape shape;
  RunLengths run;
  Accounting accounting = Accounting::kExact;
  std::int64_t batch = 1;        // equal requests: bytes and times are those of all
  std::int64_t block_size = 16;  // entries per page
  DType kv_dtype = DType::kBF16;
  KvLayout layout;
  std::string device_model;               // empty: no clock, times are absent
  DType weight_dtype = DType::kBF16;      // of weights and activations; only with a device
  LogitsRows logits = LogitsRows::kLast;  // only with a device
  std::uint64_t seed = 0;
  friend bool operator==(const RunInputs&, const RunInputs&) = default;
};

// What a second person needs to get the same numbers. Empty means that it does not apply.
struct Provenance {
  std::string program;        // "kvfoot 0.1.0"
  std::string scenario_hash;  // sweeps only, 16 hex digits
  std::string trace_hash;     // 16 hex digits
  std::string machine;        // "x86_64, 2 threads"
  friend bool operator==(const Provenance&, const Provenance&) = default;
};

struct RunResult {
  RunInputs inputs;
  Provenance provenance;
  Metrics metrics;
  std::vector<Warning> warnings;
};

[[nodiscard]] std::string_view to_string(Accounting accounting);        // "exact", "paper"
[[nodiscard]] std::string_view to_string(LastPromptToken last_prompt);  // "prefill", "decode"
// "snapkv:sparsity=0.7": only what was given; the label of a run in tables and legends.
[[nodiscard]] std::string short_spec(const RunInputs& inputs);
// "all" or the number of rows.
[[nodiscard]] std::string chunk_text(const RunLengths& run);

}  // namespace kvfoot
