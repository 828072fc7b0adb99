// Writes a `blocks` trace of made attention (MadeAttention), at any length and shape.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/core/result.hpp"
#include "sim/core/schedule.hpp"
#include "sim/core/shape.hpp"
#include "sim/trace/format.hpp"

namespace kvfoot {

struct MakeTraceRequest {
  std::string path;
  ModelShape shape;
  RunLengths run;
  std::uint64_t seed = 0;
  std::vector<std::int64_t> chunk_sizes;  // besides run.chunk: sizes that replays may use
  std::string program_version;
  std::int32_t threads = 1;
  const std::atomic<bool>* cancel = nullptr;
  std::function<void(std::int64_t done, std::int64_t total)> on_progress;  // layers of passes
};

// The header and coding that make_trace writes, for estimate_trace.
[[nodiscard]] TraceHeader made_header(const MakeTraceRequest& request);
[[nodiscard]] TraceCoding made_coding(const MakeTraceRequest& request);

// The bytes of the file. The same request gives the same file on any number of threads.
[[nodiscard]] Result<std::int64_t> make_trace(const MakeTraceRequest& request);

}  // namespace kvfoot
