// make_sample: finds the largest context that fits the length, and scores replies.
#include <algorithm>

#include "executor/task/generators.hpp"
#include "executor/task/random.hpp"

namespace kvfoot::task {
namespace {

Builder builder_of(TaskKind kind) {
  switch (kind) {
    case TaskKind::kNiah:
      return build_niah;
    case TaskKind::kKeyValue:
      return build_key_value;
    case TaskKind::kJsonKeyValue:
      return build_json;
    case TaskKind::kClassify:
      return build_classify;
    case TaskKind::kCopy:
      return build_copy;
  }
  return nullptr;
}

}  // namespace

std::uint32_t sample_depth(const TaskSpec& spec, Random& random) {
  // Drawn even when it is fixed: the rest of the sample does not change with the depth.
  const std::uint32_t drawn = random.below(101);
  return spec.depth == kAnyDepth ? drawn : static_cast<std::uint32_t>(spec.depth);
}

void append_segment(TaskSample& sample, const char* name, std::string_view text) {
  if (text.empty()) {
    return;
  }
  const std::size_t begin = sample.prompt.size();
  sample.prompt += text;
  if (!sample.segments.empty() && sample.segments.back().name == name &&
      sample.segments.back().end_byte == begin && std::string_view(name) == "filler") {
    sample.segments.back().end_byte = sample.prompt.size();
    return;
  }
  sample.segments.push_back({name, begin, sample.prompt.size()});
}

Result<TaskSample> make_sample(const TaskSpec& spec, std::uint64_t seed, std::uint64_t index,
                               const CountTokens& count_tokens) {
  const Builder build = builder_of(spec.kind);
  const std::uint64_t own_seed = sample_seed(task_name(spec.kind), seed, index);
  const auto fits = [&](std::size_t amount) {
    const auto sample = build(spec, own_seed, amount);
    // Too little context for a question fits any length; it is refused at the end.
    return !sample || count_tokens(sample->prompt) <= spec.length;
  };
  std::size_t good = 0, bad = 64;
  while (fits(bad)) {
    good = bad;
    bad *= 2;
    // A pool of keys that ran dry stops growing before the length is reached.
    if (bad > 64 * spec.length + 4096) {
      return Error{"task " + to_text(spec), "the context cannot grow to the length asked",
                   "raise digits= or key_letters="};
    }
  }
  while (bad - good > 1) {
    const std::size_t middle = good + (bad - good) / 2;
    (fits(middle) ? good : bad) = middle;
  }
  auto sample = build(spec, own_seed, good);
  if (!sample || count_tokens(sample->prompt) > spec.length) {
    return Error{"task " + to_text(spec),
                 "length " + std::to_string(spec.length) + " has no room for a fact and a question",
                 "raise length="};
  }
  return std::move(*sample);
}

double score_reply(const TaskSample& sample, std::string_view reply) {
  const std::size_t begin = reply.find_first_not_of(" \r\n\t");
  if (begin == std::string_view::npos) {
    return 0;
  }
  reply.remove_prefix(begin);
  const std::string_view line = reply.substr(0, reply.find('\n'));
  return line.find(sample.answer) != std::string_view::npos ? 1 : 0;
}

}  // namespace kvfoot::task
