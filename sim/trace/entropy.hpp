// How spread out the recorded attention of every query head is.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "sim/core/result.hpp"
#include "sim/trace/reader.hpp"

namespace kvfoot {

struct AttentionEntropy {
  // (layers, query heads): mean over the rows looked at of -sum p log2 p, in bits. 2^entropy is the
  // number of keys that would have this entropy if they shared the mass evenly.
  std::vector<double> bits;
  std::int64_t rows = 0;  // looked at
};

// Looks at no more than `most_rows` rows, spread evenly over those that are recorded one by one and
// always the last of them: all rows of a `rows` trace; of a `blocks` trace the output and the last
// rows before candidate chunk ends, because the mean of several rows is more spread than they are.
// The keys are those that were resident while recording. Codes below 2^-31 count as nothing.
// `cancel` may be null; an interrupted call gives kInterrupted. Errors are those of the reader.
[[nodiscard]] Result<AttentionEntropy> attention_entropy(const TraceReader& trace,
                                                         std::int64_t most_rows = 256,
                                                         const std::atomic<bool>* cancel = nullptr);

}  // namespace kvfoot
