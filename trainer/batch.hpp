// Turns drills and text into token rows with weights on their targets.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "trainer/drill.hpp"

namespace kvfoot::trainer {

inline constexpr std::int64_t kBeginOfText = 256;  // byte values are the first 256 tokens

// What a target is: each kind has its own share of the loss.
enum TargetKind : std::int64_t { kContext = 0, kAnswer = 1, kProse = 2 };

struct BatchAnswer {
  task::TaskKind kind;
  std::int64_t begin;  // flat index of the first target (row * length + position)
  std::int64_t end;
};

struct Batch {
  torch::Tensor tokens;   // (rows, length) int64, BOS first
  torch::Tensor targets;  // (rows * length) int64, the next byte
  torch::Tensor kinds;    // (rows * length) int64, TargetKind
  std::vector<BatchAnswer> answers;
};

// Bytes of all readable files under the given folders, in path order, up to `limit` bytes; files
// that are not plain text are skipped.
std::string read_corpus(const std::vector<std::string>& folders, std::size_t limit);

struct MixShares {  // percent of the rows; the rest of 100 is prose
  std::uint32_t kv = 30, json_kv = 22, niah = 20, icl = 10, copy = 8;
};

// Batch number `step`: a pure function of its arguments, so a resumed run sees the same data.
Batch make_batch(std::uint64_t seed, std::uint64_t step, std::int64_t rows, std::int64_t length,
                 const MixShares& shares, const std::string& corpus);

}  // namespace kvfoot::trainer
