// Single softmax rows of a trace, decoded over the key list of the recording.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "sim/core/result.hpp"
#include "sim/trace/block_code.hpp"
#include "sim/trace/reader.hpp"

namespace kvfoot {

// Where the row blocks of the run's rows lie.
struct BlockPlace {
  std::int64_t begin = 0;  // rows of the run [begin, end)
  std::int64_t end = 0;
  std::int32_t pass = 0;   // index into passes()
  std::int32_t index = 0;  // block within the pass
};

// Rows of the run by number, and the patch rows of side passes. Rows after the recorded ones repeat
// the last one: its 64 most recent keys move along, older ones stay where they are, keys in between
// get the mass of the oldest of the 64; then the row is made to sum to one.
class RowAccess {
 public:
  explicit RowAccess(const TraceReader& trace);

  [[nodiscard]] std::int64_t recorded_rows() const;
  // File pass of a row of the run, and the first row of that pass.
  [[nodiscard]] std::int32_t pass_of_row(std::int64_t row) const;
  // Where the patch rows of a chunk that ends at `end` were recorded: in a side pass or in the pass
  // itself. Nothing unless there are exactly `patch_rows` of them.
  struct PatchPlace {
    std::int32_t pass = 0;   // index into passes()
    std::int64_t first = 0;  // row within the pass
  };
  [[nodiscard]] std::optional<PatchPlace> patch(std::int64_t end, std::int64_t patch_rows) const;
  // Row blocks in the order of rows (`blocks` fidelity).
  [[nodiscard]] std::span<const BlockPlace> blocks() const { return blocks_; }

  // Whether row() can give a recorded row.
  [[nodiscard]] bool keeps_alone(std::int64_t row) const;

  // Masses over keys 0 .. row, as recorded (past + own keys of its pass). `rows` fidelity, or a row
  // block of one row. Valid until the next call.
  [[nodiscard]] Result<std::span<const float>> row(std::int64_t row, std::int32_t layer,
                                                   std::int32_t q_head);
  // The same for row `index` of a file pass, patch rows included; `rows` fidelity only.
  [[nodiscard]] Result<std::span<const float>> row_of_pass(std::int32_t pass, std::int64_t index,
                                                           std::int32_t layer, std::int32_t q_head);
  // Decodes one row block.
  struct Block {
    std::int64_t keys = 0;
    std::int64_t bytes = 0;  // encoded
  };
  [[nodiscard]] Result<Block> block(const BlockPlace& place, std::int32_t layer,
                                    std::int32_t q_head, DecodedBlock& decoded);

  // Encoded bytes decoded so far.
  [[nodiscard]] std::int64_t bytes() const { return bytes_; }

 private:
  [[nodiscard]] const BlockPlace& place_of(std::int64_t row) const;
  [[nodiscard]] Result<std::span<const float>> recorded_row(std::int64_t row, std::int32_t layer,
                                                            std::int32_t q_head);

  const TraceReader& trace_;
  std::vector<std::int32_t> pass_of_row_;
  std::vector<std::pair<std::int64_t, std::int32_t>> patched_;  // (end, file pass), ascending
  std::vector<BlockPlace> blocks_;
  DecodedBlock decoded_;
  std::vector<float> dense_;
  std::vector<float> extended_;
  std::int64_t bytes_ = 0;
};

}  // namespace kvfoot
