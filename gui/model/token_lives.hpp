// How long each token lives in one stream or in all, counted only where somebody looks.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "gui/model/outcome.hpp"
#include "gui/model/workspace.hpp"

namespace kvfoot::gui {

// An entry is seen by its own row and by every row before the one that evicted_at names: it can
// live rows() - position rows. Over several streams, means.
class TokenLives {
 public:
  TokenLives(std::shared_ptr<const StreamLives> lives, StreamChoice stream);

  [[nodiscard]] std::int32_t streams() const { return streams_; }  // that are looked at
  [[nodiscard]] std::int64_t rows() const { return lives_->run().rows(); }

  // Rows that the entry lives over the rows that it could, mean over the streams: (0, 1].
  [[nodiscard]] double lived_share(std::int64_t position);
  // The same in rows.
  [[nodiscard]] double lived_rows(std::int64_t position);
  // In how many of the streams the entry is resident at a row; 0 before its own row.
  [[nodiscard]] std::int32_t resident(std::int64_t position, std::int64_t row);

 private:
  // Sums of a block of positions, made when first asked for.
  void need_lived(std::int64_t block);
  void need_resident(std::int64_t block, std::int64_t row);
  template <class Visit>
  void each_stream(const Visit& visit) const;

  std::shared_ptr<const StreamLives> lives_;
  StreamChoice stream_;
  std::int32_t streams_ = 0;
  std::vector<std::int64_t> lived_;         // (positions) sum over streams
  std::vector<std::int32_t> resident_;      // (positions)
  std::vector<std::uint8_t> has_lived_;     // (blocks)
  std::vector<std::int64_t> resident_row_;  // (blocks) the row they were counted at; -1: never
};

}  // namespace kvfoot::gui
