// Everything that the program does with a trace that somebody gave it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "sim/engine/replay.hpp"
#include "sim/policy/descriptor.hpp"
#include "sim/run/check_trace.hpp"
#include "tests/fuzz/ask_everything.hpp"

namespace kvfoot::fuzz {

inline constexpr const char* kPolicies[] = {"full",
                                            "h2o:heavy=6,recent=6",
                                            "tova:budget=10",
                                            "snapkv:sparsity=0.5,window=8",
                                            "snapkv:sparsity=0.5,window=8,patch=true",
                                            "oracle:budget=10"};
inline constexpr const char* kWords[] = {"rows",    "blocks",  "kv_heads",
                                         "q_heads", "prefill", "decode"};

inline void replay_under_others(const std::shared_ptr<const TraceReader>& trace) {
  const TraceHeader& header = trace->header();
  for (const char* text : kPolicies) {
    const PolicyContext context{.shape = header.shape, .run = header.run};
    const auto policy = make_policy(parse_policy(text).value(), context);
    if (policy) {
      const TraceSchedule schedule{
          .policy = policy->get(), .spec = to_string(*parse_policy(text)), .run = header.run};
      static_cast<void>(replay_trace(trace, {&schedule, 1}).ok());
    }
  }
}

// Errors are fine; true if the trace could be opened.
inline bool use_trace(const std::string& path) {
  const auto trace = TraceReader::open(path);
  if (!trace) {
    return false;
  }
  static_cast<void>((*trace)->verify().ok());
  ask_everything(*trace);
  constexpr std::int64_t kMostRows = 2048;  // keeps one input quick
  if ((*trace)->header().run.rows() <= kMostRows) {
    static_cast<void>(check_trace(*trace).ok());
    replay_under_others(*trace);
  }
  return true;
}

}  // namespace kvfoot::fuzz
