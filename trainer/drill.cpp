// The drills of each task (drill.hpp).
#include "trainer/drill.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "executor/task/frames.hpp"
#include "executor/task/random.hpp"
#include "executor/task/words.hpp"

namespace kvfoot::trainer {
namespace {

namespace frame = task::frame;
using task::Random;
using task::TaskKind;

struct Fact {
  std::string key;
  std::string value;
  bool told = false;  // already in the text
};

class Writer {
 public:
  Writer(TaskKind kind, std::size_t bytes) : bytes_(bytes) { drill_.kind = kind; }

  [[nodiscard]] bool full() const { return drill_.text.size() >= bytes_; }
  [[nodiscard]] std::size_t size() const { return drill_.text.size(); }

  void tell(std::string_view text) { drill_.text += text; }

  void answer(std::string_view text) {
    drill_.answers.push_back({drill_.text.size(), drill_.text.size() + text.size()});
    drill_.text += text;
  }

  // Writes a statement; its value counts as an answer when the fact was told before.
  void state(Fact& fact, const std::string& statement) {
    const std::size_t at = statement.rfind(fact.value);
    tell(std::string_view(statement).substr(0, at));
    if (fact.told) {
      answer(fact.value);
    } else {
      tell(fact.value);
    }
    tell(std::string_view(statement).substr(at + fact.value.size()));
    fact.told = true;
  }

  Drill finish() && {
    drill_.text.resize(bytes_, ' ');
    std::erase_if(drill_.answers, [this](const AnswerSpan& s) { return s.end_byte > bytes_; });
    return std::move(drill_);
  }

