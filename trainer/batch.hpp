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
  torch::Tensor weights;  // (rows * length) fp32, share of a target within its kind
  std::vector<BatchAnswer> answers;
};

// Bytes of all readable files under the given folders, in path order, up to `limit` bytes; files
// that are not plain text are skipped.
std::string read_corpus(const std::vector<std::string>& folders, std::size_t limit);

// What a batch is made of, in percent.
struct Mix {
  std::uint32_t kv = 26, json_kv = 24, niah = 20, icl = 10,
                copy = 10;         // of the rows; the rest is prose
  std::uint32_t repeats = 45;      // of the key-value and needle drills (drill.hpp)
  std::uint32_t copy_weight = 10;  // of a copied byte in the loss; others weigh 100
};

// Batch number `step`: a pure function of its arguments, so a resumed run sees the same data.
Batch make_batch(std::uint64_t seed, std::uint64_t step, std::int64_t rows, std::int64_t length,
                 const Mix& mix, const std::string& corpus);

}  // namespace kvfoot::trainer
