// Attention with the structure of real long prompts, made from a seed: for trying schedules at
// lengths and shapes for which no weights or no hours are at hand.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/schedule.hpp"
#include "sim/core/shape.hpp"
#include "sim/trace/row_model.hpp"

namespace kvfoot {

// Every query head mixes five parts: sinks (the first four tokens; StreamingLLM, arXiv 2309.17453),
// recency (exponential in the distance), needles (a few places of the prompt that rows come back
// to), heavy keys of its own (H2O, arXiv 2306.14048) and an even rest. About a quarter of the KV
// heads are retrieval heads, which look at needles; the others stream (DuoAttention, arXiv
// 2410.10819). Heads of a group are alike but not equal.
class MadeAttention final : public RowModel {
 public:
  MadeAttention(const ModelShape& shape, const RunLengths& run, std::uint64_t seed);

  void rows(std::int32_t layer, std::int32_t q_head, std::int64_t first_row, std::int64_t rows,
            std::int32_t entries, std::int32_t key_block, DecodedBlock& out) const override;

  [[nodiscard]] bool retrieves(std::int32_t layer, std::int32_t kv_head) const;
  // First tokens of the needles, ascending.
  [[nodiscard]] std::span<const std::int64_t> needles() const { return needles_; }

 private:
  struct Head {
    double sinks = 0;
    double recent = 0;
    double needles = 0;
    double heavy = 0;
    double reach = 0;  // tokens over which recency falls by e
    std::uint64_t key = 0;
  };
  [[nodiscard]] Head head(std::int32_t layer, std::int32_t q_head) const;

  ModelShape shape_;
  RunLengths run_;
  std::uint64_t seed_;
  std::vector<std::int64_t> needles_;
};

}  // namespace kvfoot
