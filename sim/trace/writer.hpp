// Writes a trace while a run goes on: tiles from several threads in, the same bytes for any number
// of threads out. docs/trace-format.md is the specification of the file.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/core/attention.hpp"
#include "sim/core/records.hpp"
#include "sim/core/result.hpp"
#include "sim/trace/format.hpp"
#include "sim/trace/row_model.hpp"

namespace kvfoot {

struct TraceWriteOptions {
  TraceCoding coding;
  // Bytes that the file may need; creation fails when the disk has less. 0: do not look.
  std::int64_t expected_bytes = 0;
};

// Order of calls: create; per pass begin_pass, then per layer [on_tile or sums from any threads,
// key_norms per storage head, end_layer], decisions and answers of that layer at any time before
// end_pass, end_pass; finish. Not thread-safe but for these. Errors are environment errors that
// name the file; after one, every later call reports it again. Destroying a writer that has not
// finished removes the temporary file; the final name appears only when finish() succeeds.
class TraceWriter final : public AttentionObserver, public DecisionSink {
 public:
  [[nodiscard]] static Result<std::unique_ptr<TraceWriter>> create(
      const std::string& path, const TraceHeader& header, const TraceWriteOptions& options);
  ~TraceWriter() override;
  TraceWriter(const TraceWriter&) = delete;
  TraceWriter& operator=(const TraceWriter&) = delete;

  // tokens, positions: pass.forward_rows() of them, patch rows last.
  [[nodiscard]] Status begin_pass(const TracePass& pass, std::span<const std::int32_t> tokens,
                                  std::span<const TokenPos> positions);
  // Every row of every query head of the layer comes once before end_layer.
  void on_tile(const AttentionTile& tile) override;
  // `blocks`: instead of tiles, what sums() asks for, per query head as the backend can.
  [[nodiscard]] const AttentionSums* sums() const override;
  void on_block(const AttentionBlock& block) override;
  void on_row_sum(const AttentionRowSum& sum) override;
  // Instead of tiles: a query head of the layer as a model says. `blocks`, nothing evicted, no
  // patch rows. Calls for different heads may come from different threads at once.
  void on_model(std::int32_t layer, std::int32_t q_head, const RowModel& model);
  // L2 norms of the keys of the pass's rows, shape (pass.forward_rows()).
  void key_norms(std::int32_t layer, std::int32_t head, std::span<const float> norms);
  [[nodiscard]] Status end_layer(std::int32_t layer);
  void on_decision(const DecisionRecord& record) override;
  void on_answer(std::int32_t pass, std::int32_t layer, std::int32_t head,
                 const AttentionQuery& query, std::span<const float> values) override;
  // Side passes give a default PassMemory, which is not stored.
  [[nodiscard]] Status end_pass(const PassMemory& memory, std::int64_t wall_ns);

  // `run` with the output length that was reached. `token_text`: one piece per true row of the run
  // in row order, or empty to leave text out.
  [[nodiscard]] Status finish(const RunLengths& run, std::span<const std::string> token_text);

  // Bytes handed to the file so far.
  [[nodiscard]] std::int64_t bytes_written() const;

 private:
  class Impl;
  explicit TraceWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kvfoot
