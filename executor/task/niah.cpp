// Needle in a haystack: facts between filler sentences, one of them asked at the end.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "executor/task/frames.hpp"
#include "executor/task/generators.hpp"
#include "executor/task/random.hpp"
#include "executor/task/words.hpp"

namespace kvfoot::task {
namespace {

struct Fact {
  std::string place;
  std::string value;
  std::uint32_t depth = 0;  // percent of the haystack
  bool asked = false;
};

// The start of the sentence at or before `at`, so that no sentence is torn.
std::size_t sentence_start(const std::string& text, std::size_t at) {
  const std::size_t stop = at < 2 ? std::string::npos : text.rfind(". ", at - 2);
  return stop == std::string::npos ? 0 : stop + 2;
}

}  // namespace

std::optional<TaskSample> build_niah(const TaskSpec& spec, std::uint64_t seed, std::size_t bytes) {
  Random random(seed);
  std::vector<Fact> facts;
  std::set<std::string> places, values;
  while (facts.size() < static_cast<std::size_t>(spec.needles)) {
    Fact fact{place_name(random), random_digits(random, static_cast<std::size_t>(spec.digits)), 0,
              facts.empty()};
    // Only the asked fact has a chosen depth; the others lie anywhere.
    fact.depth = fact.asked ? sample_depth(spec, random) : random.below(101);
    if (places.insert(fact.place).second && values.insert(fact.value).second) {
      facts.push_back(std::move(fact));
    }
  }
  const std::string place = facts.front().place, value = facts.front().value;
  std::stable_sort(facts.begin(), facts.end(),
                   [](const Fact& a, const Fact& b) { return a.depth < b.depth; });

  const std::string haystack = filler_text(random, bytes);
  TaskSample sample;
  std::size_t written = 0;
  for (const Fact& fact : facts) {
    const std::size_t at =
        fact.depth == 100 ? bytes : sentence_start(haystack, bytes * fact.depth / 100);
    append_segment(sample, "filler", std::string_view(haystack).substr(written, at - written));
    append_segment(sample, fact.asked ? "needle" : "distractor",
                   frame::needle(fact.place, fact.value));
    written = at;
  }
  append_segment(sample, "filler", std::string_view(haystack).substr(written));
  append_segment(sample, "question", frame::needle_question(place));
  sample.answer = value;
  sample.expected = frame::needle_reply(value);
  return sample;
}

}  // namespace kvfoot::task
