// Copying: made-up words, then their copy up to some word; the next words are asked.
#include <string>
#include <vector>

#include "executor/task/frames.hpp"
#include "executor/task/generators.hpp"
#include "executor/task/random.hpp"
#include "executor/task/words.hpp"

namespace kvfoot::task {

std::optional<TaskSample> build_copy(const TaskSpec& spec, std::uint64_t seed, std::size_t count) {
  const auto span = static_cast<std::size_t>(spec.span);
  if (count < span) {
    return std::nullopt;
  }
  Random random(seed);
  const std::uint32_t depth = sample_depth(spec, random);
  std::vector<std::string> words;
  for (std::size_t i = 0; i < count; ++i) {
    words.push_back(made_up_word(random));
  }
  const std::size_t from = (count - span) * depth / 100;
  const auto join = [&words](std::size_t begin, std::size_t end, bool leading_blank) {
    std::string text;
    for (std::size_t i = begin; i < end; ++i) {
      text += (i > begin || leading_blank ? " " : "") + words[i];
    }
    return text;
  };
  TaskSample sample;
  append_segment(sample, "instruction", frame::kCopyText);
  append_segment(sample, "filler", join(0, from, false));
  append_segment(sample, "needle", join(from, from + span, from > 0));
  append_segment(sample, "filler", join(from + span, count, true));
  append_segment(sample, "question", frame::kCopyStart);
  append_segment(sample, "copied", join(0, from, true));
  sample.expected = join(from, from + span, true);
  sample.answer = sample.expected.substr(1);
  return sample;
}

}  // namespace kvfoot::task
