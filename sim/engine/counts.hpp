// `exact` accounting from counts alone: what a policy leaves resident, without a trace.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/core/metrics.hpp"
#include "sim/core/result.hpp"
#include "sim/core/schedule.hpp"
#include "sim/core/shape.hpp"
#include "sim/engine/control.hpp"
#include "sim/engine/profile.hpp"
#include "sim/policy/policy.hpp"

namespace kvfoot {

struct CountOptions {
  std::int64_t block = 16;  // entries per page
  DType kv_dtype = DType::kBF16;
  std::int64_t batch = 1;  // equal requests; bytes are those of all, entries of one
  KvLayout layout;
  bool profile = false;       // keep change points for timelines
  bool pass_by_pass = false;  // ask kept_count for every decode pass, even where a cap is known
};

struct CountOutcome {
  Metrics metrics;
  std::optional<ResidenceProfile> profile;
};

constexpr std::int64_t kMaxBatch = std::int64_t{1} << 20;

// Refuses lengths, shapes, blocks, batches and layouts that cannot be counted in 64 bits.
[[nodiscard]] Status check_countable(const ModelShape& shape, const RunLengths& run,
                                     std::int32_t heads, std::int64_t block, std::int64_t batch = 1,
                                     const KvLayout& layout = {});

// Sum over rows and streams of what the architecture alone keeps: everything, in sliding layers the
// window. The denominator of `footprint_native`.
[[nodiscard]] std::int64_t native_entry_rows(const ModelShape& shape, const RunLengths& run,
                                             std::int32_t heads);

// `policy` was made for policy_shape(shape) and decides in full layers; sliding layers keep their
// window. Prefill passes ask Policy::kept_count; decoding follows Policy::decode_cap in closed form
// where every stream has one, else kept_count pass by pass. Both ways agree exactly. Errors: bad
// lengths or shape; a policy whose counts depend on attention (the hint says that a trace is
// needed); kInterrupted.
[[nodiscard]] Result<CountOutcome> replay_counts(const Policy& policy, const ModelShape& shape,
                                                 const RunLengths& run, const CountOptions& options,
                                                 const ReplayControl& control = {});

}  // namespace kvfoot
