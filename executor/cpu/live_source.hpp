// Answers about the attention of the layer that was just computed, from its queries and its pages.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "executor/cpu/attention.hpp"
#include "executor/cpu/thread_pool.hpp"
#include "sim/core/attention.hpp"

namespace kvfoot::cpu {

// Nothing is computed before it is asked, except the accumulators of kAccumulatedMass, which grow
// with every row (only when the needs say so). The first question computes the answers of all
// heads, in parallel; a head's answer is made by one thread in the order that sim/core/pooling.hpp
// fixes.
class LiveSource final : public AttentionSource {
 public:
  LiveSource(ThreadPool& pool, BufferPool& buffers) : pool_(pool), buffers_(buffers) {}

  void reset(std::int32_t layers, std::int32_t q_heads, const AttentionNeeds& needs);
  // `scratch`: one per thread. Answers are about this layer until end_layer().
  void begin_layer(const LayerAttention& attention, std::int64_t patch_rows,
                   std::span<AttentionScratch> scratch);
  void end_layer() { answers_.clear(); }
  [[nodiscard]] bool accumulates() const { return needs_.accumulated; }
  [[nodiscard]] std::int64_t accumulator_bytes() const;
  // The accumulators of one query head of the current layer, one per resident entry.
  [[nodiscard]] std::span<float> accumulator(std::int32_t q_head);

  [[nodiscard]] Result<std::span<const float>> answer(const AttentionQuery& query,
                                                      std::int32_t head) override;
  void retain(std::int32_t head, std::span<const std::int32_t> kept) override;

 private:
  struct Answer {
    AttentionQuery query;
    std::vector<Buffer<float>> heads;
  };

  void compute(Answer& answer);
  void window_mass(const AttentionQuery& query, std::int32_t head, AttentionScratch& scratch,
                   std::span<float> out);
  void last_row_mass(std::int32_t head, AttentionScratch& scratch, std::span<float> out);
  void accumulated_mass(std::int32_t head, std::span<float> out);
  void key_norms(std::int32_t head, std::span<float> out);

  ThreadPool& pool_;
  BufferPool& buffers_;
  AttentionNeeds needs_;
  LayerAttention attention_;
  std::int64_t patch_rows_ = 0;
  std::span<AttentionScratch> scratch_;
  std::vector<Answer> answers_;
  std::int32_t q_heads_ = 0;
  std::vector<Floats> accumulators_;  // (layers, q_heads), each (resident)
};

}  // namespace kvfoot::cpu
