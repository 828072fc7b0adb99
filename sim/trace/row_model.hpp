// Attention that is made up: what traces without a model are written from.
#pragma once

#include <cstdint>

#include "sim/trace/block_code.hpp"

namespace kvfoot {

// Const and thread-safe: heads are asked for in parallel.
class RowModel {
 public:
  virtual ~RowModel() = default;

  // The mean over rows [first_row, first_row + rows) of the run of the mass that a query head gives
  // to keys 0 .. first_row + rows - 1, under full attention: it sums to one. Entries ascend, at
  // most `entries` of them; one mean per `key_block` keys.
  virtual void rows(std::int32_t layer, std::int32_t q_head, std::int64_t first_row,
                    std::int64_t rows, std::int32_t entries, std::int32_t key_block,
                    DecodedBlock& out) const = 0;
};

}  // namespace kvfoot
