// One schedule over a trace: what is resident in the layer at hand, what it has accumulated, and
// the answers that it was given.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/trace/code.hpp"
#include "sim/trace/head_mass.hpp"
#include "sim/trace/mass_statistics.hpp"
#include "sim/trace/scores.hpp"
#include "sim/trace/source.hpp"

namespace kvfoot {

class TraceAttention::Impl {
 public:
  Impl(std::shared_ptr<TraceScores> scores, const TraceRequest& request);

  // Takes the resident lists of a layer; errors when they are not those of the recording.
  [[nodiscard]] Status enter(const Pass& pass, std::int32_t layer,
                             std::span<const std::span<const TokenPos>> resident);
  [[nodiscard]] bool follows_rows() const { return request_.needs.accumulated || weighs_; }
  [[nodiscard]] bool weighs() const { return weighs_; }
  void add_block(std::int32_t q_head, const BlockMass& block, std::int64_t bytes);
  // `mass` over keys, of row `row` of the pass.
  void add_row(std::int32_t q_head, std::int64_t row, std::span<const float> mass,
               std::int64_t bytes);
  // After the rows of the layer.
  void end_rows();

  [[nodiscard]] Result<std::span<const float>> answer(const AttentionQuery& query,
                                                      std::int32_t head);
  void retain(std::int32_t head, std::span<const std::int32_t> kept);

  [[nodiscard]] std::optional<RetainedMass> retained_mass() const;
  [[nodiscard]] std::vector<double> stream_mass() const;
  [[nodiscard]] std::vector<Warning> warnings() const;
  [[nodiscard]] std::int64_t bytes_touched() const { return bytes_; }
  [[nodiscard]] TraceScores& scores() { return *scores_; }
  // That the trace lacks what chunks of this size need, with sizes that it does not lack.
  [[nodiscard]] Error not_served(const std::string& what) const;

 private:
  using Values = TraceScores::Impl::Values;

  [[nodiscard]] const TraceReader& trace() const { return scores_->trace(); }
  [[nodiscard]] bool blocks() const;
  [[nodiscard]] HeadMass& mass_of(std::int32_t head);              // `blocks`, of a storage head
  [[nodiscard]] std::vector<float>& sum_of(std::int32_t q_head);   // `rows`
  void weigh(std::int32_t head, double share, std::int64_t rows);  // of the layer at hand
  [[nodiscard]] Error cannot(const std::string& what, const std::string& hint) const;

  [[nodiscard]] Result<Values> make_answer(const AttentionQuery& query, std::int32_t head);
  [[nodiscard]] Result<Values> accumulated(std::int32_t head);
  [[nodiscard]] Result<Values> last_row(std::int32_t head);
  [[nodiscard]] Result<Values> key_norms(std::int32_t head);
  [[nodiscard]] Result<Values> future(std::int32_t head);
  // What later rows give to keys [0, mass.size()), of one query head, added.
  [[nodiscard]] Status add_future(std::int32_t q_head, std::span<float> mass);
  [[nodiscard]] Result<Values> window_mass(const AttentionQuery& query, std::int32_t head);
  // Sum over the voters of the mass that each candidate got from one query head.
  [[nodiscard]] Status window_from_rows(const AttentionQuery& query, std::int32_t q_head,
                                        std::span<float> raw);
  [[nodiscard]] Status window_from_votes(const AttentionQuery& query, std::int32_t q_head,
                                         std::span<float> raw);
  // Sets `raw` to votes `number` for keys [first, first + raw) of the last `window` rows; false if
  // that window was not recorded.
  [[nodiscard]] Result<bool> add_votes(std::int32_t number, std::int32_t q_head,
                                       std::int64_t window, std::int64_t first,
                                       std::span<float> raw);
  // Masses over the resident list of forward row `row` of the pass, up to itself; not renormalised.
  [[nodiscard]] Result<std::span<const float>> listed_row(std::int32_t q_head, std::int64_t row);

  std::shared_ptr<TraceScores> scores_;
  TraceRequest request_;
  bool weighs_ = false;     // follows retained mass
  std::int32_t heads_ = 0;  // storage heads
  std::int32_t group_ = 1;  // query heads per storage head
  bool open_loop_ = false;  // the trace kept everything: keys are positions

  Pass pass_;
  std::int32_t layer_ = 0;
  std::vector<HeadEntries> entries_;      // per storage head
  std::vector<HeadMass> masses_;          // `blocks`: per (layer, storage head)
  std::vector<std::vector<float>> sums_;  // `rows`: per (layer, query head), mass per entry
  std::vector<float> listed_;
  std::vector<float> raw_;
  std::vector<CodedTerm> terms_;
  std::vector<float> scratch_;
  std::vector<Values> given_;  // keeps answers alive until the next layer
  MassStatistics statistics_;
  StreamMassMeans stream_means_;
  bool proxied_ = false;
  bool extrapolated_ = false;
  std::int64_t bytes_ = 0;
};

}  // namespace kvfoot
