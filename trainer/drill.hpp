// Training texts: the tasks' own wording, but with many answers per sample.
//
// A sample that asks one question at its end gives one answer's worth of gradient per thousand
// bytes and does not get a small model started. A drill asks again and again: facts drawn with
// replacement (a repeat is an answer), or an evaluation prompt with all its facts asked in turn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "executor/task/task.hpp"

namespace kvfoot::trainer {

struct AnswerSpan {
  std::size_t begin_byte = 0;
  std::size_t end_byte = 0;  // one past the last byte
};

struct Drill {
  task::TaskKind kind = task::TaskKind::kKeyValue;
  std::string text;  // exactly the bytes asked for
  std::vector<AnswerSpan> answers;
};

// A drill of `bytes` bytes, a pure function of its arguments. `repeats` is the percentage of drills
// that repeat facts (key-value and needle tasks); the others end in questions as at evaluation.
Drill make_drill(task::TaskKind kind, std::size_t bytes, std::uint64_t seed, std::uint32_t repeats);

}  // namespace kvfoot::trainer
