// One scenario as the program's panels edit it: plain values, what `kvfoot replay` takes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/core/device.hpp"
#include "sim/core/kv_layout.hpp"
#include "sim/core/metrics.hpp"
#include "sim/core/result.hpp"
#include "sim/core/schedule.hpp"
#include "sim/core/shape.hpp"
#include "sim/policy/descriptor.hpp"
#include "sim/run/replay.hpp"

namespace kvfoot::gui {

// Defaults are those of the command line. Lengths count tokens.
struct WhatIf {
  std::string trace;                   // file; empty: `shape` and `prompt` say what runs
  std::string shape = "llama-3.1-8b";  // built-in name or config.json; unused with a trace
  std::int64_t prompt = 131072;        // unused with a trace, which has its own
  std::optional<std::int64_t> output;  // absent: as recorded, or kDefaultOutput
  std::int64_t chunk = kDefaultChunk;
  LastPromptToken last_prompt_token = LastPromptToken::kPrefill;
  PolicySpec policy{"full", {}};
  Accounting accounting = Accounting::kExact;
  std::int64_t batch = 1;
  std::int64_t block = 16;        // entries per page
  std::optional<DType> kv_dtype;  // absent: as recorded, or bf16
  KvLayout layout;
  std::optional<std::uint64_t> seed;  // absent: as recorded, or 0
  std::string device;                 // built-in name or file; empty: no times
  DType weight_dtype = DType::kBF16;  // only with a device
  LogitsRows logits = LogitsRows::kLast;
  friend bool operator==(const WhatIf&, const WhatIf&) = default;
};

// What the program shows before anybody chose a policy: sinks and a recent window that hold a
// sixteenth of a prompt of that many tokens together (Xiao et al., arXiv 2309.17453).
[[nodiscard]] PolicySpec first_policy(std::int64_t prompt);

// `current` on the trace `file`, however it was opened: policy, chunk, batch, storage and device
// stay; what the trace defines (output, types, seed) is as recorded, and a chunk of the whole
// prompt or beyond it becomes the recorded one, because one pass would hide what chunks do.
[[nodiscard]] WhatIf on_trace(const WhatIf& current, std::string file, const RunLengths& recorded);
// The schedule of a trace that was recorded while `policy` evicted: it replays no other.
[[nodiscard]] WhatIf as_recorded(const WhatIf& current, PolicySpec policy,
                                 const RunLengths& recorded);

// "llama-3.1-8b · snapkv:sparsity=0.7": what tables and menus call a scenario.
[[nodiscard]] std::string short_name(const WhatIf& what_if);

// The `kvfoot replay` that computes the same, quoted for a POSIX shell.
[[nodiscard]] std::string to_command(const WhatIf& what_if);

}  // namespace kvfoot::gui
