// Workspace of the CPU executor, byte for byte (docs/time-and-memory.md); every function expects
// PassModel::cpu.
#pragma once

#include <cstdint>

#include "sim/graph/pass_work.hpp"

namespace kvfoot {

// Panels of widened weights, one per thread; held from start to end.
[[nodiscard]] std::int64_t cpu_panel_bytes(const PassModel& model);
// Cosines and sines, held during a pass: of its rows, or of as many entries as its longest stream
// has where keys turn at their index in the cache.
[[nodiscard]] std::int64_t cpu_rotation_bytes(const PassModel& model, const PassLoad& load);
// Tiles of all threads while attention runs; with whole rows of scores where they are summed up.
[[nodiscard]] std::int64_t cpu_attention_bytes(const PassModel& model, std::int64_t rows,
                                               const LayerLoad& layer);
// Tiles of all threads while answers are computed.
[[nodiscard]] std::int64_t cpu_score_bytes(const PassModel& model, const PassLoad& load,
                                           const LayerLoad& layer);
// Answers until the policy has decided: one value per candidate and storage head.
[[nodiscard]] std::int64_t cpu_answer_bytes(const PassModel& model, const PassLoad& load,
                                            const LayerLoad& layer);

}  // namespace kvfoot
