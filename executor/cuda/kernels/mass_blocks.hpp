// What traces of blocks keep of softmax rows (docs/trace-format.md), made on the device so that no
// row leaves it: means over blocks of rows, the keys that stand out in them, and sums of rows.
// fp32, sums in a fixed order; bits depend neither on the card nor on how the calls are cut.
#pragma once

#include <cstdint>

#include "executor/cuda/kernels/mass.hpp"

namespace kvfoot::cuda {

inline constexpr std::int32_t kMostBlockRows = 64;

// Rows [first_row, first_row + rows) of the pass, at most kMostBlockRows, and where launch_pick
// puts what it finds, counted in integers and in floats.
struct RowBlock {
  std::int32_t first_row = 0;
  std::int32_t rows = 0;
  std::int32_t most_entries = 0;
  float least_entry = 0;
  std::int32_t rests = 0;   // room for means of key blocks, for the stream with most keys
  std::int64_t keys = 0;    // (q_heads, 1 + most_entries): how many there are, and the keys
  std::int64_t values = 0;  // (q_heads, most_entries + rests): their masses, then means of the rest
};

// mean[b][q][key] = mean over the rows of block b of the softmax mass that they give to the key,
// for the keys that the last of them sees; the others are not written.
struct BlockMeans {
  MassInput input;
  const float* log_sum_exp = nullptr;  // (q_heads, input.rows): as attention saved it
  const RowBlock* blocks = nullptr;    // (count), ascending, in device memory
  std::int32_t count = 0;
  std::int64_t longest = 0;  // the most keys that a row of them sees: fixes the launch
  float* mean = nullptr;     // (count, q_heads, stride)
  std::int64_t stride = 0;   // a multiple of 4, at least `longest`
};
void launch_block_means(const BlockMeans& args, Stream stream);

// Of every block and query head the most_entries largest means, if they are at least least_entry
// (of equal ones the lower keys), keys ascending; and per key block the mean of all others.
struct PickEntries {
  BlockMeans means;
  std::int32_t key_block = 64;  // 64 or 128
  std::int32_t* keys = nullptr;
  float* values = nullptr;
};
void launch_pick_entries(const PickEntries& args, Stream stream);

// sum[q][key - first] (+)= probability[q][row][key] / (sum of the row from `first` on), rows
// ascending; first = max(0, past + first_key), and where that is 0 nothing is divided. The twin of
// renormalise() and add_row() of sim/core/pooling.hpp, bit for bit.
struct RowSum {
  SoftmaxRows rows;  // as launch_softmax_rows left them, over all keys
  std::int64_t first_key = 0;
  bool add = false;             // to what is there; false: to zero
  float* divisor = nullptr;     // (q_count, count): scratch
  float* sum = nullptr;         // (q_count, stride)
  std::int64_t sum_stride = 0;  // at least the keys that the last row sees from `first` on
};
void launch_row_sum(const RowSum& args, Stream stream);

// The kernels that launch_block_means chooses among.
void launch_block_means_matrix(const BlockMeans& args, Stream stream);
void launch_block_means_plain(const BlockMeans& args, Stream stream);

}  // namespace kvfoot::cuda