 private:
  Drill drill_;
  std::size_t bytes_;
};

std::vector<Fact> draw_facts(Random& random, std::size_t count, std::size_t digits,
                             std::string (*draw_key)(Random&, std::size_t), std::size_t letters) {
  std::vector<Fact> facts;
  // "Any value so far" is an easy half-answer where values are digits and nothing else is. Letters
  // among them take it away.
  const bool mixed = draw_key == task::random_letters && random.chance(30);
  std::set<std::string> keys;
  for (std::size_t tries = 0; facts.size() < count && tries < 20 * count; ++tries) {
    Fact fact{draw_key(random, letters), task::random_digits(random, digits)};
    for (char& c : fact.value) {
      if (mixed && random.chance(50)) {
        c = static_cast<char>('a' + random.below(26));
      }
    }
    if (keys.insert(fact.key).second) {
      facts.push_back(std::move(fact));
    }
  }
  return facts;
}

// Numbers of JSON have no leading zero.
void make_numbers(std::vector<Fact>& facts, Random& random) {
  for (Fact& fact : facts) {
    if (fact.value[0] == '0') {
      fact.value[0] = static_cast<char>('1' + random.below(9));
    }
  }
}

std::uint32_t index_of(Random& random, std::size_t size) {
  return random.below(static_cast<std::uint32_t>(size));
}

std::string draw_place(Random& random, std::size_t) { return task::place_name(random); }

// The digits that the tasks use by default, sometimes others, so that the number of digits is read
// from the text and not known by heart.
std::size_t draw_digits(Random& random, std::uint32_t usual) {
  return random.chance(70) ? usual : random.between(2, usual + 2);
}

// Bytes of context before the questions begin: from a quarter of the sample to nearly all of it.
std::size_t context_bytes(Random& random, std::size_t bytes, std::size_t question) {
  const std::size_t most = bytes > question ? bytes - question : 0;
  const std::size_t least = bytes / 4;
  return most <= least ? most : least + random.below(static_cast<std::uint32_t>(most - least + 1));
}

Drill key_value_drill(std::size_t bytes, Random& random, std::uint32_t repeats) {
  Writer out(TaskKind::kKeyValue, bytes);
  const std::size_t letters = random.chance(80) ? 2 : 3, digits = draw_digits(random, 3);
  if (random.chance(repeats)) {
    // Half of these drills leave the '=' out. With it, the byte before every value is the same, and
    // a model that attends to any value after '=' waits long for a reason to look at the key; next
    // to the key, the match is found early and then carried over.
    const bool bare = random.chance(50);
    const auto most = static_cast<std::uint32_t>(std::max<std::size_t>(3, bytes / 12));
    auto facts = draw_facts(random, random.between(2, most), digits, task::random_letters, letters);
    while (!out.full()) {
      if (random.chance(50)) {
        out.tell(task::filler_word(random) + " ");
      } else {
        Fact& fact = facts[index_of(random, facts.size())];
        out.state(fact, bare ? frame::concat({fact.key, fact.value, " "})
                             : frame::pair(fact.key, fact.value));
      }
    }
    return std::move(out).finish();
  }
  auto facts = draw_facts(random, std::max<std::size_t>(2, bytes / 10), digits,
                          task::random_letters, letters);
  const std::size_t context = context_bytes(random, bytes, 9 + letters + digits);
  std::size_t told = 0;
  while (out.size() < context || told == 0) {
    if (random.chance(50) || told == facts.size()) {
      out.tell(task::filler_word(random) + " ");
    } else {
      Fact& fact = facts[told++];
      out.state(fact, frame::pair(fact.key, fact.value));
    }
  }
  while (!out.full()) {
    const Fact& fact = facts[index_of(random, told)];
    out.tell(frame::pair_question(fact.key));
    out.answer(fact.value + " ");
  }
  return std::move(out).finish();
}

Drill json_drill(std::size_t bytes, Random& random, std::uint32_t repeats) {
  Writer out(TaskKind::kJsonKeyValue, bytes);
  const std::size_t letters = random.chance(80) ? 2 : 3, digits = draw_digits(random, 3);
  out.tell("{");
  if (random.chance(repeats)) {
    const auto most = static_cast<std::uint32_t>(std::max<std::size_t>(3, bytes / 20));
    auto facts = draw_facts(random, random.between(2, most), digits, task::random_letters, letters);
    make_numbers(facts, random);
    while (!out.full()) {
      Fact& fact = facts[index_of(random, facts.size())];
      out.state(fact, frame::member(fact.key, fact.value));
      out.tell(",");
    }
    return std::move(out).finish();
  }
  const std::size_t context = context_bytes(random, bytes, 18 + letters + digits);
  auto facts = draw_facts(random, std::max<std::size_t>(2, bytes / 10), digits,
                          task::random_letters, letters);
  make_numbers(facts, random);
  std::size_t told = 0;
  do {
    out.tell(told > 0 ? "," : "");
    Fact& fact = facts[told++];
    out.state(fact, frame::member(fact.key, fact.value));
  } while (out.size() + 11 < context && told < facts.size());
  out.tell("}");
  while (!out.full()) {
    const Fact& fact = facts[index_of(random, told)];
    out.tell(frame::member_question(fact.key));
    out.answer(frame::member_reply(fact.value));
  }
  return std::move(out).finish();
}

Drill niah_drill(std::size_t bytes, Random& random, std::uint32_t repeats) {
  Writer out(TaskKind::kNiah, bytes);
  const std::size_t digits = draw_digits(random, 5);
  if (random.chance(repeats)) {
    const auto most = static_cast<std::uint32_t>(std::max<std::size_t>(2, bytes / 200));
    auto facts = draw_facts(random, random.between(1, most), digits, draw_place, 0);
    const std::uint32_t filler = random.between(10, 70);
    while (!out.full()) {
      if (random.chance(filler)) {
        out.tell(task::filler_sentence(random));
      } else {
        Fact& fact = facts[index_of(random, facts.size())];
        out.state(fact, frame::needle(fact.key, fact.value));
      }
    }
    return std::move(out).finish();
  }
  const std::size_t context = context_bytes(random, bytes, 96 + digits);
  const auto most = static_cast<std::uint32_t>(std::clamp<std::size_t>(context / 150, 1, 6));
  auto facts = draw_facts(random, random.between(1, most), digits, draw_place, 0);
  std::vector<std::size_t> at;  // where each fact is told, ascending
  for (std::size_t i = 0; i < facts.size(); ++i) {
    at.push_back(random.below(static_cast<std::uint32_t>(context + 1)));
  }
  std::sort(at.begin(), at.end());
  std::size_t told = 0;
  while (told < facts.size() || out.size() < context) {
    if (told < facts.size() && (out.size() >= at[told] || out.size() >= context)) {
      out.state(facts[told], frame::needle(facts[told].key, facts[told].value));
      ++told;
    } else {
      out.tell(task::filler_sentence(random));
    }
  }
  while (!out.full()) {
    const Fact& fact = facts[index_of(random, facts.size())];
    out.tell(frame::needle_question(fact.key));
    out.answer(frame::needle_reply(fact.value));
  }
  return std::move(out).finish();
}

Drill classify_drill(std::size_t bytes, Random& random) {
  Writer out(TaskKind::kClassify, bytes);
  const std::uint32_t triggers = random.between(1, 4);
  const std::uint32_t classes = random.between(2, bytes < 256 ? 4 : 8);
  std::string labels = "0123456789";
  for (std::uint32_t i = 9; i > 0; --i) {
    std::swap(labels[i], labels[random.below(i + 1)]);
  }
  std::vector<std::string> words;
  while (words.size() < classes * triggers) {
    words.push_back(task::made_up_word(random));
  }
  std::set<std::uint32_t> seen;
  while (!out.full()) {
    const std::uint32_t word = index_of(random, words.size());
    std::vector<std::string> item = {task::filler_word(random), task::filler_word(random),
                                     words[word]};
    std::swap(item[2], item[random.below(3)]);
    out.tell(item[0] + " " + item[1] + " " + item[2] + ":");
    const std::string label = std::string(" ") + labels[word / triggers] + "\n";
    if (seen.insert(word).second) {
      out.tell(label);
    } else {
      out.answer(label);
    }
  }
  return std::move(out).finish();
}

// Random words drawn with replacement, without any other order: nothing but the letters before
// tells the next letter, so this is where looking back for the same letters is learnt first.
Drill repeated_words_drill(std::size_t bytes, Random& random) {
  constexpr std::size_t kGiven = 2;  // letters that choose the word; the rest is the answer
  Writer out(TaskKind::kCopy, bytes);
  const auto most = static_cast<std::uint32_t>(std::max<std::size_t>(3, bytes / 14));
  std::vector<std::string> words(random.between(2, most));
  const bool mixed = random.chance(75);  // digits among the letters
  for (std::string& word : words) {
    word = task::random_letters(random, random.between(4, 6));
    for (char& c : word) {
      if (mixed && random.chance(40)) {
        c = static_cast<char>('0' + random.below(10));
      }
    }
  }
  // Something stands between key and value in the tasks: the match must learn to reach over it.
  std::string between(random.below(4), ' ');
  for (char& c : between) {
    c = "\":= "[random.below(4)];
  }
  std::set<std::uint32_t> told;
  while (!out.full()) {
    const std::uint32_t index = index_of(random, words.size());
    out.tell(words[index].substr(0, kGiven) + between);
    const std::string rest = words[index].substr(kGiven);
    if (told.insert(index).second) {
      out.tell(rest);
    } else {
      out.answer(rest);
    }
    out.tell(" ");
  }
  return std::move(out).finish();
}

Drill copy_drill(std::size_t bytes, Random& random, std::uint32_t repeats) {
  if (random.chance(repeats)) {
    return repeated_words_drill(bytes, random);
  }
  Writer out(TaskKind::kCopy, bytes);
  std::vector<std::string> words;
  std::size_t used = 0;
  const std::size_t share = bytes * random.between(35, 60) / 100;
  out.tell(frame::kCopyText);
  while (used < share) {
    words.push_back(task::made_up_word(random));
    used += words.back().size() + 1;
    out.tell((words.size() > 1 ? " " : "") + words.back());
  }
  out.tell(frame::kCopyStart);
  for (const std::string& word : words) {
    out.answer(" " + word);
  }
  while (!out.full()) {
    out.tell("\n");
  }
  return std::move(out).finish();
}

}  // namespace

Drill make_drill(TaskKind kind, std::size_t bytes, std::uint64_t seed, std::uint32_t repeats) {
  Random random(seed);
  switch (kind) {
    case TaskKind::kNiah:
      return niah_drill(bytes, random, repeats);
    case TaskKind::kKeyValue:
      return key_value_drill(bytes, random, repeats);
    case TaskKind::kJsonKeyValue:
      return json_drill(bytes, random, repeats);
    case TaskKind::kClassify:
      return classify_drill(bytes, random);
    case TaskKind::kCopy:
      return copy_drill(bytes, random, repeats);
  }
  return {};
}

}  // namespace kvfoot::trainer
