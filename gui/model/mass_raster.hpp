// Recorded attention of one stream at the resolution of a picture.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "gui/model/known_lives.hpp"
#include "sim/trace/row_access.hpp"

namespace kvfoot::gui {

// Mass that rows give to keys, mean over the query heads that share the stream. A trace in `blocks`
// knows means over blocks of rows. Not thread-safe; keeps its trace open.
class RecordedMass {
 public:
  // `life` of the stream: a trace recorded while a policy evicted numbers its keys without those
  // that had gone.
  RecordedMass(std::shared_ptr<const TraceReader> trace, StreamLife life, std::int32_t layer,
               std::int32_t head, std::int32_t heads);

  [[nodiscard]] std::int64_t rows() const { return access_.recorded_rows(); }
  // Rows [begin, end) whose masses are one mean; a single row in `rows` traces. row < rows().
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> block_of(std::int64_t row) const;
  // mass[key] for keys 0 .. the last row of the row's block; negative where the row saw no such
  // entry because it had gone while the trace was recorded. Valid until the next call.
  [[nodiscard]] Result<std::span<const float>> block(std::int64_t row);
  // Of one entry; absent for rows beyond the recording, keys above the diagonal, and gone entries.
  [[nodiscard]] Result<std::optional<float>> entry(std::int64_t row, std::int64_t key);

 private:
  [[nodiscard]] Status add_head(std::int64_t row, std::int32_t q_head, std::int64_t keys);

  std::shared_ptr<const TraceReader> trace_;
  StreamLife life_;
  std::int32_t layer_;
  std::int32_t first_head_;  // query heads [first_head_, first_head_ + group_)
  std::int32_t group_;
  RowAccess access_;
  DecodedBlock decoded_;
  std::vector<float> dense_;
  std::vector<float> sum_;     // of the recorded keys, over query heads
  std::vector<float> placed_;  // by position, where keys had gone
};

// Rows [row_begin, row_end) x keys [key_begin, key_end), at most width x height cells; a cell is
// one entry where there is room, else as many as there must be.
struct MassView {
  std::int64_t row_begin = 0;
  std::int64_t row_end = 0;
  std::int64_t key_begin = 0;
  std::int64_t key_end = 0;
  std::int32_t width = 1;   // along the keys
  std::int32_t height = 1;  // along the rows
  bool largest = false;     // the largest entry of a cell stands for it, else their mean
  friend bool operator==(const MassView&, const MassView&) = default;
};

struct MassRaster {
  MassView view;            // width and height are those of `mass`
  std::vector<float> mass;  // [height][width]; NaN where a cell has no entry
};
// Entries belong to the cell in which their middle lies. Errors of the trace; kInterrupted after a
// cancel.
[[nodiscard]] Result<MassRaster> raster_mass(RecordedMass& mass, const MassView& view,
                                             const std::atomic<bool>* cancel = nullptr);

}  // namespace kvfoot::gui
