// Synthetic long-context tasks: prompts with a known answer, pure functions of (task, seed, index).
//
// Sources: needle in a haystack (Kamradt 2023) and RULER (Hsieh et al. 2024, arXiv 2404.06654) for
// `niah`; key-value recall of "Lost in the Middle" (Liu et al. 2023) and HELMET (Yen et al. 2024,
// arXiv 2410.02694) for `kv`, `json_kv`; HELMET's many-shot classification for `icl`. The wording
// is our own and short, so that a byte-level model can be asked within 1000 tokens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/result.hpp"

namespace kvfoot::task {

enum class TaskKind { kNiah, kKeyValue, kJsonKeyValue, kClassify, kCopy };

inline constexpr int kAnyDepth = -1;

// A task with all parameters set. Which of them a task reads is in task_table().
struct TaskSpec {
  TaskKind kind = TaskKind::kNiah;
  std::size_t length = 1024;  // largest prompt, in tokens as counted by the caller's tokenizer
  int depth = kAnyDepth;  // place of the asked fact, percent of the context; any: drawn per sample
  int needles = 1;        // niah: facts in the text, one of them asked
  int digits = 0;         // digits of a value
  int key_letters = 0;    // kv, json_kv: letters of a key
  int classes = 4;        // icl
  int triggers = 2;       // icl: words that mark a class
  int span = 4;           // copy: words to be continued
};

struct Segment {
  std::string name;  // instruction, filler, needle, distractor, question
  std::size_t begin_byte = 0;
  std::size_t end_byte = 0;  // one past the last byte
};

struct TaskSample {
  std::string prompt;
  std::string answer;             // what the reply must contain
  std::string expected;           // the reply a perfect model gives, from the end of the prompt on
  std::vector<Segment> segments;  // ascending, disjoint, inside the prompt; need not cover it
};

// Number of tokens of a text. Must not shrink by more than a few tokens when text is added.
using CountTokens = std::function<std::size_t(std::string_view)>;

struct TaskParameter {
  std::string_view name;
  std::string_view meaning;
  std::string_view default_text;
};
struct TaskInfo {
  TaskKind kind;
  std::string_view name;
  std::string_view summary;
  std::vector<TaskParameter> parameters;
};

// Every task, in the order in which help shows them.
const std::vector<TaskInfo>& task_table();
std::string_view task_name(TaskKind kind);

// Reads "niah:length=1024,depth=50". Unknown names and values out of range are errors with a hint.
Result<TaskSpec> parse_task(std::string_view text);

// The canonical text of a spec; parse_task(to_text(s)) equals s.
std::string to_text(const TaskSpec& spec);

// Sample `index` of a task. The prompt has at most spec.length tokens; with one token per byte niah
// and kv have exactly that many, the others miss it by less than one pair, line or word. Error: the
// length has no room for the question and one fact.
Result<TaskSample> make_sample(const TaskSpec& spec, std::uint64_t seed, std::uint64_t index,
                               const CountTokens& count_tokens);

// 1 if the answer stands in the first non-empty line of the reply, else 0.
double score_reply(const TaskSample& sample, std::string_view reply);

}  // namespace kvfoot::task
