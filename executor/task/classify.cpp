// Many-shot classification: a made-up trigger word decides the label, which is learnt from context
// only.
#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "executor/task/frames.hpp"
#include "executor/task/generators.hpp"
#include "executor/task/random.hpp"
#include "executor/task/words.hpp"

namespace kvfoot::task {
namespace {

// Two filler words and the trigger, the trigger at any of the three places.
std::string item_text(const std::string& trigger, Random& random) {
  std::array<std::string, 3> words = {filler_word(random), filler_word(random), trigger};
  std::swap(words[2], words[random.below(3)]);
  return words[0] + " " + words[1] + " " + words[2];
}

}  // namespace

std::optional<TaskSample> build_classify(const TaskSpec& spec, std::uint64_t seed,
                                         std::size_t lines) {
  if (lines == 0) {
    return std::nullopt;
  }
  Random random(seed);
  const std::uint32_t depth = sample_depth(spec, random);
  const auto classes = static_cast<std::uint32_t>(spec.classes);
  const auto triggers = static_cast<std::uint32_t>(spec.triggers);

  std::vector<char> digits = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9'};
  for (std::uint32_t i = 9; i > 0; --i) {
    std::swap(digits[i], digits[random.below(i + 1)]);
  }
  std::vector<std::string> words;  // class c owns words[c * triggers ...]
  std::set<std::string> seen;
  while (words.size() < classes * triggers) {
    std::string word = made_up_word(random);
    if (seen.insert(word).second) {
      words.push_back(std::move(word));
    }
  }

  struct Item {
    std::uint32_t word;
    std::string text;
  };
  std::vector<Item> items;
  for (std::size_t i = 0; i < lines; ++i) {
    const std::uint32_t word = random.below(classes * triggers);
    items.push_back({word, item_text(words[word], random)});
  }
  // The query repeats the trigger of the line at the chosen depth, so it was seen at least once.
  const std::size_t gold = depth * (lines - 1) / 100;
  const std::uint32_t asked = items[gold].word;
  const std::string label(1, digits[asked / triggers]);
  Random query_random(Random::mix(seed));
  TaskSample sample;
  for (std::size_t i = 0; i < lines; ++i) {
    const std::string line_label(1, digits[items[i].word / triggers]);
    const char* name = items[i].word == asked                         ? "needle"
                       : items[i].word / triggers == asked / triggers ? "same_class"
                                                                      : "distractor";
    append_segment(sample, name, frame::labelled(items[i].text, line_label));
  }
  append_segment(sample, "question", item_text(words[asked], query_random) + ":");
  sample.answer = label;
  sample.expected = " " + label + "\n";
  return sample;
}

}  // namespace kvfoot::task
