// From softmax rows to the scores of kWindowMass, in one fixed order of fp32 operations, so that a
// live source and a trace source give the same bits for the same rows.
#pragma once

#include <cstdint>
#include <span>

#include "sim/core/attention.hpp"

namespace kvfoot {

// The score of one storage head is made in four steps (SnapKV code; methods of the PruLong runs):
//
//   1. per query head, ascending:  raw = 0; for each voter row, ascending: add_row(row, raw)
//   2.                             add_pooled(raw, query, score)   [score starts at 0]
//   3. after the last query head:  divide_by(score, query heads in the group)
//
// so a value is  (pool(raw_0) + pool(raw_1) + ...) / group. The same add_row builds the
// accumulators of kAccumulatedMass, one row at a time in row order, per query head.

// sum[j] += row[j]. Equal sizes.
void add_row(std::span<const float> row, std::span<float> sum);

// out[j] from raw[j - kernel/2 .. j + kernel/2], stride 1, same length as `raw`; `kernel` is odd.
// kNone: raw[j]. kAverage: the taps that exist, added in ascending order starting from 0, divided
// by `kernel` whatever their number. kMax: the largest tap that exists.
void pool(std::span<const float> raw, AttentionQuery::Pool kind, std::int32_t kernel,
          std::span<float> out);

// score[j] += pool(raw)[j].
void add_pooled(std::span<const float> raw, const AttentionQuery& query, std::span<float> score);

// values[j] /= count, one division each; exact when count is 1.
void divide_by(std::span<float> values, std::int32_t count);

// The sum of a row in double, in eight interleaved parts that are added in order: additions need
// not wait for each other.
[[nodiscard]] double row_sum(std::span<const float> row);

// A row that was normalised over more keys, made a distribution over the keys given: each value is
// divided by row_sum(), rounded to fp32 once. A row without mass stays as it is.
void renormalise(std::span<float> row);

}  // namespace kvfoot
